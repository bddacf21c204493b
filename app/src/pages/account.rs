//! Account page: name, time zone, password and sessions.

use domain::account::Account;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_query_map;

use crate::api::accounts::{ChangePassword, SaveAccount, show_account, who_am_i};
use crate::api::sessions::{EndOtherSessions, EndSession, SessionRow, list_sessions};
use crate::components::auth_guard::RequireSignIn;
use crate::components::cover::Cover;
use crate::components::filter::value;
use crate::components::form::{Field, FormAlert, FormResponse, Submit};
use crate::components::live_query::{Loaded, Rows, live_query};
use crate::components::notice::Badge;
use crate::components::pager::Pager;
use crate::components::title::PageTitle;
use crate::components::{Ago, Day};
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::paths;
use crate::session::Session;
use crate::times::use_times;

#[component]
pub fn AccountPage() -> impl IntoView {
    view! {
        <PageTitle text="Account" />
        <RequireSignIn>
            <Content />
        </RequireSignIn>
    }
}

#[component]
fn Content() -> impl IntoView {
    let password = ServerAction::<ChangePassword>::new();
    let kept = live_query(|| (), |()| show_account());
    view! {
        <h1>"Account"</h1>
        <p class="lead">
            "Your name, password and sessions. Topics, limits and commutes are in your "
            <a href=paths::PREFERENCES>"preferences"</a> "."
        </p>
        <Loaded kept what="Loading your account">
            {kept.value.get_untracked().map(|account| {
                let username = account.username.clone();
                view! {
                    <ProfileForm account />
                    <PasswordForm username action=password />
                }
            })}
        </Loaded>
        <SessionSection password />
    }
}

#[component]
fn ProfileForm(account: Account) -> impl IntoView {
    let (live, times, session) = (use_live(), use_times(), expect_context::<Session>());
    let action = ServerAction::<SaveAccount>::new();
    let answer = FormResponse::of(action);
    let shown = RwSignal::new(account.shown_name().to_owned());
    Effect::new(move |_| {
        if let Some(Ok(saved)) = action.value().get() {
            live.toast(Tone::Good, "Account saved.");
            shown.set(saved.shown_name().to_owned());
            session.name.set(saved.shown_name().to_owned());
            spawn_local(async move {
                if let Ok(Some(info)) = who_am_i().await {
                    times.go_by(info.clock);
                }
            });
        }
    });
    view! {
        <section class="card stack" aria-labelledby="you">
            <h2 id="you">"You"</h2>
            <div class="account-head">
                {move || view! { <Cover hash=None name=shown.get() size=48 /> }}
                <p>
                    "You sign in as " <b>{account.username}</b>
                    {account.is_admin.then_some(", an administrator of this server")}
                    ". Signed up " <Day at=account.created_at /> "."
                </p>
            </div>
            <FormAlert answer fields=&["display_name", "timezone"] />
            <ActionForm action attr:class="stack" attr:novalidate=true>
                <div class="pair">
                    <Field
                        answer
                        label="Display name"
                        name="display_name"
                        value=account.display_name.unwrap_or_default()
                        autocomplete="nickname"
                        hint="Shown in place of your username. You still sign in with the username."
                    />
                    <Field
                        answer
                        label="Time zone"
                        name="timezone"
                        value=account.timezone
                        hint="A name such as Europe/Berlin, America/New_York or UTC."
                    />
                </div>
                <div><Submit answer text="Save account" busy="Saving…" /></div>
            </ActionForm>
        </section>
    }
}

