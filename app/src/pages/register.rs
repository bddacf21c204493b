//! Registration page: username, password and first preferences.

use domain::preference::Preferences;
use leptos::prelude::*;

use crate::api::accounts::Register as RegisterAccount;
use crate::components::auth_guard::RequireSignedOut;
use crate::components::form::{Field, FormAlert, FormResponse, Submit};
use crate::components::language_switch::LanguageSwitch;
use crate::components::title::PageTitle;
use crate::session;
#[cfg(feature = "hydrate")]
use crate::times;
use crate::{parts, paths, t};

#[component]
pub fn Register() -> impl IntoView {
    view! {
        <PageTitle text=t!("Create an account") />
        <RequireSignedOut>
            <RegisterForm />
        </RequireSignedOut>
    }
}

const FIELDS: &[&str] = &["username", "password", "topics", "max_daily_items", "max_storage_mb"];

#[component]
fn RegisterForm() -> impl IntoView {
    let action = ServerAction::<RegisterAccount>::new();
    let answer = FormResponse::of(action);
    Effect::new(move |_| {
        if let Some(Ok(path)) = action.value().get() {
            session::load(&path);
        }
    });
    let suggested = Preferences::default();
    // Without JavaScript the default time zone is kept; it can be set in Preferences.
    let zone = RwSignal::new(answer.typed_or("timezone", &suggested.timezone));
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        if let Some(name) = times::device_zone() {
            zone.set(name);
        }
    });
    view! {
        <div class="door card">
            <h1>{t!("Create an account")}</h1>
            <p class="muted">{t!("Say what you care about; everything can be changed later.")}</p>
            <FormAlert answer fields=FIELDS />
            <ActionForm action attr:class="stack" attr:novalidate=true>
                <input type="hidden" name="timezone" value=zone />
                <Field
                    answer
                    label=t!("Username")
                    name="username"
                    autocomplete="username"
                    hint=t!("3 to 40 letters, digits, dots, dashes or underscores.")
                />
                <Field
                    answer
                    label=t!("Password")
                    name="password"
                    kind="password"
                    autocomplete="new-password"
                    hint=t!("At least 10 characters; a few unusual words work well.")
                />
                <Field
                    answer
                    label=t!("Topics")
                    name="topics"
                    placeholder=t!("space, night trains, jazz")
                    hint=t!("Separated by commas. Leave it empty to go by freshness alone.")
                />
                <div class="pair">
                    <Field
                        answer
                        label=t!("Items a day")
                        name="max_daily_items"
                        kind="number"
                        bounds=(1, 50)
                        value=suggested.max_daily_items.to_string()
                        hint=t!("1 to 50.")
                    />
                    <Field
                        answer
                        label=t!("Storage in MB")
                        name="max_storage_mb"
                        kind="number"
                        bounds=(100, 100_000)
                        value=suggested.max_storage_mb.to_string()
                        hint=t!("100 to 100,000.")
                    />
                </div>
                <Submit answer text=t!("Create account") busy=t!("Creating the account…") />
            </ActionForm>
            <p class="muted">
                {parts!(
                    "Already have an account? {link}",
                    link = view! { <a href=paths::LOGIN>{t!("Sign in")}</a> },
                )}
            </p>
            <LanguageSwitch />
        </div>
    }
}
