//! Sign-in page.

use leptos::prelude::*;

use crate::api::accounts::SignIn;
use crate::components::auth_guard::RequireSignedOut;
use crate::components::form::{Field, FormAlert, FormResponse, Submit};
use crate::components::language_switch::LanguageSwitch;
use crate::components::title::PageTitle;
use crate::device::use_device;
use crate::paths;
use crate::session;
use crate::{parts, t};

#[component]
pub fn Login() -> impl IntoView {
    view! {
        <PageTitle text=t!("Sign in") />
        <RequireSignedOut>
            <SignInForm />
        </RequireSignedOut>
    }
}

#[component]
fn SignInForm() -> impl IntoView {
    let action = ServerAction::<SignIn>::new();
    let answer = FormResponse::of(action);
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
