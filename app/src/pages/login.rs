//! Sign-in page: name and password, then the code of a second factor if the account has one.

use domain::identity::FlowPurpose;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::api::accounts::SignIn;
use crate::api::factors::FinishSignIn;
use crate::api::identities::{SignInWays, show_sign_in_ways};
use crate::components::auth_guard::RequireSignedOut;
use crate::components::form::{Field, FormAlert, FormResponse, Submit};
use crate::components::language_switch::LanguageSwitch;
use crate::components::passkey_button::{PasskeyButton, PasskeyUse};
use crate::components::provider_link::{ProviderFailure, ProviderLink};
use crate::components::title::PageTitle;
use crate::device::use_device;
use crate::error::ApiError;
use crate::paths;
use crate::session;
use crate::{parts, t};

#[component]
pub fn Login() -> impl IntoView {
    let ways = Resource::new_blocking(|| (), |()| show_sign_in_ways());
    if is_second_step() {
        // Open in a session, too: a step-up with the provider asks for the second factor here.
        return view! { <PageTitle text=t!("Sign in") /> <CodeForm ways /> }.into_any();
    }
    view! {
        <PageTitle text=t!("Sign in") />
        <RequireSignedOut>
            <SignInForm ways />
        </RequireSignedOut>
    }
    .into_any()
}

/// Ways to sign in besides the password.
type Ways = Resource<Result<SignInWays, ApiError>>;

/// Words about the change that has led here.
fn note(changed: &str) -> Option<&'static str> {
    match changed {
        "password" => Some(t!("Your new password is saved. Sign in with it.")),
        "account" => Some(t!(
            "Your account is disabled, and will be deleted in seven days. Until then, an administrator of this \
             server can undo that."
        )),
        _ => None,
    }
}

fn is_second_step() -> bool {
    use_query_map().with_untracked(|query| query.get_str("step") == Some("code"))
}

#[component]
fn SignInForm(ways: Ways) -> impl IntoView {
    let action = ServerAction::<SignIn>::new();
    let answer = FormResponse::of(action);
    let note = use_query_map().with_untracked(|query| query.get_str("changed").and_then(note));
    let note = note.filter(|_| !answer.is_rejected());
    // This page shows that the session has ended.
    Effect::new(move |_| use_device().end_sign_out());
    Effect::new(move |_| {
        if let Some(Ok(path)) = action.value().get() {
            session::load(&path);
        }
    });
    view! {
        <div class="door card">
            <h1>{t!("Sign in")}</h1>
            <p class="muted">{t!("Your downloads are waiting where you left them.")}</p>
            <ProviderFailure />
            <div role="status">
                {note.map(|note| view! { <p class="alert">{note}</p> })}
                <ProviderSignOut ways />
            </div>
            <FormAlert answer fields=&["username", "password"] />
            <ActionForm action attr:class="stack" attr:novalidate=true>
                <input type="hidden" name="next" value=session::next_path() />
                <Field answer label=t!("Username") name="username" autocomplete="username" />
                <Field
                    answer
                    label=t!("Password")
                    name="password"
                    kind="password"
                    autocomplete="current-password"
                />
                <Submit answer text=t!("Sign in") busy=t!("Signing in…") />
            </ActionForm>
            <Passkey ways next=session::next_path() />
            <Suspense>
                {move || Suspend::new(async move {
                    ways.await.ok().and_then(|ways| ways.provider).map(|name| view! {
                        <ProviderLink
                            purpose=FlowPurpose::SignIn
                            next=session::next_path()
                            text=t!("Sign in with {name}", name = name)
                        />
                    })
                })}
            </Suspense>
            <p class="muted">
                {parts!(
                    "New here? {link}",
                    link = view! { <a href=paths::REGISTER>{t!("Create an account")}</a> },
                )}
            </p>
            <LanguageSwitch />
        </div>
    }
}

/// Button for a passkey, where browsers offer passkeys.
#[component]
fn Passkey(ways: Ways, next: String) -> impl IntoView {
    let next = StoredValue::new(next);
    let done = Callback::new(|path: String| session::load(&path));
    let button = move || {
        Suspend::new(async move {
            let has_passkeys = ways.await.is_ok_and(|ways| ways.has_passkeys);
            has_passkeys.then(|| {
                view! {
                    <PasskeyButton next=next.get_value() purpose=PasskeyUse::SignIn done />
                }
            })
        })
    };
    view! { <Suspense>{button}</Suspense> }
}

/// Way to sign out at the provider, too, after a sign-out without JavaScript.
#[component]
fn ProviderSignOut(ways: Ways) -> impl IntoView {
    let is_signed_out = use_query_map().with_untracked(|query| query.get_str("changed") == Some("session"));
    let offer = move || {
        Suspend::new(async move {
            let name = ways.await.ok().and_then(|ways| ways.provider).filter(|_| is_signed_out)?;
            let text = t!("Sign out of {name}, too", name = name);
            let link = view! { <a rel="external" href=paths::PROVIDER_LOGOUT>{text}</a> };
            Some(view! { <p class="alert">{t!("You are signed out here.")} " " {link}</p> })
        })
    };
    view! { <Suspense>{offer}</Suspense> }
}

/// Second step: the browser's cookie names the sign-in that the code finishes.
#[component]
fn CodeForm(ways: Ways) -> impl IntoView {
    let action = ServerAction::<FinishSignIn>::new();
    let (answer, next) = (FormResponse::of(action), session::next_path());
    let for_passkey = next.clone();
    Effect::new(move |_| {
        if let Some(Ok(path)) = action.value().get() {
            session::load(&path);
        }
    });
    let again = view! { <a href=paths::sign_in(&next)>{t!("Begin again")}</a> };
    view! {
        <div class="door card">
            <h1>{t!("Enter a code")}</h1>
            <p class="muted">{t!("This account asks for a second factor as well.")}</p>
            <FormAlert answer fields=&["code"] />
            <ActionForm action attr:class="stack" attr:novalidate=true>
                <input type="hidden" name="next" value=next />
                <Field
                    answer
                    label=t!("Code")
                    name="code"
                    autocomplete="one-time-code"
                    hint=t!("The six digits that your authenticator app shows, or one of your recovery codes.")
                />
                <Submit answer text=t!("Sign in") busy=t!("Signing in…") />
            </ActionForm>
            <Passkey ways next=for_passkey />
            <p class="muted">{parts!("You have five minutes. {link}", link = again)}</p>
            <LanguageSwitch />
        </div>
    }
}
