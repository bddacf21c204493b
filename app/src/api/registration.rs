//! Registration: whether a visitor may register, and how.

use domain::invite::InviteOffer;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::preferences::PreferencesFields;
use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::{text, typed};
    pub(super) use crate::server_side::{client, engine, lead_to, start_session};
    pub(super) use domain::account::Credentials;
    pub(super) use domain::preference::{ApprovalLimits, Preferences};
    pub(super) use smartcache::engine::config::OidcSignup;
    pub(super) use smartcache::engine::{Error as EngineError, accounts};
}

/// Registration as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignupView {
    /// Reason why the visitor cannot register, in English.
    pub refusal: Option<String>,
    /// Offer of the visitor's invitation.
    pub offer: Option<InviteOffer>,
    /// Name of the provider with which the visitor may sign up, too.
    pub provider: Option<String>,
}

/// Returns whether the visitor may register, with an invitation or without. Public.
#[server(prefix = "/api/ui", endpoint = "show_signup")]
pub async fn show_signup(invite: String) -> Result<SignupView, ApiError> {
    let (engine, invite) = (engine()?, text(&invite));
    let invited = match &invite {
        Some(token) => accounts::invite_offer(&engine, token).await?,
        None => None,
    };
    // An invitation that does not work opens no account there either.
    let signs_up = |signup: OidcSignup| match signup {
        OidcSignup::No => false,
        OidcSignup::Invite => invited.is_some(),
        OidcSignup::Yes => invite.is_none() || invited.is_some(),
    };
    let settings = engine.config.oidc.as_ref().filter(|settings| signs_up(settings.signup));
    let provider = settings.map(|settings| settings.name.clone());
    match accounts::signup_offer(&engine, invite.as_deref()).await {
        Ok(offer) => Ok(SignupView { refusal: None, offer, provider }),
        Err(EngineError::Refused(refusal)) => {
            let why = refusal.fields().first().map(|field| field.message.clone());
            let refusal = Some(why.unwrap_or_else(|| refusal.to_string()));
            Ok(SignupView { refusal, offer: invited, provider })
        }
        Err(fault) => Err(fault.into()),
    }
}

/// Creates an account, signs in and leads to the dashboard. Public.
#[server(prefix = "/api/ui", endpoint = "register")]
pub async fn register(
    #[server(default)] username: String,
    #[server(default)] password: String,
    #[server(default)] invite: String,
    #[server(flatten)] fields: PreferencesFields,
) -> Result<String, ApiError> {
    let credentials = Credentials { username: username.trim().to_owned(), password };
    // The form has no limits of approval.
    let preferences = Preferences {
        approval: ApprovalLimits::default(),
        timezone: text(&fields.timezone).unwrap_or_else(|| "UTC".into()),
        ..fields.parse()
    };
    let (engine, client) = (engine()?, client());
    let session =
        accounts::register(&engine, credentials, preferences, text(&invite).as_deref(), &client).await;
    let kept = || typed(&fields).into_iter().chain([("username".to_owned(), username)]);
    let session = session.map_err(|error| ApiError::from(error).keeping(kept()))?;
    start_session(&engine, &session).await?;
    Ok(lead_to(crate::paths::DASHBOARD))
}
