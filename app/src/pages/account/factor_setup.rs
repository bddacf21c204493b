//! Part of the account page for a user who must set up a second factor before all else.

use leptos::prelude::*;

use super::factors::FactorSection;
use super::passkeys::PasskeySection;
use crate::components::auth_guard::RequireSignIn;
use crate::components::title::PageTitle;
use crate::{paths, t};

#[component]
pub fn FactorSetup() -> impl IntoView {
    view! {
        <PageTitle text=t!("Set up a second factor") />
        <RequireSignIn>
            <Content />
        </RequireSignIn>
    }
}

#[component]
fn Content() -> impl IntoView {
    let passkeys_changed = RwSignal::new(0);
    view! {
        <h1>{t!("Set up a second factor")}</h1>
        <p class="lead">
            {t!(
                "This server asks for a second factor with your account, and the time to set one up is over. Set up \
                 an authenticator app or a passkey, keep the recovery codes, then go on."
            )}
        </p>
        <FactorSection passkeys_changed />
        <PasskeySection changed=passkeys_changed />
        // A new document, with all that the session is open to then.
        <div><a class="button" rel="external" href=paths::DASHBOARD>{t!("Go on")}</a></div>
    }
}
