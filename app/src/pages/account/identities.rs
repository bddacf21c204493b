//! Identities on the account page: sign-in with the OpenID Connect provider, linked and removed.

use domain::identity::{FlowPurpose, Identity};
use leptos::prelude::*;

use crate::api::identities::{IdentitiesView, UnlinkIdentity, list_identities};
use crate::components::action_button::ActionButton;
use crate::components::confirm::Confirm;
use crate::components::form::{FormAlert, FormResponse};
use crate::components::live_query::{Loaded, live_query};
use crate::components::provider_link::{ProviderFailure, ProviderLink};
use crate::components::{Ago, Day};
use crate::{parts, paths, t};

/// Nothing where the server has no provider.
#[component]
pub fn IdentitySection() -> impl IntoView {
    let unlink = ServerAction::<UnlinkIdentity>::new();
    let kept = live_query(move || unlink.version().get(), |_| list_identities());
    let section = move |IdentitiesView { provider, identities }: IdentitiesView| {
        let name = provider?;
        Some(view! {
            <section class="stack" aria-labelledby="identities">
                <h2 id="identities">{t!("Sign-in with {name}", name = &name)}</h2>
                <ProviderFailure />
                <FormAlert answer=FormResponse::of(unlink) fields=&[] />
                <ul class="rows" aria-labelledby="identities">
                    {identities.into_iter().map(|row| view! { <IdentityRow row unlink /> }).collect_view()}
                </ul>
                <div>
                    <ProviderLink
                        purpose=FlowPurpose::Link
                        next=paths::ACCOUNT.to_owned()
                        text=t!("Link an identity of {name}", name = name)
                    />
                </div>
            </section>
        })
    };
    view! {
        <Loaded kept what=t!("Loading your identities") slight=true>
            {move || kept.value.get().map(section)}
        </Loaded>
    }
}

#[component]
fn IdentityRow(row: Identity, unlink: ServerAction<UnlinkIdentity>) -> impl IntoView {
    let Identity { id, name, created_at, last_used_at, .. } = row;
    let used = last_used_at.map(|at| {
        view! { <span>{parts!("Used {time}", time = view! { <Ago at /> })}</span> }
    });
    view! {
        <li class="row row-slim">
            <div class="row-main">
                <h3 class="row-title" dir="auto">{name.clone()}</h3>
                <p class="row-facts">
                    <span>{parts!("Linked {day}", day = view! { <Day at=created_at /> })}</span> {used}
                </p>
            </div>
            <div class="row-actions">
                <Confirm
                    verb=t!("Remove")
                    label=t!("Remove {name}", name = &name)
                    question=t!("Remove it? You can no longer sign in with it.")
                >
                    <ActionForm action=unlink>
                        <input type="hidden" name="identity_id" value=id.to_string() />
                        <ActionButton
                            text=t!("Yes, remove it")
                            label=t!("Yes, remove {name}", name = name)
                            is_bad=true
                            pending=unlink.pending()
                        />
                    </ActionForm>
                </Confirm>
            </div>
        </li>
    }
}
