//! Passkeys: registered and removed by their user, and signed in with. Challenges and answers are JSON.

use domain::PasskeyId;
use domain::factor::RecoveryCodes;
use domain::passkey::Passkey;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use crate::server_side::{
        client, end_ceremony, engine, lead_to, set_session_cookies, signed_in, start_session, stepped_up,
        token,
    };
    pub(super) use domain::passkey::{NewPasskey, PasskeyChallenge, PasskeySignIn};
    pub(super) use smartcache::engine::accounts::passkeys;
    pub(super) use smartcache::engine::rights::Right;
}

/// Passkeys as the account page shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeysView {
    pub passkeys: Vec<Passkey>,
    /// Whether browsers offer passkeys at the server's address.
    pub are_available: bool,
}

/// Challenge for the browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeText {
    pub ceremony: String,
    /// Options of WebAuthn, as JSON.
    pub options: String,
}

#[cfg(feature = "ssr")]
impl From<PasskeyChallenge> for ChallengeText {
    fn from(PasskeyChallenge { ceremony, options }: PasskeyChallenge) -> Self {
        Self { ceremony, options: options.to_string() }
    }
}

/// Returns the user's passkeys, newest first.
#[server(prefix = "/api/ui", endpoint = "list_passkeys")]
pub async fn list_passkeys() -> Result<PasskeysView, ApiError> {
    let (engine, owner) = signed_in(Right::Enrol).await?;
    let passkeys = passkeys::list(&engine, owner.id).await?;
    Ok(PasskeysView { passkeys, are_available: passkeys::are_available(&engine) })
}

/// Begins the registration of a passkey.
#[server(prefix = "/api/ui", endpoint = "begin_passkey")]
pub async fn begin_passkey() -> Result<ChallengeText, ApiError> {
    let (engine, owner) = stepped_up(Right::Enrol).await?;
    Ok(passkeys::begin(&engine, &owner).await?.into())
}

/// Registers a passkey. Returns recovery codes if the user had none.
#[server(prefix = "/api/ui", endpoint = "add_passkey")]
pub async fn add_passkey(
    ceremony: String,
    name: String,
    credential: String,
) -> Result<Option<RecoveryCodes>, ApiError> {
    let (engine, owner) = stepped_up(Right::Enrol).await?;
    let credential = serde_json::from_str(&credential).unwrap_or_default();
    let added = passkeys::add(&engine, owner.id, NewPasskey { ceremony, name, credential }).await?;
    Ok(added.recovery)
}

/// Renames a passkey.
#[server(prefix = "/api/ui", endpoint = "rename_passkey")]
pub async fn rename_passkey(passkey_id: PasskeyId, #[server(default)] name: String) -> Result<(), ApiError> {
    let (engine, owner) = signed_in(Right::Account).await?;
    let kept = [("passkey_id", passkey_id.to_string())];
    let renamed = passkeys::rename(&engine, owner.id, passkey_id, &name).await;
    renamed.map(|_| ()).map_err(|error| ApiError::from(error).keeping(kept))
}

/// Removes a passkey.
#[server(prefix = "/api/ui", endpoint = "remove_passkey")]
pub async fn remove_passkey(passkey_id: PasskeyId) -> Result<(), ApiError> {
    let (engine, owner) = stepped_up(Right::Account).await?;
    Ok(passkeys::remove(&engine, owner.id, passkey_id).await?)
}

/// Begins a step-up with a passkey.
#[server(prefix = "/api/ui", endpoint = "begin_passkey_step_up")]
pub async fn begin_passkey_step_up() -> Result<ChallengeText, ApiError> {
    let (engine, owner) = signed_in(Right::Enrol).await?;
    Ok(passkeys::begin_step_up(&engine, owner.id).await?.into())
}

/// Authenticates the user of the session again by a passkey, and returns the path of the page to open then.
#[server(prefix = "/api/ui", endpoint = "step_up_with_passkey")]
pub async fn step_up_with_passkey(
    ceremony: String,
    credential: String,
    next: String,
) -> Result<String, ApiError> {
    let (token, client) = (token().unwrap_or_default(), client());
    let (engine, owner) = signed_in(Right::Enrol).await?;
    let credential = serde_json::from_str(&credential).unwrap_or_default();
    let typed = PasskeySignIn { ceremony, credential };
    let session = passkeys::step_up(&engine, owner.id, &token, typed, &client).await?;
    set_session_cookies(&engine, &session)?;
    Ok(lead_to(crate::paths::safe_next(&next)))
}

/// Begins a sign-in with a passkey. Public.
#[server(prefix = "/api/ui", endpoint = "begin_passkey_sign_in")]
pub async fn begin_passkey_sign_in() -> Result<ChallengeText, ApiError> {
    let (engine, client) = (engine()?, client());
    Ok(passkeys::begin_sign_in(&engine, &client).await?.into())
}

/// Signs in with a passkey and returns the path of the page to open. Public.
#[server(prefix = "/api/ui", endpoint = "sign_in_with_passkey")]
pub async fn sign_in_with_passkey(
    ceremony: String,
    credential: String,
    next: String,
) -> Result<String, ApiError> {
    let (engine, client) = (engine()?, client());
    let credential = serde_json::from_str(&credential).unwrap_or_default();
    let session = passkeys::sign_in(&engine, PasskeySignIn { ceremony, credential }, &client).await?;
    start_session(&engine, &session).await?;
    end_ceremony(&engine)?;
    Ok(lead_to(crate::paths::safe_next(&next)))
}
