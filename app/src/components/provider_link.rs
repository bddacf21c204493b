//! Link to the OpenID Connect provider, and the reason why a sign-in there failed.

use domain::identity::{FlowPurpose, OidcFailure};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{paths, t};

/// The browser itself opens it, because it leads to another site.
#[component]
pub fn ProviderLink(purpose: FlowPurpose, next: String, text: String) -> impl IntoView {
    view! { <a class="button" rel="external" href=paths::provider(purpose, &next)>{text}</a> }
}

/// Alert with the reason that is in the page's address.
#[component]
pub fn ProviderFailure() -> impl IntoView {
    let why = use_query_map().with_untracked(|query| query.get_str("oidc").and_then(|why| why.parse().ok()));
    view! {
        <div role="alert">{why.map(|why| view! { <p class="alert alert-bad">{in_words(why)}</p> })}</div>
    }
}

fn in_words(why: OidcFailure) -> &'static str {
    match why {
        OidcFailure::Cancelled => t!("The sign-in was cancelled. Try again, or use your password."),
        OidcFailure::Expired => {
            t!("This sign-in took too long, or was begun in another browser. Begin it here once more.")
        }
        OidcFailure::Untrusted => {
            t!("The provider's answer cannot be trusted. Tell the administrator of this server.")
        }
        OidcFailure::Unknown => {
            t!(
                "No account is linked to this identity. Sign in with your password, then link it under Account."
            )
        }
        OidcFailure::Uninvited => t!(
            "This server takes new accounts by invitation. Open the link of yours, and continue with the provider there."
        ),
        OidcFailure::Invite => t!("This invitation does not work. Ask for a new one."),
        OidcFailure::Taken => {
            t!("This identity is linked to another account, or no user name was free for it.")
        }
        OidcFailure::Other => t!("This is another identity than the one that is linked to your account."),
        OidcFailure::Disabled => t!("This account is disabled. Ask an administrator of this server."),
        OidcFailure::TooMany => t!("Too many tries, or too many identities. Try again in an hour."),
        OidcFailure::Unavailable => {
            t!("The provider cannot be reached. Try again later, or use your password.")
        }
    }
}
