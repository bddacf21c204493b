//! Components that the pages share.

use leptos::prelude::*;

pub mod action_button;
pub mod admin_tabs;
pub mod agent_card;
pub mod approval_card;
pub mod area;
pub mod artifact;
pub mod auth_guard;
pub mod change_fold;
pub mod chapters;
pub mod chips;
pub mod commute;
pub mod confirm;
pub mod continue_card;
pub mod cover;
pub mod download_actions;
pub mod download_card;
pub mod download_row;
pub mod evictions;
pub mod factor_banner;
pub mod figures;
pub mod fill_device;
pub mod filter;
pub mod follow_end;
pub mod for_all;
pub mod form;
pub mod frame;
pub mod icons;
pub mod item_facts;
pub mod item_list;
pub mod item_row;
pub mod keep_links;
pub mod language_switch;
pub mod limit_uses;
pub mod listed_row;
pub mod live_query;
pub mod local_copies;
pub mod local_departures;
pub mod log;
pub mod login_fields;
pub mod menu;
pub mod notice;
pub mod onboarding;
pub mod pager;
pub mod passkey_button;
pub mod past_windows;
pub mod personal_feed;
pub mod play_row;
pub mod player;
pub mod prepared_windows;
pub mod preview;
pub mod progress;
pub mod provider_link;
pub mod ready_card;
pub mod request_words;
pub mod rules_form;
pub mod run_card;
pub mod run_conversation;
pub mod run_head;
pub mod run_outcome;
pub mod run_results;
pub mod run_row;
pub mod run_steps;
pub mod select_bar;
pub mod share_link;
pub mod shortcuts;
pub mod sign_out;
pub mod source_health;
pub mod source_row;
pub mod source_tile;
pub mod step_up;
pub mod theme;
pub mod thumbs;
pub mod time;
pub mod title;
pub mod toasts;
pub mod transcript;
pub mod troubles;
pub mod turn;
pub mod undo;

pub use time::{Ago, Ahead, Day, When};

/// Moves the keyboard focus to an element. Does nothing on the server.
pub fn focus(element: &leptos::web_sys::Element) {
    #[cfg(feature = "hydrate")]
    if let Some(element) = wasm_bindgen::JsCast::dyn_ref::<web_sys::HtmlElement>(element) {
        let _ = element.focus();
    }
    let _ = element;
}

/// Clicks an element. Does nothing on the server.
pub fn click(element: &leptos::web_sys::Element) {
    #[cfg(feature = "hydrate")]
    if let Some(element) = wasm_bindgen::JsCast::dyn_ref::<web_sys::HtmlElement>(element) {
        element.click();
    }
    let _ = element;
}

/// Makes a change that may remove the focused element; the focus then moves to the main content.
pub fn keeping_focus(change: impl FnOnce()) {
    let is_somewhere = || document().active_element().is_some_and(|element| element.tag_name() != "BODY");
    let was_somewhere = is_somewhere();
    change();
    if was_somewhere {
        request_animation_frame(move || {
            if let Some(main) = document().get_element_by_id("main").filter(|_| !is_somewhere()) {
                focus(&main);
            }
        });
    }
}

/// A text with its search hits marked.
#[component]
pub fn Marked(pieces: domain::search_hit::Pieces) -> impl IntoView {
    let piece = |piece: domain::search_hit::Piece| match piece.is_hit {
        true => view! { <mark>{piece.text}</mark> }.into_any(),
        false => piece.text.into_any(),
    };
    pieces.into_iter().map(piece).collect_view()
}
