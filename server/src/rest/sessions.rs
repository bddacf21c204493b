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

pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    headers: HeaderMap,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<UserSession>>> {
    let token = token_of(&headers).unwrap_or_default();
    Ok(Json(accounts::list_sessions(web.engine(), user.id, &token, &page).await?))
}

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

pub async fn end_others(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    headers: HeaderMap,
) -> ApiResult<StatusCode> {
    let token = token_of(&headers).unwrap_or_default();
    accounts::end_other_sessions(web.engine(), user.id, &token).await?;
    Ok(StatusCode::NO_CONTENT)
}
