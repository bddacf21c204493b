//! Dialogs of the shortcuts.

use leptos::html::Dialog;
use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

use super::palette::Palette;
use super::{Overlay, places};
use crate::t;

/// A dialog, whose code is loaded when one is first opened.
#[wasm_split(overlay, wasm_split_path = ::leptos::wasm_split, fallible)]
pub fn overlay(which: Overlay, open: RwSignal<Option<Overlay>>) -> Result<AnyView, SplitLoaderError> {
    Ok(view! { <OverlayDialog which open /> }.into_any())
}

#[component]
fn OverlayDialog(which: Overlay, open: RwSignal<Option<Overlay>>) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get() {
            // It is in the document by the next frame.
            request_animation_frame(move || drop(dialog.show_modal()));
        }
    });
    let label = match which {
        Overlay::Palette => t!("Commands"),
        Overlay::Help => t!("Keyboard shortcuts"),
    };
    view! {
        <dialog node_ref=dialog class="overlay" aria-label=label on:close=move |_| open.set(None)>
            {match which {
                Overlay::Palette => view! { <Palette open /> }.into_any(),
                Overlay::Help => view! { <Help open /> }.into_any(),
            }}
        </dialog>
    }
}

#[component]
fn Help(open: RwSignal<Option<Overlay>>) -> impl IntoView {
    let row = |keys: Vec<&'static str>, words: String| {
        let keys = keys.into_iter().map(|key| view! { <kbd>{key}</kbd> " " }).collect_view();
        view! { <div><dt>{keys}</dt><dd>{words}</dd></div> }
    };
    let places = places().map(|(letter, name, _)| row(vec!["g", letter], t!("Go to {name}", name = name)));
    view! {
        <div class="overlay-head">
            <h2>{t!("Keyboard shortcuts")}</h2>
            <button type="button" class="button button-small" on:click=move |_| open.set(None)>{t!("Close")}</button>
        </div>
        <dl class="keys">
            {row(vec![t!("Ctrl"), "K"], t!("Commands").into())}
            {row(vec!["/"], t!("Search on this page").into())}
            {row(vec!["j", "k"], t!("Next and previous row of a list").into())}
            {places.into_iter().collect_view()}
            {row(vec![t!("Space")], t!("Play or pause").into())}
            {row(vec!["J", "L"], t!("Back 15 seconds, forward 30, while something plays").into())}
            {row(vec!["<", ">"], t!("Slower, faster").into())}
            {row(vec!["?"], t!("This list").into())}
        </dl>
    }
}
