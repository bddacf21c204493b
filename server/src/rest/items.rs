//! Items: episodes, articles and videos of the sources a user sees.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use smartcache::domain::Page;
use smartcache::domain::item::{Chapter, Item, ItemFilter};
use smartcache::domain::page::NoFilter;
use smartcache::domain::reading::Transcription;
use smartcache::engine::{attachments, catalog, downloads, reading};

use super::*;

/// Lists items of the sources that the user sees.
#[utoipa::path(
    get, path = "/api/v1/items", params(ItemFilter, PageQuery),
    responses((status = 200, body = Page<Item>))
)]
pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(filter, page): ListQuery<ItemFilter>,
) -> ApiResult<Json<Page<Item>>> {
    Ok(Json(catalog::items(web.engine(), user.id, &filter, &page).await?))
}

/// Returns an item.
#[utoipa::path(get, path = "/api/v1/items/{id}", responses((status = 200, body = Item)))]
pub async fn show(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ItemId>,
) -> ApiResult<Json<Item>> {
    Ok(Json(catalog::item(web.engine(), user.id, id).await?))
}

/// Revokes the user's dismissal of an item, so that agents may pick it again.
#[utoipa::path(delete, path = "/api/v1/items/{id}/dismissal", responses((status = 204)))]
pub async fn take_back(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ItemId>,
) -> ApiResult<StatusCode> {
    downloads::take_back(web.engine(), user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Chapters by start time.
#[utoipa::path(
    get, path = "/api/v1/items/{id}/chapters", params(PageQuery),
    responses((status = 200, body = Page<Chapter>), Conflict)
)]
pub async fn chapters(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ItemId>,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<Chapter>>> {
    Ok(Json(Page::slice(attachments::chapters(web.engine(), user.id, id).await?, &page)))
}

/// Transcript, with times where they are known.
#[utoipa::path(
    get, path = "/api/v1/items/{id}/transcript",
    responses((status = 200, body = Transcription), Conflict)
)]
pub async fn transcript(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ItemId>,
) -> ApiResult<Json<Transcription>> {
    Ok(Json(reading::transcript(web.engine(), user.id, id).await?))
}
