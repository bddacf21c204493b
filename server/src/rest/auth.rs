//! Accounts: registering, signing in and out, and who one is.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use smartcache::domain::account::{Credentials, Me};
use smartcache::domain::preference::Preferences;
use smartcache::engine::accounts::{self, SignedIn as Session};

use super::*;
use crate::auth::{Asker, cookie, token_of};

#[derive(Debug, Deserialize)]
pub struct NewAccount {
    username: String,
    password: String,
    /// What is left out keeps its default.
    #[serde(default)]
    preferences: Preferences,
}

pub async fn register(
    State(web): State<Web>,
    headers: HeaderMap,
    Body(new): Body<NewAccount>,
) -> Answer<(StatusCode, Response)> {
    let typed = Credentials { username: new.username, password: new.password };
    let session = accounts::register(web.engine(), typed, new.preferences).await?;
    Ok((StatusCode::CREATED, admit(&web, &headers, session).await?))
}

pub async fn login(
    State(web): State<Web>,
    asker: Asker,
    headers: HeaderMap,
    Body(typed): Body<Credentials>,
) -> Answer<Response> {
    web.tries().begin(&typed.username, asker)?;
    let session = accounts::sign_in(web.engine(), &typed).await?;
    web.tries().succeeded(&typed.username, asker);
    admit(&web, &headers, session).await
}

pub async fn logout(State(web): State<Web>, headers: HeaderMap) -> Answer<Response> {
    if let Some(token) = token_of(&headers) {
        accounts::sign_out(web.engine(), &token).await?;
    }
    let gone = cookie(&web, "", Duration::ZERO)?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, gone)]).into_response())
}

pub async fn me(State(web): State<Web>, SignedIn(user): SignedIn) -> Answer<Json<Me>> {
    Ok(Json(accounts::me(web.engine(), user.id).await?))
}

/// Gives out the new session. The one the request came with ends: a token known before a sign-in is worth nothing after it.
async fn admit(web: &Web, headers: &HeaderMap, session: Session) -> Answer<Response> {
    if let Some(old) = token_of(headers) {
        accounts::sign_out(web.engine(), &old).await?;
    }
    let cookie = cookie(web, &session.token, session.lasts)?;
    let me = accounts::me(web.engine(), session.user.id).await?;
    let body: Value = json!({ "user": me.user, "preferences": me.preferences });
    Ok(([(SET_COOKIE, cookie)], Json(body)).into_response())
}
