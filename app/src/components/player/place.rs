//! Links to positions in media: a click plays from there; without JavaScript it opens the file there.

use leptos::prelude::*;

use super::{Track, use_player};
use crate::{measure, t};

/// An item's audio or video, once it is ready.
pub type PlayableTrack = Memo<Option<Track>>;

/// Link to a position, labelled with its time.
#[component]
pub fn Place(seconds: f64, playable: PlayableTrack) -> impl IntoView {
    let player = use_player();
    let time = measure::place(seconds);
    // Media fragments (W3C, 4.2.1): the file opens at that second.
    let href = move |track: &Track| track.file_url() + "?inline=1#t=" + &(seconds as i64).to_string();
    move || match playable.get() {
        Some(track) => view! {
            <a
                class="place"
                rel="external"
                href=href(&track)
                on:click=move |event| {
                    event.prevent_default();
                    player.play_from(track.clone(), seconds);
                }
            >
                <span class="sr-only">{t!("Play from ")}</span>
                {time.clone()}
            </a>
        }
        .into_any(),
        None => view! { <span class="place">{time.clone()}</span> }.into_any(),
    }
}
