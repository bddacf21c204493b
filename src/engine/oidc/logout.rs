//! Sign-out at the provider (OpenID Connect RP-Initiated Logout 1.0), after the sign-out here.

use crate::engine::{Engine, Result};

/// Address at which a browser signs out of the provider and is led back to the sign-in page. None without a
/// provider, or if it has no such address.
///
/// # Errors
/// A fault if the provider cannot be reached.
pub async fn logout_url(engine: &Engine) -> Result<Option<String>> {
    let Some(provider) = &engine.oidc else { return Ok(None) };
    let Some(mut url) = provider.metadata(engine.now()).await?.end_session_endpoint else { return Ok(None) };
    url.query_pairs_mut()
        .append_pair("client_id", &provider.settings.client_id)
        .append_pair("post_logout_redirect_uri", &format!("{}/login", engine.config.public_url));
    Ok(Some(url.into()))
}
