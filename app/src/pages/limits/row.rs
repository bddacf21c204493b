//! A user with the use of the request limits, and the forms that set and reset them.

use domain::request_limit::{MAX_REQUESTS, RequestLimits, UserLimits};
use leptos::prelude::*;

use super::LimitActions;
use crate::api::limits::{ResetLimits, SetLimits, UnsetLimits};
use crate::components::action_button::ActionButton;
use crate::components::form::later;
use crate::components::limit_uses::LimitUses;
use crate::components::notice::Badge;
use crate::t;

#[component]
pub fn LimitsRow(row: Signal<UserLimits>, actions: LimitActions) -> impl IntoView {
    let name = row.with_untracked(|row| row.username.clone());
    let is_override = Memo::new(move |_| row.with(|row| row.is_override));
    let badge = move || {
        is_override.get().then(|| {
            let text = Signal::stored(t!("Own limits").to_owned());
            view! { <p class="row-facts"><Badge tone=Signal::stored("calm") text /></p> }
        })
    };
    view! {
        <li class="row">
            <div class="row-main">
                <h2 class="row-title" dir="auto">{name.clone()}</h2>
                {badge}
                <LimitUses limits=row />
                <OverrideForm row set=actions.set />
            </div>
            <div class="row-actions">
                {move || is_override.get().then(|| view! { <UnsetButton row unset=actions.unset /> })}
                <ResetButton row reset=actions.reset />
            </div>
        </li>
    }
}

#[component]
fn ResetButton(row: Signal<UserLimits>, reset: ServerAction<ResetLimits>) -> impl IntoView {
    let (id, name) = row.with_untracked(|row| (row.user_id, row.username.clone()));
    view! {
        <ActionForm action=reset>
            <input type="hidden" name="user_id" value=id.to_string() />
            <ActionButton
                text=t!("Reset counters")
                label=t!("Reset counters: {name}", name = name)
                pending=reset.pending()
            />
        </ActionForm>
    }
}

#[component]
fn UnsetButton(row: Signal<UserLimits>, unset: ServerAction<UnsetLimits>) -> impl IntoView {
    let (id, name) = row.with_untracked(|row| (row.user_id, row.username.clone()));
    view! {
        <ActionForm action=unset>
            <input type="hidden" name="user_id" value=id.to_string() />
            <ActionButton
                text=t!("Limits of the role")
                label=t!("Limits of the role: {name}", name = name)
                pending=unset.pending()
            />
        </ActionForm>
    }
}

#[component]
fn OverrideForm(row: Signal<UserLimits>, set: ServerAction<SetLimits>) -> impl IntoView {
    let (id, name) = row.with_untracked(|row| (row.user_id, row.username.clone()));
    let current = move |of: fn(RequestLimits) -> i64| {
        move || row.with(|row| of(row.limits.unwrap_or(RequestLimits::USER)).to_string())
    };
    let field = move |label: &'static str, field: &'static str, of: fn(RequestLimits) -> i64| {
        let (html_id, shown) = (format!("{field}-{id}"), current(of));
        view! {
            <div class="field">
                <label for=html_id.clone()>{label}</label>
                <input
                    id=html_id
                    name=field
                    type="number"
                    min="1"
                    max=MAX_REQUESTS.to_string()
                    required
                    value=shown
                    prop:value=later(shown)
                />
            </div>
        }
    };
    view! {
        <ActionForm action=set attr:class="filter">
            <input type="hidden" name="user_id" value=id.to_string() />
            {field(t!("Per minute"), "minute", |it| it.minute)}
            {field(t!("Per hour"), "hour", |it| it.hour)}
            {field(t!("Per day"), "day", |it| it.day)}
            {field(t!("Refused above, in percent"), "hard_percent", |it| it.hard_percent)}
            <ActionButton
                text=t!("Save")
                label=t!("Save the limits of {name}", name = name)
                pending=set.pending()
            />
        </ActionForm>
    }
}
