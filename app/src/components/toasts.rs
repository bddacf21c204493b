//! Stack of toasts.

use domain::download::Verb;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::downloads::act_on_downloads;
use crate::api::subscriptions::resubscribe;
use crate::error::ApiError;
use crate::live::toast::{self, Toast, Tone, Undo};
use crate::live::use_live;
use crate::{language, t};

#[component]
pub fn ToastStack() -> impl IntoView {
    let toasts = use_live().toasts;
    let note = move |note: Toast| {
        let id = note.id;
        view! {
            <div class="toast" id=toast::element_id(id) data-tone=note.tone.as_str()>
                <p>
                    {note.text}
                    {note.way.map(|(href, words)| view! { " " <a href=href>{words}</a> })}
                </p>
                {note.undo.map(|undo| view! { <UndoButton id undo /> })}
                <button
                    type="button"
                    class="toast-close"
                    aria-label=t!("Dismiss")
                    on:click=move |_| super::keeping_focus(|| toast::dismiss(toasts, id))
                >
                    "×"
                </button>
            </div>
        }
    };
    view! {
        <section class="toasts" aria-label=t!("Notifications") aria-live="polite">
            <For each=move || toasts.get() key=|toast| toast.id let:toast>{note(toast)}</For>
        </section>
    }
}

/// Undoes a deletion. It takes the focus of a keyboard, whose place in the list is about to vanish.
#[component]
fn UndoButton(id: u32, undo: Undo) -> impl IntoView {
    let live = use_live();
    let button = NodeRef::<leptos::html::Button>::new();
    Effect::new(move |_| {
        let by_keyboard = matches!(document().query_selector(":focus-visible"), Ok(Some(_)));
        if let Some(button) = button.get().filter(|_| by_keyboard) {
            request_animation_frame(move || super::focus(&button));
        }
    });
    let press = move |_| {
        super::keeping_focus(|| toast::dismiss(live.toasts, id));
        let undo = undo.clone();
        spawn_local(async move {
            match run(undo).await {
                Ok(()) => live.toast(Tone::Good, t!("Undone.")),
                Err(error) => live.toast(Tone::Bad, language::sentence(&error.message())),
            }
            live.refresh();
        });
    };
    view! {
        <button type="button" class="button button-small toast-undo" node_ref=button on:click=press>
            {t!("Undo")}
        </button>
    }
}

async fn run(undo: Undo) -> Result<(), ApiError> {
    match undo {
        Undo::Downloads(ids) => act_on_downloads(ids, Verb::Restore).await.map(drop),
        Undo::Subscription(id) => resubscribe(id).await,
    }
}
