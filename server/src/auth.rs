//! The session of a request, and the cookies of a new session.

use axum::extract::FromRequestParts;
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::AppendHeaders;
use smartcache::domain::Refusal;
use smartcache::domain::account::User;
use smartcache::engine::{Error, accounts};
use smartcache_app::server_side::{ended_session_cookie, session_cookies, session_token};

use crate::Web;
use crate::problem::Problem;

/// The user of the request's session cookie. Rejects requests without a valid session.
#[derive(Debug, Clone)]
pub struct SignedIn(pub User);

impl FromRequestParts<Web> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let token = token_of(&parts.headers).ok_or(Refusal::SignInRequired)?;
        let user = accounts::who(web.engine(), &token).await?;
        Ok(Self(user.ok_or(Refusal::SignInRequired)?))
    }
}

/// Session token of a request, if present.
pub fn token_of(headers: &HeaderMap) -> Option<String> {
    session_token(headers).map(str::to_owned)
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
