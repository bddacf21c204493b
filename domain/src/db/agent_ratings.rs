//! Ratings of agents' parts in runs, by the runs' owners.

use super::sql::{all, args, execute, one, row};
use super::{ConnectionTrait, DbErr};
use crate::rating::{AgentPart, AgentRatings, Rating, Thumb};
use crate::run::Agent;
use crate::{DateTime, RunId, UserId, Utc};

row!(AgentRatings { agent, rated, liked });
row!(AgentPart { run_id, run_number, verdict });

/// Rates the part of an agent. The same verdict again keeps its time (idempotent). None if the user has no
/// such run, or the agent has left no message in it.
pub async fn put(
    db: &impl ConnectionTrait,
    owner: UserId,
    run: RunId,
    agent: Agent,
    verdict: Thumb,
    now: DateTime<Utc>,
) -> Result<Option<Rating>, DbErr> {
    let sql = "INSERT INTO agent_rating (user_id, run_id, agent, verdict, created_at)
        SELECT $1, $2, $3, $4, $5
        WHERE EXISTS (SELECT 1 FROM run r JOIN message m ON m.run_id = r.id
            WHERE r.user_id = $1 AND r.id = $2 AND m.agent = $3)
        ON CONFLICT (user_id, run_id, agent) DO UPDATE SET verdict = excluded.verdict,
            created_at = CASE WHEN agent_rating.verdict = excluded.verdict THEN agent_rating.created_at
                ELSE excluded.created_at END
        RETURNING verdict, created_at";
    one(db, sql, args![owner, run, agent, verdict, now]).await
}

/// Deletes a rating. False if there was none.
pub async fn delete(
    db: &impl ConnectionTrait,
    owner: UserId,
    run: RunId,
    agent: Agent,
) -> Result<bool, DbErr> {
    let sql = "DELETE FROM agent_rating WHERE user_id = $1 AND run_id = $2 AND agent = $3";
    Ok(execute(db, sql, args![owner, run, agent]).await? > 0)
}

/// Ratings per agent in the user's last fifty runs. Agents without any are left out.
pub async fn counts(db: &impl ConnectionTrait, owner: UserId) -> Result<Vec<AgentRatings>, DbErr> {
    let sql = "SELECT agent, COUNT(*) AS rated, COUNT(CASE WHEN verdict = 'up' THEN 1 END) AS liked
        FROM agent_rating
        WHERE user_id = $1 AND run_id IN (SELECT id FROM run WHERE user_id = $1 ORDER BY id DESC LIMIT 50)
        GROUP BY agent";
    all(db, sql, args![owner]).await
}

/// Part of an agent in the latest of the user's last fifty runs in which it has left a message.
pub async fn latest_part(
    db: &impl ConnectionTrait,
    owner: UserId,
    agent: Agent,
) -> Result<Option<AgentPart>, DbErr> {
    let sql = "SELECT r.id AS run_id, r.number AS run_number, g.verdict
        FROM (SELECT id, number FROM run WHERE user_id = $1 ORDER BY id DESC LIMIT 50) r
        LEFT JOIN agent_rating g ON g.user_id = $1 AND g.run_id = r.id AND g.agent = $2
        WHERE EXISTS (SELECT 1 FROM message m WHERE m.run_id = r.id AND m.agent = $2)
        ORDER BY r.id DESC LIMIT 1";
    one(db, sql, args![owner, agent]).await
}
