//! Places in what plays on the page: a press goes there, and without script the file opens there.

use leptos::prelude::*;

use super::measure;

/// Where an item's sound or film is to be had, once it is ready.
pub type Playable = Memo<Option<String>>;

/// A place in it, said as its time.
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

/// False where nothing on the page can play.
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
        // A browser that does not let it play says so in a promise of its own; the place is set all the same.
        let _ = player.play();
        true
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = seconds;
        false
    }
}
