//! Versions of agent instructions, and statistics of agent turns.

use super::sql::{all, args, one, row};
use super::{ConnectionTrait, DbErr};
use crate::agent::{AgentVersion, NewAgentVersion};
use crate::run::Agent;
use crate::{DateTime, RunId, UserId, Utc};

row!(AgentVersion { agent, version, prompt, model, temperature, changed_by, created_at });

/// Statistics of one turn.
#[derive(Debug, Clone, PartialEq)]
pub struct TurnLeft {
    pub agent: Agent,
    pub run_id: RunId,
    pub began: DateTime<Utc>,
    pub ended: DateTime<Utc>,
    pub calls: i64,
    pub calls_done: i64,
    /// Part of the turn in which the run waited for its owner.
    pub waited_seconds: i64,
}

row!(TurnLeft { agent, run_id, began, ended, calls, calls_done, waited_seconds });

/// Newest version. None before the first change.
pub async fn current(db: &impl ConnectionTrait, agent: Agent) -> Result<Option<AgentVersion>, DbErr> {
    one(db, "SELECT * FROM agent_version WHERE agent = $1 ORDER BY version DESC LIMIT 1", args![agent]).await
}

/// Latest 100 versions, newest first.
pub async fn versions(db: &impl ConnectionTrait, agent: Agent) -> Result<Vec<AgentVersion>, DbErr> {
    all(db, "SELECT * FROM agent_version WHERE agent = $1 ORDER BY version DESC LIMIT 100", args![agent])
        .await
}

/// Adds a version. None if there is a later one than the version it was derived from (compare-and-set).
pub async fn add(
    db: &impl ConnectionTrait,
    agent: Agent,
    new: &NewAgentVersion,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Option<AgentVersion>, DbErr> {
    one(
        db,
        "INSERT INTO agent_version (agent, version, prompt, model, temperature, changed_by, created_at)
         SELECT $1, $2 + 1, $3, $4, $5, $6, $7
         WHERE $2 = (SELECT COALESCE(MAX(version), 0) FROM agent_version WHERE agent = $1)
         ON CONFLICT (agent, version) DO NOTHING RETURNING *",
        args![agent, new.version, new.prompt.clone(), new.model.clone(), new.temperature, by, now],
    )
    .await
}

/// Turns of the user's last fifty runs, in order.
pub async fn turns_left(db: &impl ConnectionTrait, owner: UserId) -> Result<Vec<TurnLeft>, DbErr> {
    all(
        db,
        // Stored results begin with their `ok` flag.
        "SELECT m.agent, m.run_id, MIN(m.created_at) AS began, MAX(m.created_at) AS ended,
            CAST(SUM(CASE WHEN m.kind = 'tool_result' THEN 1 ELSE 0 END) AS BIGINT) AS calls,
            CAST(SUM(CASE WHEN m.kind = 'tool_result' AND m.data LIKE '{\"ok\":true%' THEN 1 ELSE 0 END) AS BIGINT)
                AS calls_done,
            CAST(COALESCE((SELECT SUM(w.seconds) FROM run_wait w WHERE w.run_id = m.run_id AND w.turn = m.turn), 0)
                AS BIGINT) AS waited_seconds
         FROM message m
         WHERE m.run_id IN (SELECT id FROM run WHERE user_id = $1 ORDER BY id DESC LIMIT 50)
         GROUP BY m.run_id, m.turn, m.agent ORDER BY m.run_id, m.turn",
        args![owner],
    )
    .await
}
