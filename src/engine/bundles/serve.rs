//! The gateway's work on requests of its sites. Each is done under an account that stands for who asks, with
//! limits of its own, so that queries, downloads and runs need to know nothing of sites.

use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use jobs::{Job, JobError, Lease};
use serde::{Deserialize, Serialize};

use crate::db::bundles::{self as rows, PeerRequest};
use crate::db::{downloads as download_rows, media, runs as run_rows};
use crate::domain::bundle::{MAX_ANSWER_ITEMS, RequestKind, RequestStatus};
use crate::domain::download::{Download, DownloadStatus};
use crate::domain::item::ItemFilter;
use crate::domain::page::PageQuery;
use crate::domain::run::{NewRun, RunStatus};
use crate::domain::{ItemId, Refusal, RunId};
use crate::engine::{Engine, Error, Result, SharedEngine, catalog, downloads, runs};

/// Interval at which open requests are looked at.
pub const EVERY: Duration = Duration::from_secs(60);
/// Requests per round.
const BATCH: i64 = 500;
/// Time for which a file is tried before its request fails.
const TRIED_FOR: TimeDelta = TimeDelta::days(3);

const GONE: &str = "The gateway does not have this item.";

/// Looks at the open requests of all sites.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ServeRequests {}

#[async_trait]
impl Job for ServeRequests {
    const KIND: &'static str = "serve_requests";
    const QUEUE: &'static str = "refresh";
    type Context = SharedEngine;

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(&self, engine: &SharedEngine, _lease: &Lease) -> Result<(), JobError> {
        serve(engine).await.map_err(JobError::retry)
    }
}

/// Summary and item keys of an answer, as stored.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct AnswerText {
    pub summary: Option<String>,
    pub items: Vec<String>,
}

impl AnswerText {
    pub fn read(json: Option<&str>) -> Result<Self> {
        json.map_or(Ok(Self::default()), |json| serde_json::from_str(json).map_err(Error::fault))
    }
}

/// Begins requests that came, and answers those that are done.
pub(super) async fn serve(engine: &Engine) -> Result<()> {
    for request in rows::unanswered(&engine.db, BATCH).await? {
        if request.status == RequestStatus::Imported {
            // Who asks sees what the site follows, and the directory.
            rows::follow_with_site(&engine.db, request.user_id, &request.peer, engine.now()).await?;
        }
        let step = match (request.kind, request.status) {
            (RequestKind::Item, RequestStatus::Imported) => begin_item(engine, &request).await?,
            (RequestKind::Item, _) => end_item(engine, &request).await?,
            (RequestKind::Search, _) => search(engine, &request).await?,
            (RequestKind::Run, RequestStatus::Imported) => begin_run(engine, &request).await?,
            (RequestKind::Run, _) => end_run(engine, &request).await?,
        };
        take(engine, request, step).await?;
    }
    Ok(())
}

/// Next step of a request.
enum NextStep {
    Wait,
    Begin {
        run: Option<RunId>,
    },
    Fail(String),
    /// The items whose files go with it are those of the ready downloads.
    Complete(AnswerText, Vec<Download>),
}

async fn take(engine: &Engine, mut request: PeerRequest, step: NextStep) -> Result<()> {
    let work = engine.begin().await?;
    let now = work.now();
    rows::lock_node(&*work, now.timestamp_millis()).await?;
    match step {
        NextStep::Wait => return Ok(()),
        NextStep::Begin { run } => {
            request.run_id = run;
            rows::advance_request(&*work, &request, RequestStatus::Processing, None, None, now).await?;
        }
        NextStep::Fail(why) => {
            rows::advance_request(&*work, &request, RequestStatus::Failed, Some(&why), None, now).await?;
        }
        NextStep::Complete(text, ready) => {
            let response = Some(serde_json::to_string(&text).map_err(Error::fault)?);
            let to = RequestStatus::Completed;
            if !rows::advance_request(&*work, &request, to, None, response, now).await? {
                return Ok(());
            }
            for download in ready {
                let url = download_rows::media_url(&*work, request.user_id, download.id).await?;
                let Some(url) = url else { continue };
                if let Some(blob) = media::at(&*work, &url).await? {
                    rows::add_file(&*work, &request, download.item_id, &blob).await?;
                }
            }
        }
    }
    work.commit().await
}

