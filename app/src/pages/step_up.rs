//! Page that asks for the password again, for forms without JavaScript.

use domain::identity::FlowPurpose;
use leptos::prelude::*;

use crate::api::identities::{IdentitiesView, list_identities};
use crate::components::auth_guard::RequireSignIn;
use crate::components::live_query::{Loaded, live_query};
use crate::components::provider_link::ProviderLink;
use crate::components::step_up::StepUpForm;
use crate::components::title::PageTitle;
use crate::{session, t};

#[component]
pub fn StepUpPage() -> impl IntoView {
    let next = session::next_path();
    view! {
        <PageTitle text=t!("Confirm that it is you") />
        <RequireSignIn>
            <div class="door card">
                <h1>{t!("Confirm that it is you")}</h1>
                <p class="muted">
                    {t!("Type your password again. Then you are led back, and repeat what you were about to do.")}
                </p>
                <StepUpForm next=next.clone() />
                <OtherWay next=next.clone() />
            </div>
        </RequireSignIn>
    }
}

/// The provider, for a user who signs in with it.
#[component]
fn OtherWay(next: String) -> impl IntoView {
    let (kept, next) = (live_query(|| (), |()| list_identities()), StoredValue::new(next));
    let link = move |IdentitiesView { provider, identities }: IdentitiesView| {
        let name = provider.filter(|_| !identities.is_empty())?;
        let text = t!("Confirm with {name}", name = name);
        Some(view! { <ProviderLink purpose=FlowPurpose::StepUp next=next.get_value() text /> })
    };
    view! {
        <Loaded kept what=t!("Loading") slight=true>{move || kept.value.get().map(link)}</Loaded>
    }
}
