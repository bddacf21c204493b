//! Shares of a user: links that open an item or a collection without an account.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use smartcache::domain::Page;
use smartcache::domain::page::NoFilter;
use smartcache::domain::share::{NewShare, Share};
use smartcache::engine::shares;

use super::*;

pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<Share>>> {
    Ok(Json(shares::list(web.engine(), user.id, &page).await?))
}

/// Shares a thing: 201 with a new link, or 200 with the link that it has.
pub async fn add(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(new): Body<NewShare>,
) -> ApiResult<(StatusCode, Json<Share>)> {
    let (share, is_new) = shares::add(web.engine(), user.id, new).await?;
    Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(share)))
}

pub async fn revoke(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Path(token): Path<String>,
) -> ApiResult<StatusCode> {
    shares::revoke(web.engine(), user.id, &token).await?;
    Ok(StatusCode::NO_CONTENT)
}
