//! Registration page: username, password and first preferences.

use domain::account::AccountRole;
use domain::identity::FlowPurpose;
use domain::invite::InviteOffer;
use domain::preference::Preferences;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::api::registration::{Register as RegisterAccount, SignupView, show_signup};
use crate::components::auth_guard::RequireSignedOut;
use crate::components::filter::value;
use crate::components::form::{Field, FormAlert, FormResponse, Submit};
use crate::components::language_switch::LanguageSwitch;
use crate::components::title::PageTitle;
use crate::error::ApiError;
use crate::session;
#[cfg(feature = "hydrate")]
use crate::times;
use crate::{language, parts, paths, t};

#[component]
pub fn Register() -> impl IntoView {
    let query = use_query_map();
    let invite = move || value(query, "invite");
    let signup = Resource::new_blocking(invite, show_signup);
    view! {
        <PageTitle text=t!("Create an account") />
        <RequireSignedOut>
            <SignupCard invite=Signal::derive(invite) signup />
        </RequireSignedOut>
    }
}

/// The form, or the reason why there is none.
#[component]
fn SignupCard(invite: Signal<String>, signup: Resource<Result<SignupView, ApiError>>) -> impl IntoView {
    let refusal = |why: String| view! { <p class="alert">{language::sentence(&why)}</p> }.into_any();
    let content = move || {
        Suspend::new(async move {
            match signup.await {
                Ok(SignupView { refusal: Some(why), provider: None, .. }) => refusal(why),
                Ok(SignupView { refusal, offer, provider }) => view! {
                    {offer.map(|offer| view! { <p class="alert">{in_words(offer)}</p> })}
                    {provider.map(|name| view! { <ProviderSignUp name invite=invite.get_untracked() /> })}
                    {refusal.is_none().then(|| view! { <RegisterForm invite=invite.get_untracked() /> })}
                }
                .into_any(),
                Err(error) => refusal(error.message()),
            }
        })
    };
    view! {
        <div class="door card">
            <h1>{t!("Create an account")}</h1>
            <Suspense>{content}</Suspense>
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

fn in_words(InviteOffer { role, guardian }: InviteOffer) -> String {
    match role {
        AccountRole::Admin => t!("You are invited as an administrator.").to_owned(),
        AccountRole::User => t!("You are invited.").to_owned(),
        AccountRole::Listener => {
            t!("You are invited to hear what {name} follows.", name = guardian.unwrap_or_default())
        }
    }
}

/// Way to an account without a password. The browser itself opens it, because it leads to another site.
#[component]
fn ProviderSignUp(name: String, invite: String) -> impl IntoView {
    let href = match invite.as_str() {
        "" => paths::provider(FlowPurpose::SignIn, paths::DASHBOARD),
        invite => paths::provider_with_invite(invite),
    };
    view! {
        <div><a class="button" rel="external" href=href>{t!("Continue with {name}", name = name)}</a></div>
    }
}

const FIELDS: &[&str] = &["username", "password", "topics", "max_daily_items", "max_storage_mb"];

#[component]
fn RegisterForm(invite: String) -> impl IntoView {
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
            <p class="muted">{t!("Say what you care about; everything can be changed later.")}</p>
            <FormAlert answer fields=FIELDS />
            <ActionForm action attr:class="stack" attr:novalidate=true>
                <input type="hidden" name="timezone" value=zone />
                <input type="hidden" name="invite" value=invite />
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
    }
}
