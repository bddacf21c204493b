//! Secrets that were just made: shown once, on their pages.

use std::time::Duration;

use http::request::Parts;
use leptos::prelude::use_context;
use smartcache::engine::Engine;

use super::{append_cookie, engine, redirect, set_cookie};
use crate::cookies;
use crate::error::{ApiError, is_call};

/// Secret that was just made, which its page shows once. A cookie brings it there after a form without
/// JavaScript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewSecret {
    ApiKey,
    Invite,
    ResetLink,
    /// Ten codes, joined by dots.
    RecoveryCodes,
}

/// Lifetime of such a cookie: the page reads it at once.
const NEW_SECRET_LASTS: Duration = Duration::from_secs(60);

impl NewSecret {
    fn cookie(self) -> &'static str {
        match self {
            Self::ApiKey => "smartcache_new_key",
            Self::Invite => "smartcache_new_invite",
            Self::ResetLink => "smartcache_new_reset_link",
            Self::RecoveryCodes => "smartcache_new_codes",
        }
    }

    fn page(self) -> &'static str {
        match self {
            Self::ApiKey => crate::paths::API_KEYS,
            Self::Invite => crate::paths::INVITES,
            Self::ResetLink => crate::paths::USERS,
            Self::RecoveryCodes => crate::paths::SECOND_FACTORS,
        }
    }

    /// Leads a form without JavaScript to the page that shows the secret.
    pub fn hand_over(self, engine: &Engine, secret: &str) -> Result<(), ApiError> {
        if use_context::<Parts>().is_some_and(|parts| !is_call(&parts)) {
            append_cookie(&set_cookie(self.cookie(), secret, NEW_SECRET_LASTS, engine.config.is_https()))?;
            redirect(self.page());
        }
        Ok(())
    }

    /// Secret that the request brings, which is removed from the browser.
    pub fn handed_over(self) -> Option<String> {
        let parts = use_context::<Parts>()?;
        let secret = cookies::value(&parts.headers, self.cookie()).map(str::to_owned)?;
        let secure = engine().is_ok_and(|engine| engine.config.is_https());
        append_cookie(&set_cookie(self.cookie(), "", Duration::ZERO, secure)).ok()?;
        Some(secret)
    }
}
