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

/// Lists the user's downloads.
#[utoipa::path(
    get, path = "/api/v1/downloads", params(DownloadFilter, PageQuery),
    responses((status = 200, body = Page<Download>))
)]
pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(filter, page): ListQuery<DownloadFilter>,
) -> ApiResult<Json<Page<Download>>> {
    Ok(Json(downloads::list(web.engine(), user.id, &filter, &page).await?))
}

/// Totals of the downloads that match a filter.
#[utoipa::path(
    get, path = "/api/v1/downloads/totals", params(DownloadFilter),
    responses((status = 200, body = DownloadTotals))
)]
pub async fn totals(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    StrictQuery(filter): StrictQuery<DownloadFilter>,
) -> ApiResult<Json<DownloadTotals>> {
    Ok(Json(downloads::totals(web.engine(), user.id, &filter).await?))
}

/// Performs an action on several downloads.
#[utoipa::path(
    post, path = "/api/v1/downloads/bulk", request_body = BulkAction,
    responses((status = 200, body = Retried), Conflict)
)]
pub async fn bulk(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(action): Body<BulkAction>,
) -> ApiResult<Json<Retried>> {
    Ok(Json(downloads::act_on(web.engine(), user.id, action).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct NewDownload {
    item_id: ItemId,
}

/// Queues a download of an item.
#[utoipa::path(
    post, path = "/api/v1/downloads", request_body = NewDownload,
    responses((status = 201, body = Download), Conflict, NotFound)
)]
pub async fn queue(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(new): Body<NewDownload>,
) -> ApiResult<(StatusCode, Json<Download>)> {
    Ok((StatusCode::CREATED, Json(downloads::queue(web.engine(), user.id, new.item_id, None).await?)))
}

type Shown = ApiResult<Json<Download>>;

/// Returns a download.
#[utoipa::path(get, path = "/api/v1/downloads/{id}", responses((status = 200, body = Download)))]
pub async fn show(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<DownloadId>) -> Shown {
    Ok(Json(downloads::get(web.engine(), user.id, id).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct PriorityChange {
    /// From -10 to 10.
    #[schema(minimum = -10, maximum = 10)]
    priority: i64,
}

/// Changes the priority of a download.
#[utoipa::path(
    patch, path = "/api/v1/downloads/{id}", request_body = PriorityChange,
    responses((status = 200, body = Download))
)]
pub async fn change(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<DownloadId>,
    Body(change): Body<PriorityChange>,
) -> Shown {
    Ok(Json(downloads::set_priority(web.engine(), user.id, id, change.priority).await?))
}

/// Sanitised text of the download.
#[utoipa::path(
    get, path = "/api/v1/downloads/{id}/text", responses((status = 200, body = Reading), Conflict)
)]
pub async fn text(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<DownloadId>,
) -> ApiResult<Json<Reading>> {
    Ok(Json(reading::of_download(web.engine(), user.id, id).await?))
}

/// Retries a failed download.
#[utoipa::path(
    post, path = "/api/v1/downloads/{id}/retry", responses((status = 200, body = Download), Conflict)
)]
pub async fn retry(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<DownloadId>) -> Shown {
    Ok(Json(downloads::retry(web.engine(), user.id, id).await?))
}

/// Pauses a download.
#[utoipa::path(
    post, path = "/api/v1/downloads/{id}/pause", responses((status = 200, body = Download), Conflict)
)]
pub async fn pause(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<DownloadId>) -> Shown {
    Ok(Json(downloads::pause(web.engine(), user.id, id).await?))
}

/// Resumes a paused download.
#[utoipa::path(
    post, path = "/api/v1/downloads/{id}/resume", responses((status = 200, body = Download), Conflict)
)]
pub async fn resume(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<DownloadId>) -> Shown {
    Ok(Json(downloads::resume(web.engine(), user.id, id).await?))
}

/// Cancels a download.
#[utoipa::path(
    post, path = "/api/v1/downloads/{id}/cancel", responses((status = 200, body = Download), Conflict)
)]
pub async fn cancel(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<DownloadId>) -> Shown {
    Ok(Json(downloads::cancel(web.engine(), user.id, id).await?))
}

/// Exempts a ready download from expiry and eviction.
#[utoipa::path(
    post, path = "/api/v1/downloads/{id}/pin", responses((status = 200, body = Download), Conflict)
)]
pub async fn pin(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<DownloadId>) -> Shown {
    Ok(Json(downloads::pin(web.engine(), user.id, id).await?))
}

/// Makes a download subject to expiry and eviction again.
#[utoipa::path(
    post, path = "/api/v1/downloads/{id}/unpin", responses((status = 200, body = Download), Conflict)
)]
pub async fn unpin(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<DownloadId>) -> Shown {
    Ok(Json(downloads::unpin(web.engine(), user.id, id).await?))
}

/// Marks a download as played.
#[utoipa::path(
    post, path = "/api/v1/downloads/{id}/played", responses((status = 200, body = Download), Conflict)
)]
pub async fn played(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<DownloadId>) -> Shown {
    Ok(Json(downloads::played(web.engine(), user.id, id).await?))
}

/// Undoes the deletion of a moment ago.
#[utoipa::path(
    post, path = "/api/v1/downloads/{id}/restore",
    responses((status = 200, body = Download), Conflict)
)]
pub async fn restore(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<DownloadId>) -> Shown {
    Ok(Json(downloads::restore(web.engine(), user.id, id).await?))
}

/// Pauses all downloads that are under way.
#[utoipa::path(post, path = "/api/v1/downloads/pause", responses((status = 200, body = Changed)))]
pub async fn pause_all(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<Changed>> {
    Ok(Json(downloads::pause_all(web.engine(), user.id).await?))
}

/// Resumes all paused downloads.
#[utoipa::path(post, path = "/api/v1/downloads/resume", responses((status = 200, body = Changed)))]
pub async fn resume_all(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<Changed>> {
    Ok(Json(downloads::resume_all(web.engine(), user.id).await?))
}

/// Cancels all downloads that are under way.
#[utoipa::path(post, path = "/api/v1/downloads/cancel", responses((status = 200, body = Changed)))]
pub async fn cancel_all(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<Changed>> {
    Ok(Json(downloads::cancel_all(web.engine(), user.id).await?))
}

/// Retries failed downloads, as far as the limits allow.
#[utoipa::path(post, path = "/api/v1/downloads/retry", responses((status = 200, body = Retried)))]
pub async fn retry_all(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<Retried>> {
    Ok(Json(downloads::retry_all(web.engine(), user.id).await?))
}

/// Recent evictions.
#[utoipa::path(
    get, path = "/api/v1/downloads/evictions", params(PageQuery),
    responses((status = 200, body = Page<Eviction>))
)]
pub async fn evictions(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<Eviction>>> {
    Ok(Json(Page::slice(downloads::evictions(web.engine(), user.id).await?, &page)))
}

/// Deletes a download and its bytes, which a restore brings back for a moment.
#[utoipa::path(delete, path = "/api/v1/downloads/{id}", responses((status = 204)))]
pub async fn remove(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<DownloadId>,
) -> ApiResult<StatusCode> {
    downloads::delete(web.engine(), user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
