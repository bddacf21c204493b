//! The signed-in user's account: name, time zone and password.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use smartcache::domain::account::{Account, AccountChange, PasswordChange};
use smartcache::engine::accounts;
use smartcache_app::server_side::client_of;

use super::*;
use crate::auth::{session_cookie_headers, token_of};
use crate::client_info::ClientInfo;

/// Returns the user's account.
#[utoipa::path(get, path = "/api/v1/account", responses((status = 200, body = Account)))]
pub async fn show(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<Account>> {
    Ok(Json(accounts::account(web.engine(), user.id).await?))
}

/// Changes the user's account; omitted fields stay unchanged.
#[utoipa::path(
    patch, path = "/api/v1/account", request_body = AccountChange,
    responses((status = 200, body = Account))
)]
pub async fn change(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(change): Body<AccountChange>,
) -> ApiResult<Json<Account>> {
    Ok(Json(accounts::change_account(web.engine(), user.id, change).await?))
}

/// Changes the password. The response has the session's new cookies.
#[utoipa::path(
    post, path = "/api/v1/account/password", request_body = PasswordChange,
    responses((status = 204), Conflict, TooFast)
)]
pub async fn change_password(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    info: ClientInfo,
    headers: HeaderMap,
    Body(typed): Body<PasswordChange>,
) -> ApiResult<Response> {
    let (token, client) = (token_of(&headers).unwrap_or_default(), client_of(&headers, info.address));
    let session = accounts::change_password(web.engine(), user.id, &token, typed, &client).await?;
    Ok((StatusCode::NO_CONTENT, session_cookie_headers(&web, &session)?).into_response())
}