async fn begin_item(engine: &Engine, request: &PeerRequest) -> Result<NextStep> {
    let Some(item) = item(engine, request).await? else { return Ok(NextStep::Fail(GONE.into())) };
    match downloads::queue(engine, request.user_id, item, None).await {
        Ok(_) => Ok(NextStep::Begin { run: None }),
        Err(Error::Refused(why)) => Ok(NextStep::Fail(why.to_string())),
        Err(fault) => Err(fault),
    }
}

async fn item(engine: &Engine, request: &PeerRequest) -> Result<Option<ItemId>> {
    let key = request.payload.item.as_deref().unwrap_or_default();
    Ok(rows::item_for(&engine.db, request.user_id, key).await?)
}

async fn end_item(engine: &Engine, request: &PeerRequest) -> Result<NextStep> {
    let Some(item) = item(engine, request).await? else { return Ok(NextStep::Fail(GONE.into())) };
    let Some(download) = download_rows::of_item(&engine.db, request.user_id, item).await? else {
        return begin_item(engine, request).await.map(again);
    };
    match download.status {
        DownloadStatus::Ready => Ok(NextStep::Complete(AnswerText::default(), vec![download])),
        DownloadStatus::Failed if engine.now() > request.created_at + TRIED_FOR => {
            Ok(NextStep::Fail(download.error.unwrap_or_else(|| "The file could not be fetched.".into())))
        }
        // Its bytes were let go of before the answer was written.
        DownloadStatus::Expired | DownloadStatus::Cancelled => begin_item(engine, request).await.map(again),
        _ => Ok(NextStep::Wait),
    }
}

/// A request that is under way stays so.
fn again(step: NextStep) -> NextStep {
    if matches!(step, NextStep::Begin { .. }) { NextStep::Wait } else { step }
}

async fn search(engine: &Engine, request: &PeerRequest) -> Result<NextStep> {
    let filter = ItemFilter { q: request.payload.query.clone(), ..ItemFilter::default() };
    let page = PageQuery { limit: Some(MAX_ANSWER_ITEMS as i64), cursor: None };
    let found = catalog::items(engine, request.user_id, &filter, &page).await?;
    let ids: Vec<_> = found.data.iter().map(|item| item.id).collect();
    let items = rows::keys_of(&engine.db, request.user_id, &ids).await?;
    Ok(NextStep::Complete(AnswerText { summary: None, items }, Vec::new()))
}

async fn begin_run(engine: &Engine, request: &PeerRequest) -> Result<NextStep> {
    let (owner, goal) = (request.user_id, request.payload.goal.clone());
    // A run that was started before a crash.
    let latest = run_rows::latest(&engine.db, owner).await?;
    if let Some(run) = latest.filter(|run| run.created_at >= request.created_at && run.goal == goal) {
        return Ok(NextStep::Begin { run: Some(run.id) });
    }
    let new = NewRun { goal, ..NewRun::default() };
    let new = NewRun { max_items: request.payload.max_items.unwrap_or(new.max_items), ..new };
    match runs::start(engine, owner, new).await {
        Ok(run) => Ok(NextStep::Begin { run: Some(run.id) }),
        // Another run of this user is under way.
        Err(Error::Refused(Refusal::Conflict { .. })) => Ok(NextStep::Wait),
        Err(Error::Refused(why)) => Ok(NextStep::Fail(why.to_string())),
        Err(fault) => Err(fault),
    }
}

async fn end_run(engine: &Engine, request: &PeerRequest) -> Result<NextStep> {
    let Some(id) = request.run_id else { return Ok(NextStep::Fail("The run was deleted.".into())) };
    let run = runs::get(engine, request.user_id, id).await?;
    if !run.status.is_over() {
        return Ok(NextStep::Wait);
    }
    let picked = download_rows::of_run(&engine.db, request.user_id, id).await?;
    let is_late = run.finished_at.is_some_and(|ended| engine.now() > ended + TRIED_FOR);
    if picked.iter().any(|download| download.status.is_open()) && !is_late {
        return Ok(NextStep::Wait);
    }
    if run.status != RunStatus::Completed {
        let why = run.error.or(run.stop_reason).unwrap_or_else(|| "The run did not end well.".into());
        return Ok(NextStep::Fail(why));
    }
    let ids: Vec<_> = picked.iter().map(|download| download.item_id).take(MAX_ANSWER_ITEMS).collect();
    let items = rows::keys_of(&engine.db, request.user_id, &ids).await?;
    let outcome = run.outcome.map(|outcome| outcome.words());
    let summary = outcome.or(run.stop_reason);
    let ready = picked.into_iter().filter(|download| download.status == DownloadStatus::Ready).collect();
    Ok(NextStep::Complete(AnswerText { summary, items }, ready))
}
