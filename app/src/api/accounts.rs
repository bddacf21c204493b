//! Registration, sign-in, sign-out, the signed-in user as the pages show them, and the account.

use domain::account::{self, Account};
use domain::local_time::LocalClock;
use domain::onboarding::FirstStepsState;
use domain::preference::Theme;
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
    pub(super) use crate::server_side::{
        clear_session_cookie, client, engine, lead_to, set_language_cookie, set_session_cookies, signed_in,
        start_session, token, who,
    };
    pub(super) use domain::account::{AccountChange, Credentials, PasswordChange};
    pub(super) use domain::preference::{ApprovalLimits, Preferences};
    pub(super) use smartcache::engine::rights::Right;
    pub(super) use smartcache::engine::{accounts, approvals, live, local_time, notifications, onboarding};
}

/// The signed-in user, the sequence number of their newest frame, and the numbers shown around every page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionInfo {
    pub username: String,
    /// Name to show in place of the user name.
    pub display_name: Option<String>,
    pub seq: i64,
    /// Pending approvals.
    pub pending: i64,
    /// Unread notifications.
    pub unread: i64,
    pub first_steps: FirstStepsState,
    /// Clock of the user's time zone.
    pub clock: LocalClock,
    pub theme: Theme,
}

/// Returns the signed-in user. Public: `None` without a valid session.
#[server(prefix = "/api/ui", endpoint = "who_am_i")]
pub async fn who_am_i() -> Result<Option<SessionInfo>, ApiError> {
    let shown = crate::language::language();
    let (engine, Some(user)) = who().await? else { return Ok(None) };
    let seq = live::newest(&engine, user.id).await?;
    let pending = approvals::pending(&engine, user.id).await?;
    let unread = notifications::unread(&engine, user.id).await?;
    let first_steps = onboarding::state(&engine, user.id).await?;
    let display_name = accounts::display_name(&engine, user.id).await?;
    let preferences = accounts::preferences(&engine, user.id).await?;
    let clock = local_time::clock(&preferences, engine.now());
    // Chosen in another browser: the next page here has it, too.
    if preferences.language.language().is_some_and(|chosen| chosen != shown) {
        set_language_cookie(&engine, preferences.language)?;
    }
    Ok(Some(SessionInfo {
        username: user.username,
        display_name,
        seq,
        pending,
        unread,
        first_steps,
        clock,
        theme: preferences.theme,
    }))
}

/// Returns the user, their preferences and their statistics.
#[server(prefix = "/api/ui", endpoint = "me")]
pub async fn me() -> Result<account::Me, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    Ok(accounts::me(&engine, owner.id).await?)
}

/// Returns the account, for its page.
#[server(prefix = "/api/ui", endpoint = "show_account")]
pub async fn show_account() -> Result<Account, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    Ok(accounts::account(&engine, owner.id).await?)
}

/// Saves the display name, the time zone and the language.
#[server(prefix = "/api/ui", endpoint = "save_account")]
pub async fn save_account(
    #[server(default)] display_name: String,
    #[server(default)] timezone: String,
    #[server(default)] language: String,
) -> Result<Account, ApiError> {
    let (engine, owner) = signed_in(Right::Account).await?;
    let kept = [&display_name, &timezone, &language].map(String::clone);
    let change = AccountChange {
        display_name: Some(display_name),
        timezone: Some(timezone),
        language: language.parse().ok(),
    };
    let saved = accounts::change_account(&engine, owner.id, change).await;
    let kept = ["display_name", "timezone", "language"].into_iter().zip(kept);
    let account = saved.map_err(|error| ApiError::from(error).keeping(kept))?;
    set_language_cookie(&engine, account.language)?;
    Ok(account)
}

/// Changes the password, ends the other sessions, and returns the path of the page that says so.
#[server(prefix = "/api/ui", endpoint = "change_password")]
pub async fn change_password(
    #[server(default)] current_password: String,
    #[server(default)] new_password: String,
) -> Result<String, ApiError> {
    // Read before the first await, after which a client that has gone has left no request.
    let (token, client) = (token().unwrap_or_default(), client());
    let (engine, owner) = signed_in(Right::Account).await?;
    let typed = PasswordChange { current_password, new_password };
    let session = accounts::change_password(&engine, owner.id, &token, typed, &client).await?;
    set_session_cookies(&engine, &session)?;
    Ok(lead_to(crate::paths::PASSWORD_CHANGED))
}

/// Signs in and returns the path of the page to open. Public.
#[server(prefix = "/api/ui", endpoint = "sign_in")]
pub async fn sign_in(
    #[server(default)] username: String,
    #[server(default)] password: String,
    #[server(default)] next: String,
) -> Result<String, ApiError> {
    let kept = [("username", username.as_str())];
    let typed = Credentials { username: username.trim().to_owned(), password };
    let (engine, client) = (engine()?, client());
    let session = accounts::sign_in(&engine, &typed, &client).await;
    let session = session.map_err(|error| ApiError::from(error).keeping(kept))?;
    start_session(&engine, &session).await?;
    Ok(lead_to(crate::paths::safe_next(&next)))
}

/// Creates an account, signs in and leads to the dashboard. Public.
#[server(prefix = "/api/ui", endpoint = "register")]
pub async fn register(
    #[server(default)] username: String,
    #[server(default)] password: String,
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
    let session = accounts::register(&engine, credentials, preferences, &client).await;
    let kept = || typed(&fields).into_iter().chain([("username".to_owned(), username)]);
    let session = session.map_err(|error| ApiError::from(error).keeping(kept()))?;
    start_session(&engine, &session).await?;
    Ok(lead_to(crate::paths::DASHBOARD))
}

/// Ends the session and leads to the sign-in page. Public and idempotent.
#[server(prefix = "/api/ui", endpoint = "sign_out")]
pub async fn sign_out() -> Result<String, ApiError> {
    let engine = engine()?;
    if let Some(token) = token() {
        accounts::sign_out(&engine, &token).await?;
    }
    clear_session_cookie(&engine)?;
    Ok(lead_to(crate::paths::LOGIN))
}
