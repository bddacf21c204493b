//! Page of the user's collections, which group runs.

use domain::collection::Collection;
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};

use crate::api::collections::{AddCollection, list_collections};
use crate::components::area::Area;
use crate::components::auth_guard::RequireSignIn;
use crate::components::filter::value;
use crate::components::form::{Field, FormAlert, FormResponse, Submit};
use crate::components::live_query::{Loaded, Rows, is_empty, live_query};
use crate::components::notice::{Badge, Empty};
use crate::components::pager::Pager;
use crate::components::title::PageTitle;
use crate::live::use_live;
use crate::paths;
use crate::{parts, t, tn};

#[component]
pub fn Collections() -> impl IntoView {
    view! {
        <PageTitle text=t!("Collections") />
        <RequireSignIn>
            <h1>{t!("Collections")}</h1>
            <p class="lead">
                {parts!(
                    "Runs that belong together, for a trip or a course: each is told your notes, reads what \
                     the earlier ones kept, and picks nothing twice. Single runs are listed under {runs}.",
                    runs = view! { <a href=paths::RUNS>{t!("Runs")}</a> },
                )}
            </p>
            <List />
            <AddForm />
        </RequireSignIn>
    }
}

#[component]
fn List() -> impl IntoView {
    let news = use_live().news;
    let query = use_query_map();
    let kept =
        live_query(move || (value(query, "cursor"), news.get()), |(cursor, _)| list_collections(cursor));
    let is_empty = is_empty(kept.value);
    let next = kept.part(|page| page.next_cursor.clone());
    view! {
        <h2 class="sr-only">{t!("Your collections")}</h2>
        <Loaded kept what=t!("Loading collections")>
            {move || is_empty.get().then(|| view! {
                <Empty title=t!("No collection yet")>
                    <p>
                        {t!(
                            "Name one below, “Trip to Lisbon” for example, and say what it is for. Then \
                             start its runs from its own page."
                        )}
                    </p>
                </Empty>
            })}
            <ul class="rows" aria-label=t!("Collections")>
                <Rows list=kept.value key=|row| row.id row=|row| view! { <CollectionRow row /> } />
            </ul>
            <Pager path=paths::COLLECTIONS query next />
        </Loaded>
    }
}

#[component]
fn CollectionRow(row: Signal<Collection>) -> impl IntoView {
    let content = move || {
        let row = row.get();
        view! {
            <h3 class="row-title"><a class="link" href=paths::collection(row.id)>{row.name.clone()}</a></h3>
            <CollectionFacts collection=row.clone() />
            {(!row.notes.is_empty()).then(|| view! { <p class="row-text">{row.notes}</p> })}
        }
    };
    view! { <li class="row"><div class="row-main">{content}</div></li> }
}

/// Lists "3 runs, 12 kept results, 4 ready downloads".
#[component]
pub fn CollectionFacts(collection: Collection) -> impl IntoView {
    let Collection { runs, artifacts, pending, ready, .. } = collection;
    let facts = match runs {
        0 => vec![t!("No run yet").to_owned()],
        _ => vec![
            tn!(runs, "{n} run", "{n} runs"),
            tn!(artifacts, "{n} kept result", "{n} kept results"),
            tn!(ready, "{n} ready download", "{n} ready downloads"),
        ],
    };
    view! {
        <p class="row-facts">
            {(pending > 0).then(|| view! {
                <Badge tone="warn" text=Signal::stored(t!("Waits for you").to_owned()) />
            })}
            {facts.into_iter().map(|fact| view! { <span>{fact}</span> }).collect_view()}
        </p>
    }
}

#[component]
fn AddForm() -> impl IntoView {
    let add = ServerAction::<AddCollection>::new();
    let go = use_navigate();
    Effect::new(move |_| {
        if let Some(Ok(id)) = add.value().get() {
            go(&paths::collection(id), Default::default());
        }
    });
    let answer = FormResponse::of(add);
    let notes = RwSignal::new(answer.typed_or("notes", ""));
    view! {
        <section class="card stack wide" aria-labelledby="add">
            <h2 id="add">{t!("New collection")}</h2>
            <FormAlert answer fields=FIELDS />
            <ActionForm action=add attr:class="stack" attr:novalidate=true>
                <CollectionFields answer name=String::new() notes />
                <div><Submit answer text=t!("Open the collection") busy=t!("Opening…") /></div>
            </ActionForm>
        </section>
    }
}

pub const FIELDS: &[&str] = &["name", "notes"];

#[component]
pub fn CollectionFields(answer: FormResponse, name: String, notes: RwSignal<String>) -> impl IntoView {
    view! {
        <Field answer label=t!("Name") name="name" value=name placeholder=t!("Trip to Lisbon") />
        <Area
            answer
            label=t!("Notes")
            name="notes"
            text=notes
            hint=t!("What it is for and what you want of it. A chat model is told it in every run.")
            rows=4
        />
    }
}
