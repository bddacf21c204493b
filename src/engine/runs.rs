//! Runs of the agent team: start, observation and cancellation.

mod budget;
mod conversation;
pub mod guardian;
mod job;
mod outcome;
mod pause;
mod report;
mod streaming;
mod summary;
mod team;
mod termination;
#[cfg(all(test, feature = "testing"))]
mod tests;
mod turn;

use jobs::{self, Job};
use serde_json::json;

pub use conversation::Conversation;
pub use job::RunAgents;
pub use pause::{pause, resume};
pub use report::{listed, picks, report};

use super::{Engine, Error, Result, Work, approvals, artifacts, downloads};
use crate::db::events::NewEvent;
use crate::db::{
    ConnectionTrait, DbErr, collections, downloads as rows_of_downloads, messages, run_requests, runs,
    subscriptions, tasks,
};
use crate::domain::account::User;
use crate::domain::audit_entry::AuditAction;
use crate::domain::event::EventKind;
use crate::domain::outcome::{Hindrance, RunOutcome, RunResult};
use crate::domain::page::PageQuery;
use crate::domain::run::{Agent, CANCELLED_BY_OWNER, Message, NewRun, Run, RunFilter, RunStatus};
use crate::domain::{DateTime, Page, Refusal, RunId, UserId, Utc};

/// Reason of a run that an administrator has stopped.
const STOPPED: &str = "Stopped by an administrator.";

/// Starts a run. A user has at most one open run at a time. The run of a listener waits for the guardian.
pub async fn start(engine: &Engine, owner: UserId, new: NewRun) -> Result<Run> {
    let new = new.check()?;
    let guardian = guardian::of(engine, owner, &new).await?;
    let first = match new.continues {
        Some(earlier) => Some(next_after(engine, owner, earlier).await?),
        None => None,
    };
    if let Some(collection) = new.collection_id {
        let known = collections::get(&engine.db, owner, collection).await?;
        known.ok_or_else(|| Refusal::field("collection_id", "Name a collection of yours."))?;
    }
    let mut work = engine.begin().await?;
    let begins = if guardian.is_some() { RunStatus::WaitingApproval } else { RunStatus::Queued };
    let run = runs::insert(&*work, owner, &new, first, begins, engine.now()).await?.ok_or_else(|| {
        Refusal::conflict("A run is already under way. Wait for it or cancel it, then start again.")
    })?;
    let outcome = match subscriptions::any(&*work, owner).await? {
        true => None,
        false => Some(RunOutcome::without_subscriptions()),
    };
    if let Some(outcome) = &outcome {
        runs::set_outcome(&*work, run.id, outcome).await?;
    }
    let message = match (&outcome, guardian) {
        (Some(outcome), _) => outcome.words(),
        (None, None) => "The agents are on their way.".to_owned(),
        (None, Some(_)) => "Your guardian is asked. The agents begin when they agree.".to_owned(),
    };
    let mut told = json!({ "max_items": run.max_items, "goal": run.goal, "number": run.number, "message": message,
        "outcome": outcome });
    if guardian.is_some() {
        told["status"] = json!(begins);
    }
    work.record(owner, Some(run.id), EventKind::ExecutionStarted, told).await?;
    match guardian {
        Some(guardian) => guardian::ask(&mut work, guardian, &run).await?,
        None => drop(work.push(&RunAgents { run_id: run.id }).await?),
    }
    work.commit().await?;
    Ok(Run { outcome, ..run })
}

/// The agent that would have spoken next in a run that has ended.
async fn next_after(engine: &Engine, owner: UserId, id: RunId) -> Result<Agent> {
    let missing = || Refusal::field("continues", "Name a run of yours that is over.");
    let run =
        runs::get(&engine.db, owner, id).await?.filter(|run| run.status.is_over()).ok_or_else(missing)?;
    let said = messages::of_run(&engine.db, id).await?;
    Ok(Conversation::new(run, said, &engine.config.budgets).speaker())
}

/// Cancels a run and its open downloads; ready ones are kept. Idempotent.
pub async fn cancel(engine: &Engine, owner: UserId, id: RunId) -> Result<Run> {
    let known = get(engine, owner, id).await?;
    if known.status == RunStatus::Cancelled {
        return Ok(known);
    }
    end(engine, owner, id, CANCELLED_BY_OWNER).await?;
    get(engine, owner, id).await
}

async fn end(engine: &Engine, owner: UserId, id: RunId, reason: &str) -> Result<()> {
    let mut work = engine.begin().await?;
    if !end_in(engine, &mut work, owner, id, reason).await? {
        return Err(Refusal::conflict("This run is over already.").into());
    }
    work.commit().await
}

/// Ends a run with its open downloads within a larger transaction. Returns false if it is over.
pub async fn end_in(
    engine: &Engine,
    work: &mut Work<'_>,
    owner: UserId,
    id: RunId,
    reason: &str,
) -> Result<bool> {
    jobs::request_cancel(&**work, RunAgents::KIND, &id.to_string()).await?;
    stop_downloads(work, owner, id).await?;
    let ended = close(&**work, owner, id, RunStatus::Cancelled, reason, None, engine.now()).await?;
    let Some(told) = ended else { return Ok(false) };
    work.record_all(owner, told).await?;
    work.count(engine.metrics.runs.of([RunStatus::Cancelled.as_str()]), 1);
    Ok(true)
}

