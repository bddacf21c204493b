//! Submit button of a form in which nothing is typed, such as that of a row.

use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// Disabled while `pending`. `is_bad` marks what cannot be undone.
#[component]
pub fn ActionButton(
    text: &'static str,
    /// Name of the button where the text does not say what it is about.
    #[prop(optional, into)]
    label: Option<TextProp>,
    #[prop(optional)] is_bad: bool,
    #[prop(into)] pending: Signal<bool>,
) -> impl IntoView {
    let class = if is_bad { "button button-small button-bad" } else { "button button-small" };
    view! {
        <button
            type="submit"
            class=class
            aria-label=move || label.as_ref().map(TextProp::get)
            disabled=move || pending.get()
        >
            {text}
        </button>
    }
}
