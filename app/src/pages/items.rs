//! Page of all items of the sources that the user sees, to search and to prepare.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;

use crate::api::items::{ALL_SOURCES, DATES, FoundItems, ItemQuery, LENGTHS, ORDERS, SIZES, list_items};
use crate::components::auth_guard::RequireSignIn;
use crate::components::filter::{FilterForm, value};
use crate::components::form::{Choice, later};
use crate::components::item_list::ItemList;
use crate::components::item_row::availability_options;
use crate::components::live_query::{LiveQuery, Loaded, live_query};
use crate::components::notice::Empty;
use crate::components::source_row::kind_options;
use crate::components::title::PageTitle;
use crate::language;
use crate::paths;
use crate::{parts, t};

#[component]
pub fn Items() -> impl IntoView {
    view! {
        <PageTitle text=t!("Items") />
        <RequireSignIn>
            <h1>{t!("Items")}</h1>
            <p class="lead">
                {parts!(
                    "Episodes, articles and videos of the sources you follow, and of all others where you \
                     choose so. What you ask for is fetched and checked, and waits under {library}. Where \
                     they come from: {sources}.",
                    library = view! { <a href=paths::DOWNLOADS>{t!("Library")}</a> },
                    sources = view! { <a href=paths::SOURCES>{t!("Sources")}</a> },
                )}
            </p>
            <List />
        </RequireSignIn>
    }
}

#[component]
fn List() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(ItemQuery::of));
    let kept = live_query(move || asked.get(), list_items);
    let chosen = move |name: &'static str| Signal::derive(move || value(query, name));
    let typed = move || value(query, "q");
    view! {
        <FilterForm path=paths::ITEMS button=t!("Search")>
            <div class="field filter-words">
                <label for="q">{t!("Search")}</label>
                <input
                    id="q"
                    name="q"
                    type="search"
                    value=typed
                    prop:value=later(typed)
                    placeholder=t!("Words of the title or the text")
                />
            </div>
            <Choice
                label=t!("Kind")
                name="kind"
                any=t!("Any kind")
                options=kind_options()
                chosen=chosen("kind")
            />
            <Choice
                label=t!("Availability")
                name="availability"
                any=t!("Any")
                options=availability_options()
                chosen=chosen("availability")
            />
            <SourcesFilter query />
            <Choice
                label=t!("Order")
                name="order"
                any=t!("Newest, or best hits")
                options=ORDERS.map(|(word, text)| (word, translated(text))).to_vec()
                chosen=chosen("order")
            />
            <MoreFilters query />
            // Set by links on other pages; a search keeps them.
            {["source_id", "topic"].map(|name| move || {
                let chosen = Some(value(query, name)).filter(|chosen| !chosen.is_empty())?;
                Some(view! { <input type="hidden" name=name value=chosen /> })
            })}
        </FilterForm>
        <Only kept query />
        <h2 class="sr-only">{t!("What was found")}</h2>
        <ItemList kept asked path=paths::ITEMS query empty=move || view! { <Nothing asked /> } />
    }
}

/// Choice between the followed sources and all. A selected source is searched whether it is followed or not.
#[component]
fn SourcesFilter(query: Memo<ParamsMap>) -> impl IntoView {
    move || {
        value(query, "source_id").is_empty().then(|| {
            view! {
                <Choice
                    label=t!("Sources")
                    name="sources"
                    any=t!("Followed only")
                    options=vec![(ALL_SOURCES, t!("All sources"))]
                    chosen=Signal::derive(move || value(query, "sources"))
                />
            }
        })
    }
}

