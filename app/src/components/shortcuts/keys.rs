//! Keys of all pages: dialogs, places, and the rows of a list.

use leptos::ev;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use super::{Overlay, places};
use crate::components::focus;
use crate::components::player::use_player;
use crate::live::now;

/// Time in milliseconds within which a letter follows `g`.
const PREFIX: f64 = 1_500.0;

/// Listens for as long as the signed-in parts of the page exist.
pub fn listen(open: RwSignal<Option<Overlay>>) {
    let (navigate, player) = (use_navigate(), use_player());
    let prefixed_at = StoredValue::new(f64::MIN);
    let listener = window_event_listener(ev::keydown, move |event| {
        if event.default_prevented() || event.is_composing() {
            return;
        }
        let key = event.key();
        if (event.ctrl_key() || event.meta_key()) && key.eq_ignore_ascii_case("k") {
            event.prevent_default();
            return open.set(Some(Overlay::Palette));
        }
        let is_plain = !event.ctrl_key() && !event.meta_key() && !event.alt_key();
        if !is_plain || open.get_untracked().is_some() || is_typed(&event) {
            return;
        }
        if now() - prefixed_at.get_value() < PREFIX {
            prefixed_at.set_value(f64::MIN);
            if let Some((.., path)) = places().iter().find(|(letter, ..)| *letter == key) {
                event.prevent_default();
                return navigate(path, Default::default());
            }
        }
        match key.as_str() {
            "g" => return prefixed_at.set_value(now()),
            "?" => open.set(Some(Overlay::Help)),
            "/" => match first("main input[type=search]") {
                Some(field) => focus(&field),
                None => open.set(Some(Overlay::Palette)),
            },
            "j" | "k" => {
                // Outside of a list, J is the player's.
                let is_in_list = document().active_element().is_some_and(|it| row_of(&it).is_some());
                if player.track.with_untracked(Option::is_some) && !is_in_list {
                    return;
                }
                move_focus(key == "j");
            }
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || listener.remove());
}

/// Whether a key belongs to a field or a dialog.
fn is_typed(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|it| {
        it.closest("input, textarea, select, [contenteditable], [role=dialog], dialog")
            .ok()
            .flatten()
            .is_some()
    })
}

fn first(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}

fn row_of(element: &Element) -> Option<Element> {
    element.closest("main :is(.row, .media-row)").ok().flatten()
}

/// Moves the focus to the title of the next row, or of the one before.
fn move_focus(is_forward: bool) {
    let Ok(found) = document().query_selector_all("main :is(.row-title, .media-title) a") else { return };
    let titles: Vec<Element> =
        (0..found.length()).filter_map(|n| found.get(n)?.dyn_into::<Element>().ok()).collect();
    let row = document().active_element().and_then(|it| row_of(&it));
    let at = row.and_then(|row| titles.iter().position(|title| row.contains(Some(title))));
    let next = match (at, is_forward) {
        (None, _) => 0,
        (Some(at), true) => at + 1,
        (Some(at), false) => at.saturating_sub(1),
    };
    titles.get(next).into_iter().for_each(focus);
}
