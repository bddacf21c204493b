//! Shares of a user: links that open an item or a collection without an account.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use smartcache::domain::Page;
use smartcache::domain::page::NoFilter;
use smartcache::domain::share::{NewShare, Share};
use smartcache::engine::shares;

use super::*;

/// Lists the user's shares, newest first.
#[utoipa::path(
    get, path = "/api/v1/shares", params(PageQuery), responses((status = 200, body = Page<Share>))
)]
pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<Share>>> {
    Ok(Json(shares::list(web.engine(), user.id, &page).await?))
}

/// Shares a thing: 201 with a new link, or 200 with the link that it has.
#[utoipa::path(
    post, path = "/api/v1/shares", request_body = NewShare,
    responses((status = 200, body = Share), (status = 201, body = Share), NotFound)
)]
pub async fn add(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(new): Body<NewShare>,
) -> ApiResult<(StatusCode, Json<Share>)> {
    let (share, is_new) = shares::add(web.engine(), user.id, new).await?;
    Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(share)))
}

/// Revokes a share: its link stops working.
#[utoipa::path(delete, path = "/api/v1/shares/{token}", responses((status = 204)))]
pub async fn revoke(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    PathText(token): PathText<String>,
) -> ApiResult<StatusCode> {
    shares::revoke(web.engine(), user.id, &token).await?;
    Ok(StatusCode::NO_CONTENT)
}
