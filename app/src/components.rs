//! The parts that pages are made of.

use leptos::prelude::*;

pub mod download_row;
pub mod filter;
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

/// A point in time, the same on every device.
#[component]
pub fn When(at: smartcache::domain::DateTime<smartcache::domain::Utc>) -> impl IntoView {
    let text = measure::time(at);
    let datetime = text.replace(' ', "T") + "Z";
    view! { <time datetime=datetime>{text}" UTC"</time> }
}
