//! A person's downloads: found by title, status and kind, watched, played, saved and removed.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Form;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use smartcache::domain::download::{Download, DownloadStatus};

use crate::api::downloads::list_downloads;
use crate::components::download_row::{Actions, DownloadRow};
use crate::components::form::{Answer, Choice, FormAlert};
use crate::components::notice::{Empty, Problem, Waiting};
use crate::components::pager::{Pager, value};
use crate::components::progress::status_words;
use crate::components::rows::row_of;
use crate::components::source_row::kind_options;
use crate::live::use_live;
use crate::routes;
use crate::session::Behind;

#[component]
pub fn Downloads() -> impl IntoView {
    view! {
        <Title text="Downloads" />
        <Behind>
            <h1>"Downloads"</h1>
            <Filter />
            <List />
        </Behind>
    }
}

/// The filter stands in the address: it can be kept, shared, and used without JavaScript.
#[component]
fn Filter() -> impl IntoView {
    let query = use_query_map();
    let statuses = DownloadStatus::ALL.iter().map(|status| (status.as_str(), status_words(*status).0)).collect();
    let typed = move || value(query, "q");
    view! {
        <search>
            <Form method="get" action=routes::DOWNLOADS attr:class="filter">
                <div class="field filter-words">
                    <label for="q">"Search"</label>
                    <input id="q" name="q" type="search" value=typed prop:value=typed placeholder="Title or source" />
                </div>
                <Choice label="Status" name="status" any="Any status" options=statuses chosen=Signal::derive(move || value(query, "status")) />
                <Choice label="Kind" name="kind" any="Any kind" options=kind_options() chosen=Signal::derive(move || value(query, "kind")) />
                <button type="submit" class="button">"Filter"</button>
            </Form>
        </search>
    }
}

#[component]
fn List() -> impl IntoView {
    let news = use_live().news;
    let query = use_query_map();
    let actions = Actions { retry: ServerAction::new(), cancel: ServerAction::new(), delete: ServerAction::new() };
    let Actions { retry, cancel, delete } = actions;
    let asked = move || {
        let done = (retry.version().get(), cancel.version().get(), delete.version().get());
        (query.get(), news.get(), done)
    };
    let found = Resource::new(asked, |(query, ..)| {
        let word = |name: &str| query.get(name).unwrap_or_default();
        list_downloads(word("q"), word("status"), word("kind"), word("cursor"))
    });
    let rows = RwSignal::new(Vec::<Download>::new());
    let list = move || {
        Suspend::new(async move {
            match found.await {
                Ok(page) => {
                    rows.set(page.data);
                    let next = page.next_cursor;
                    view! {
                        <Rows rows actions query />
                        <Pager path=routes::DOWNLOADS query next />
                    }
                    .into_any()
                }
                Err(error) => view! { <Problem error /> }.into_any(),
            }
        })
    };
    view! {
        <FormAlert answer=Answer::of(retry) fields=&[] />
        <FormAlert answer=Answer::of(cancel) fields=&[] />
        <FormAlert answer=Answer::of(delete) fields=&[] />
        <Transition fallback=|| view! { <Waiting what="Loading downloads" /> }>{list}</Transition>
    }
}

#[component]
fn Rows(rows: RwSignal<Vec<Download>>, actions: Actions, query: Memo<ParamsMap>) -> impl IntoView {
    let is_empty = Memo::new(move |_| rows.with(Vec::is_empty));
    let is_filtered = move || ["q", "status", "kind", "cursor"].iter().any(|name| !value(query, name).is_empty());
    let each = move |first: Download| {
        let row = row_of(rows, first, |row| row.id);
        view! { <DownloadRow row actions /> }
    };
    let nothing = move || {
        if is_filtered() {
            view! {
                <Empty title="Nothing matches">
                    <p>"Try other words, or "<a href=routes::DOWNLOADS>"show all downloads"</a>"."</p>
                </Empty>
            }
            .into_any()
        } else {
            view! {
                <Empty title="No downloads yet">
                    <p>
                        "Start a run on the "<a href=routes::DASHBOARD>"dashboard"</a>
                        ": the agents pick items from your sources and prepare them here, ready to play or to save."
                    </p>
                </Empty>
            }
            .into_any()
        }
    };
    view! {
        <h2 class="sr-only">"Your downloads"</h2>
        {move || is_empty.get().then(nothing)}
        <ul class="rows" aria-label="Downloads">
            <For each=move || rows.get() key=|row| row.id let:row>{each(row)}</For>
        </ul>
    }
}
