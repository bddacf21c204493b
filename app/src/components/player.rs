//! Links to positions in media: a click seeks the page's player; without JavaScript it opens the file there.

use leptos::prelude::*;

use crate::measure;

/// URL of an item's audio or video file, once it is ready.
pub type Playable = Memo<Option<String>>;

/// Link to a position, labelled with its time.
#[component]
pub fn Place(seconds: f64, playable: Playable) -> impl IntoView {
    let time = measure::place(seconds);
    // Media fragments (W3C, 4.2.1): the file opens at that second.
    let href = move |file: String| file + "?inline=1#t=" + &(seconds as i64).to_string();
    let go = move |event: leptos::ev::MouseEvent| {
        if play_from(seconds) {
            event.prevent_default();
        }
    };
    move || match playable.get() {
        Some(file) => view! {
            <a class="place" rel="external" href=href(file) on:click=go>
                <span class="sr-only">"Play from "</span>
                {time.clone()}
            </a>
        }
        .into_any(),
        None => view! { <span class="place">{time.clone()}</span> }.into_any(),
    }
}

/// Seeks the player and starts it. Returns false if nothing on the page can play.
fn play_from(seconds: f64) -> bool {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        let Ok(Some(found)) = document().query_selector("main audio, main video") else { return false };
        if let Ok(Some(around)) = found.closest("details")
            && let Some(around) = around.dyn_ref::<web_sys::HtmlDetailsElement>()
        {
            around.set_open(true);
        }
        let Some(player) = found.dyn_ref::<web_sys::HtmlMediaElement>() else { return false };
        player.set_current_time(seconds);
        player.scroll_into_view();
        // If the browser blocks playback, the returned promise is rejected; the position is set anyway.
        let _ = player.play();
        true
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = seconds;
        false
    }
}
