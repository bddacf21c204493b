//! Single background jobs, for administrators: a list of them, and what may be done to one.

use jobs::{JobDetails, JobFailure, RetryResult};
use serde_json::json;

use super::start::handlers;
use super::{Engine, Error, Result, SharedEngine};
use crate::domain::audit_entry::AuditAction;
use crate::domain::job::{JobFilter, JobState, ListedJob};
use crate::domain::page::PageQuery;
use crate::domain::{DateTime, JobId, Page, Refusal, Utc};

/// Reason that users read where something of theirs waited for the job.
const CANCELLED: &str = "An administrator of this server has cancelled it.";

/// Lists jobs, newest first.
pub async fn list(engine: &Engine, filter: &JobFilter, page: &PageQuery) -> Result<Page<ListedJob>> {
    let (limit, before) = (page.limit(), page.after_id().unwrap_or(i64::MAX));
    let one = filter.state.map(|state| [state]);
    let states = one.as_ref().map_or(JobState::OPEN, |one| one.as_slice());
    let states: Vec<_> = states.iter().map(|state| state.as_str()).collect();
    let queue = filter.queue.as_deref();
    let rows = jobs::list(&engine.db, queue, &states, before, limit + 1).await?;
    let rows = rows.into_iter().map(shown).collect::<Result<_>>()?;
    Ok(Page::cut(rows, limit, |job: &ListedJob| job.id.to_string()))
}

/// Makes a job that waits or has failed due at once, with all its attempts.
///
/// # Errors
/// `Refusal::Conflict` if it runs or is over, or if the same job waits anew.
pub async fn retry(engine: &Engine, id: JobId) -> Result<ListedJob> {
    let mut work = engine.begin().await?;
    let (queue, kind) = match jobs::retry(&*work, id.0).await? {
        RetryResult::Due { queue, kind } => (queue, kind),
        RetryResult::Duplicate => {
            return Err(
                Refusal::conflict("The same job waits or runs already, so this one is not needed.").into()
            );
        }
        RetryResult::Unchanged => {
            drop(work);
            return Err(refusal(engine, id).await?.into());
        }
    };
    work.audit(AuditAction::JobRetry, None, json!({ "job": id, "kind": kind }));
    work.commit().await?;
    engine.announce_jobs(&queue);
    get(engine, id).await
}

/// Cancels a job that waits, with the consequences of a failure, or dismisses one that has failed.
///
/// # Errors
/// `Refusal::Conflict` if it runs or is over.
pub async fn cancel(engine: &SharedEngine, id: JobId) -> Result<()> {
    let (handlers, failure) = (handlers(engine), JobFailure::from(CANCELLED));
    let mut work = engine.begin().await?;
    let Some(cancelled) = handlers.cancel(&work, engine, id.0, &failure).await? else {
        drop(work);
        return Err(refusal(engine, id).await?.into());
    };
    work.audit(AuditAction::JobCancel, None, json!({ "job": id, "kind": cancelled.kind }));
    work.commit().await?;
    handlers.given_up(&cancelled, engine);
    Ok(())
}

/// Reason for which a job is not open to changes.
async fn refusal(engine: &Engine, id: JobId) -> Result<Refusal> {
    let job = get(engine, id).await?;
    Ok(Refusal::conflict(match job.state {
        JobState::Running => "A worker does this job now. Look again when it waits or has failed.",
        _ => "This job is over.",
    }))
}

async fn get(engine: &Engine, id: JobId) -> Result<ListedJob> {
    let job = jobs::find(&engine.db, id.0).await?.ok_or_else(|| Refusal::missing("job"))?;
    shown(job)
}

fn shown(job: JobDetails) -> Result<ListedJob> {
    let state: JobState = job.state.parse().map_err(Error::fault)?;
    Ok(ListedJob {
        id: JobId(job.id),
        queue: job.queue,
        kind: job.kind,
        state,
        attempts: job.attempts,
        max_attempts: job.max_attempts,
        last_error: job.last_error,
        is_stopping: job.cancel_requested && state == JobState::Running,
        created_at: time(job.created_at),
        run_at: time(job.run_at),
        finished_at: job.finished_at.map(time),
    })
}

/// A time of the database's clock, in seconds since 1970.
fn time(seconds: f64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros((seconds * 1e6) as i64).unwrap_or_default()
}

#[cfg(all(test, feature = "testing"))]
mod tests;
