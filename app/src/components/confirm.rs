//! A button that asks first, with JavaScript and without.

use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// The button shows the question and, as children, the form that does it.
#[component]
pub fn Confirm(
    verb: &'static str,
    /// Name of the button where the verb does not say what it is about.
    #[prop(optional, into)]
    label: Option<TextProp>,
    #[prop(into)] question: TextProp,
    children: Children,
) -> impl IntoView {
    view! {
        <details class="confirm">
            <summary class="button button-small button-bad" aria-label=move || label.as_ref().map(TextProp::get)>
                {verb}
            </summary>
            <div class="alert">
                <p>{move || question.get()}</p>
                {children()}
            </div>
        </details>
    }
}
