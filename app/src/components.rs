//! The parts that pages are made of.

use leptos::prelude::*;

pub mod approval_card;
pub mod commute;
pub mod download_row;
pub mod filter;
pub mod for_all;
pub mod form;
pub mod frame;
pub mod icons;
pub mod kept;
pub mod log;
pub mod measure;
pub mod notice;
pub mod pager;
pub mod progress;
pub mod run_card;
pub mod source_row;
pub mod toasts;

/// Gives the keyboard to an element; without a browser there is none.
pub fn focus(element: &leptos::web_sys::Element) {
    #[cfg(feature = "hydrate")]
    if let Some(element) = wasm_bindgen::JsCast::dyn_ref::<web_sys::HtmlElement>(element) {
        let _ = element.focus();
    }
    let _ = element;
}

/// Makes a change that may remove what has the keyboard; then it goes to the content rather than to nowhere.
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

/// A point in time, the same on every device.
#[component]
pub fn When(at: smartcache::domain::DateTime<smartcache::domain::Utc>) -> impl IntoView {
    view! { <time datetime=measure::datetime(at)>{measure::time(at)}" UTC"</time> }
}