#[component]
fn PasswordForm(username: String, action: ServerAction<ChangePassword>) -> impl IntoView {
    let (live, query) = (use_live(), use_query_map());
    let answer = FormResponse::of(action);
    let fields = [NodeRef::<leptos::html::Input>::new(), NodeRef::new()];
    Effect::new(move |_| {
        if let Some(Ok(_)) = action.value().get() {
            live.toast(Tone::Good, CHANGED);
            for field in fields {
                if let Some(field) = field.get_untracked() {
                    field.set_value("");
                }
            }
        }
    });
    // The answer to a form without JavaScript.
    let is_changed = query.with_untracked(|query| query.get_str("changed") == Some("password"));
    let is_changed = is_changed && !answer.is_rejected();
    view! {
        <section class="card stack" aria-labelledby="password">
            <h2 id="password">"Password"</h2>
            <p class="muted">"A new password ends all other sessions. The address of your personal feed and shared links keep working."</p>
            <div role="status">{is_changed.then(|| view! { <p class="alert">{CHANGED}</p> })}</div>
            <FormAlert answer fields=&["current_password", "new_password"] />
            <ActionForm action attr:class="stack" attr:novalidate=true>
                // For password managers, which store a password under a name.
                <input type="text" autocomplete="username" value=username readonly=true hidden=true />
                <div class="pair">
                    <Field
                        answer
                        label="Current password"
                        name="current_password"
                        kind="password"
                        autocomplete="current-password"
                        node_ref=fields[0]
                    />
                    <Field
                        answer
                        label="New password"
                        name="new_password"
                        kind="password"
                        autocomplete="new-password"
                        hint="At least 10 characters; a few unusual words work well."
                        node_ref=fields[1]
                    />
                </div>
                <div><Submit answer text="Change password" busy="Changing…" /></div>
            </ActionForm>
        </section>
    }
}

const CHANGED: &str = "Your password is changed. All other sessions have ended.";

/// Sessions of the user. Read again after a change of the password, which ends the others.
#[component]
fn SessionSection(password: ServerAction<ChangePassword>) -> impl IntoView {
    let query = use_query_map();
    let (one, others) = (ServerAction::<EndSession>::new(), ServerAction::<EndOtherSessions>::new());
    let asked = move || {
        let done = (one.version().get(), others.version().get(), password.version().get());
        (value(query, "cursor"), done)
    };
    let kept = live_query(asked, |(cursor, _)| list_sessions(cursor));
    let next = move || kept.value.with(|page| page.as_ref()?.next_cursor.clone());
    let has_others = Memo::new(move |_| {
        kept.value.with(|page| page.as_ref().is_some_and(|page| page.data.iter().any(|row| !row.is_current)))
    });
    view! {
        <section class="stack" aria-labelledby="sessions">
            <h2 id="sessions">"Sessions"</h2>
            <p class="muted">"Browsers and programs that are signed in as you. End what you do not know, then change your password."</p>
            <FormAlert answer=FormResponse::of(one) fields=&[] />
            <FormAlert answer=FormResponse::of(others) fields=&[] />
            <Loaded kept what="Loading your sessions">
                <ul class="rows" aria-labelledby="sessions">
                    <Rows list=kept.value key=|row| row.id row=move |row| view! { <SessionItem row one /> } />
                </ul>
                <Pager path=paths::ACCOUNT query next=Signal::derive(next) />
                {move || has_others.get().then(|| view! {
                    <ActionForm action=others>
                        <button type="submit" class="button button-small">"End all other sessions"</button>
                    </ActionForm>
                })}
            </Loaded>
        </section>
    }
}

#[component]
fn SessionItem(row: Signal<SessionRow>, one: ServerAction<EndSession>) -> impl IntoView {
    let id = row.with_untracked(|row| row.id);
    let content = move || {
        let SessionRow { is_current, device, network, last_seen_at, .. } = row.get();
        let badge = move || view! { <Badge tone=Signal::stored("good") text=Signal::stored("This browser".to_owned()) /> };
        view! {
            <h3 class="row-title">{device}</h3>
            <p class="row-facts">
                {is_current.then(badge)}
                {(!network.is_empty()).then(|| view! { <span>{network}</span> })}
                <span>"Seen " <Ago at=last_seen_at /></span>
            </p>
        }
    };
    let is_other = Memo::new(move |_| row.with(|row| !row.is_current));
    let label = move || row.with(|row| format!("End the session: {}", row.device));
    view! {
        <li class="row row-slim">
            <div class="row-main">{content}</div>
            {move || is_other.get().then(|| view! {
                <ActionForm action=one>
                    <input type="hidden" name="session_id" value=id.to_string() />
                    <button type="submit" class="button button-small" aria-label=label>"End"</button>
                </ActionForm>
            })}
        </li>
    }
}
