//! Account page: name, time zone, password, second factors and sessions.

mod administration;
mod data;
mod factor_setup;
mod factors;
mod identities;
mod passkeys;
mod sessions;

use domain::account::Account;
use domain::{DateTime, Utc};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::{use_location, use_query_map};

use self::administration::Administration;
use self::data::DataSection;
use self::factor_setup::FactorSetup;
use self::factors::FactorSection;
use self::identities::IdentitySection;
use self::passkeys::PasskeySection;
use self::sessions::SessionSection;
use crate::api::accounts::{ChangePassword, SaveAccount, show_account, who_am_i};
use crate::api::limits::show_my_limits;
use crate::components::Day;
use crate::components::auth_guard::RequireSignIn;
use crate::components::cover::Cover;
use crate::components::form::{Choice, Field, FormAlert, FormResponse, Submit};
use crate::components::language_switch::language_options;
use crate::components::limit_uses::LimitUses;
use crate::components::live_query::{Loaded, live_query};
use crate::components::title::PageTitle;
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::paths;
use crate::session::Session;
use crate::times::use_times;
use crate::{parts, t};

#[component]
pub fn AccountPage() -> impl IntoView {
    if use_location().pathname.get_untracked() == paths::FACTOR_SETUP {
        return view! { <FactorSetup /> }.into_any();
    }
    view! {
        <PageTitle text=t!("Account") />
        <RequireSignIn>
            <Content />
        </RequireSignIn>
    }
    .into_any()
}

#[component]
fn Content() -> impl IntoView {
    let password = ServerAction::<ChangePassword>::new();
    let passkeys_changed = RwSignal::new(0);
    let kept = live_query(|| (), |()| show_account());
    view! {
        <h1>{t!("Account")}</h1>
        <p class="lead">
            {parts!(
                "Your name, password and sessions. Topics, limits and commutes are in your {preferences}.",
                preferences = view! { <a href=paths::PREFERENCES>{t!("preferences")}</a> },
            )}
        </p>
        <Loaded kept what=t!("Loading your account")>
            {kept.value.get_untracked().map(|account| {
                let (username, is_admin) = (account.username.clone(), account.is_admin);
                view! {
                    <ProfileForm account />
                    <PasswordForm username action=password />
                    {is_admin.then(|| view! { <Administration /> })}
                }
            })}
        </Loaded>
        <FactorSection passkeys_changed />
        <PasskeySection changed=passkeys_changed />
        <IdentitySection />
        <SessionSection password />
        <RequestSection />
        <section class="stack" aria-labelledby="api-keys">
            <h2 id="api-keys">{t!("API keys")}</h2>
            <p class="muted">{t!("For programs that use SmartCache for you.")}</p>
            <div><a class="button button-small" href=paths::API_KEYS>{t!("Manage API keys")}</a></div>
        </section>
        <DataSection />
    }
}

/// Use of the user's request limits.
#[component]
fn RequestSection() -> impl IntoView {
    let kept = live_query(|| (), |()| show_my_limits());
    view! {
        <section class="stack" aria-labelledby="requests">
            <h2 id="requests">{t!("Requests of programs")}</h2>
            <p class="muted">
                {t!("Requests to the REST API in your name. Pages and files do not count, nor do devices.")}
            </p>
            <Loaded kept what=t!("Loading your limits") slight=true>
                {kept.value.get_untracked().map(|limits| view! { <LimitUses limits=Signal::stored(limits) /> })}
            </Loaded>
        </section>
    }
}

#[component]
fn ProfileForm(account: Account) -> impl IntoView {
    let (live, times, session) = (use_live(), use_times(), expect_context::<Session>());
    let action = ServerAction::<SaveAccount>::new();
    let answer = FormResponse::of(action);
    let (shown, language) = (RwSignal::new(account.shown_name().to_owned()), account.language);
    Effect::new(move |_| {
        if let Some(Ok(saved)) = action.value().get() {
            live.toast(Tone::Good, t!("Account saved."));
            shown.set(saved.shown_name().to_owned());
            session.name.set(saved.shown_name().to_owned());
            if saved.language != language {
                let _ = window().location().reload();
            }
            spawn_local(async move {
                if let Ok(Some(info)) = who_am_i().await {
                    times.go_by(info.clock);
                }
            });
        }
    });
    view! {
        <section class="card stack" aria-labelledby="you">
            <h2 id="you">{t!("You")}</h2>
            <div class="account-head">
                {move || view! { <Cover hash=None name=shown.get() size=48 /> }}
                <p>{who(account.username, account.is_admin, account.created_at)}</p>
            </div>
            <FormAlert answer fields=&["display_name", "timezone"] />
            <ActionForm action attr:class="stack" attr:novalidate=true>
                <div class="pair">
                    <Field
                        answer
                        label=t!("Display name")
                        name="display_name"
                        value=account.display_name.unwrap_or_default()
                        autocomplete="nickname"
                        hint=t!("Shown in place of your username. You still sign in with the username.")
                    />
                    <Field
                        answer
                        label=t!("Time zone")
                        name="timezone"
                        value=account.timezone
                        hint=t!("A name such as Europe/Berlin, America/New_York or UTC.")
                    />
                    <Choice
                        label=t!("Language")
                        name="language"
                        options=language_options()
                        chosen=Signal::stored(language.to_string())
                    />
                </div>
                <div><Submit answer text=t!("Save account") busy=t!("Saving…") /></div>
            </ActionForm>
        </section>
    }
}

fn who(username: String, is_admin: bool, created_at: DateTime<Utc>) -> Vec<AnyView> {
    let name = view! { <b>{username}</b> };
    let day = view! { <Day at=created_at /> };
    match is_admin {
        true => parts!(
            "You sign in as {name}, an administrator of this server. Signed up {day}.",
            name = name,
            day = day,
        ),
        false => parts!("You sign in as {name}. Signed up {day}.", name = name, day = day),
    }
}

#[component]
fn PasswordForm(username: String, action: ServerAction<ChangePassword>) -> impl IntoView {
    let (live, query) = (use_live(), use_query_map());
    let answer = FormResponse::of(action);
    let fields = [NodeRef::<leptos::html::Input>::new(), NodeRef::new()];
    Effect::new(move |_| {
        if let Some(Ok(_)) = action.value().get() {
            live.toast(Tone::Good, changed());
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
            <h2 id="password">{t!("Password")}</h2>
            <p class="muted">
                {t!(
                    "A new password ends all other sessions. The address of your personal feed, shared links and \
                     API keys keep working."
                )}
            </p>
            <div role="status">{is_changed.then(|| view! { <p class="alert">{changed()}</p> })}</div>
            <FormAlert answer fields=&["current_password", "new_password"] />
            <ActionForm action attr:class="stack" attr:novalidate=true>
                // For password managers, which store a password under a name.
                <input type="text" autocomplete="username" value=username readonly=true hidden=true />
                <div class="pair">
                    <Field
                        answer
                        label=t!("Current password")
                        name="current_password"
                        kind="password"
                        autocomplete="current-password"
                        node_ref=fields[0]
                    />
                    <Field
                        answer
                        label=t!("New password")
                        name="new_password"
                        kind="password"
                        autocomplete="new-password"
                        hint=t!("At least 10 characters; a few unusual words work well.")
                        node_ref=fields[1]
                    />
                </div>
                <div><Submit answer text=t!("Change password") busy=t!("Changing…") /></div>
            </ActionForm>
        </section>
    }
}

fn changed() -> &'static str {
    t!("Your password is changed. All other sessions have ended.")
}
