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
use crate::paths;

#[component]
pub fn Sources() -> impl IntoView {
    view! {
        <PageTitle text="Sources" />
        <RequireSignIn>
            <h1>"Sources"</h1>
            <p class="lead">
                "Feeds that bring items. Add one by its address, or see what you follow, under "
                <a href=paths::SUBSCRIPTIONS>"Subscriptions"</a> ". What they brought: "
                <a href=paths::ITEMS>"Items"</a> "."
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
    let next = move || kept.value.with(|page| page.as_ref()?.next_cursor.clone());
    let chosen = move |name: &'static str| Signal::derive(move || value(query, name));
    let healths = || {
        let each = Health::ALL.iter().map(|health| (health.as_str(), health_words(*health).0));
        each.chain([(ATTENTION, "Needs attention")]).collect()
    };
    view! {
        <nav class="spans" aria-label="Which sources">
            {[("", "All"), (ATTENTION, "Needs attention")].map(|(health, words)| {
                let is_chosen = move || query.with(|query| query.get_str("health").unwrap_or_default() == health);
                let href = if health.is_empty() { paths::SOURCES.to_owned() } else { paths::NEEDS_ATTENTION.to_owned() };
                view! {
                    <a class="button button-small" href=href aria-current=move || is_chosen().then_some("true")>{words}</a>
                }
            })}
        </nav>
        <Filter path=paths::SOURCES query placeholder="Name or address" button="Search">
            <Choice label="Health" name="health" any="Any health" options=healths() chosen=chosen("health") />
            <Choice
                label="Following"
                name="following"
                any="Either"
                options=vec![("yes", "You follow"), ("no", "You do not follow")]
                chosen=chosen("following")
            />
        </Filter>
        <FormAlert answer=FormResponse::of(follow) fields=&[] />
        <UnfollowedNotice />
        <h2 class="sr-only">"What was found"</h2>
        <Loaded kept what="Loading sources">
            {move || is_empty.get().then(|| view! { <Nothing query /> })}
            <Found kept query follow />
            <Pager path=paths::SOURCES query next=Signal::derive(next) />
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
                    <ul class="rows" aria-label="Sources">
                        <Rows list=kept.value key=|row| row.id row=move |source| view! { <SourceRow source follow /> } />
                    </ul>
                }
                .into_any(),
                false => view! {
                    <ul class="tiles-sources" aria-label="Sources">
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
                <Empty title="Every source is fine">
                    <p>"A feed that cannot be read, or that its publisher has taken away, is listed here with the reason."</p>
                </Empty>
            }
        } else {
            view! {
                <Empty title="No source matches">
                    <p>
                        "Try other words or a wider filter, or "<a href=paths::SOURCES>"show all sources"</a>
                        ". A feed that is not in the list is added by its address under "
                        <a href=paths::SUBSCRIPTIONS>"Subscriptions"</a>"."
                    </p>
                </Empty>
            }
        }
    }
}
