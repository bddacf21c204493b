//! Approvals: requests to a run's owner. The waiting run is stored as a row and resumes after the decision.

use std::time::Duration;

use async_trait::async_trait;
use jobs::{self, Job, JobError, Lease};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::job_names::RUN_AGENTS;
use super::tools::approval::{RequestApproval, fingerprint, is_unchanged};
use super::tools::download::QueueDownload;
use super::tools::{Question, Tool};
use super::{Engine, Error, Result, SharedEngine, Work, artifacts, downloads};
use crate::db::approvals::NewApproval;
use crate::db::{ConnectionTrait, DbErr, approvals, dismissals, items, run_requests, runs};
use crate::domain::approval::{Approval, ApprovalFilter, ApprovalStatus, Decision, Verdict};
use crate::domain::artifact::{APPROVALS, NewArtifact};
use crate::domain::dismissal::DismissalReason;
use crate::domain::event::EventKind;
use crate::domain::page::PageQuery;
use crate::domain::run::{Message, RunStatus};
use crate::domain::{ApprovalId, DateTime, ItemId, Page, Refusal, RunId, UserId, Utc};

/// Time until an unanswered request expires.
const EXPIRY: Duration = Duration::from_secs(24 * 3_600);

pub async fn get(engine: &Engine, owner: UserId, id: ApprovalId) -> Result<Approval> {
    Ok(approvals::get(&engine.db, owner, id).await?.ok_or_else(|| Refusal::missing("approval"))?)
}

/// Lists requests, newest first.
pub async fn list(
    engine: &Engine,
    owner: UserId,
    filter: &ApprovalFilter,
    page: &PageQuery,
) -> Result<Page<Approval>> {
    Ok(approvals::list(&engine.db, owner, filter, page).await?)
}

/// Lists the requests of a run, oldest first.
pub async fn of_run(engine: &Engine, owner: UserId, run: RunId) -> Result<Vec<Approval>> {
    Ok(approvals::of_run(&engine.db, owner, run).await?)
}

/// Number of requests that wait for the user's decision, with the runs of the user's listeners.
pub async fn pending(engine: &Engine, owner: UserId) -> Result<i64> {
    let of_listeners = run_requests::pending(&engine.db, owner).await?;
    Ok(approvals::pending(&engine.db, owner).await? + of_listeners)
}

/// Requests approval from the owner of a run, once per call (idempotent).
pub async fn ask(
    work: &mut Work<'_>,
    owner: UserId,
    call: &Message,
    question: &Question,
    now: DateTime<Utc>,
) -> Result<()> {
    let new = NewApproval {
        run_id: call.run_id,
        call_id: call.call_id.as_deref().unwrap_or_default(),
        question: &question.text,
        options: &question.options,
        arguments_sha256: &fingerprint(&call.text, &call.data),
        expires_at: now + EXPIRY,
    };
    let asked = approvals::insert(&**work, &new, now).await?;
    let Some(id) = asked else { return Ok(()) };
    work.push_after(&ExpireApproval { approval_id: id }, EXPIRY).await?;
    record_event(work, owner, id, EventKind::ApprovalRequested).await.map(|_| ())
}

/// Stores the owner's decision and resumes the run. Of two concurrent decisions exactly one succeeds.
pub async fn decide(engine: &Engine, owner: UserId, id: ApprovalId, decision: Decision) -> Result<Approval> {
    let decision = decision.check()?;
    let known = get(engine, owner, id).await?;
    let saw_another =
        decision.arguments_sha256.as_ref().is_some_and(|saw| Some(saw) != known.arguments_sha256.as_ref());
    if saw_another || !is_unchanged(&known) {
        let why = "What is asked for is not what you were shown. Load the page again and look at it anew.";
        return Err(Refusal::conflict(why).into());
    }
    if decision.action == Verdict::Amend {
        check_amended(engine, owner, &known, decision.amended.as_ref()).await?;
    }
    let now = engine.now();
    let mut work = engine.begin().await?;
    let goes_on = go_on(&mut work, &known, now).await?;
    if !goes_on || !approvals::decide(&*work, owner, id, &decision, now).await? {
        drop(work);
        return Err(too_late(get(engine, owner, id).await?.status));
    }
    jobs::request_cancel(&*work, ExpireApproval::KIND, &id.to_string()).await?;
    let decided = record_event(&mut work, owner, id, EventKind::ApprovalDecided).await?;
    remember(&mut work, owner, &decided).await?;
    artifacts::save(&mut work, owner, decided.run_id, &record(&decided), now).await?;
    work.commit().await?;
    Ok(decided)
}

