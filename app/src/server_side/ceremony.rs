//! Cookie of a sign-in that waits for a second factor.

use std::time::Duration;

use http::request::Parts;
use leptos::prelude::use_context;
use smartcache::engine::{Engine, accounts};

use super::{append_cookie, set_cookie};
use crate::cookies;
use crate::error::ApiError;

/// Cookie of a sign-in that waits for a second factor.
pub const CEREMONY_COOKIE: &str = "smartcache_ceremony";

/// Secret of the sign-in that waits for a second factor in this browser.
pub fn ceremony() -> Option<String> {
    let parts = use_context::<Parts>()?;
    cookies::value(&parts.headers, CEREMONY_COOKIE).map(str::to_owned)
}

/// Keeps the secret of a sign-in that waits for a second factor in the browser that this response goes to.
pub fn keep_ceremony(engine: &Engine, secret: &str) -> Result<(), ApiError> {
    append_cookie(&ceremony_cookie(secret, engine.config.is_https()))
}

/// `Set-Cookie` header with that secret.
pub fn ceremony_cookie(secret: &str, secure: bool) -> String {
    let lasts = accounts::CEREMONY.to_std().unwrap_or_default();
    set_cookie(CEREMONY_COOKIE, secret, lasts, secure)
}

/// Removes that secret from the browser that this response goes to.
pub fn end_ceremony(engine: &Engine) -> Result<(), ApiError> {
    append_cookie(&set_cookie(CEREMONY_COOKIE, "", Duration::ZERO, engine.config.is_https()))
}
