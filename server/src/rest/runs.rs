//! Runs of the agent team: starting, watching and cancelling them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use smartcache::domain::Page;
use smartcache::domain::artifact::Artifact;
use smartcache::domain::download::Download;
use smartcache::domain::page::NoFilter;
use smartcache::domain::run::{Message, NewRun, Run, RunFilter};
use smartcache::domain::run_report::PickedDownload;
use smartcache::engine::{artifacts, runs};

use super::*;

/// Lists the user's runs, newest first.
#[utoipa::path(
    get, path = "/api/v1/runs", params(RunFilter, PageQuery),
    responses((status = 200, body = Page<Run>))
)]
pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(filter, page): ListQuery<RunFilter>,
) -> ApiResult<Json<Page<Run>>> {
    Ok(Json(runs::list(web.engine(), user.id, &filter, &page).await?))
}

/// Starts a run of the agent team.
#[utoipa::path(
    post, path = "/api/v1/runs", request_body = NewRun,
    responses((status = 202, body = Run), Conflict, NotFound)
)]
pub async fn start(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(new): Body<NewRun>,
) -> ApiResult<(StatusCode, Json<Run>)> {
    Ok((StatusCode::ACCEPTED, Json(runs::start(web.engine(), user.id, new).await?)))
}

/// Returns a run.
#[utoipa::path(get, path = "/api/v1/runs/{id}", responses((status = 200, body = Run)))]
pub async fn show(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<RunId>) -> Shown {
    Ok(Json(runs::get(web.engine(), user.id, id).await?))
}

/// Lists the messages of a run, oldest first.
#[utoipa::path(
    get, path = "/api/v1/runs/{id}/messages", params(PageQuery),
    responses((status = 200, body = Page<Message>))
)]
pub async fn messages(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<RunId>,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<Message>>> {
    Ok(Json(runs::messages(web.engine(), user.id, id, &page).await?))
}

/// Artifacts of the run so far, oldest first.
#[utoipa::path(
    get, path = "/api/v1/runs/{id}/artifacts", params(PageQuery),
    responses((status = 200, body = Page<Artifact>))
)]
pub async fn artifacts(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<RunId>,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<Artifact>>> {
    Ok(Json(Page::slice(artifacts::of_run(web.engine(), user.id, id).await?, &page)))
}

/// A row of `/api/v1/downloads`, and the reason of its pick.
#[derive(Serialize, ToSchema)]
pub struct RunDownload {
    #[serde(flatten)]
    download: Download,
    reason: Option<String>,
}

/// Downloads that the run has queued, oldest first.
#[utoipa::path(
    get, path = "/api/v1/runs/{id}/downloads", params(PageQuery),
    responses((status = 200, body = Page<RunDownload>))
)]
pub async fn downloads(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<RunId>,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<RunDownload>>> {
    let picks = runs::picks(web.engine(), user.id, id).await?.into_iter();
    let rows = picks.map(|PickedDownload { download, reason }| RunDownload { download, reason });
    Ok(Json(Page::slice(rows.collect(), &page)))
}

type Shown = ApiResult<Json<Run>>;

/// Cancels a run.
#[utoipa::path(post, path = "/api/v1/runs/{id}/cancel", responses((status = 200, body = Run), Conflict))]
pub async fn cancel(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<RunId>) -> Shown {
    Ok(Json(runs::cancel(web.engine(), user.id, id).await?))
}

#[derive(Serialize, ToSchema)]
pub struct StoppedRuns {
    /// Number of runs that were cancelled.
    stopped: i64,
}

/// Cancels all runs on this server. For administrators.
#[utoipa::path(post, path = "/api/v1/runs/stop", responses((status = 200, body = StoppedRuns)))]
pub async fn stop_all(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<StoppedRuns>> {
    Ok(Json(StoppedRuns { stopped: runs::stop_all(web.engine(), &user).await? }))
}

/// Pauses a run.
#[utoipa::path(post, path = "/api/v1/runs/{id}/pause", responses((status = 200, body = Run), Conflict))]
pub async fn pause(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<RunId>) -> Shown {
    Ok(Json(runs::pause(web.engine(), user.id, id).await?))
}

/// Resumes a paused run.
#[utoipa::path(post, path = "/api/v1/runs/{id}/resume", responses((status = 200, body = Run), Conflict))]
pub async fn resume(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<RunId>) -> Shown {
    Ok(Json(runs::resume(web.engine(), user.id, id).await?))
}
