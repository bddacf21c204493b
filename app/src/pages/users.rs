//! Users page of administrators: roles, guardians, disabled accounts and the end of sessions.

mod row;

use domain::reset_link::ResetLink;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use self::row::UserRow;
use crate::api::users::{ChangeUserRole, DisableUser, EndUserSessions, MakeResetLink, list_users};
use crate::components::admin_tabs::AdminTabs;
use crate::components::auth_guard::RequireSignIn;
use crate::components::filter::{FilterForm, value};
use crate::components::form::{FormAlert, FormResponse, later};
use crate::components::live_query::{Each, Loaded, live_query};
use crate::components::notice::Empty;
use crate::components::pager::Pager;
use crate::components::share_link::LinkField;
use crate::components::title::PageTitle;
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::{paths, t};

#[component]
pub fn Users() -> impl IntoView {
    view! {
        <PageTitle text=t!("Users") />
        <RequireSignIn>
            <h1 id="users">{t!("Users")}</h1>
            <AdminTabs />
            <p class="lead">
                {t!(
                    "An administrator manages the server and sees nothing of the libraries of others. A listener \
                     hears what the guardian follows, without explicit items, and starts runs that the guardian \
                     approves."
                )}
            </p>
            <Content />
        </RequireSignIn>
    }
}

#[derive(Clone, Copy)]
struct UserActions {
    role: ServerAction<ChangeUserRole>,
    disable: ServerAction<DisableUser>,
    end: ServerAction<EndUserSessions>,
    link: ServerAction<MakeResetLink>,
}

/// Says in a toast what was done.
fn toast_results(UserActions { role, disable, end, .. }: UserActions) {
    let live = use_live();
    Effect::new(move |_| {
        if let Some(Ok(())) = role.value().get() {
            live.toast(Tone::Good, t!("Role saved."));
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(())) = disable.value().get() {
            live.toast(Tone::Good, t!("User changed."));
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(())) = end.value().get() {
            live.toast(Tone::Good, t!("All sessions of the user have ended."));
        }
    });
}

#[component]
fn Content() -> impl IntoView {
    let query = use_query_map();
    let actions = UserActions {
        role: ServerAction::new(),
        disable: ServerAction::new(),
        end: ServerAction::new(),
        link: ServerAction::new(),
    };
    let asked = move || {
        let UserActions { role, disable, end, .. } = actions;
        let done = (role.version().get(), disable.version().get(), end.version().get());
        ((value(query, "q"), value(query, "cursor")), done)
    };
    let kept = live_query(asked, |((q, cursor), _)| list_users(q, cursor));
    let rows = kept.part(|view| view.users.clone());
    let guardians = kept.part(|view| view.guardians.clone());
    let next = kept.part(|view| view.next_cursor.clone());
    let typed = move || value(query, "q");
    toast_results(actions);
    view! {
        <FormAlert answer=FormResponse::of(actions.role) fields=&[] />
        <FormAlert answer=FormResponse::of(actions.disable) fields=&[] />
        <FormAlert answer=FormResponse::of(actions.end) fields=&[] />
        <FormAlert answer=FormResponse::of(actions.link) fields=&[] />
        <FilterForm path=paths::USERS button=t!("Search")>
            <div class="field filter-words">
                <label for="q">{t!("User name")}</label>
                <input id="q" name="q" type="search" value=typed prop:value=later(typed) autocomplete="off" />
            </div>
        </FilterForm>
        <Loaded kept what=t!("Loading the users")>
            <MadeLink link=actions.link first=kept.value.with_untracked(|view| view.as_ref()?.made.clone()) />
            {move || rows.with(Vec::is_empty).then(|| view! {
                <Empty title=t!("No such user")><p>{t!("Search for a part of the name.")}</p></Empty>
            })}
            <ul class="rows" aria-labelledby="users">
                <Each
                    list=rows
                    key=|row| row.id
                    row=move |row| view! { <UserRow row guardians=guardians.into() actions /> }
                />
            </ul>
            <Pager path=paths::USERS query next />
        </Loaded>
    }
}

/// A reset link that was just made, shown this once. `first` is that of a form without JavaScript.
#[component]
fn MadeLink(link: ServerAction<MakeResetLink>, first: Option<ResetLink>) -> impl IntoView {
    let made = move || link.value().with(|value| value.as_ref()?.as_ref().ok().cloned());
    let shown = move || {
        let ResetLink { username, url, .. } = made().or_else(|| first.clone())?;
        let label = t!("Reset link of {name}", name = username);
        Some(view! {
            <div class="alert stack-slim">
                <p>
                    {t!(
                        "Give this link to {name}. It works once, within an hour, and is shown this once: copy it now.",
                        name = username
                    )}
                </p>
                <LinkField url label />
            </div>
        })
    };
    view! { <div role="status">{shown}</div> }
}
