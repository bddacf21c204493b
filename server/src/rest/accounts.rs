//! The signed-in user's account: name, time zone and password.

use axum::Json;
use axum::body::Body as Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use smartcache::domain::account::{Account, AccountChange, PasswordChange, StepUp};
use smartcache::domain::account_deletion::{DeletionRequest, PendingDeletion};
use smartcache::domain::export::{Export, FILE_NAME, MIME_TYPE};
use smartcache::engine::{accounts, exports, users};
use smartcache_app::server_side::client_of;

use super::file::header_value;
use super::*;
use crate::auth::{ended_session_cookie_header, session_cookie_headers, token_of};
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

/// Authenticates the user of a session again, for sensitive actions within ten minutes. An account with a
/// second factor needs a `code`, too. The response has the session's new cookies.
#[utoipa::path(
    post, path = "/api/v1/account/step-up", request_body = StepUp, responses((status = 204), TooFast)
)]
pub async fn step_up(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    info: ClientInfo,
    headers: HeaderMap,
    Body(typed): Body<StepUp>,
) -> ApiResult<Response> {
    let (token, client) = (token_of(&headers).unwrap_or_default(), client_of(&headers, info.address));
    let session = accounts::step_up(web.engine(), user.id, &token, typed, &client).await?;
    Ok((StatusCode::NO_CONTENT, session_cookie_headers(&web, &session)?).into_response())
}

/// Disables the account at once, and has it deleted with all that belongs to it after seven days. Until then
/// an administrator can undo that by enabling it. The response removes the session's cookie.
#[utoipa::path(
    delete, path = "/api/v1/account", params(DeletionRequest),
    responses((status = 200, body = PendingDeletion), Conflict)
)]
pub async fn delete(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    StrictQuery(asked): StrictQuery<DeletionRequest>,
) -> ApiResult<Response> {
    let delete_after = users::request_deletion(web.engine(), user.id, &asked.username).await?;
    Ok((ended_session_cookie_header(&web)?, Json(PendingDeletion { delete_after })).into_response())
}

/// The export of all that the server knows of the user.
#[utoipa::path(get, path = "/api/v1/account/export", responses((status = 200, body = Export), NotFound))]
pub async fn export(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<Export>> {
    Ok(Json(exports::get(web.engine(), user.id).await?))
}

/// Requests an export, in place of the last one. A job prepares it; the file can be downloaded for a day.
#[utoipa::path(
    post, path = "/api/v1/account/export", responses((status = 202, body = Export), TooFast)
)]
pub async fn request_export(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
) -> ApiResult<(StatusCode, Json<Export>)> {
    Ok((StatusCode::ACCEPTED, Json(exports::request(web.engine(), user.id).await?)))
}

/// The file of an export that is ready: lines of JSON, compressed with gzip.
#[utoipa::path(
    get, path = "/api/v1/account/export/file",
    responses((status = 200, body = Vec<u8>, content_type = "application/gzip"), NotFound, Conflict)
)]
pub async fn export_file(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Response> {
    let exports::ReadyFile { bytes, stream, .. } = exports::file(web.engine(), user.id).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(MIME_TYPE)),
        (header::CONTENT_LENGTH, HeaderValue::from(bytes)),
        (header::CONTENT_DISPOSITION, header_value(&format!("attachment; filename=\"{FILE_NAME}\""))?),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    Ok((headers, Bytes::from_stream(stream)).into_response())
}
