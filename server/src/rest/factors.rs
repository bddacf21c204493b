//! Second factors of the signed-in user: an authenticator app, and recovery codes.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use smartcache::domain::factor::{Factors, RecoveryCodes, TotpConfirmation, TotpEnrolment};
use smartcache::engine::accounts::factors;

use super::*;
use crate::auth::token_of;

/// Returns the user's second factors.
#[utoipa::path(get, path = "/api/v1/account/factors", responses((status = 200, body = Factors)))]
pub async fn show(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<Factors>> {
    Ok(Json(factors::list(web.engine(), user.id).await?))
}

/// Begins the enrolment of an authenticator app. The response alone has its seed.
#[utoipa::path(
    post, path = "/api/v1/account/totp", responses((status = 201, body = TotpEnrolment), Conflict)
)]
pub async fn begin_totp(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    headers: HeaderMap,
) -> ApiResult<(StatusCode, Json<TotpEnrolment>)> {
    let token = token_of(&headers).unwrap_or_default();
    Ok((StatusCode::CREATED, Json(factors::begin_totp(web.engine(), &user, &token).await?)))
}

/// Confirms an authenticator app by its first code. From then on, sign-in asks for one. The response has
/// recovery codes unless the user has some.
#[utoipa::path(
    post, path = "/api/v1/account/totp/confirm", request_body = TotpConfirmation,
    responses((status = 200, body = RecoveryCodes), Conflict, TooFast)
)]
pub async fn confirm_totp(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(typed): Body<TotpConfirmation>,
) -> ApiResult<Json<RecoveryCodes>> {
    let codes = factors::confirm_totp(web.engine(), user.id, &typed.code).await?;
    Ok(Json(codes.unwrap_or(RecoveryCodes { codes: Vec::new() })))
}

/// Turns the authenticator app off, and removes the recovery codes.
#[utoipa::path(delete, path = "/api/v1/account/totp", responses((status = 204), NotFound))]
pub async fn remove_totp(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<StatusCode> {
    factors::remove_totp(web.engine(), user.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replaces the recovery codes by new ones, which the response alone has.
#[utoipa::path(
    post, path = "/api/v1/account/recovery-codes",
    responses((status = 201, body = RecoveryCodes), Conflict)
)]
pub async fn renew_recovery_codes(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
) -> ApiResult<(StatusCode, Json<RecoveryCodes>)> {
    Ok((StatusCode::CREATED, Json(factors::renew_recovery_codes(web.engine(), user.id).await?)))
}
