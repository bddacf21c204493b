//! Sessions of the signed-in user.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use smartcache::domain::Page;
use smartcache::domain::page::NoFilter;
use smartcache::domain::session::UserSession;
use smartcache::engine::accounts;

use super::*;
use crate::auth::token_of;

/// Lists the user's sessions.
#[utoipa::path(
    get, path = "/api/v1/sessions", params(PageQuery),
    responses((status = 200, body = Page<UserSession>))
)]
pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    headers: HeaderMap,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<UserSession>>> {
    let token = token_of(&headers).unwrap_or_default();
    Ok(Json(accounts::list_sessions(web.engine(), user.id, &token, &page).await?))
}

/// Ends a session.
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", responses((status = 204)))]
pub async fn end(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    headers: HeaderMap,
    Id(id): Id<SessionId>,
) -> ApiResult<StatusCode> {
    let token = token_of(&headers).unwrap_or_default();
    accounts::end_session(web.engine(), user.id, &token, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all sessions of the user but the request's own.
#[utoipa::path(delete, path = "/api/v1/sessions", responses((status = 204)))]
pub async fn end_others(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    headers: HeaderMap,
) -> ApiResult<StatusCode> {
    let token = token_of(&headers).unwrap_or_default();
    accounts::end_other_sessions(web.engine(), user.id, &token).await?;
    Ok(StatusCode::NO_CONTENT)
}
