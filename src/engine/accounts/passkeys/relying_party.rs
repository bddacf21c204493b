//! The server as WebAuthn's relying party: its origin is `SMARTCACHE_PUBLIC_URL`, its id the host of that.

use webauthn_rs::prelude::{Url, Webauthn, WebauthnBuilder};

use crate::domain::Refusal;
use crate::engine::accounts::CEREMONY;
use crate::engine::{Engine, Error, Result};

/// Whether browsers offer passkeys at the server's address: HTTPS or localhost, and a name, not numbers.
pub fn are_available(engine: &Engine) -> bool {
    address(engine).is_some()
}

/// # Errors
/// `Refusal::Conflict` if browsers offer no passkeys at the server's address.
pub(super) fn relying_party(engine: &Engine) -> Result<Webauthn> {
    let (host, origin) = address(engine).ok_or_else(|| {
        Refusal::conflict(
            "Browsers offer passkeys for sites with HTTPS and a name only. SMARTCACHE_PUBLIC_URL says which \
             address is this site's.",
        )
    })?;
    let builder = WebauthnBuilder::new(&host, &origin).map_err(Error::fault)?;
    let timeout = CEREMONY.to_std().unwrap_or_default();
    builder.rp_name("SmartCache").timeout(timeout).build().map_err(Error::fault)
}

fn address(engine: &Engine) -> Option<(String, Url)> {
    let origin = Url::parse(&engine.config.public_url).ok()?;
    let host = origin.domain()?.to_owned();
    (origin.scheme() == "https" || host == "localhost").then_some((host, origin))
}
