//! The tracks that play next, and their order.

use leptos::prelude::*;

use super::{Track, use_player};
use crate::components::icons::{self, Icon};
use crate::t;

#[component]
pub fn UpNext() -> impl IntoView {
    let player = use_player();
    let is_empty = move || player.up_next.with(Vec::is_empty);
    let rows = move || player.up_next.get().into_iter().enumerate().collect::<Vec<_>>();
    view! {
        <h2>{t!("Up next")}</h2>
        {move || is_empty().then(|| view! { <p class="muted">{t!("Nothing yet. Add what should play next in your library.")}</p> })}
        <ol class="player-list" aria-label=t!("Up next")>
            <For each=rows key=|(n, track)| (*n, track.item_id) children=|(n, track)| view! { <Row n track /> } />
        </ol>
    }
}

#[component]
fn Row(n: usize, track: Track) -> impl IntoView {
    let player = use_player();
    let item = track.item_id;
    let earlier = t!("Move up: {title}", title = track.title);
    let remove = t!("Remove from up next: {title}", title = track.title);
    let play = track.clone();
    let swap = move |_| player.change_queue(|tracks| tracks.swap(n, n - 1));
    view! {
        <li class="player-queued">
            <button type="button" class="player-row" on:click=move |_| player.play(play.clone())>
                <span class="sr-only">{t!("Play ")}</span>
                <span dir="auto">{track.title}</span>
                <span class="muted" dir="auto">{track.source_name}</span>
            </button>
            {(n > 0).then(|| view! {
                <button type="button" class="player-button" aria-label=earlier on:click=swap>
                    <Icon path=icons::UPWARD />
                </button>
            })}
            <button
                type="button"
                class="player-button"
                aria-label=remove
                on:click=move |_| player.change_queue(|tracks| tracks.retain(|track| track.item_id != item))
            >
                <Icon path=icons::CLOSE />
            </button>
        </li>
    }
}
