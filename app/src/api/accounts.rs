//! Registration, sign-in, sign-out, the signed-in user as the pages show them, and the account.

use domain::account::{self, Account};
use domain::factor::StepUpWays;
use domain::factor_rule::FactorDeadline;
use domain::local_time::LocalClock;
use domain::onboarding::FirstStepsState;
use domain::preference::Theme;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::text;
    pub(super) use crate::server_side::{
        clear_session_cookie, client, engine, is_script, keep_ceremony, lead_to, set_language_cookie,
        set_session_cookies, signed_in, start_session, stepped_up, token, who,
    };
    pub(super) use domain::Refusal;
    pub(super) use domain::account::{AccountChange, Credentials, PasswordChange};
    pub(super) use domain::bundle::NodeRole;
    pub(super) use smartcache::engine::accounts::factors;
    pub(super) use smartcache::engine::rights::Right;
    pub(super) use smartcache::engine::{
        Error as EngineError, accounts, approvals, live, local_time, notifications, onboarding, users,
    };
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
    /// Time until which the user must set up a second factor.
    pub factor_deadline: Option<FactorDeadline>,
    pub step_up: StepUpWays,
    /// Whether this server has no network of its own, but a gateway that brings bundles.
    pub is_site: bool,
}

impl SessionInfo {
    /// Whether nothing else works until the user has set up a second factor.
    pub fn must_set_up_factor(&self) -> bool {
        self.factor_deadline.is_some_and(|deadline| deadline.is_over)
    }
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
    let factor_deadline = factors::deadline(&engine, &user).await?;
    let step_up = factors::step_up_ways(&engine, user.id).await?;
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
        factor_deadline,
        step_up,
        is_site: engine.config.role == NodeRole::Site,
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

/// Authenticates the user of the session again, and returns the path of the page to open then.
#[server(prefix = "/api/ui", endpoint = "step_up")]
pub async fn step_up(
    #[server(default)] current_password: String,
    #[server(default)] code: String,
    #[server(default)] next: String,
) -> Result<String, ApiError> {
    let (token, client) = (token().unwrap_or_default(), client());
    let (engine, owner) = signed_in(Right::Enrol).await?;
    let typed = account::StepUp { current_password, code: text(&code) };
    let session = accounts::step_up(&engine, owner.id, &token, typed, &client).await?;
    set_session_cookies(&engine, &session)?;
    Ok(lead_to(crate::paths::safe_next(&next)))
}

/// Disables the account, which is deleted later, and returns the path of the page that says so.
#[server(prefix = "/api/ui", endpoint = "delete_account")]
pub async fn delete_account(#[server(default)] username: String) -> Result<String, ApiError> {
    let kept = [("username", username.clone())];
    let (engine, owner) = stepped_up(Right::Account).await.map_err(|error| error.keeping(kept))?;
    users::request_deletion(&engine, owner.id, &username).await?;
    clear_session_cookie(&engine)?;
    Ok(lead_to(crate::paths::ACCOUNT_DELETED))
}

/// Signs in and returns the path of the page to open: the one that asks for a code, if the account has a
/// second factor. Public.
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
    if let Err(EngineError::Refused(Refusal::FactorRequired { ceremony, .. })) = &session {
        keep_ceremony(&engine, ceremony)?;
        return Ok(lead_to(&crate::paths::sign_in_code(crate::paths::safe_next(&next))));
    }
    let session = session.map_err(|error| ApiError::from(error).keeping(kept))?;
    start_session(&engine, &session).await?;
    Ok(lead_to(crate::paths::safe_next(&next)))
}

/// Ends the session and leads to the sign-in page, by way of the provider that has opened it. Public and
/// idempotent.
#[server(prefix = "/api/ui", endpoint = "sign_out")]
pub async fn sign_out() -> Result<String, ApiError> {
    let (engine, is_script) = (engine()?, is_script());
    let is_by_provider = match token() {
        Some(token) => accounts::sign_out(&engine, &token).await?,
        None => false,
    };
    clear_session_cookie(&engine)?;
    Ok(lead_to(match (is_by_provider && engine.oidc.is_some(), is_script) {
        (false, _) => crate::paths::LOGIN,
        (true, true) => crate::paths::PROVIDER_LOGOUT,
        // A form may not lead to another site (`form-action` of the policy), so the page has a link.
        (true, false) => crate::paths::SIGNED_OUT_HERE,
    }))
}
