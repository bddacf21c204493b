//! Page of all sources, with a filter for those that need attention.

use domain::Page;
use domain::source::{Health, Source};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;

use crate::api::sources::{ATTENTION, SourceQuery, list_sources};
use crate::api::subscriptions::Follow;
use crate::components::auth_guard::RequireSignIn;
use crate::components::filter::{Filter, value};
use crate::components::form::{Choice, FormAlert, FormResponse};
use crate::components::live_query::{LiveQuery, Loaded, Rows, is_empty, live_query};
use crate::components::notice::Empty;
use crate::components::pager::Pager;
use crate::components::source_health::health_words;
use crate::components::source_row::SourceRow;
use crate::components::source_tile::SourceTile;
use crate::components::title::PageTitle;
use crate::components::undo::{UnfollowedNotice, offer_refollow};
use crate::live::use_live;
use crate::{parts, paths, t};

#[component]
pub fn Sources() -> impl IntoView {
    view! {
        <PageTitle text=t!("Sources") />
        <RequireSignIn>
            <h1>{t!("Sources")}</h1>
            <p class="lead">
                {parts!(
                    "Feeds that bring items. Add one by its address, or see what you follow, under \
                     {subscriptions}. What they brought: {items}.",
                    subscriptions = view! { <a href=paths::SUBSCRIPTIONS>{t!("Subscriptions")}</a> },
                    items = view! { <a href=paths::ITEMS>{t!("Items")}</a> },
                )}
            </p>
            <List />
        </RequireSignIn>
    }
}

#[component]
fn List() -> impl IntoView {
    let news = use_live().news;
    let query = use_query_map();
    let follow = ServerAction::<Follow>::new();
    offer_refollow(follow);
    let kept = live_query(
        move || (query.with(asked), news.get(), follow.version().get()),
        |(asked, ..)| list_sources(asked),
    );
    let is_empty = is_empty(kept.value);
    let next = kept.part(|page| page.next_cursor.clone());
    let chosen = move |name: &'static str| Signal::derive(move || value(query, name));
    let healths = || {
        let each = Health::ALL.iter().map(|health| (health.as_str(), health_words(*health).0));
        each.chain([(ATTENTION, t!("Needs attention"))]).collect()
    };
    view! {
        <nav class="spans" aria-label=t!("Which sources")>
            {[("", t!("All")), (ATTENTION, t!("Needs attention"))].map(|(health, words)| {
                let is_chosen = move || query.with(|query| query.get_str("health").unwrap_or_default() == health);
                let href = if health.is_empty() { paths::SOURCES.to_owned() } else { paths::NEEDS_ATTENTION.to_owned() };
                view! {
                    <a class="button button-small" href=href aria-current=move || is_chosen().then_some("true")>{words}</a>
                }
            })}
        </nav>
        <Filter path=paths::SOURCES query placeholder=t!("Name or address") button=t!("Search")>
            <Choice
                label=t!("Health")
                name="health"
                any=t!("Any health")
                options=healths()
                chosen=chosen("health")
            />
            <Choice
                label=t!("Following")
                name="following"
                any=t!("Either")
                options=vec![("yes", t!("You follow")), ("no", t!("You do not follow"))]
                chosen=chosen("following")
            />
        </Filter>
        <FormAlert answer=FormResponse::of(follow) fields=&[] />
        <UnfollowedNotice />
        <h2 class="sr-only">{t!("What was found")}</h2>
        <Loaded kept what=t!("Loading sources")>
            {move || is_empty.get().then(|| view! { <Nothing query /> })}
            <Found kept query follow />
            <Pager path=paths::SOURCES query next />
        </Loaded>
    }
}

/// A grid of covers; where something is wrong, rows with the words for it.
#[component]
fn Found(
    kept: LiveQuery<Page<Source>>,
    query: Memo<ParamsMap>,
    follow: ServerAction<Follow>,
) -> impl IntoView {
    let has_trouble = move || ["attention", "failing", "gone"].contains(&value(query, "health").as_str());
    let has_trouble = Memo::new(move |_| has_trouble());
    move || {
        match has_trouble.get() {
                true => view! {
                    <ul class="rows" aria-label=t!("Sources")>
                        <Rows list=kept.value key=|row| row.id row=move |source| view! { <SourceRow source follow /> } />
                    </ul>
                }
                .into_any(),
                false => view! {
                    <ul class="tiles-sources" aria-label=t!("Sources")>
                        <Rows list=kept.value key=|row| row.id row=move |source| view! { <SourceTile source follow /> } />
                    </ul>
                }
                .into_any(),
    }
    }
}

fn asked(query: &ParamsMap) -> SourceQuery {
    let word = |name: &str| query.get(name).unwrap_or_default();
    let [q, kind, health] = ["q", "kind", "health"].map(word);
    SourceQuery { q, kind, health, following: word("following"), cursor: word("cursor") }
}

#[component]
fn Nothing(query: Memo<ParamsMap>) -> impl IntoView {
    move || {
        if query
            .with(|query| asked(query) == SourceQuery { health: ATTENTION.to_owned(), ..Default::default() })
        {
            view! {
                <Empty title=t!("Every source is fine")>
                    <p>
                        {t!(
                            "A feed that cannot be read, or that its publisher has taken away, is listed \
                             here with the reason."
                        )}
                    </p>
                </Empty>
            }
        } else {
            view! {
                <Empty title=t!("No source matches")>
                    <p>
                        {parts!(
                            "Try other words or a wider filter, or {link}. A feed that is not in the list \
                             is added by its address under {subscriptions}.",
                            link = view! { <a href=paths::SOURCES>{t!("show all sources")}</a> },
                            subscriptions = view! { <a href=paths::SUBSCRIPTIONS>{t!("Subscriptions")}</a> },
                        )}
                    </p>
                </Empty>
            }
        }
    }
}
