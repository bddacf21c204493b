//! Page of the user's downloads: filters, progress, playback, saving and deletion.

use domain::download::DownloadStatus;
use domain::eviction::Eviction;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;

use crate::api::downloads::{list_downloads, list_evictions, tally_downloads};
use crate::components::Ago;
use crate::components::auth_guard::RequireSignIn;
use crate::components::download_row::{DownloadRow, Steer};
use crate::components::filter::{Filter, value};
use crate::components::for_all::{ForAllBar, SteerAll};
use crate::components::form::{Choice, FormAlert, FormResponse};
use crate::components::live_query::{Loaded, Rows, is_empty, live_query};
use crate::components::notice::Empty;
use crate::components::pager::Pager;
use crate::components::progress::status_words;
use crate::components::title::PageTitle;
use crate::live::use_live;
use crate::paths;

#[component]
pub fn Downloads() -> impl IntoView {
    view! {
        <PageTitle text="Library" />
        <RequireSignIn>
            <h1>"Library"</h1>
            <p class="lead"><a href=paths::HISTORY>"History and figures"</a></p>
            <List />
            <MadeRoom />
        </RequireSignIn>
    }
}

#[component]
fn List() -> impl IntoView {
    let news = use_live().news;
    let query = use_query_map();
    let (steer, all) = (Steer::new(), SteerAll::new());
    let done = move || (news.get(), steer.version().get() + all.version().get());
    let asked = move || (query.get(), done());
    let tally = live_query(done, |_| tally_downloads());
    let kept = live_query(asked, |(query, _)| {
        let word = |name: &str| query.get(name).unwrap_or_default();
        list_downloads(word("q"), word("status"), word("kind"), word("cursor"))
    });
    let statuses =
        || DownloadStatus::ALL.iter().map(|status| (status.as_str(), status_words(*status).0)).collect();
    let status = Signal::derive(move || value(query, "status"));
    let is_empty = is_empty(kept.value);
    let next = move || kept.value.with(|page| page.as_ref()?.next_cursor.clone());
    view! {
        <Filter path=paths::DOWNLOADS query placeholder="Title or source" button="Filter">
            <Choice label="Status" name="status" any="Any status" options=statuses() chosen=status />
        </Filter>
        <FormAlert answer=FormResponse::of(steer) fields=&[] />
        <ForAllBar all kept=tally />
        <h2 class="sr-only">"Your downloads"</h2>
        <Loaded kept what="Loading downloads">
            {move || is_empty.get().then(|| view! { <Nothing query /> })}
            <ul class="rows" aria-label="Downloads">
                <Rows list=kept.value key=|row| row.id row=move |row| view! { <DownloadRow row steer /> } />
            </ul>
            <Pager path=paths::DOWNLOADS query next=Signal::derive(next) />
        </Loaded>
    }
}

/// Recent evictions, so that the user knows why a download is gone.
#[component]
fn MadeRoom() -> impl IntoView {
    let news = use_live().news;
    let kept = live_query(move || news.get(), |_| list_evictions());
    let is_empty = is_empty(kept.value);
    view! {
        <section class="stack" aria-label="Made room">
            <Loaded kept what="Loading what made room">
                {move || (!is_empty.get()).then(|| view! {
                    <h2>"Made room"</h2>
                    <p class="muted">"What is pinned never goes. Everything else comes back with Retry."</p>
                })}
                <ul class="rows">
                    <Rows list=kept.value key=|row| row.id row=|row| view! { <MadeRoomRow row /> } />
                </ul>
            </Loaded>
        </section>
    }
}

#[component]
fn MadeRoomRow(row: Signal<Eviction>) -> impl IntoView {
    view! {
        <li class="row row-slim">
            <div class="row-main">
                <h3 class="row-title">{move || row.with(|row| row.title.clone())}</h3>
                <p class="row-facts">
                    <span>{move || row.with(|row| row.reason.clone())}</span>
                    {move || view! { <Ago at=row.with(|row| row.at) /> }}
                </p>
            </div>
        </li>
    }
}

#[component]
fn Nothing(query: Memo<ParamsMap>) -> impl IntoView {
    let is_filtered =
        move || ["q", "status", "kind", "cursor"].iter().any(|name| !value(query, name).is_empty());
    move || {
        if is_filtered() {
            view! {
                <Empty title="Nothing matches">
                    <p>"Try other words, or "<a href=paths::DOWNLOADS>"show all downloads"</a>"."</p>
                </Empty>
            }
        } else {
            view! {
                <Empty title="No downloads yet">
                    <p>
                        "Start a run at "<a href=paths::DASHBOARD>"Home"</a>
                        ": the agents pick items from your sources and prepare them here, ready to play or to save."
                    </p>
                </Empty>
            }
        }
    }
}
