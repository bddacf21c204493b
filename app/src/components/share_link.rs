//! Sharing of an item or a collection: the button, and the link once there is one.

use domain::share::{Share, ShareTarget};
use leptos::prelude::*;

use super::form::{FormAlert, FormResponse};
use crate::api::shares::{AddShare, RevokeShare};
use crate::components::action_button::ActionButton;
use crate::{paths, t};

/// Actions of a page that shares.
#[derive(Clone, Copy)]
pub struct ShareActions {
    add: ServerAction<AddShare>,
    revoke: ServerAction<RevokeShare>,
}

impl ShareActions {
    pub fn create() -> Self {
        Self { add: ServerAction::new(), revoke: ServerAction::new() }
    }

    /// Number of finished actions, for queries that depend on them.
    pub fn version(self) -> usize {
        self.add.version().get() + self.revoke.version().get()
    }
}

/// Part of a page that shares its item or collection.
#[component]
pub fn SharePart(
    target: ShareTarget,
    #[prop(into)] share: Signal<Option<Share>>,
    actions: ShareActions,
) -> impl IntoView {
    let ShareActions { add, revoke } = actions;
    let shows = match target {
        ShareTarget::Item(_) => {
            t!(
                "This link shows title, notes and source without an account, but no file; of a private feed the title alone."
            )
        }
        ShareTarget::Collection(_) => {
            t!(
                "This link shows name, notes and the items of now and later without an account, but no file; of private feeds the titles alone."
            )
        }
    };
    let made = move |share: Share| {
        view! {
            <div class="alert stack-slim">
                <p>{shows}</p>
                <LinkField url=share.url label=t!("Link to share") />
                <div class="for-all">
                    <RevokeForm token=share.token label=t!("Revoke the link") revoke />
                    <a class="button button-small" href=paths::SHARES>{t!("All your links")}</a>
                </div>
            </div>
        }
    };
    let content = move || match share.get() {
        Some(share) => made(share).into_any(),
        None => view! { <AddForm target add /> }.into_any(),
    };
    view! {
        <section class="part" aria-labelledby="share">
            <h2 id="share">{t!("Share")}</h2>
            <FormAlert answer=FormResponse::of(add) fields=&[] />
            <FormAlert answer=FormResponse::of(revoke) fields=&[] />
            <div role="status">{content}</div>
        </section>
    }
}

#[component]
fn AddForm(target: ShareTarget, add: ServerAction<AddShare>) -> impl IntoView {
    let id = target.item_id().map(|id| id.to_string());
    let id = id.or(target.collection_id().map(|id| id.to_string()));
    view! {
        <ActionForm action=add>
            <input type="hidden" name=target.field() value=id />
            <ActionButton text=t!("Make a link") pending=add.pending() />
        </ActionForm>
    }
}

#[component]
pub fn RevokeForm(
    token: String,
    #[prop(into)] label: String,
    revoke: ServerAction<RevokeShare>,
) -> impl IntoView {
    view! {
        <ActionForm action=revoke>
            <input type="hidden" name="token" value=token />
            <ActionButton text=t!("Revoke") label=label is_bad=true pending=revoke.pending() />
        </ActionForm>
    }
}

/// A link to select and to copy.
#[component]
pub fn LinkField(url: String, #[prop(into)] label: String) -> impl IntoView {
    let field = NodeRef::<leptos::html::Input>::new();
    let words = RwSignal::new(t!("Copy"));
    let press = move |_| {
        let is_copied = field.get_untracked().is_some_and(|field| copy(&field));
        words.set(if is_copied { t!("Copied") } else { t!("Selected: copy it") });
    };
    view! {
        <div class="field share-link">
            <input node_ref=field type="text" readonly=true value=url aria-label=label />
            <button type="button" class="button button-small needs-script" on:click=press>
                {move || words.get()}
            </button>
        </div>
    }
}

/// Selects the text of a field and copies it. By `execCommand`, because a page without https has no
/// `navigator.clipboard`.
#[cfg(feature = "hydrate")]
fn copy(field: &web_sys::HtmlInputElement) -> bool {
    use wasm_bindgen::{JsCast, JsValue};
    field.select();
    let document = JsValue::from(document());
    let run = js_sys::Reflect::get(&document, &"execCommand".into()).ok();
    let run = run.and_then(|run| run.dyn_into::<js_sys::Function>().ok());
    run.and_then(|run| run.call1(&document, &"copy".into()).ok()).is_some_and(|copied| copied.is_truthy())
}

#[cfg(not(feature = "hydrate"))]
fn copy(_: &leptos::web_sys::HtmlInputElement) -> bool {
    false
}
