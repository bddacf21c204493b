//! Credentials of a request: its session cookie or API key, and the cookies of a new session.

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::header::{AUTHORIZATION, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::AppendHeaders;
use serde_json::json;
use smartcache::domain::Refusal;
use smartcache::domain::account::User;
use smartcache::domain::audit_entry::AuditAction;
use smartcache::engine::accounts::ClientAddress;
use smartcache::engine::rights::{self, Caller, Right};
use smartcache::engine::{Engine, Error, Result, accounts, api_keys, audit};
use smartcache_app::server_side::{ended_session_cookie, session_cookies, session_token};

use crate::Web;
use crate::client_info::ClientInfo;
use crate::problem::Problem;
use crate::{request_limits, route_rights};

/// Caller of a request, with a valid credential, the right that the route asks for, and a recent
/// authentication if the route needs one.
#[derive(Debug, Clone)]
pub struct Authorized(pub Caller);

/// User of a request: of [`Authorized`], without the credential.
#[derive(Debug, Clone)]
pub struct SignedIn(pub User);

impl FromRequestParts<Web> for Authorized {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let path = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str).unwrap_or_default();
        let right = route_rights::right(&parts.method, path)?;
        let caller = authenticate(web.engine(), &parts.headers, ClientInfo::of(parts).address).await;
        let caller = request_limits::check(web, parts, caller).await?;
        check(web.engine(), &caller, right, &format!("{} {path}", parts.method)).await?;
        if route_rights::needs_step_up(&parts.method, path) {
            rights::check_step_up(&caller, web.engine().now())?;
        }
        Ok(Self(caller))
    }
}

impl FromRequestParts<Web> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        Ok(Self(Authorized::from_request_parts(parts, web).await?.0.user))
    }
}

/// Refuses a caller without the right, and writes that to the audit log.
async fn check(engine: &Engine, caller: &Caller, right: Right, route: &str) -> Result<()> {
    let checked = rights::check(caller, right);
    if matches!(checked, Err(Error::Refused(Refusal::Forbidden { .. }))) {
        audit::refused(engine, AuditAction::Access, None, json!({ "route": route })).await;
    }
    checked
}

/// Caller that a request's credential stands for. An API key counts before a session cookie.
///
/// # Errors
/// `Refusal::SignInRequired` or `Refusal::WrongKey`.
pub async fn authenticate(engine: &Engine, headers: &HeaderMap, address: ClientAddress) -> Result<Caller> {
    if let Some(key) = key_of(headers) {
        return api_keys::caller(engine, key, address).await;
    }
    let token = token_of(headers).ok_or(Refusal::SignInRequired)?;
    Ok(accounts::caller(engine, &token).await?.ok_or(Refusal::SignInRequired)?)
}

/// API key in the `Authorization` header. A bearer token of something else, as some proxies add, does not
/// replace a session.
pub fn key_of(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = Some(token.trim()).filter(|_| scheme.eq_ignore_ascii_case("bearer"))?;
    (token.starts_with("smc_") || session_token(headers).is_none()).then_some(token)
}

/// Session token of a request, if present. None for a request with an API key.
pub fn token_of(headers: &HeaderMap) -> Option<String> {
    session_token(headers).filter(|_| key_of(headers).is_none()).map(str::to_owned)
}

/// Hash of a request's key or session token, by which its live connections are closed.
pub fn credential_hash(headers: &HeaderMap) -> String {
    let secret = key_of(headers).or_else(|| session_token(headers));
    accounts::token_hash(secret.unwrap_or_default())
}

type Cookies<const N: usize> = AppendHeaders<[(axum::http::HeaderName, HeaderValue); N]>;

/// `Set-Cookie` headers of a new session, the same as the pages set.
pub fn session_cookie_headers(web: &Web, session: &accounts::NewSession) -> Result<Cookies<2>, Problem> {
    let [session, device] = session_cookies(session, web.engine().config.is_https());
    Ok(AppendHeaders([(SET_COOKIE, value(&session)?), (SET_COOKIE, value(&device)?)]))
}

/// `Set-Cookie` header that removes the session cookie.
pub fn ended_session_cookie_header(web: &Web) -> Result<Cookies<1>, Problem> {
    let gone = ended_session_cookie(web.engine().config.is_https());
    Ok(AppendHeaders([(SET_COOKIE, value(&gone)?)]))
}

fn value(cookie: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::from_str(cookie).map_err(|error| Error::fault(error).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &'static str)]) -> HeaderMap {
        all.iter()
            .map(|(name, value)| (axum::http::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn a_bearer_token_is_a_key_unless_a_proxy_added_it_beside_a_session() {
        let cookie = ("cookie", "smartcache_session=abc");
        let key = headers(&[("authorization", "bearer  smc_1 "), cookie]);
        assert_eq!((key_of(&key), token_of(&key)), (Some("smc_1"), None));
        let proxy = headers(&[("authorization", "Bearer eyJ"), cookie]);
        assert_eq!((key_of(&proxy), token_of(&proxy).as_deref()), (None, Some("abc")));
        assert_eq!(key_of(&headers(&[("authorization", "Bearer eyJ")])), Some("eyJ"));
        let basic = headers(&[("authorization", "Basic smc_1"), cookie]);
        assert_eq!((key_of(&basic), token_of(&basic).as_deref()), (None, Some("abc")));
        assert_ne!(credential_hash(&key), credential_hash(&proxy));
    }
}
