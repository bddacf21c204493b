//! Shared code of the server functions: the engine, the signed-in user, and the session cookie.

mod ceremony;
pub mod commute;
mod new_secret;
mod oidc;
mod qr_code;

use std::time::Duration;

use domain::Refusal;
use domain::account::User;
use domain::audit_entry::AuditAction;
use domain::preference::LanguageChoice;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use serde_json::json;
use smartcache::engine::accounts::{self, Client, ClientAddress, NewSession};
use smartcache::engine::audit;
use smartcache::engine::rights::{self, Caller, Right};
use smartcache::engine::{Engine, Error, SharedEngine};

use crate::error::{ApiError, is_call};

use crate::{cookies, language};
pub use oidc::{FLOW_COOKIE, ended_flow_cookie, flow_cookie, flow_secret};

pub use ceremony::{CEREMONY_COOKIE, ceremony, ceremony_cookie, end_ceremony, keep_ceremony};
pub use new_secret::NewSecret;

pub use qr_code::qr_code;

/// Cookie with the token of a session.
pub const SESSION_COOKIE: &str = "smartcache_session";

/// Cookie of a known device. Grants no access; its sign-in attempts have a rate limit of their own.
pub const DEVICE_COOKIE: &str = "smartcache_device";

/// Lifetime of the cookie with the language.
const LANGUAGE_LASTS: Duration = Duration::from_secs(365 * 86_400);

/// Returns the engine that the server provides as context.
pub fn engine() -> Result<SharedEngine, ApiError> {
    match use_context::<SharedEngine>() {
        Some(engine) => Ok(engine),
        // The client has disconnected, and the context of its request is gone.
        None if use_context::<Parts>().is_none() => Err(ApiError::Unreachable),
        None => Err(Error::fault("no engine in the context").into()),
    }
}

/// Whether the request is for the page of a share or of a reset link, which need no code in the browser.
pub fn is_plain_page() -> bool {
    let roots = ["/s/", "/reset/"];
    use_context::<Parts>().is_some_and(|parts| roots.iter().any(|root| parts.uri.path().starts_with(root)))
}

/// Returns the engine and the signed-in user, or refuses one without the right that the server function asks
/// for. Reads the context before the first await.
pub async fn signed_in(right: Right) -> Result<(SharedEngine, User), ApiError> {
    let (engine, caller) = caller(right).await?;
    Ok((engine, caller.user))
}

/// Like [`signed_in`], for a sensitive action: the user must have authenticated within the last ten minutes.
/// A form without JavaScript is led to the page that asks for the password.
pub async fn stepped_up(right: Right) -> Result<(SharedEngine, User), ApiError> {
    let back = back_from_step_up();
    let (engine, caller) = caller(right).await?;
    if let Err(error) = rights::check_step_up(&caller, engine.now()) {
        if let Some(path) = back {
            redirect(&path);
        }
        return Err(error.into());
    }
    Ok((engine, caller.user))
}

/// Address of the step-up page that leads back to the page of a form without JavaScript.
fn back_from_step_up() -> Option<String> {
    let parts = use_context::<Parts>().filter(|parts| !is_call(parts))?;
    let referer = parts.headers.get(header::REFERER)?.to_str().ok()?;
    let path = http::Uri::try_from(referer).ok()?.path().to_owned();
    Some(crate::paths::step_up(&path))
}

async fn caller(right: Right) -> Result<(SharedEngine, Caller), ApiError> {
    let (engine, caller) = credential().await?;
    let caller = caller.ok_or(Refusal::SignInRequired)?;
    if let Err(error) = rights::check(&caller, right) {
        if matches!(error, Error::Refused(Refusal::FactorSetupRequired)) {
            return Err(error.into());
        }
        audit::refused(&engine, AuditAction::Access, None, json!({ "right": format!("{right:?}") })).await;
        return Err(error.into());
    }
    Ok((engine, caller))
}

/// Returns the engine and the signed-in user, if any.
pub async fn who() -> Result<(SharedEngine, Option<User>), ApiError> {
    let (engine, caller) = credential().await?;
    Ok((engine, caller.map(|caller| caller.user)))
}

/// Reads the session of the request. Reads the context before the first await.
async fn credential() -> Result<(SharedEngine, Option<Caller>), ApiError> {
    let (engine, token) = (engine()?, token());
    let caller = match token {
        Some(token) => accounts::caller(&engine, &token).await?,
        None => None,
    };
    Ok((engine, caller))
}

/// Session token of the current request.
pub fn token() -> Option<String> {
    use_context::<Parts>().and_then(|parts| session_token(&parts.headers).map(str::to_owned))
}

