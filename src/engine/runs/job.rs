//! Job of a run. It survives the process and resumes where the stored messages end.

use async_trait::async_trait;
use jobs::{Job, JobError, JobFailure, Lease};
use sea_orm::{DatabaseTransaction, DbErr};
use serde::{Deserialize, Serialize};

use super::{close, team};
use crate::db::{events, runs};
use crate::domain::RunId;
use crate::domain::run::RunStatus;
use crate::engine::SharedEngine;
use crate::engine::job_names::RUN_AGENTS;

/// Lets the team work on a run until it ends.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunAgents {
    pub run_id: RunId,
}

#[async_trait]
impl Job for RunAgents {
    const KIND: &'static str = RUN_AGENTS.kind;
    const QUEUE: &'static str = RUN_AGENTS.queue;
    const MAX_ATTEMPTS: i64 = RUN_AGENTS.max_attempts;
    const RUNS_AGAIN: bool = RUN_AGENTS.runs_again;
    type Context = SharedEngine;

    fn unique_key(&self) -> Option<String> {
        Some(self.run_id.to_string())
    }

    async fn subject(&self, _: &SharedEngine) -> String {
        format!("run {}", self.run_id)
    }

    async fn run(&self, engine: &SharedEngine, lease: &Lease) -> Result<(), JobError> {
        team::go(engine, self.run_id, lease).await
    }

    async fn give_up(
        &self,
        engine: &SharedEngine,
        txn: &DatabaseTransaction,
        failure: &JobFailure,
    ) -> Result<(), DbErr> {
        let Some(owner) = runs::owner(txn, self.run_id).await? else { return Ok(()) };
        let reason = "The run broke off: it failed again each time it was resumed.";
        let ended =
            close(txn, owner, self.run_id, RunStatus::Failed, reason, Some(&failure.why), engine.now())
                .await?;
        if let Some(told) = ended {
            events::append_all(txn, owner, told, engine.now()).await?;
        }
        Ok(())
    }

    fn given_up(engine: &SharedEngine) {
        engine.metrics.runs.inc([RunStatus::Failed.as_str()]);
        engine.hub.nudge();
    }
}
