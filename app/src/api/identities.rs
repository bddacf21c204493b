//! Sign-in with the OpenID Connect provider: whether there is one, and the identities of the user.

use domain::IdentityId;
use domain::identity::Identity;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use crate::server_side::{engine, signed_in, stepped_up};
    pub(super) use smartcache::engine::accounts::passkeys;
    pub(super) use smartcache::engine::oidc;
    pub(super) use smartcache::engine::rights::Right;
}

/// Provider with the identities of the user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentitiesView {
    /// Name of the provider. None if there is none.
    pub provider: Option<String>,
    pub identities: Vec<Identity>,
}

/// Ways to sign in besides the password.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInWays {
    /// Name of the provider. None if there is none.
    pub provider: Option<String>,
    /// Whether browsers offer passkeys at the server's address.
    pub has_passkeys: bool,
}

/// Returns the ways to sign in besides the password. Public.
#[server(prefix = "/api/ui", endpoint = "show_sign_in_ways")]
pub async fn show_sign_in_ways() -> Result<SignInWays, ApiError> {
    let engine = engine()?;
    let provider = engine.config.oidc.as_ref().map(|settings| settings.name.clone());
    Ok(SignInWays { provider, has_passkeys: passkeys::are_available(&engine) })
}

/// Returns the provider and the identities of the user.
#[server(prefix = "/api/ui", endpoint = "list_identities")]
pub async fn list_identities() -> Result<IdentitiesView, ApiError> {
    let (engine, owner) = signed_in(Right::Enrol).await?;
    let provider = engine.config.oidc.as_ref().map(|settings| settings.name.clone());
    Ok(IdentitiesView { provider, identities: oidc::list(&engine, owner.id).await? })
}

/// Removes an identity.
#[server(prefix = "/api/ui", endpoint = "unlink_identity")]
pub async fn unlink_identity(identity_id: IdentityId) -> Result<(), ApiError> {
    let (engine, owner) = stepped_up(Right::Account).await?;
    Ok(oidc::unlink(&engine, owner.id, identity_id).await?)
}
