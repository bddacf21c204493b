//! Button that plays several files one after the other.

use leptos::prelude::*;

use super::{Track, use_player};
use crate::components::icons::{self, Icon};
use crate::t;

/// Needs JavaScript; each file has a button or link of its own, too.
#[component]
pub fn PlayAll(
    tracks: Vec<Track>,
    /// Classes beside those of every such button.
    class: &'static str,
    /// Name of what is played for screen readers, on a page with several such buttons.
    #[prop(optional)]
    of: Option<String>,
) -> impl IntoView {
    let player = use_player();
    view! {
        <button
            type="button"
            class="button button-play-all needs-script ".to_owned() + class
            on:click=move |_| player.play_all(tracks.clone())
        >
            <Icon path=icons::PLAY />
            <span>{t!("Play all")} {of.map(|of| view! { <span class="sr-only">{t!(" of {name}", name = of)}</span> })}</span>
        </button>
    }
}
