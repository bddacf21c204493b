//! Runs of listeners: each waits for the listener's guardian, who sees the goal and the maximum alone.

use std::time::Duration;

use async_trait::async_trait;
use jobs::{Job, JobError, Lease};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::end_in;
use crate::db::{accounts, run_requests as rows, runs, users};
use crate::domain::account::AccountRole;
use crate::domain::approval::ApprovalStatus;
use crate::domain::event::EventKind;
use crate::domain::notification::{NotificationKind, run_request_group};
use crate::domain::page::PageQuery;
use crate::domain::run::{NewRun, Run, RunStatus};
use crate::domain::run_request::{RunRequest, RunRequestDecision, RunRequestFilter};
use crate::domain::{Page, Refusal, RunId, UserId};
use crate::engine::job_names::RUN_AGENTS;
use crate::engine::{Engine, Result, SharedEngine, Work};

/// Time until an unanswered request expires.
const EXPIRY: Duration = Duration::from_secs(24 * 3_600);
const SAID_NO: &str = "Your guardian said no.";
const NO_ANSWER: &str = "Your guardian has not answered within a day.";

/// Guardian whom a run needs. None for a user who is no listener.
///
/// # Errors
/// `Refusal::Conflict` for a listener without a guardian; `Refusal::Invalid` for `messages`, which a guardian
/// would not see.
pub(super) async fn of(engine: &Engine, owner: UserId, new: &NewRun) -> Result<Option<UserId>> {
    let user = accounts::get(&engine.db, owner).await?.ok_or(Refusal::SignInRequired)?;
    if user.role != AccountRole::Listener {
        return Ok(None);
    }
    if !new.messages.is_empty() {
        return Err(Refusal::field("messages", "Say all in the goal, which your guardian sees.").into());
    }
    let known = users::get(&engine.db, owner, engine.now()).await?.and_then(|user| user.guardian_id);
    let why = "Your runs need a guardian's approval, and you have no guardian. Ask an administrator of this server.";
    Ok(Some(known.ok_or_else(|| Refusal::conflict(why))?))
}

/// Asks the guardian, in the transaction that inserts the run.
pub(super) async fn ask(work: &mut Work<'_>, guardian: UserId, run: &Run) -> Result<()> {
    let now = work.now();
    rows::insert(&**work, run.id, now, now + EXPIRY).await?;
    work.push_after(&ExpireRunRequest { run_id: run.id }, EXPIRY).await?;
    let asked = rows::get(&**work, guardian, run.id).await?.ok_or_else(missing)?;
    let RunRequest { listener, goal, .. } = asked;
    let message = match &goal {
        Some(goal) => format!("{listener} wants to start a run: {goal}"),
        None => format!("{listener} wants to start a run."),
    };
    let data = json!({
        "message": message, "level": "warning", "notice": NotificationKind::ApprovalNeeded, "title": listener,
        "goal": goal, "group": run_request_group(run.id),
    });
    work.record(guardian, None, EventKind::System, data).await
}

/// Lists the requests of the guardian's listeners, newest first.
pub async fn list(
    engine: &Engine,
    guardian: UserId,
    filter: RunRequestFilter,
    page: &PageQuery,
) -> Result<Page<RunRequest>> {
    Ok(rows::list(&engine.db, guardian, filter, page).await?)
}

/// Number of requests that wait for the guardian.
pub async fn pending(engine: &Engine, guardian: UserId) -> Result<i64> {
    Ok(rows::pending(&engine.db, guardian).await?)
}

/// Stores the guardian's decision, which starts the run or ends it. Of two at once exactly one succeeds.
///
/// # Errors
/// `Refusal::NotFound`; `Refusal::Conflict` if it was decided before, or has run out.
pub async fn decide(
    engine: &Engine,
    guardian: UserId,
    run: RunId,
    decision: RunRequestDecision,
) -> Result<RunRequest> {
    let is_yes = decision.is_yes()?;
    rows::get(&engine.db, guardian, run).await?.ok_or_else(missing)?;
    let owner = runs::owner(&engine.db, run).await?.ok_or_else(missing)?;
    let mut work = engine.begin().await?;
    // Lock order: the job's row before the run's, as everywhere.
    if is_yes {
        work.push_with(RUN_AGENTS, &run.to_string(), &json!({ "run_id": run })).await?;
    }
    let to = if is_yes { ApprovalStatus::Approved } else { ApprovalStatus::Rejected };
    let moved = match is_yes {
        true => {
            runs::advance(&*work, run, RunStatus::WaitingApproval, RunStatus::Running, work.now()).await?
        }
        false => runs::lock_waiting(&*work, run).await?,
    };
    if !moved || !rows::decide(&*work, guardian, run, to, work.now()).await? {
        return Err(Refusal::conflict("This request was decided before, or has run out.").into());
    }
    if is_yes {
        let message = "Your guardian agreed. The agents are on their way.";
        let told = json!({ "message": message, "level": "info", "status": RunStatus::Running });
        work.record(owner, Some(run), EventKind::System, told).await?;
    } else {
        end_in(engine, &mut work, owner, run, SAID_NO).await?;
    }
    settle(&mut work, guardian, run).await?;
    let decided = rows::get(&*work, guardian, run).await?.ok_or_else(missing)?;
    work.commit().await?;
    Ok(decided)
}

/// Marks the guardian's notification as read, on all pages.
async fn settle(work: &mut Work<'_>, guardian: UserId, run: RunId) -> Result<()> {
    let data = json!({ "message": "A request of a listener is answered.", "level": "info",
        "settles": run_request_group(run) });
    work.record(guardian, None, EventKind::System, data).await
}

/// Ends a run that its listener's guardian has not answered for.
#[derive(Debug, Serialize, Deserialize)]
pub struct ExpireRunRequest {
    pub run_id: RunId,
}

#[async_trait]
impl Job for ExpireRunRequest {
    const KIND: &'static str = "expire_run_request";
    const QUEUE: &'static str = "runs";
    type Context = SharedEngine;

    fn unique_key(&self) -> Option<String> {
        Some(self.run_id.to_string())
    }

    async fn run(&self, engine: &SharedEngine, _: &Lease) -> Result<(), JobError> {
        expire(engine, self.run_id).await.map_err(JobError::retry)
    }
}

/// Ends a run whose request is overdue. One that was decided stays as it is.
pub async fn expire(engine: &Engine, run: RunId) -> Result<()> {
    let Some(owner) = runs::owner(&engine.db, run).await? else { return Ok(()) };
    if !rows::is_overdue(&engine.db, run, engine.now()).await? {
        return Ok(());
    }
    let mut work = engine.begin().await?;
    if runs::lock_waiting(&*work, run).await? && end_in(engine, &mut work, owner, run, NO_ANSWER).await? {
        work.commit().await?;
    }
    Ok(())
}

fn missing() -> Refusal {
    Refusal::missing("request")
}
