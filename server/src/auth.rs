//! Who is asking: the session cookie, and a brake on guessing passwords.

mod tries;

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use smartcache::domain::Refusal;
use smartcache::domain::account::User;
use smartcache::engine::{Error, accounts};
use smartcache_app::server_side::{Brake, session_cookie, session_token};

use crate::Web;
use crate::problem::Problem;

pub use tries::{Asker, Tries};

/// The person whose session cookie came with the request. Everybody else is asked to sign in.
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

/// The session token of a request, if it has one.
pub fn token_of(headers: &HeaderMap) -> Option<String> {
    session_token(headers).map(str::to_owned)
}

/// The `Set-Cookie` of a session; an empty token that lasts no time takes it back. The pages set the same one.
pub fn cookie(web: &Web, token: &str, lasts: Duration) -> Result<HeaderValue, Problem> {
    let cookie = session_cookie(token, lasts, web.engine().config.is_https());
    HeaderValue::from_str(&cookie).map_err(|error| Error::fault(error).into())
}

/// The brake as the pages use it: the same count, wherever somebody tries to sign in.
pub struct Door {
    pub web: Web,
    pub asker: Asker,
}

impl Brake for Door {
    fn begin(&self, username: &str) -> Result<(), Refusal> {
        self.web.tries().begin(username, self.asker)
    }

    fn succeeded(&self, username: &str) {
        self.web.tries().succeeded(username, self.asker);
    }
}
