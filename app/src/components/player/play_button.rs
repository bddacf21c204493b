//! Button of a row that plays its file; a link to the file without JavaScript.

use leptos::prelude::*;

use super::{Track, use_player};
use crate::components::icons::{self, Icon};
use crate::t;

#[component]
pub fn PlayButton(track: Track) -> impl IntoView {
    let player = use_player();
    let (item, title) = (track.item_id, track.title.clone());
    let plays = Memo::new(move |_| player.is_at(item) && player.is_playing.get());
    let href = track.file_url() + "?inline=1";
    let word = move || if plays.get() { t!("Pause") } else { t!("Play") };
    let label = move || match plays.get() {
        true => t!("Pause: {title}", title = title),
        false => t!("Play: {title}", title = title),
    };
    view! {
        <a
            class="button button-play"
            role="button"
            rel="external"
            href=href
            aria-label=label
            data-playing=move || plays.get().then_some("true")
            on:click=move |event| {
                event.prevent_default();
                player.toggle_track(track.clone());
            }
            on:keydown={
                move |event| {
                    // A link is followed by Enter alone; a button also by the space bar.
                    if event.key() == " " {
                        event.prevent_default();
                        crate::components::click(&event_target(&event));
                    }
                }
            }
        >
            {move || view! { <Icon path=if plays.get() { icons::PAUSE } else { icons::PLAY } /> }}
            <span>{word}</span>
        </a>
    }
}
