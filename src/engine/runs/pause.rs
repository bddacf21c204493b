//! Pause of a run before its next step, and its resumption. Only rows wait meanwhile.

use jobs::{self, Job};
use serde_json::json;

use super::conversation::Conversation;
use super::{RunAgents, get};
use crate::db::{ConnectionTrait, messages, runs};
use crate::domain::event::EventKind;
use crate::domain::run::{Run, RunStatus};
use crate::domain::{Refusal, RunId, UserId};
use crate::engine::{Engine, Result, Work};

/// Pauses a run. The current work of a model or a tool leaves no trace and is repeated later. Open
/// downloads continue. Idempotent.
pub async fn pause(engine: &Engine, owner: UserId, id: RunId) -> Result<Run> {
    let known = get(engine, owner, id).await?;
    if known.status == RunStatus::Paused {
        return Ok(known);
    }
    let mut work = engine.begin().await?;
    // The job's row first, the same lock order as in a step.
    jobs::request_cancel(&*work, RunAgents::KIND, &id.to_string()).await?;
    if !runs::pause(&*work, owner, id, engine.now()).await? {
        return Err(refusal(&*work, owner, id, "paused").await?.into());
    }
    record(&mut work, owner, id, RunStatus::Paused, "You paused the run. Its downloads go on.").await?;
    work.commit().await?;
    get(engine, owner, id).await
}

/// Resumes a run. The pause counts against no budget.
pub async fn resume(engine: &Engine, owner: UserId, id: RunId) -> Result<Run> {
    get(engine, owner, id).await?;
    let mut work = engine.begin().await?;
    work.push(&RunAgents { run_id: id }).await?;
    let paused_at = runs::paused_at(&*work, owner, id).await?;
    let waited = paused_at.map_or(0, |at| (engine.now() - at).num_seconds().max(0));
    if paused_at.is_none() || !runs::go_on(&*work, id, RunStatus::Paused, waited).await? {
        return Err(refusal(&*work, owner, id, "resumed").await?.into());
    }
    record(&mut work, owner, id, RunStatus::Running, "You let the run go on.").await?;
    if let Some(run) = runs::get(&*work, owner, id).await? {
        let speaker =
            Conversation::new(run, messages::of_run(&*work, id).await?, &engine.config.budgets).speaker();
        let told = json!({ "agent": speaker, "action": "speaking" });
        work.record(owner, Some(id), EventKind::AgentUpdate, told).await?;
    }
    work.commit().await?;
    get(engine, owner, id).await
}

async fn record(
    work: &mut Work<'_>,
    owner: UserId,
    id: RunId,
    status: RunStatus,
    message: &str,
) -> Result<()> {
    let told = json!({ "message": message, "level": "info", "status": status });
    work.record(owner, Some(id), EventKind::System, told).await
}

async fn refusal(db: &impl ConnectionTrait, owner: UserId, id: RunId, verb: &str) -> Result<Refusal> {
    let Some(run) = runs::get(db, owner, id).await? else { return Ok(Refusal::missing("run")) };
    let why = match run.status {
        RunStatus::Queued => "is about to start".to_owned(),
        RunStatus::WaitingApproval => "waits for your answer".to_owned(),
        status => format!("is {status}"),
    };
    Ok(Refusal::conflict(format!("This run {why} and cannot be {verb}.")))
}
