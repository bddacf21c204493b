//! A user with the forms that change role and guardian, disable the account, and end its sessions.

use domain::UserId;
use domain::account::AccountRole;
use domain::managed_user::ManagedUser;
use leptos::prelude::*;

use super::UserActions;
use crate::api::users::{ChangeUserRole, DisableUser, EndUserSessions, MakeResetLink};
use crate::components::action_button::ActionButton;
use crate::components::confirm::Confirm;
use crate::components::form::later;
use crate::components::notice::Badge;
use crate::components::{Ago, Day};
use crate::{parts, t, tn};

#[component]
pub fn UserRow(
    row: Signal<ManagedUser>,
    guardians: Signal<Vec<(UserId, String)>>,
    actions: UserActions,
) -> impl IntoView {
    let name = row.with_untracked(|row| row.username.clone());
    let shown = move || row.with(|row| row.display_name.clone());
    let facts = move || {
        let ManagedUser {
            role,
            guardian,
            disabled_at,
            delete_after,
            created_at,
            last_seen_at,
            sessions,
            api_keys,
            ..
        } = row.get();
        let disabled = disabled_at.map(|at| {
            let text = Signal::stored(t!("Disabled").to_owned());
            view! {
                <Badge tone=Signal::stored("bad") text />
                <span>{parts!("since {day}", day = view! { <Day at /> })}</span>
            }
        });
        view! {
            {disabled}
            {delete_after.map(|at| view! { <span>{parts!("Will be deleted {day}", day = view! { <Day at /> })}</span> })}
            <span>{in_words(role)}</span>
            {guardian.map(|name| view! { <span>{t!("Guardian: {name}", name = name)}</span> })}
            <span>{parts!("Signed up {day}", day = view! { <Day at=created_at /> })}</span>
            {last_seen_at.map(|at| view! { <span>{parts!("Seen {time}", time = view! { <Ago at /> })}</span> })}
            <span>{tn!(sessions, "{n} session", "{n} sessions")}</span>
            {(api_keys > 0).then(|| view! { <span>{tn!(api_keys, "{n} API key", "{n} API keys")}</span> })}
        }
    };
    let has_sessions = Memo::new(move |_| row.with(|row| row.sessions > 0));
    view! {
        <li class="row">
            <div class="row-main">
                <h2 class="row-title" dir="auto">{name.clone()}</h2>
                <p class="row-facts">
                    {move || shown().map(|shown| view! { <span dir="auto">{shown}</span> })} {facts}
                </p>
                <RoleForm row guardians name=name.clone() role=actions.role />
            </div>
            <div class="row-actions">
                {move || has_sessions.get().then(|| view! { <EndSessions row end=actions.end /> })}
                <MakeLink row link=actions.link />
                <Access row disable=actions.disable />
            </div>
        </li>
    }
}

#[component]
fn EndSessions(row: Signal<ManagedUser>, end: ServerAction<EndUserSessions>) -> impl IntoView {
    let (id, name) = row.with_untracked(|row| (row.id, row.username.clone()));
    view! {
        <ActionForm action=end>
            <input type="hidden" name="user_id" value=id.to_string() />
            <ActionButton
                text=t!("End all sessions")
                label=t!("End all sessions: {name}", name = name)
                pending=end.pending()
            />
        </ActionForm>
    }
}

/// Makes a reset link after a confirmation, with JavaScript and without.
#[component]
fn MakeLink(row: Signal<ManagedUser>, link: ServerAction<MakeResetLink>) -> impl IntoView {
    let (id, name) = row.with_untracked(|row| (row.id, row.username.clone()));
    view! {
        <Confirm
            verb=t!("Reset link")
            label=t!("Reset link for {name}", name = name)
            question=t!("Make a link by which this user chooses a new password? All sessions of the user end then.")
        >
            <ActionForm action=link>
                <input type="hidden" name="user_id" value=id.to_string() />
                <ActionButton
                    text=t!("Yes, make the link")
                    label=t!("Yes, make a reset link for {name}", name = name)
                    pending=link.pending()
                />
            </ActionForm>
        </Confirm>
    }
}

