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
use crate::paths;

#[component]
pub fn Items() -> impl IntoView {
    view! {
        <PageTitle text="Items" />
        <RequireSignIn>
            <h1>"Items"</h1>
            <p class="lead">
                "Episodes, articles and videos of the sources you follow, and of all others where you choose so. What you ask for is fetched and checked, and waits under "
                <a href=paths::DOWNLOADS>"Library"</a> ". Where they come from: "
                <a href=paths::SOURCES>"Sources"</a> "."
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
    // Expands the further filters if one of them is set.
    let is_open = query.with_untracked(|query| {
        ["length", "date", "size"].iter().any(|name| query.get_str(name).is_some_and(|word| !word.is_empty()))
    });
    view! {
        <FilterForm path=paths::ITEMS button="Search">
            <div class="field filter-words">
                <label for="q">"Search"</label>
                <input
                    id="q"
                    name="q"
                    type="search"
                    value=typed
                    prop:value=later(typed)
                    placeholder="Words of the title or the text"
                />
            </div>
            <Choice label="Kind" name="kind" any="Any kind" options=kind_options() chosen=chosen("kind") />
            <Choice
                label="Availability"
                name="availability"
                any="Any"
                options=availability_options()
                chosen=chosen("availability")
            />
            // A selected source is searched whether it is followed or not.
            {move || value(query, "source_id").is_empty().then(|| view! {
                <Choice
                    label="Sources"
                    name="sources"
                    any="Followed only"
                    options=vec![(ALL_SOURCES, "All sources")]
                    chosen=chosen("sources")
                />
            })}
            <Choice
                label="Order"
                name="order"
                any="Newest, or best hits"
                options=ORDERS.to_vec()
                chosen=chosen("order")
            />
            <details class="filter-more" open=is_open>
                <summary>"Length, date and size"</summary>
                <div class="filter-more-fields">
                    <Choice label="Length" name="length" any="Any length" options=options(&LENGTHS) chosen=chosen("length") />
                    <Choice label="Published" name="date" any="Any time" options=options(&DATES) chosen=chosen("date") />
                    <Choice label="Size" name="size" any="Any size" options=options(&SIZES) chosen=chosen("size") />
                </div>
            </details>
            // Set by links on other pages; a search keeps them.
            {["source_id", "topic"].map(|name| move || {
                let chosen = Some(value(query, name)).filter(|chosen| !chosen.is_empty())?;
                Some(view! { <input type="hidden" name=name value=chosen /> })
            })}
        </FilterForm>
        <Only kept query />
        <h2 class="sr-only">"What was found"</h2>
        <ItemList kept asked path=paths::ITEMS query empty=move || view! { <Nothing asked /> } />
    }
}

fn options<T>(offered: &[(&'static str, &'static str, T)]) -> Vec<(&'static str, &'static str)> {
    offered.iter().map(|(word, text, _)| (*word, *text)).collect()
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
        <Loaded kept what="Loading the source" slight=true>
            {move || name().map(|name| view! {
                <p>"Only items of " <b>{name}</b> ". " <a href=without("source_id")>"Look in all sources"</a></p>
            })}
            {move || topic().map(|topic| view! {
                <p>"Only items about " <b>{topic}</b> ". " <a href=without("topic")>"Look at all topics"</a></p>
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
            view! { " Only sources that you follow were looked at: " <a href=of_all>"look in all sources"</a> "." }
        })
    };
    move || {
        if asked.with(ItemQuery::is_narrowed) {
            view! {
                <Empty title="Nothing matches">
                    <p>
                        "Every word has to be in the title, the text or the source's name. Try fewer words or a wider filter, or "
                        <a href=paths::ITEMS>"show all items"</a>". Length and size find only items whose feed tells them."
                        {elsewhere}
                    </p>
                </Empty>
            }
        } else {
            view! {
                <Empty title="No items yet">
                    <p>
                        "Items come from feeds. Subscribe to a source, or paste the address of a site or feed, under "
                        <a href=paths::SUBSCRIPTIONS>"Subscriptions"</a>
                        ": it is read at once, and what it brings is listed here." {elsewhere}
                    </p>
                </Empty>
            }
        }
    }
}