/// Stops a run of any user, for an administrator.
pub async fn stop(engine: &Engine, id: RunId) -> Result<()> {
    let owner = runs::owner(&engine.db, id).await?.ok_or_else(|| Refusal::missing("run"))?;
    let mut work = engine.begin().await?;
    if !end_in(engine, &mut work, owner, id, STOPPED).await? {
        return Err(Refusal::conflict("This run is over already.").into());
    }
    work.audit(AuditAction::RunsStop, Some(owner), json!({ "run": id }));
    work.commit().await
}

/// Emergency stop: ends all runs of all users. Returns their number. Administrators only.
pub async fn stop_all(engine: &Engine, by: &User) -> Result<i64> {
    by.check_admin("Only an administrator of this server may stop the runs of all.")?;
    let mut stopped = 0;
    for run in runs::open(&engine.db).await? {
        match end(engine, run.user_id, run.id, STOPPED).await {
            Ok(()) => stopped += 1,
            // The run has ended by itself meanwhile.
            Err(Error::Refused(_)) => {}
            Err(fault) => return Err(fault),
        }
    }
    let mut work = engine.begin().await?;
    work.audit(AuditAction::RunsStop, None, json!({ "runs": stopped }));
    work.commit().await?;
    Ok(stopped)
}

pub async fn get(engine: &Engine, owner: UserId, id: RunId) -> Result<Run> {
    Ok(runs::get(&engine.db, owner, id).await?.ok_or_else(|| Refusal::missing("run"))?)
}

/// Lists runs, newest first.
pub async fn list(engine: &Engine, owner: UserId, filter: &RunFilter, page: &PageQuery) -> Result<Page<Run>> {
    Ok(runs::list(&engine.db, owner, filter, page).await?)
}

/// Lists the messages of a run, in order.
pub async fn messages(engine: &Engine, owner: UserId, id: RunId, page: &PageQuery) -> Result<Page<Message>> {
    get(engine, owner, id).await?;
    Ok(messages::list(&engine.db, owner, id, page).await?)
}

/// Cancels the open downloads of a run.
async fn stop_downloads(work: &mut Work<'_>, owner: UserId, id: RunId) -> Result<()> {
    for download in rows_of_downloads::of_run(&**work, owner, id).await? {
        if download.status.can_cancel() {
            downloads::cancel_in(work, owner, download.id).await?;
        }
    }
    Ok(())
}

/// Extends the stop reason of a run that queued nothing by what held it back.
fn with_outcome(reason: &str, outcome: Option<&RunOutcome>) -> String {
    let says_more = |outcome: &&RunOutcome| {
        outcome.result == RunResult::Nothing && outcome.reason != Some(Hindrance::NothingPicked)
    };
    match outcome.filter(says_more) {
        Some(outcome) if outcome.message.contains(reason) => outcome.words(),
        Some(outcome) => format!("{reason} {}", outcome.words()),
        None => reason.to_owned(),
    }
}

/// Ends a run with its summary and outcome. Returns the events to publish, or `None` if it had already ended.
async fn close(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: RunId,
    to: RunStatus,
    reason: &str,
    error: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Option<Vec<NewEvent>>, DbErr> {
    let (summary, results, outcome) = summary::of(db, owner, id, reason).await?;
    let outcome = Some(outcome).filter(|_| to == RunStatus::Completed);
    let reason = &with_outcome(reason, outcome.as_ref().filter(|_| summary.queued == 0));
    if !runs::end(db, id, to, reason, error, &summary, outcome.as_ref(), now).await? {
        return Ok(None);
    }
    let undone = json!({ "ok": false, "output": "The run ended before this was done." });
    messages::close_calls(db, id, &undone, now).await?;
    approvals::drop_of_run(db, id, now).await?;
    run_requests::expire(db, id, now).await?;
    let mut told = tasks::ended_with(db, owner, id).await?;
    if let Some(results) = results {
        told.push(artifacts::keep(db, id, &results, now).await?);
    }
    let data = json!({ "status": to, "stop_reason": reason, "summary": summary, "outcome": outcome });
    told.push(NewEvent { run_id: Some(id), kind: EventKind::ExecutionComplete, data });
    Ok(Some(told))
}

/// Lets the agents of a run speak until it ends, as its worker does.
#[cfg(all(test, feature = "testing"))]
pub(super) async fn go_for_tests(
    engine: &super::SharedEngine,
    id: RunId,
) -> std::result::Result<(), jobs::JobError> {
    let sql = "UPDATE job SET state = 'running', lease_epoch = lease_epoch + 1
        WHERE kind = $1 AND uniq = $2 AND state = 'ready' RETURNING id";
    let key = ::sql::args![RunAgents::KIND, id.to_string()];
    let job: Option<i64> = ::sql::value(&engine.db, sql, key).await.map_err(jobs::JobError::retry)?;
    team::go(engine, id, &jobs::Lease::new(job.unwrap_or_default(), 1, 1)).await
}
