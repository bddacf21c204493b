//! What a run leaves behind for later.

use serde_json::{Value, json};

use super::{Engine, Result, Work};
use crate::db::{artifacts, runs};
use crate::domain::artifact::Artifact;
use crate::domain::event::EventKind;
use crate::domain::run::Agent;
use crate::domain::{DateTime, Refusal, RunId, UserId, Utc};

/// What a run has left behind so far, oldest first.
pub async fn of_run(engine: &Engine, owner: UserId, run: RunId) -> Result<Vec<Artifact>> {
    runs::get(&engine.db, owner, run).await?.ok_or_else(|| Refusal::missing("run"))?;
    Ok(artifacts::of_run(&engine.db, owner, run).await?)
}

/// Keeps a result of a run and tells its owner.
pub async fn save(
    work: &mut Work<'_>,
    owner: UserId,
    run: RunId,
    agent: Agent,
    kind: &str,
    content: &Value,
    now: DateTime<Utc>,
) -> Result<Artifact> {
    let artifact = artifacts::insert(&**work, run, agent, kind, content, now).await?;
    let told = json!({ "artifact_id": artifact.id, "kind": kind, "agent": agent });
    work.tell(owner, Some(run), EventKind::ArtifactCreated, told).await?;
    Ok(artifact)
}
