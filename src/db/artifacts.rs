//! What runs leave behind.

use super::sql::{all, args, one, row, to_json};
use super::{ConnectionTrait, DbErr};
use crate::domain::artifact::Artifact;
use crate::domain::run::Agent;
use crate::domain::{DateTime, RunId, UserId, Utc};

row!(Artifact { id, run_id, agent, kind, created_at; content });

pub async fn insert(
    db: &impl ConnectionTrait,
    run: RunId,
    agent: Agent,
    kind: &str,
    content: &serde_json::Value,
    now: DateTime<Utc>,
) -> Result<Artifact, DbErr> {
    let artifact = one(
        db,
        "INSERT INTO artifact (run_id, agent, kind, content, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING *",
        args![run, agent, kind, to_json(content)?, now],
    )
    .await?;
    artifact.ok_or(DbErr::RecordNotInserted)
}

pub async fn of_run(db: &impl ConnectionTrait, owner: UserId, run: RunId) -> Result<Vec<Artifact>, DbErr> {
    all(
        db,
        "SELECT a.* FROM artifact a JOIN run r ON r.id = a.run_id WHERE r.user_id = $1 AND a.run_id = $2
         ORDER BY a.id",
        args![owner, run],
    )
    .await
}