/// Dismisses an item that the user rejected or replaced, so that later runs skip it. Lifts the
/// dismissal of the item they chose.
async fn remember(work: &mut Work<'_>, owner: UserId, decided: &Approval) -> Result<()> {
    let item = |arguments: &Value| arguments.get("item_id").and_then(Value::as_i64).map(ItemId);
    let Some(asked) = item(&decided.arguments).filter(|_| decided.tool == QueueDownload::NAME) else {
        return Ok(());
    };
    let instead = decided.amended.as_ref().and_then(item);
    let is_taken =
        decided.status != ApprovalStatus::Rejected && instead.is_none_or(|instead| instead == asked);
    if !is_taken {
        downloads::dismiss(work, owner, asked, DismissalReason::Rejected).await?;
    }
    if let Some(taken) = instead.or(is_taken.then_some(asked)) {
        dismissals::delete(&**work, owner, taken).await?;
    }
    Ok(())
}

/// The decision as an artifact for later runs of the same collection.
fn record(approval: &Approval) -> NewArtifact {
    let Approval { agent, status, question, tool, arguments, comment, amended, .. } = approval;
    let content = json!({ "question": question, "decision": status, "tool": tool, "arguments": arguments,
        "comment": comment, "amended": amended });
    let metadata = json!({ "approval_id": approval.id, "call_id": approval.call_id });
    NewArtifact { agent: *agent, kind: APPROVALS.into(), content, metadata }
}

/// Checks an amendment. An agent's question takes any answer, a download takes another item,
/// everything else only yes or no.
async fn check_amended(
    engine: &Engine,
    owner: UserId,
    known: &Approval,
    amended: Option<&Value>,
) -> Result<()> {
    if known.tool == RequestApproval::NAME {
        return Ok(());
    }
    if known.tool != QueueDownload::NAME {
        return Err(Refusal::field("action", "This request takes a yes or a no.").into());
    }
    let item = amended.and_then(|amended| amended.get("item_id")?.as_i64()).map(ItemId);
    let found = match item {
        Some(item) => items::get(&engine.db, owner, item).await?,
        None => None,
    };
    let why = "Name the item to fetch instead, one that you can see: {\"item_id\": 7}.";
    Ok(found.map(|_| ()).ok_or_else(|| Refusal::field("amended", why))?)
}

fn too_late(status: ApprovalStatus) -> Error {
    match status {
        ApprovalStatus::Pending | ApprovalStatus::Expired => Refusal::conflict("This request has run out."),
        decided => Refusal::conflict(format!("This request was {decided} before.")),
    }
    .into()
}

/// Expires the pending requests of a run that has ended.
pub async fn drop_of_run(db: &impl ConnectionTrait, run: RunId, now: DateTime<Utc>) -> Result<(), DbErr> {
    for id in approvals::expire_of_run(db, run, now).await? {
        jobs::request_cancel(db, ExpireApproval::KIND, &id.to_string()).await?;
    }
    Ok(())
}

/// Resumes the run. Writes the job's row first, the same lock order as everywhere.
/// False if the run does not wait.
async fn go_on(work: &mut Work<'_>, approval: &Approval, now: DateTime<Utc>) -> Result<bool> {
    let waited = (now - approval.created_at).num_seconds().max(0);
    let run = approval.run_id;
    work.push_with(RUN_AGENTS, &run.to_string(), &json!({ "run_id": run })).await?;
    Ok(runs::go_on(&**work, approval.run_id, RunStatus::WaitingApproval, waited).await?)
}

/// Publishes an event with the request's state, and returns the request.
async fn record_event(
    work: &mut Work<'_>,
    owner: UserId,
    id: ApprovalId,
    kind: EventKind,
) -> Result<Approval> {
    let approval = approvals::get(&**work, owner, id).await?.ok_or_else(|| Refusal::missing("approval"))?;
    let mut told = serde_json::to_value(&approval)?;
    told["approval_id"] = Value::from(id.0);
    work.record(owner, Some(approval.run_id), kind, told).await?;
    Ok(approval)
}

/// Expires an unanswered request and resumes its run without an answer.
#[derive(Debug, Serialize, Deserialize)]
pub struct ExpireApproval {
    pub approval_id: ApprovalId,
}

#[async_trait]
impl Job for ExpireApproval {
    const KIND: &'static str = "expire_approval";
    const QUEUE: &'static str = "runs";
    type Context = SharedEngine;

    fn unique_key(&self) -> Option<String> {
        Some(self.approval_id.to_string())
    }

    async fn run(&self, engine: &SharedEngine, _: &Lease) -> Result<(), JobError> {
        expire(engine, self.approval_id).await.map_err(JobError::retry)
    }
}

/// Expires a request after its deadline. A request with time left or with a decision stays unchanged.
pub async fn expire(engine: &Engine, id: ApprovalId) -> Result<()> {
    let Some(owner) = approvals::owner(&engine.db, id).await? else { return Ok(()) };
    let (known, now) = (get(engine, owner, id).await?, engine.now());
    let mut work = engine.begin().await?;
    if go_on(&mut work, &known, now).await? && approvals::expire(&*work, id, now).await? {
        record_event(&mut work, owner, id, EventKind::ApprovalDecided).await?;
        work.commit().await?;
    }
    Ok(())
}