/// Further filters. Expanded if one of them is set.
#[component]
fn MoreFilters(query: Memo<ParamsMap>) -> impl IntoView {
    let chosen = move |name: &'static str| Signal::derive(move || value(query, name));
    let is_open = query.with_untracked(|query| {
        ["length", "date", "size"].iter().any(|name| query.get_str(name).is_some_and(|word| !word.is_empty()))
    });
    view! {
        <details class="filter-more" open=is_open>
            <summary>{t!("Length, date and size")}</summary>
            <div class="filter-more-fields">
                <Choice
                    label=t!("Length")
                    name="length"
                    any=t!("Any length")
                    options=options(&LENGTHS)
                    chosen=chosen("length")
                />
                <Choice
                    label=t!("Published")
                    name="date"
                    any=t!("Any time")
                    options=options(&DATES)
                    chosen=chosen("date")
                />
                <Choice
                    label=t!("Size")
                    name="size"
                    any=t!("Any size")
                    options=options(&SIZES)
                    chosen=chosen("size")
                />
            </div>
        </details>
    }
}

fn options<T>(offered: &[(&'static str, &'static str, T)]) -> Vec<(&'static str, &'static str)> {
    offered.iter().map(|(word, text, _)| (*word, translated(text))).collect()
}

/// The texts of the filters are constants beside their meaning.
fn translated(text: &'static str) -> &'static str {
    language::translate(language::key(text), text)
}

/// Source and topic that the list is filtered by, with links that remove them.
#[component]
fn Only(kept: LiveQuery<FoundItems>, query: Memo<ParamsMap>) -> impl IntoView {
    let name = move || kept.value.with(|found| found.as_ref()?.source_name.clone());
    let topic = move || Some(value(query, "topic")).filter(|topic| !topic.is_empty());
    let without = move |part: &str| {
        let mut query = query.get();
        for part in [part, "cursor"] {
            query.remove(part);
        }
        paths::ITEMS.to_owned() + &query.to_query_string()
    };
    view! {
        <Loaded kept what=t!("Loading the source") slight=true>
            {move || name().map(|name| view! {
                <p>
                    {parts!(
                        "Only items of {source}. {all}",
                        source = view! { <b dir="auto">{name}</b> },
                        all = view! { <a href=without("source_id")>{t!("Look in all sources")}</a> },
                    )}
                </p>
            })}
            {move || topic().map(|topic| view! {
                <p>
                    {parts!(
                        "Only items about {topic}. {all}",
                        topic = view! { <b>{topic}</b> },
                        all = view! { <a href=without("topic")>{t!("Look at all topics")}</a> },
                    )}
                </p>
            })}
        </Loaded>
    }
}

#[component]
fn Nothing(asked: Memo<ItemQuery>) -> impl IntoView {
    let query = use_query_map();
    // URL of the same query for all sources.
    let of_all = move || {
        let mut query = query.get();
        query.remove("cursor");
        query.replace("sources", ALL_SOURCES.to_owned());
        paths::ITEMS.to_owned() + &query.to_query_string()
    };
    let elsewhere = move || {
        asked.with(ItemQuery::is_of_followed).then(|| {
            parts!(
                " Only sources that you follow were looked at: {all}.",
                all = view! { <a href=of_all>{t!("look in all sources")}</a> },
            )
        })
    };
    move || {
        if asked.with(ItemQuery::is_narrowed) {
            view! {
                <Empty title=t!("Nothing matches")>
                    <p>
                        {parts!(
                            "Every word has to be in the title, the text or the source's name. Try fewer \
                             words or a wider filter, or {all}. Length and size find only items whose feed \
                             tells them.",
                            all = view! { <a href=paths::ITEMS>{t!("show all items")}</a> },
                        )}
                        {elsewhere}
                    </p>
                </Empty>
            }
        } else {
            view! {
                <Empty title=t!("No items yet")>
                    <p>
                        {parts!(
                            "Items come from feeds. Subscribe to a source, or paste the address of a site \
                             or feed, under {subscriptions}: it is read at once, and what it brings is \
                             listed here.",
                            subscriptions = view! {
                                <a href=paths::SUBSCRIPTIONS>{t!("Subscriptions")}</a>
                            },
                        )}
                        {elsewhere}
                    </p>
                </Empty>
            }
        }
    }
}
