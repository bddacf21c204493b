//! Passkeys of the signed-in user, and sign-in with one.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use smartcache::domain::passkey::{
    AddedPasskey, NewPasskey, Passkey, PasskeyChallenge, PasskeyChange, PasskeySignIn,
};
use smartcache::engine::accounts::passkeys;
use smartcache_app::server_side::client_of;

use super::auth::{SignedInUser, start_session};
use super::*;
use crate::auth::{session_cookie_headers, token_of};
use crate::client_info::ClientInfo;

/// Lists the user's passkeys, newest first.
#[utoipa::path(get, path = "/api/v1/account/passkeys", responses((status = 200, body = Vec<Passkey>)))]
pub async fn list(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<Vec<Passkey>>> {
    Ok(Json(passkeys::list(web.engine(), user.id).await?))
}

/// Begins the registration of a passkey: options for `navigator.credentials.create`.
#[utoipa::path(
    post, path = "/api/v1/account/passkeys/challenge",
    responses((status = 201, body = PasskeyChallenge), Conflict)
)]
pub async fn begin(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
) -> ApiResult<(StatusCode, Json<PasskeyChallenge>)> {
    Ok((StatusCode::CREATED, Json(passkeys::begin(web.engine(), &user).await?)))
}

/// Registers a passkey. From then on, a password alone does not sign in.
#[utoipa::path(
    post, path = "/api/v1/account/passkeys", request_body = NewPasskey,
    responses((status = 201, body = AddedPasskey), Conflict, Gone)
)]
pub async fn add(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(new): Body<NewPasskey>,
) -> ApiResult<(StatusCode, Json<AddedPasskey>)> {
    Ok((StatusCode::CREATED, Json(passkeys::add(web.engine(), user.id, new).await?)))
}

/// Renames a passkey.
#[utoipa::path(
    patch, path = "/api/v1/account/passkeys/{id}", request_body = PasskeyChange,
    responses((status = 200, body = Passkey))
)]
pub async fn rename(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<PasskeyId>,
    Body(change): Body<PasskeyChange>,
) -> ApiResult<Json<Passkey>> {
    Ok(Json(passkeys::rename(web.engine(), user.id, id, &change.name).await?))
}

/// Removes a passkey.
#[utoipa::path(delete, path = "/api/v1/account/passkeys/{id}", responses((status = 204)))]
pub async fn remove(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<PasskeyId>,
) -> ApiResult<StatusCode> {
    passkeys::remove(web.engine(), user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Begins a step-up with a passkey: options for `navigator.credentials.get`.
#[utoipa::path(
    post, path = "/api/v1/account/step-up/passkey/challenge",
    responses((status = 201, body = PasskeyChallenge), Conflict)
)]
pub async fn begin_step_up(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
) -> ApiResult<(StatusCode, Json<PasskeyChallenge>)> {
    Ok((StatusCode::CREATED, Json(passkeys::begin_step_up(web.engine(), user.id).await?)))
}

/// Authenticates the user of a session again by a passkey alone, for sensitive actions within ten minutes.
/// The response has the session's new cookies.
#[utoipa::path(
    post, path = "/api/v1/account/step-up/passkey", request_body = PasskeySignIn,
    responses((status = 204), Conflict, Gone)
)]
pub async fn step_up(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    info: ClientInfo,
    headers: HeaderMap,
    Body(typed): Body<PasskeySignIn>,
) -> ApiResult<Response> {
    let (token, client) = (token_of(&headers).unwrap_or_default(), client_of(&headers, info.address));
    let session = passkeys::step_up(web.engine(), user.id, &token, typed, &client).await?;
    Ok((StatusCode::NO_CONTENT, session_cookie_headers(&web, &session)?).into_response())
}

/// Begins a sign-in with a passkey: options for `navigator.credentials.get`.
#[utoipa::path(
    post, path = "/api/v1/auth/passkey/challenge",
    responses((status = 201, body = PasskeyChallenge), Conflict, TooFast), security(())
)]
pub async fn begin_sign_in(
    State(web): State<Web>,
    info: ClientInfo,
    headers: HeaderMap,
) -> ApiResult<(StatusCode, Json<PasskeyChallenge>)> {
    let client = client_of(&headers, info.address);
    Ok((StatusCode::CREATED, Json(passkeys::begin_sign_in(web.engine(), &client).await?)))
}

/// Signs in with a passkey: the response sets the session's cookie.
#[utoipa::path(
    post, path = "/api/v1/auth/passkey", request_body = PasskeySignIn,
    responses((status = 200, body = SignedInUser), Conflict, Gone, Unauthorized, Forbidden), security(())
)]
pub async fn sign_in(
    State(web): State<Web>,
    info: ClientInfo,
    headers: HeaderMap,
    Body(typed): Body<PasskeySignIn>,
) -> ApiResult<Response> {
    let client = client_of(&headers, info.address);
    let session = passkeys::sign_in(web.engine(), typed, &client).await?;
    start_session(&web, &headers, session).await
}
