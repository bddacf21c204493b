//! Runs of the agent team: starting, watching and cancelling them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};
use smartcache::domain::Page;
use smartcache::domain::artifact::Artifact;
use smartcache::domain::download::Download;
use smartcache::domain::page::NoFilter;
use smartcache::domain::run::{Message, NewRun, Run, RunFilter};
use smartcache::domain::run_report::PickedDownload;
use smartcache::engine::{artifacts, runs};

use super::*;

pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(filter, page): ListQuery<RunFilter>,
) -> ApiResult<Json<Page<Run>>> {
    Ok(Json(runs::list(web.engine(), user.id, &filter, &page).await?))
}

pub async fn start(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(new): Body<NewRun>,
) -> ApiResult<(StatusCode, Json<Run>)> {
    Ok((StatusCode::ACCEPTED, Json(runs::start(web.engine(), user.id, new).await?)))
}

pub async fn show(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<RunId>) -> Shown {
    Ok(Json(runs::get(web.engine(), user.id, id).await?))
}

pub async fn messages(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<RunId>,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<Message>>> {
    Ok(Json(runs::messages(web.engine(), user.id, id, &page).await?))
}

/// Artifacts of the run so far, oldest first.
pub async fn artifacts(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<RunId>,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<Artifact>>> {
    Ok(Json(Page::slice(artifacts::of_run(web.engine(), user.id, id).await?, &page)))
}

/// A row of `/api/v1/downloads`, and the reason of its pick.
#[derive(Serialize)]
pub struct RunDownload {
    #[serde(flatten)]
    download: Download,
    reason: Option<String>,
}

/// Downloads that the run has queued, oldest first.
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

pub async fn cancel(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<RunId>) -> Shown {
    Ok(Json(runs::cancel(web.engine(), user.id, id).await?))
}

/// Cancels all runs on this server. For administrators.
pub async fn stop_all(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<Json<Value>> {
    Ok(Json(json!({ "stopped": runs::stop_all(web.engine(), &user).await? })))
}

pub async fn pause(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<RunId>) -> Shown {
    Ok(Json(runs::pause(web.engine(), user.id, id).await?))
}

pub async fn resume(State(web): State<Web>, SignedIn(user): SignedIn, Id(id): Id<RunId>) -> Shown {
    Ok(Json(runs::resume(web.engine(), user.id, id).await?))
}