/// Session token in the cookies of a request.
pub fn session_token(headers: &HeaderMap) -> Option<&str> {
    cookies::value(headers, SESSION_COOKIE)
}

/// Client of a request, for the rate limits of sign-in and registration, and for the list of sessions.
pub fn client_of(headers: &HeaderMap, address: ClientAddress) -> Client {
    let device = cookies::value(headers, DEVICE_COOKIE).unwrap_or_default().to_owned();
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    Client { address, device, user_agent: user_agent.unwrap_or_default().to_owned() }
}

/// Client of the current request. The server provides its address as context.
pub fn client() -> Client {
    let headers = use_context::<Parts>().map(|parts| parts.headers).unwrap_or_default();
    client_of(&headers, use_context::<ClientAddress>().unwrap_or_default())
}

/// `Set-Cookie` headers of a new session: the session cookie and that of the known device.
pub fn session_cookies(signed_in: &NewSession, secure: bool) -> [String; 2] {
    let NewSession { token, lasts, device, device_lasts, .. } = signed_in;
    [
        set_cookie(SESSION_COOKIE, token, *lasts, secure),
        set_cookie(DEVICE_COOKIE, device, *device_lasts, secure),
    ]
}

/// `Set-Cookie` header that deletes the session cookie.
pub fn ended_session_cookie(secure: bool) -> String {
    set_cookie(SESSION_COOKIE, "", Duration::ZERO, secure)
}

fn set_cookie(name: &str, value: &str, lasts: Duration, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    let seconds = lasts.as_secs();
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")
}

/// Sets the cookies of a new session and ends the session of the request, so that a token known before is
/// worthless (session fixation).
pub async fn start_session(engine: &Engine, signed_in: &NewSession) -> Result<(), ApiError> {
    if let Some(old) = token() {
        accounts::sign_out(engine, &old).await?;
    }
    let chosen = accounts::preferences(engine, signed_in.user.id).await?.language;
    if chosen != LanguageChoice::System {
        set_language_cookie(engine, chosen)?;
    }
    set_session_cookies(engine, signed_in)
}

/// Keeps the language that a user chose in the browser that this response goes to.
pub fn set_language_cookie(engine: &Engine, choice: LanguageChoice) -> Result<(), ApiError> {
    let lasts = if choice == LanguageChoice::System { Duration::ZERO } else { LANGUAGE_LASTS };
    append_cookie(&set_cookie(language::COOKIE, choice.as_str(), lasts, engine.config.is_https()))
}

/// Sets the cookies of a new session in the browser that this response goes to.
pub fn set_session_cookies(engine: &Engine, signed_in: &NewSession) -> Result<(), ApiError> {
    session_cookies(signed_in, engine.config.is_https()).iter().try_for_each(|cookie| append_cookie(cookie))
}

/// Removes the session cookie from the browser that this response goes to.
pub fn clear_session_cookie(engine: &Engine) -> Result<(), ApiError> {
    append_cookie(&ended_session_cookie(engine.config.is_https()))
}

fn append_cookie(cookie: &str) -> Result<(), ApiError> {
    let value = HeaderValue::from_str(cookie).map_err(Error::fault)?;
    if let Some(options) = use_context::<ResponseOptions>() {
        options.append_header(header::SET_COOKIE, value);
    }
    Ok(())
}

/// Whether a script has called the server function, and not a form without JavaScript.
pub fn is_script() -> bool {
    use_context::<Parts>().is_none_or(|parts| is_call(&parts))
}

/// Leads to a page after a form: redirects a browser without JavaScript, and returns the path to a script.
pub fn lead_to(path: &str) -> String {
    if !is_script() {
        redirect(path);
    }
    path.to_owned()
}

/// Redirects the current request (302).
pub fn redirect(path: &str) {
    if let (Some(options), Ok(path)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(path)) {
        options.insert_header(header::LOCATION, path);
        options.set_status(StatusCode::FOUND);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; xsmartcache_session=no"));
        assert_eq!(session_token(&headers), None);
        headers.append(header::COOKIE, HeaderValue::from_static("b=2; smartcache_session=abc"));
        assert_eq!(session_token(&headers), Some("abc"));
    }

    #[test]
    fn scripts_and_other_sites_do_not_get_the_cookie() {
        let cookie = set_cookie(SESSION_COOKIE, "abc", Duration::from_secs(60), true);
        assert_eq!(cookie, "smartcache_session=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure");
        assert!(!ended_session_cookie(false).contains("Secure"));
    }
}
