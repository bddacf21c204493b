//! A channel with its state, and the forms that test, change and remove it.

use domain::channel::{ChannelKind, NotificationChannel};
use domain::notification::NotificationKind;
use leptos::prelude::*;

use super::ChannelActions;
use crate::api::channels::{ChangeChannel, ConfirmChannel, RemoveChannel};
use crate::components::Ago;
use crate::components::action_button::ActionButton;
use crate::components::change_fold::ChangeFold;
use crate::components::confirm::Confirm;
use crate::components::form::{Field, FormAlert, FormResponse, Submit, Tick};
use crate::{language, parts, t, tn};

#[component]
pub fn ChannelRow(row: Signal<NotificationChannel>, actions: ChannelActions) -> impl IntoView {
    let id = row.with_untracked(|row| row.id);
    let name = move || row.with(|row| row.name.clone());
    let about = move || row.with(|row| (kind_in_words(row.kind), row.target.clone()));
    let chosen = move || {
        row.with(|row| match row.kinds.len() as i64 {
            0 => t!("Switched off: no kind is chosen").to_owned(),
            all if all == NotificationKind::ALL.len() as i64 => t!("All kinds").to_owned(),
            some => tn!(some, "{n} kind", "{n} kinds"),
        })
    };
    let queued = move || {
        let waiting = row.with(|row| row.waiting);
        (waiting > 0).then(|| view! { <span>{tn!(waiting, "{n} message waits", "{n} messages wait")}</span> })
    };
    let is_confirmed = Memo::new(move |_| row.with(|row| row.confirmed));
    let verb = move || if is_confirmed.get() { t!("Test") } else { t!("Send the code") };
    let testing = move || match is_confirmed.get() {
        true => t!("Test {name}", name = name()),
        false => t!("Send the code to {name}", name = name()),
    };
    view! {
        <li class="row">
            <div class="row-main">
                <h3 class="row-title" dir="auto">{name}</h3>
                <p class="row-facts">
                    <span>{move || about().0}</span> <span dir="auto">{move || about().1}</span>
                    <span>{chosen}</span> {queued}
                </p>
                {move || row.with(state_in_words)}
                {move || (!is_confirmed.get()).then(|| view! { <ConfirmForm row confirm=actions.confirm /> })}
                <ChangeForm row change=actions.change />
            </div>
            <div class="row-actions">
                <ActionForm action=actions.test>
                    <input type="hidden" name="channel_id" value=id.to_string() />
                    <button
                        type="submit"
                        class="button button-small"
                        aria-label=testing
                        disabled=actions.test.pending()
                    >
                        {verb}
                    </button>
                </ActionForm>
                <Remove row remove=actions.remove />
            </div>
        </li>
    }
}

/// Whether the channel works, since when it does not, and why.
fn state_in_words(row: &NotificationChannel) -> AnyView {
    let given_up = (row.failed > 0).then(|| {
        let words = tn!(
            row.failed,
            "{n} message of the last week was given up.",
            "{n} messages of the last week were given up."
        );
        view! { <span>{words}</span> }
    });
    match (row.failing_since, row.verified_at) {
        (Some(since), _) => {
            let why = language::sentence(row.last_error.as_deref().unwrap_or_default());
            let since = parts!("Fails since {time}.", time = view! { <Ago at=since /> });
            view! { <p class="field-error" dir="auto"><span>{since}</span> " " {why} " " {given_up}</p> }
                .into_any()
        }
        (None, Some(at)) => {
            let works = parts!("Works; last message {time}", time = view! { <Ago at /> });
            view! { <p class="row-facts"><span>{works}</span> {given_up}</p> }.into_any()
        }
        (None, None) if !row.confirmed => ().into_any(),
        (None, None) => {
            view! { <p class="row-facts"><span>{t!("Nothing sent yet. Test it.")}</span></p> }.into_any()
        }
    }
}

/// Form that confirms a mail address, so that no other address gets a user's notifications.
#[component]
fn ConfirmForm(row: Signal<NotificationChannel>, confirm: ServerAction<ConfirmChannel>) -> impl IntoView {
    let id = row.with_untracked(|row| row.id);
    let answer = FormResponse::of(confirm).only("channel_id", id.to_string());
    view! {
        <p class="row-text">
            {t!("Not confirmed yet: nothing is sent there before you enter the code of the mail that “Send the code” brings.")}
        </p>
        <FormAlert answer fields=&["code"] />
        <ActionForm action=confirm attr:class="stack" attr:novalidate=true>
            <input type="hidden" name="channel_id" value=id.to_string() />
            <Field answer id=format!("channel{id}-code") label=t!("Code from the mail") name="code" autocomplete="one-time-code" />
            <div><Submit answer text=t!("Confirm the address") busy=t!("Checking…") /></div>
        </ActionForm>
    }
}

