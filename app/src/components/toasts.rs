//! Stack of toasts.

use leptos::prelude::*;

use crate::live::toast::{self, Toast};
use crate::live::use_live;

#[component]
pub fn ToastStack() -> impl IntoView {
    let toasts = use_live().toasts;
    let note = move |note: Toast| {
        let id = note.id;
        view! {
            <div class="toast" data-tone=note.tone.as_str()>
                <p>
                    {note.text}
                    {note.way.map(|(href, words)| view! { " " <a href=href>{words}</a> })}
                </p>
                <button
                    type="button"
                    class="toast-close"
                    aria-label="Dismiss"
                    on:click=move |_| toast::dismiss(toasts, id)
                >
                    "×"
                </button>
            </div>
        }
    };
    view! {
        <section class="toasts" aria-label="Notifications" aria-live="polite">
            <For each=move || toasts.get() key=|toast| toast.id let:toast>{note(toast)}</For>
        </section>
    }
}
