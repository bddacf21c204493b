//! Background jobs, for administrators.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use smartcache::domain::Page;
use smartcache::domain::job::{JobFilter, ListedJob};
use smartcache::domain::system::QueueCount;
use smartcache::engine::{job_list, system};

use super::*;

/// Counts jobs by queue and state. For administrators.
#[utoipa::path(get, path = "/api/v1/admin/jobs", responses((status = 200, body = Vec<QueueCount>)))]
pub async fn counts(State(web): State<Web>, SignedIn(_): SignedIn) -> ApiResult<Json<Vec<QueueCount>>> {
    Ok(Json(system::queues(web.engine()).await?))
}

/// Lists single jobs, newest first: those that wait, run or have failed, unless a state is asked for. For
/// administrators.
#[utoipa::path(
    get, path = "/api/v1/admin/jobs/list", params(JobFilter, PageQuery),
    responses((status = 200, body = Page<ListedJob>))
)]
pub async fn list(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    ListQuery(filter, page): ListQuery<JobFilter>,
) -> ApiResult<Json<Page<ListedJob>>> {
    Ok(Json(job_list::list(web.engine(), &filter, &page).await?))
}

/// Makes a job that waits or has failed due at once, with all its attempts. For administrators.
#[utoipa::path(
    post, path = "/api/v1/admin/jobs/{id}/retry", responses((status = 200, body = ListedJob), Conflict)
)]
pub async fn retry(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    Id(id): Id<JobId>,
) -> ApiResult<Json<ListedJob>> {
    Ok(Json(job_list::retry(web.engine(), id).await?))
}

/// Cancels a job that waits, with the consequences of a failure, or dismisses one that has failed. For
/// administrators.
#[utoipa::path(post, path = "/api/v1/admin/jobs/{id}/cancel", responses((status = 204), Conflict))]
pub async fn cancel(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    Id(id): Id<JobId>,
) -> ApiResult<StatusCode> {
    job_list::cancel(web.engine(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