fn in_words(role: AccountRole) -> &'static str {
    match role {
        AccountRole::Admin => t!("Administrator"),
        AccountRole::User => t!("User"),
        AccountRole::Listener => t!("Listener"),
    }
}

#[component]
fn RoleForm(
    row: Signal<ManagedUser>,
    guardians: Signal<Vec<(UserId, String)>>,
    name: String,
    role: ServerAction<ChangeUserRole>,
) -> impl IntoView {
    let id = row.with_untracked(|row| row.id);
    let roles: Vec<_> = AccountRole::ALL
        .iter()
        .map(|one| {
            let is_chosen = move || row.with(|row| row.role == *one);
            view! { <option value=one.as_str() selected=is_chosen prop:selected=later(is_chosen)>{in_words(*one)}</option> }
        })
        .collect();
    let options = move || {
        let (known, current) = row.with(|row| (row.guardian_id, row.guardian.clone()));
        let mut all = guardians.get();
        // The guardian of a listener stays to choose, even if disabled.
        if let (Some(known), Some(current)) = (known, current)
            && all.iter().all(|(id, _)| *id != known)
        {
            all.push((known, current));
        }
        all.retain(|(one, _)| *one != id);
        let option = |(one, name): (UserId, String)| {
            view! { <option value=one.to_string() selected=known == Some(one)>{name}</option> }
        };
        all.into_iter().map(option).collect::<Vec<_>>()
    };
    let (role_id, guardian_id) = (format!("role-{id}"), format!("guardian-{id}"));
    view! {
        <ActionForm action=role attr:class="filter">
            <input type="hidden" name="user_id" value=id.to_string() />
            <div class="field">
                <label for=role_id.clone()>{t!("Role")}</label>
                <select id=role_id name="role">{roles}</select>
            </div>
            <div class="field">
                <label for=guardian_id.clone()>{t!("Guardian of a listener")}</label>
                <select id=guardian_id name="guardian_id"><option value="">{t!("None")}</option>{options}</select>
            </div>
            <ActionButton
                text=t!("Save")
                label=t!("Save the role of {name}", name = name)
                pending=role.pending()
            />
        </ActionForm>
    }
}

/// Disables the account after a confirmation, or enables it, with JavaScript and without.
#[component]
fn Access(row: Signal<ManagedUser>, disable: ServerAction<DisableUser>) -> impl IntoView {
    let is_disabled = Memo::new(move |_| row.with(|row| row.disabled_at.is_some()));
    move || match is_disabled.get() {
        true => view! { <Enable row disable /> }.into_any(),
        false => view! { <Disable row disable /> }.into_any(),
    }
}

#[component]
fn Enable(row: Signal<ManagedUser>, disable: ServerAction<DisableUser>) -> impl IntoView {
    let (id, name) = row.with_untracked(|row| (row.id, row.username.clone()));
    view! {
        <ActionForm action=disable>
            <input type="hidden" name="user_id" value=id.to_string() />
            <ActionButton
                text=t!("Enable")
                label=t!("Enable {name}", name = name)
                pending=disable.pending()
            />
        </ActionForm>
    }
}

#[component]
fn Disable(row: Signal<ManagedUser>, disable: ServerAction<DisableUser>) -> impl IntoView {
    let (id, name) = row.with_untracked(|row| (row.id, row.username.clone()));
    view! {
        <Confirm
            verb=t!("Disable")
            label=t!("Disable {name}", name = name)
            question=t!("Disable it? All sessions, API keys and runs of this user end, and downloads are paused.")
        >
            <ActionForm action=disable>
                <input type="hidden" name="user_id" value=id.to_string() />
                <input type="hidden" name="disabled" value="yes" />
                <ActionButton
                    text=t!("Yes, disable it")
                    label=t!("Yes, disable {name}", name = name)
                    is_bad=true
                    pending=disable.pending()
                />
            </ActionForm>
        </Confirm>
    }
}
