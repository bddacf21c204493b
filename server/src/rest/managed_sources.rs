//! Health of all sources of the server, for administrators.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use smartcache::domain::Page;
use smartcache::domain::managed_source::{ManagedSource, ManagedSourceFilter};
use smartcache::domain::source::RefreshReport;
use smartcache::engine::system;

use super::sources::{QueuedRefresh, RefreshMode};
use super::*;

/// Lists the health of all sources of the server, without their addresses and who follows them. For
/// administrators.
#[utoipa::path(
    get, path = "/api/v1/admin/sources", params(ManagedSourceFilter, PageQuery),
    responses((status = 200, body = Page<ManagedSource>))
)]
pub async fn list(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    ListQuery(filter, page): ListQuery<ManagedSourceFilter>,
) -> ApiResult<Json<Page<ManagedSource>>> {
    Ok(Json(system::sources(web.engine(), &filter, &page).await?))
}

/// Refreshes any source: queued, or with the result if the client waits. For administrators.
#[utoipa::path(
    post, path = "/api/v1/admin/sources/{id}/refresh", params(RefreshMode),
    responses((status = 200, body = RefreshReport), (status = 202, body = QueuedRefresh))
)]
pub async fn refresh(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    Id(id): Id<SourceId>,
    StrictQuery(mode): StrictQuery<RefreshMode>,
) -> ApiResult<Response> {
    if mode.wait {
        return Ok(Json(system::refresh_source(web.engine(), id).await?).into_response());
    }
    system::request_source_refresh(web.engine(), id).await?;
    Ok((StatusCode::ACCEPTED, Json(QueuedRefresh::new())).into_response())
}