pub fn kind_in_words(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Push => t!("Push to a browser"),
        ChannelKind::Ntfy => t!("ntfy"),
        ChannelKind::Gotify => t!("Gotify"),
        ChannelKind::Webhook => t!("Webhook"),
        ChannelKind::Mail => t!("Mail"),
    }
}

/// Form to change the name and the kinds; collapsed unless it was rejected.
#[component]
fn ChangeForm(row: Signal<NotificationChannel>, change: ServerAction<ChangeChannel>) -> impl IntoView {
    let NotificationChannel { id, name, kinds, .. } = row.get_untracked();
    let answer = FormResponse::of(change).only("channel_id", id.to_string());
    let name_of = Signal::derive(move || row.with(|row| row.name.clone()));
    let is_saved = Signal::derive(move || change.value().get() == Some(Ok(id)));
    let prefix = format!("channel{id}");
    view! {
        <ChangeFold answer name=name_of is_saved>
            <FormAlert answer fields=&["name"] />
            <ActionForm action=change attr:class="stack" attr:novalidate=true>
                <input type="hidden" name="channel_id" value=id.to_string() />
                <Field answer id=format!("{prefix}-name") label=t!("Name") name="name" value=name />
                <Kinds answer prefix legend=t!("Kinds of notifications") chosen=kinds />
                <div><Submit answer text=t!("Save channel") busy=t!("Saving…") /></div>
            </ActionForm>
        </ChangeFold>
    }
}

/// A box for each kind of notification.
#[component]
pub fn Kinds(
    answer: FormResponse,
    /// Beginning of the ids, for a page with several such forms.
    prefix: String,
    legend: &'static str,
    chosen: Vec<NotificationKind>,
) -> impl IntoView {
    let tick = |kind: NotificationKind| {
        let name = kind.as_str();
        let (id, value) = (format!("{prefix}-{name}"), chosen.contains(&kind));
        view! { <Tick answer id label=notification_in_words(kind) name value /> }
    };
    let ticks: Vec<_> = NotificationKind::ALL.iter().map(|kind| tick(*kind)).collect();
    view! { <fieldset class="ticks"><legend>{legend}</legend> {ticks}</fieldset> }
}

fn notification_in_words(kind: NotificationKind) -> &'static str {
    match kind {
        NotificationKind::RunEnded => t!("Runs that end"),
        NotificationKind::ApprovalNeeded => t!("Questions of the agents"),
        NotificationKind::DownloadReady => t!("Downloads that are ready"),
        NotificationKind::DownloadFailed => t!("Downloads that fail"),
        NotificationKind::DownloadRemoved => t!("Downloads that are removed"),
        NotificationKind::DownloadLost => t!("Downloads that are fetched again"),
        NotificationKind::SourceGone => t!("Sources that are gone"),
        NotificationKind::Announcement => t!("Messages of the administrator"),
        NotificationKind::CommuteReminder => t!("Reminders before a departure"),
        NotificationKind::KeyExpires => t!("API keys that expire soon"),
        NotificationKind::Security => t!("Changes of how you sign in"),
    }
}

/// Asks for confirmation, with JavaScript and without.
#[component]
fn Remove(row: Signal<NotificationChannel>, remove: ServerAction<RemoveChannel>) -> impl IntoView {
    let id = row.with_untracked(|row| row.id);
    let name = move || row.with(|row| row.name.clone());
    view! {
        <Confirm
            verb=t!("Remove")
            label=move || t!("Remove {name}", name = name())
            question=t!("Remove it? Messages that wait for it are not sent.")
        >
            <ActionForm action=remove>
                <input type="hidden" name="channel_id" value=id.to_string() />
                <ActionButton
                    text=t!("Yes, remove it")
                    label=move || t!("Yes, remove it: {name}", name = name())
                    is_bad=true
                    pending=remove.pending()
                />
            </ActionForm>
        </Confirm>
    }
}
