//! Devices page: the user's devices, how much they hold, and their settings.

use domain::device::{Device, HeldCopies, MAX_BUDGET_MB, MIN_BUDGET_MB};
use leptos::prelude::*;

use crate::api::devices::{ChangeDevice, RevokeDevice, list_devices};
use crate::components::action_button::ActionButton;
use crate::components::auth_guard::RequireSignIn;
use crate::components::change_fold::ChangeFold;
use crate::components::confirm::Confirm;
use crate::components::form::{Field, FormAlert, FormResponse, Submit, Tick};
use crate::components::live_query::{Each, Loaded, live_query};
use crate::components::notice::Empty;
use crate::components::past_windows::PastWindows;
use crate::components::title::PageTitle;
use crate::components::{Ago, When};
use crate::device::use_device;
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::measure::{duration, size};
use crate::{parts, paths, t, tn};

const FIELDS: &[&str] = &["name", "budget_mb"];

#[component]
pub fn Devices() -> impl IntoView {
    view! {
        <PageTitle text=t!("Devices") />
        <RequireSignIn>
            <h1 id="devices">{t!("Devices")}</h1>
            <p class="lead">
                {t!("Browsers and apps that keep copies of your downloads, to play them without a network. Only what a device has proved to hold counts.")}
            </p>
            <Content />
        </RequireSignIn>
    }
}

#[derive(Clone, Copy)]
struct DeviceActions {
    change: ServerAction<ChangeDevice>,
    revoke: ServerAction<RevokeDevice>,
}

#[component]
fn Content() -> impl IntoView {
    let live = use_live();
    let actions = DeviceActions { change: ServerAction::new(), revoke: ServerAction::new() };
    let DeviceActions { change, revoke } = actions;
    let asked = move || (live.news.get(), change.version().get(), revoke.version().get());
    let kept = live_query(asked, |_| list_devices());
    let all = Signal::derive(move || kept.value.get().unwrap_or_default());
    Effect::new(move |_| {
        if let Some(Ok(_)) = change.value().get() {
            live.toast(Tone::Good, t!("Device saved."));
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(())) = revoke.value().get() {
            live.toast(Tone::Good, t!("Device revoked. It removes what it keeps at its next contact."));
        }
    });
    view! {
        <FormAlert answer=FormResponse::of(revoke) fields=&[] />
        <Loaded kept what=t!("Loading your devices")>
            {move || all.with(Vec::is_empty).then(|| view! {
                <Empty title=t!("No devices yet")>
                    <p>{t!("A browser or an app that keeps downloads for you registers itself and is listed here.")}</p>
                </Empty>
            })}
            <ul class="rows" aria-labelledby="devices">
                <Each list=all key=|row| row.id row=move |row| view! { <DeviceRow row actions /> } />
            </ul>
        </Loaded>
        <PastWindows />
    }
}

#[component]
fn DeviceRow(row: Signal<Device>, actions: DeviceActions) -> impl IntoView {
    let name = move || row.with(|row| row.name.clone());
    let platform = move || {
        let platform = row.with(|row| row.platform.clone());
        (!platform.is_empty()).then(|| view! { <span>{platform}</span> })
    };
    let device = use_device();
    let is_this = Memo::new(move |_| device.is(row.with(|row| row.id.0)));
    let this =
        move || is_this.get().then(|| view! { <a class="link" href=paths::DEVICE>{t!("This browser")}</a> });
    let last_seen = move || {
        let at = row.with(|row| row.last_seen_at);
        view! { <span>{parts!("Seen {time}", time = view! { <Ago at /> })}</span> }
    };
    let may_lose = move || {
        let is_refused = row.with(|row| row.persisted == Some(false));
        is_refused.then(
            || view! { <p class="row-text">{t!("Its browser may remove what it keeps without asking.")}</p> },
        )
    };
    view! {
        <li class="row">
            <div class="row-main">
                <h2 class="row-title">{name}</h2>
                <p class="row-facts">{this} {platform} {last_seen}</p>
                {move || row.with(held_in_words)}
                {may_lose}
                <ChangeForm row change=actions.change />
            </div>
            <div class="row-actions">
                <Revoke row revoke=actions.revoke />
            </div>
        </li>
    }
}

/// Copies of a device in words, with the time since which they are proved.
fn held_in_words(device: &Device) -> AnyView {
    let HeldCopies { copies, bytes, minutes, proved_at } = device.held;
    let budget = size(device.budget_mb.saturating_mul(1_000_000));
    if copies == 0 {
        let nothing = t!("Nothing on it yet, of up to {budget}", budget = budget);
        return view! { <p class="row-facts"><span>{nothing}</span></p> }.into_any();
    }
    let amount = tn!(
        copies,
        "{n} copy, {size} of up to {budget}",
        "{n} copies, {size} of up to {budget}",
        size = size(bytes),
        budget = budget
    );
    let proof = match proved_at {
        Some(at) => {
            let length = duration((minutes * 60.0) as i64);
            let words =
                parts!("{length} to play, proved {time}", length = length, time = view! { <When at /> });
            view! { <span>{words}</span> }.into_any()
        }
        None => view! { <span>{t!("Nothing to play is proved yet")}</span> }.into_any(),
    };
    view! { <p class="row-facts"><span>{amount}</span> {proof}</p> }.into_any()
}

/// Form to change a device; collapsed unless it was rejected.
#[component]
fn ChangeForm(row: Signal<Device>, change: ServerAction<ChangeDevice>) -> impl IntoView {
    let Device { id, name, budget_mb, allow_metered, .. } = row.get_untracked();
    let answer = FormResponse::of(change).only("device_id", id.to_string());
    let name_of = Signal::derive(move || row.with(|row| row.name.clone()));
    let is_saved = Signal::derive(move || change.value().get() == Some(Ok(id)));
    let of = move |field: &str| format!("device{id}-{field}");
    view! {
        <ChangeFold answer name=name_of is_saved>
            <FormAlert answer fields=FIELDS />
            <ActionForm action=change attr:class="stack" attr:novalidate=true>
                <input type="hidden" name="device_id" value=id.to_string() />
                <div class="pair">
                    <Field answer id=of("name") label=t!("Name") name="name" value=name />
                    <Field
                        answer
                        id=of("budget")
                        label=t!("Space for copies, in MB")
                        name="budget_mb"
                        kind="number"
                        bounds=(MIN_BUDGET_MB, MAX_BUDGET_MB)
                        value=budget_mb.to_string()
                    />
                </div>
                <Tick
                    answer
                    id=of("metered")
                    label=t!("Fetch over metered connections too")
                    name="allow_metered"
                    value=allow_metered
                />
                <div><Submit answer text=t!("Save device") busy=t!("Saving…") /></div>
            </ActionForm>
        </ChangeFold>
    }
}

/// Asks for confirmation, with JavaScript and without.
#[component]
fn Revoke(row: Signal<Device>, revoke: ServerAction<RevokeDevice>) -> impl IntoView {
    let id = row.with_untracked(|row| row.id);
    let name = move || row.with(|row| row.name.clone());
    view! {
        <Confirm
            verb=t!("Revoke")
            label=move || t!("Revoke {name}", name = name())
            question=t!("Revoke it? At its next contact it removes what it keeps. Your downloads stay here.")
        >
            <ActionForm action=revoke>
                <input type="hidden" name="device_id" value=id.to_string() />
                <ActionButton
                    text=t!("Yes, revoke it")
                    label=move || t!("Yes, revoke it: {name}", name = name())
                    is_bad=true
                    pending=revoke.pending()
                />
            </ActionForm>
        </Confirm>
    }
}
