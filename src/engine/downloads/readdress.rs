//! Recovery from a refused address: its feed is refreshed, and downloads continue with the item's current
//! address.

use jobs::{JobError, JobFailure};

use super::Transfer;
use super::fault;
use super::fault::fault;
use super::transfer::TransferAttempt;
use crate::db::downloads::{self, retries};
use crate::db::{items, prefetch, transfers};
use crate::domain::download::DownloadStatus;
use crate::domain::event::EventKind;
use crate::domain::failure::FailureCause;
use crate::domain::task::TaskChange;
use crate::domain::{DateTime, Utc};
use crate::engine::catalog::refresh;

/// Maximum number of sources refreshed for one address.
const MAX_SOURCES: i64 = 3;

/// Whether a newer address may help.
pub fn may_help(failure: &JobFailure) -> bool {
    matches!(fault::cause(failure), FailureCause::Refused | FailureCause::NotFound)
}

/// Continues with newer addresses; fails the downloads whose items have none. An address that has just come
/// from the feed (`is_fresh`) causes no refresh, which could repeat forever.
pub async fn go_on(
    attempt: &TransferAttempt<'_>,
    failure: JobFailure,
    is_fresh: bool,
    began_at: DateTime<Utc>,
) -> Result<(), JobError> {
    let engine = attempt.engine;
    if !is_fresh && retries::outdated(&engine.db, attempt.url).await?.is_empty() {
        for source in items::sources_with(&engine.db, attempt.url, MAX_SOURCES).await? {
            // A feed that fails as well changes nothing; its source shows the error.
            if let Err(error) = refresh::refresh_since(engine, source, began_at).await {
                tracing::warn!(%error, %source, "a feed was not read for the address of a file");
            }
        }
    }
    match move_on(attempt).await? {
        true => Ok(()),
        false => Err(JobError::Fail(failure)),
    }
}

/// Moves waiting downloads to their item's current address. Returns true if none is left and the job has
/// ended.
async fn move_on(attempt: &TransferAttempt<'_>) -> Result<bool, JobError> {
    let (engine, url) = (attempt.engine, attempt.url);
    let mut work = attempt.begin().await?;
    let outdated = retries::outdated(&*work, url).await?;
    if outdated.is_empty() {
        return Ok(false);
    }
    for w in &outdated {
        let to = w.current_url.as_str();
        let transfer = Transfer::of(&engine.config, to).fresh(true);
        work.push(&transfer).await.map_err(fault)?;
        if retries::readdress(&*work, w.user_id, w.id, url, to).await? {
            let told = TaskChange::of_download(w.id, DownloadStatus::Queued, &w.title).data();
            work.record(w.user_id, w.run_id, EventKind::TaskUpdate, told).await.map_err(fault)?;
        }
    }
    let is_over =
        downloads::waiting(&*work, url).await?.is_empty() && !prefetch::is_planned(&*work, url).await?;
    if is_over {
        attempt.lease.finish(&work).await?;
        transfers::end(&*work, url).await?;
        work.count(engine.metrics.transfers.of(["readdressed"]), 1);
    }
    work.commit().await.map_err(fault)?;
    Ok(is_over)
}
