//! A form that changes a row of a list, folded away until it is opened.

use leptos::prelude::*;

use super::focus;
use super::form::FormResponse;
use crate::t;

/// Open at first if the form was rejected. Folds once the change is saved, and takes the focus back.
#[component]
pub fn ChangeFold(
    answer: FormResponse,
    /// Name of the row, for those who hear "Change" without seeing it.
    #[prop(into)]
    name: Signal<String>,
    /// Whether the latest change of this row was saved.
    #[prop(into)]
    is_saved: Signal<bool>,
    children: Children,
) -> impl IntoView {
    let details = NodeRef::<leptos::html::Details>::new();
    let summary = NodeRef::<leptos::html::Summary>::new();
    Effect::new(move |_| {
        if is_saved.get()
            && let (Some(details), Some(summary)) = (details.get_untracked(), summary.get_untracked())
        {
            let _ = details.remove_attribute("open");
            focus(&summary);
        }
    });
    view! {
        <details node_ref=details class="fold" open=answer.is_rejected()>
            <summary node_ref=summary>
                {t!("Change")} <span class="sr-only">": " {move || name.get()}</span>
            </summary>
            {children()}
        </details>
    }
}
