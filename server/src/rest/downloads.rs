//! Downloads: a user's prepared items.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use smartcache::domain::Page;
use smartcache::domain::download::{BulkAction, Changed, Download, Retried};
use smartcache::domain::download_filter::{DownloadFilter, DownloadTotals};
use smartcache::domain::eviction::Eviction;
use smartcache::domain::page::NoFilter;
use smartcache::domain::reading::Reading;
use smartcache::engine::{downloads, reading};

use super::*;

pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(filter, page): ListQuery<DownloadFilter>,
) -> ApiResult<Json<Page<Download>>> {
    Ok(Json(downloads::list(web.engine(), user.id, &filter, &page).await?))
}

/// Totals of the downloads that match a filter.
pub async fn totals(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    StrictQuery(filter): StrictQuery<DownloadFilter>,
) -> ApiResult<Json<DownloadTotals>> {
    Ok(Json(downloads::totals(web.engine(), user.id, &filter).await?))
}

/// Performs an action on several downloads.
pub async fn bulk(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(action): Body<BulkAction>,
) -> ApiResult<Json<Retried>> {
    Ok(Json(downloads::act_on(web.engine(), user.id, action).await?))
}

#[derive(Debug, Deserialize)]
pub struct NewDownload {
    item_id: ItemId,
}

pub async fn queue(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(new): Body<NewDownload>,
) -> ApiResult<(StatusCode, Json<Download>)> {
    Ok((StatusCode::CREATED, Json(downloads::queue(web.engine(), user.id, new.item_id, None).await?)))
}

type Shown = ApiResult<Json<Download>>;

pub async fn show(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<DownloadId>) -> Shown {
    Ok(Json(downloads::get(web.engine(), user.id, id).await?))
}

#[derive(Debug, Deserialize)]
pub struct PriorityChange {
    priority: i64,
}

pub async fn change(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<DownloadId>,
    Body(change): Body<PriorityChange>,
) -> Shown {
    Ok(Json(downloads::set_priority(web.engine(), user.id, id, change.priority).await?))
}

/// Sanitised text of the download.
pub async fn text(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<DownloadId>,
) -> ApiResult<Json<Reading>> {
    Ok(Json(reading::of_download(web.engine(), user.id, id).await?))
}

pub async fn retry(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<DownloadId>) -> Shown {
    Ok(Json(downloads::retry(web.engine(), user.id, id).await?))
}

pub async fn pause(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<DownloadId>) -> Shown {
    Ok(Json(downloads::pause(web.engine(), user.id, id).await?))
}

pub async fn resume(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<DownloadId>) -> Shown {
    Ok(Json(downloads::resume(web.engine(), user.id, id).await?))
}

pub async fn cancel(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<DownloadId>) -> Shown {
    Ok(Json(downloads::cancel(web.engine(), user.id, id).await?))
}

pub async fn pin(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<DownloadId>) -> Shown {
    Ok(Json(downloads::pin(web.engine(), user.id, id).await?))
}

pub async fn unpin(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<DownloadId>) -> Shown {
    Ok(Json(downloads::unpin(web.engine(), user.id, id).await?))
}

pub async fn played(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<DownloadId>) -> Shown {
    Ok(Json(downloads::played(web.engine(), user.id, id).await?))
}

/// Undoes the deletion of a moment ago.
pub async fn restore(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<DownloadId>) -> Shown {
    Ok(Json(downloads::restore(web.engine(), user.id, id).await?))
}

pub async fn pause_all(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<Changed>> {
    Ok(Json(downloads::pause_all(web.engine(), user.id).await?))
}

pub async fn resume_all(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<Changed>> {
    Ok(Json(downloads::resume_all(web.engine(), user.id).await?))
}

pub async fn cancel_all(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<Changed>> {
    Ok(Json(downloads::cancel_all(web.engine(), user.id).await?))
}

/// Retries failed downloads, as far as the limits allow.
pub async fn retry_all(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<Retried>> {
    Ok(Json(downloads::retry_all(web.engine(), user.id).await?))
}

/// Recent evictions.
pub async fn evictions(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<Eviction>>> {
    Ok(Json(Page::slice(downloads::evictions(web.engine(), user.id).await?, &page)))
}

pub async fn remove(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<DownloadId>,
) -> ApiResult<StatusCode> {
    downloads::delete(web.engine(), user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
