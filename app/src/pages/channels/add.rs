//! Forms that add a channel, one for each kind but push.

use domain::channel::{AddedChannel, ChannelKind};
use leptos::prelude::*;

use super::row::kind_in_words;
use crate::api::channels::AddChannel;
use crate::components::form::{Field, FormAlert, FormResponse, Submit};
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::{parts, t};

const FIELDS: &[&str] = &["target", "token", "name"];

#[component]
pub fn AddForms(add: ServerAction<AddChannel>, mail: bool) -> impl IntoView {
    let live = use_live();
    Effect::new(move |_| {
        if let Some(Ok(_)) = add.value().get() {
            live.toast(Tone::Good, t!("Channel added. Test it."));
        }
    });
    let mail = match mail {
        true => view! { <AddForm add kind=ChannelKind::Mail /> }.into_any(),
        false => view! {
            <p class="muted">
                {t!("This server sends no mail, because its administrator has not set a mail server.")}
            </p>
        }
        .into_any(),
    };
    view! {
        <section class="card stack max-w-3xl" aria-labelledby="add">
            <h2 id="add">{t!("Add a channel")}</h2>
            {move || added(add).map(|added| view! { <SigningSecret added /> })}
            <AddForm add kind=ChannelKind::Ntfy />
            <AddForm add kind=ChannelKind::Gotify />
            <AddForm add kind=ChannelKind::Webhook />
            {mail}
        </section>
    }
}

fn added(add: ServerAction<AddChannel>) -> Option<AddedChannel> {
    add.value().with(|value| value.as_ref()?.as_ref().ok().cloned())
}

/// Secret of a webhook, shown this once.
#[component]
fn SigningSecret(added: AddedChannel) -> impl IntoView {
    added.secret.map(|secret| {
        view! {
            <div class="alert" role="status">
                <p>
                    {parts!(
                        "Messages to {name} are signed with this secret. It is shown this once: copy it now.",
                        name = view! { <b dir="auto">{added.channel.name}</b> },
                    )}
                </p>
                <p><code class="break-all">{secret}</code></p>
            </div>
        }
    })
}

/// Form of one kind; collapsed unless it was rejected.
#[component]
fn AddForm(add: ServerAction<AddChannel>, kind: ChannelKind) -> impl IntoView {
    let answer = FormResponse::of(add).only("kind", kind.to_string());
    let form = NodeRef::<leptos::html::Form>::new();
    let details = NodeRef::<leptos::html::Details>::new();
    Effect::new(move |_| {
        let is_mine = added(add).is_some_and(|added| added.channel.kind == kind);
        if let (true, Some(form), Some(details)) = (is_mine, form.get_untracked(), details.get_untracked()) {
            form.reset();
            let _ = details.remove_attribute("open");
        }
    });
    let id = move |field: &str| format!("{kind}-{field}");
    let (label, placeholder, hint) = target_in_words(kind);
    let token = match kind {
        ChannelKind::Ntfy => Some((t!("Access token"), t!("Only for topics that need one."))),
        ChannelKind::Gotify => Some((t!("Application token"), t!("From the page Apps of Gotify."))),
        _ => None,
    };
    let token = token.map(|(label, hint)| {
        view! { <Field answer id=id("token") label name="token" kind="password" hint /> }
    });
    view! {
        <details node_ref=details class="fold" open=answer.is_rejected()>
            <summary>{kind_in_words(kind)}</summary>
            <FormAlert answer fields=FIELDS />
            <ActionForm action=add node_ref=form attr:class="stack" attr:novalidate=true>
                <input type="hidden" name="kind" value=kind.as_str() />
                <Field
                    answer
                    id=id("target")
                    label
                    name="target"
                    kind=if kind == ChannelKind::Mail { "email" } else { "url" }
                    placeholder
                    hint
                />
                {token}
                <Field answer id=id("name") label=t!("Name") name="name" hint=t!("Optional, for you to tell channels apart.") />
                <div><Submit answer text=t!("Add channel") busy=t!("Adding…") /></div>
            </ActionForm>
        </details>
    }
}

/// Label, example and hint of the address.
fn target_in_words(kind: ChannelKind) -> (&'static str, &'static str, &'static str) {
    match kind {
        ChannelKind::Ntfy => (
            t!("Address of the topic"),
            "https://ntfy.sh/…",
            t!("Everybody who knows the topic can read it: choose a long, random name."),
        ),
        ChannelKind::Gotify => (t!("Address of the server"), "https://gotify.example.org", ""),
        ChannelKind::Webhook => (
            t!("Address of the webhook"),
            "https://example.org/hook",
            t!("Gets JSON by POST, signed with a secret that you are shown once."),
        ),
        _ => (t!("Mail address"), "ada@example.org", ""),
    }
}
