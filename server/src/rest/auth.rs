//! Accounts: registration, sign-in, sign-out, and the signed-in user.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use smartcache::domain::account::{Credentials, Me};
use smartcache::domain::preference::Preferences;
use smartcache::engine::accounts::{self, NewSession};
use smartcache_app::server_side::client_of;

use super::*;
use crate::auth::{ended_session_cookie_header, session_cookie_headers, token_of};
use crate::client_info::ClientInfo;

#[derive(Debug, Deserialize)]
pub struct Registration {
    username: String,
    password: String,
    /// Initial preferences; omitted fields keep their defaults.
    #[serde(default)]
    preferences: Preferences,
}

pub async fn register(
    State(web): State<Web>,
    info: ClientInfo,
    headers: HeaderMap,
    Body(new): Body<Registration>,
) -> ApiResult<(StatusCode, Response)> {
    let typed = Credentials { username: new.username, password: new.password };
    let client = client_of(&headers, info.address);
    let session = accounts::register(web.engine(), typed, new.preferences, &client).await?;
    Ok((StatusCode::CREATED, start_session(&web, &headers, session).await?))
}

pub async fn login(
    State(web): State<Web>,
    info: ClientInfo,
    headers: HeaderMap,
    Body(typed): Body<Credentials>,
) -> ApiResult<Response> {
    let client = client_of(&headers, info.address);
    let session = accounts::sign_in(web.engine(), &typed, &client).await?;
    start_session(&web, &headers, session).await
}

pub async fn logout(State(web): State<Web>, headers: HeaderMap) -> ApiResult<Response> {
    if let Some(token) = token_of(&headers) {
        accounts::sign_out(web.engine(), &token).await?;
    }
    Ok((StatusCode::NO_CONTENT, ended_session_cookie_header(&web)?).into_response())
}

pub async fn me(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<Me>> {
    Ok(Json(accounts::me(web.engine(), user.id).await?))
}

/// Issues the new session. Ends the request's old session, against session fixation.
async fn start_session(web: &Web, headers: &HeaderMap, session: NewSession) -> ApiResult<Response> {
    if let Some(old) = token_of(headers) {
        accounts::sign_out(web.engine(), &old).await?;
    }
    let me = accounts::me(web.engine(), session.user.id).await?;
    let body: Value = json!({ "user": me.user, "preferences": me.preferences });
    Ok((session_cookie_headers(web, &session)?, Json(body)).into_response())
}
