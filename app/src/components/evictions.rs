//! Recent evictions, so that the user knows why a download is gone.

use domain::eviction::Eviction;
use leptos::prelude::*;

use super::Ago;
use super::live_query::{Loaded, Rows, is_empty, live_query};
use crate::api::downloads::list_evictions;
use crate::live::use_live;
use crate::{language, t};

#[component]
pub fn MadeRoom() -> impl IntoView {
    let news = use_live().news;
    let kept = live_query(move || news.get(), |_| list_evictions());
    let is_empty = is_empty(kept.value);
    view! {
        <section class="stack" aria-label=t!("Made room")>
            <Loaded kept what=t!("Loading what made room")>
                {move || (!is_empty.get()).then(|| view! {
                    <h2>{t!("Made room")}</h2>
                    <p class="muted">{t!("What is pinned never goes. Everything else comes back with Retry.")}</p>
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
                <h3 class="row-title" dir="auto">{move || row.with(|row| row.title.clone())}</h3>
                <p class="row-facts">
                    <span>{move || row.with(|row| language::sentence(&row.reason))}</span>
                    {move || view! { <Ago at=row.with(|row| row.at) /> }}
                </p>
            </div>
        </li>
    }
}
