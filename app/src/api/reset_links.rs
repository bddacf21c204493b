//! Reset links, as the users see them who choose a new password.

use leptos::prelude::*;

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use crate::server_side::{engine, lead_to};
    pub(super) use domain::reset_link::{PasswordReset, ResetLink};
    pub(super) use smartcache::engine::accounts;
}

/// Returns the name of the user that a link belongs to. Public: the secret of the link is the lock. `None` if
/// it does not work.
#[server(prefix = "/api/ui", endpoint = "open_reset_link")]
pub async fn open_reset_link(token: String) -> Result<Option<String>, ApiError> {
    let found = accounts::reset_link(&*engine()?, &token).await?;
    Ok(found.map(|ResetLink { username, .. }| username))
}

/// Sets the chosen password and leads to the sign-in page. Public.
#[server(prefix = "/api/ui", endpoint = "reset_password")]
pub async fn reset_password(
    #[server(default)] token: String,
    #[server(default)] new_password: String,
) -> Result<String, ApiError> {
    let engine = engine()?;
    accounts::reset_by_link(&engine, PasswordReset { token, new_password }).await?;
    Ok(lead_to(crate::paths::PASSWORD_RESET))
}
