//! Accounts: registration, sign-in, sign-out, and the signed-in user.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use smartcache::domain::account::{Credentials, Me, User};
use smartcache::domain::factor::{FactorSignIn, PasswordSignIn};
use smartcache::domain::preference::Preferences;
use smartcache::domain::reset_link::PasswordReset;
use smartcache::engine::accounts::{self, NewSession};
use smartcache_app::server_side::client_of;

use super::*;
use crate::auth::{ended_session_cookie_header, session_cookie_headers, token_of};
use crate::client_info::ClientInfo;

#[derive(Debug, Deserialize, ToSchema)]
pub struct Registration {
    username: String,
    password: String,
    /// Secret of an invitation: the last part of its link.
    #[serde(default)]
    invite: Option<String>,
    /// Initial preferences; omitted fields keep their defaults.
    #[serde(default)]
    preferences: Preferences,
}

/// User of a new session.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedInUser {
    user: User,
    preferences: Preferences,
}

/// Opens an account and signs it in: the response sets the session's cookie.
#[utoipa::path(
    post, path = "/api/v1/auth/register", request_body = Registration,
    responses((status = 201, body = SignedInUser), TooFast), security(())
)]
pub async fn register(
    State(web): State<Web>,
    info: ClientInfo,
    headers: HeaderMap,
    Body(new): Body<Registration>,
) -> ApiResult<(StatusCode, Response)> {
    let typed = Credentials { username: new.username, password: new.password };
    let client = client_of(&headers, info.address);
    let session =
        accounts::register(web.engine(), typed, new.preferences, new.invite.as_deref(), &client).await?;
    Ok((StatusCode::CREATED, start_session(&web, &headers, session).await?))
}

/// Signs in: the response sets the session's cookie. An account with a second factor needs a `code`, too;
/// without it, the problem `factor_required` has the `ceremony` under which a code finishes the sign-in.
#[utoipa::path(
    post, path = "/api/v1/auth/login", request_body = PasswordSignIn,
    responses((status = 200, body = SignedInUser), TooFast, Unauthorized), security(())
)]
pub async fn login(
    State(web): State<Web>,
    info: ClientInfo,
    headers: HeaderMap,
    Body(typed): Body<PasswordSignIn>,
) -> ApiResult<Response> {
    let client = client_of(&headers, info.address);
    let session = accounts::sign_in_with(web.engine(), typed, &client).await?;
    start_session(&web, &headers, session).await
}

/// Finishes a sign-in by a code: the response sets the session's cookie.
#[utoipa::path(
    post, path = "/api/v1/auth/login/factor", request_body = FactorSignIn,
    responses((status = 200, body = SignedInUser), Gone, TooFast, Unauthorized), security(())
)]
pub async fn finish_login(
    State(web): State<Web>,
    info: ClientInfo,
    headers: HeaderMap,
    Body(FactorSignIn { ceremony, code }): Body<FactorSignIn>,
) -> ApiResult<Response> {
    let client = client_of(&headers, info.address);
    let session = accounts::finish_sign_in(web.engine(), &ceremony, &code, &client).await?;
    start_session(&web, &headers, session).await
}

/// Ends the request's session, if there is one, and removes its cookie.
#[utoipa::path(post, path = "/api/v1/auth/logout", responses((status = 204)), security(()))]
pub async fn logout(State(web): State<Web>, headers: HeaderMap) -> ApiResult<Response> {
    if let Some(token) = token_of(&headers) {
        accounts::sign_out(web.engine(), &token).await?;
    }
    Ok((StatusCode::NO_CONTENT, ended_session_cookie_header(&web)?).into_response())
}

/// Sets the password of the user that a reset link belongs to, once. Ends all sessions and opens none.
#[utoipa::path(
    post, path = "/api/v1/auth/reset", request_body = PasswordReset,
    responses((status = 204), Gone), security(())
)]
pub async fn reset(State(web): State<Web>, Body(typed): Body<PasswordReset>) -> ApiResult<StatusCode> {
    accounts::reset_by_link(web.engine(), typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Returns the signed-in user with preferences and counts.
#[utoipa::path(get, path = "/api/v1/auth/me", responses((status = 200, body = Me)))]
pub async fn me(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<Me>> {
    Ok(Json(accounts::me(web.engine(), user.id).await?))
}

/// Issues the new session. Ends the request's old session, against session fixation.
pub(super) async fn start_session(
    web: &Web,
    headers: &HeaderMap,
    session: NewSession,
) -> ApiResult<Response> {
    if let Some(old) = token_of(headers) {
        accounts::sign_out(web.engine(), &old).await?;
    }
    let me = accounts::me(web.engine(), session.user.id).await?;
    let body = SignedInUser { user: me.user, preferences: me.preferences };
    Ok((session_cookie_headers(web, &session)?, Json(body)).into_response())
}
