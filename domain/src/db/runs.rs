//! Runs of the agent team.

use super::sql::{SafeSql, all, args, execute, json, one, row, sql, to_json, value, values};
use super::transitions::{Transition, those};
use super::{ConnectionTrait, DbErr};
use crate::outcome::RunOutcome;
use crate::page::PageQuery;
use crate::run::{Agent, NewRun, Run, RunFilter, RunStatus, RunSummary};
use crate::system::OpenRun;
use crate::{DateTime, Page, RunId, UserId, Utc};
use sea_orm::FromQueryResult;

impl FromQueryResult for Run {
    fn from_query_result(row: &sea_orm::QueryResult, p: &str) -> Result<Self, DbErr> {
        let summary: Option<String> = row.try_get(p, "summary")?;
        let summary = summary.map(|text| serde_json::from_str(&text)).transpose();
        let outcome: Option<String> = row.try_get(p, "outcome")?;
        let outcome = outcome.map(|text| serde_json::from_str(&text)).transpose();
        Ok(Self {
            id: row.try_get(p, "id")?,
            number: row.try_get(p, "number")?,
            status: row.try_get(p, "status")?,
            max_items: row.try_get(p, "max_items")?,
            goal: row.try_get(p, "goal")?,
            messages: json(row, p, "messages")?,
            collection_id: row.try_get(p, "collection_id")?,
            continues: row.try_get(p, "continues")?,
            continues_number: row.try_get(p, "continues_number")?,
            first_speaker: row.try_get(p, "first_speaker")?,
            turns: row.try_get(p, "turns")?,
            waited_seconds: row.try_get(p, "waited_seconds")?,
            stop_reason: row.try_get(p, "stop_reason")?,
            outcome: outcome.map_err(|e| DbErr::Json(e.to_string()))?,
            error: row.try_get(p, "error")?,
            degraded: row.try_get(p, "degraded")?,
            input_tokens: row.try_get(p, "input_tokens")?,
            output_tokens: row.try_get(p, "output_tokens")?,
            summary: summary.map_err(|e| DbErr::Json(e.to_string()))?,
            created_at: row.try_get(p, "created_at")?,
            started_at: row.try_get(p, "started_at")?,
            finished_at: row.try_get(p, "finished_at")?,
        })
    }
}

const PAUSE: Transition<RunStatus> = Transition::new(&[RunStatus::Running], RunStatus::Paused);

/// States of a run that is not over.
fn open_states() -> SafeSql {
    those(|status: RunStatus| !status.is_over())
}

/// Columns of a run, with the number of the run that it continues.
const COLUMNS: &str = "run.*, (SELECT e.number FROM run e WHERE e.id = run.continues) AS continues_number";

/// Inserts a run in one of the states that runs begin in. None if the user has an open one; one open run per
/// user also keeps numbers unique.
pub async fn insert(
    db: &impl ConnectionTrait,
    owner: UserId,
    new: &NewRun,
    first_speaker: Option<Agent>,
    status: RunStatus,
    now: DateTime<Utc>,
) -> Result<Option<Run>, DbErr> {
    debug_assert!(matches!(status, RunStatus::Queued | RunStatus::WaitingApproval), "{status}");
    let id: Option<RunId> = value(
        db,
        sql!("INSERT INTO run (user_id, status, max_items, goal, messages, collection_id, continues, first_speaker, created_at,
            number)
         VALUES ($1, $9, $2, $3, $4, $5, $6, $7, $8,
            (SELECT COALESCE(MAX(r.number), 0) + 1 FROM run r WHERE r.user_id = $1))
         ON CONFLICT (user_id) WHERE status IN {open} DO NOTHING
         RETURNING id", open = open_states()),
        args![
            owner,
            new.max_items,
            new.goal.clone(),
            to_json(&new.messages)?,
            new.collection_id,
            new.continues,
            first_speaker,
            now,
            status
        ],
    )
    .await?;
    match id {
        Some(id) => get(db, owner, id).await,
        None => Ok(None),
    }
}

pub async fn get(db: &impl ConnectionTrait, owner: UserId, id: RunId) -> Result<Option<Run>, DbErr> {
    one(db, sql!("SELECT {COLUMNS} FROM run WHERE user_id = $1 AND id = $2"), args![owner, id]).await
}

pub async fn latest(db: &impl ConnectionTrait, owner: UserId) -> Result<Option<Run>, DbErr> {
    let sql = sql!("SELECT {COLUMNS} FROM run WHERE user_id = $1 ORDER BY id DESC LIMIT 1");
    one(db, sql, args![owner]).await
}

pub async fn list(
    db: &impl ConnectionTrait,
    owner: UserId,
    filter: &RunFilter,
    page: &PageQuery,
) -> Result<Page<Run>, DbErr> {
    let limit = page.limit();
    let sql = sql!(
        "SELECT {COLUMNS} FROM run WHERE user_id = $1 AND id < $2 AND (CAST($3 AS TEXT) IS NULL OR status = $3)
           AND (CAST($4 AS BIGINT) IS NULL OR collection_id = $4)
         ORDER BY id DESC LIMIT $5"
    );
    let rows = all(
        db,
        &sql,
        args![owner, page.after_id().unwrap_or(i64::MAX), filter.status, filter.collection_id, limit + 1],
    )
    .await?;
    Ok(Page::cut(rows, limit, |r: &Run| r.id.to_string()))
}

/// Open runs of all users with their names, oldest first, for administration.
pub async fn open(db: &impl ConnectionTrait) -> Result<Vec<OpenRun>, DbErr> {
    let sql = sql!(
        "SELECT r.id, r.user_id, a.username, r.status, r.created_at FROM run r JOIN account a ON a.id = r.user_id
        WHERE r.status IN {open} ORDER BY r.id",
        open = open_states()
    );
    all(db, sql, Vec::new()).await
}

row!(OpenRun { id, user_id, username, status, created_at });

/// Runs of a user that have not ended.
pub async fn open_of(db: &impl ConnectionTrait, owner: UserId) -> Result<Vec<RunId>, DbErr> {
    let sql =
        sql!("SELECT id FROM run WHERE user_id = $1 AND status IN {open} ORDER BY id", open = open_states());
    values(db, sql, args![owner]).await
}

/// Looks up the owner of a run, for callers that are not given one.
pub async fn owner(db: &impl ConnectionTrait, id: RunId) -> Result<Option<UserId>, DbErr> {
    value(db, "SELECT user_id FROM run WHERE id = $1", args![id]).await
}

/// Changes the status of a run (compare-and-set). False if another process changed it first.
pub async fn advance(
    db: &impl ConnectionTrait,
    id: RunId,
    from: RunStatus,
    to: RunStatus,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    debug_assert!(from.may_become(to), "{from} -> {to}");
    let sql =
        "UPDATE run SET status = $3, started_at = COALESCE(started_at, $4) WHERE id = $1 AND status = $2";
    Ok(execute(db, sql, args![id, from, to, now]).await? > 0)
}

/// Locks a run that waits until the transaction ends, so that it is neither started nor ended concurrently.
/// False if it does not wait.
pub async fn lock_waiting(db: &impl ConnectionTrait, id: RunId) -> Result<bool, DbErr> {
    let sql = "UPDATE run SET turns = turns WHERE id = $1 AND status = 'waiting_approval'";
    Ok(execute(db, sql, args![id]).await? > 0)
}

/// Resumes a run that waited for its owner or was paused. False if it is not in `from` any more.
pub async fn go_on(
    db: &impl ConnectionTrait,
    id: RunId,
    from: RunStatus,
    waited_seconds: i64,
) -> Result<bool, DbErr> {
    debug_assert!(from.may_become(RunStatus::Running), "{from}");
    let sql = "UPDATE run SET status = 'running', paused_at = NULL, waited_seconds = waited_seconds + $3
        WHERE id = $1 AND status = $2";
    if execute(db, sql, args![id, from, waited_seconds]).await? == 0 {
        return Ok(false);
    }
    let sql = "INSERT INTO run_wait (run_id, turn, seconds) SELECT id, turns + 1, CAST($2 AS BIGINT) FROM run WHERE id = $1";
    execute(db, sql, args![id, waited_seconds]).await?;
    Ok(true)
}

/// Pauses a run. False if it is not running, or not this user's.
pub async fn pause(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: RunId,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = sql!(
        "UPDATE run SET {set}, paused_at = $3
        WHERE user_id = $1 AND id = $2 AND {applies}",
        set = PAUSE.set(),
        applies = PAUSE.applies()
    );
    Ok(execute(db, sql, args![owner, id, now]).await? > 0)
}

/// Time at which a run was paused; none if it is not.
pub async fn paused_at(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: RunId,
) -> Result<Option<DateTime<Utc>>, DbErr> {
    let sql = "SELECT paused_at FROM run WHERE user_id = $1 AND id = $2 AND status = 'paused'";
    Ok(value(db, sql, args![owner, id]).await?.flatten())
}

/// Locks a run until the transaction ends, so that it is not ended concurrently. None if it is not running.
pub async fn hold(db: &impl ConnectionTrait, owner: UserId, id: RunId) -> Result<Option<Run>, DbErr> {
    let sql = "UPDATE run SET turns = turns WHERE user_id = $1 AND id = $2 AND status = 'running'";
    if execute(db, sql, args![owner, id]).await? == 0 {
        return Ok(None);
    }
    get(db, owner, id).await
}

/// Stores an outcome that is known from the start.
pub async fn set_outcome(db: &impl ConnectionTrait, id: RunId, outcome: &RunOutcome) -> Result<(), DbErr> {
    execute(db, "UPDATE run SET outcome = $2 WHERE id = $1", args![id, to_json(outcome)?]).await.map(|_| ())
}

/// Ends a run. False when it is over already.
#[allow(clippy::too_many_arguments, reason = "each is a column of the row that is ended")]
pub async fn end(
    db: &impl ConnectionTrait,
    id: RunId,
    to: RunStatus,
    reason: &str,
    error: Option<&str>,
    summary: &RunSummary,
    outcome: Option<&RunOutcome>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    debug_assert!(to.is_over(), "{to}");
    let ended = execute(
        db,
        sql!("UPDATE run SET status = $2, stop_reason = $3, error = $4, summary = $5, finished_at = $6, outcome = $7
         WHERE id = $1 AND status IN {open}", open = open_states()),
        args![id, to, reason, error.map(str::to_owned), to_json(summary)?, now, outcome.map(to_json).transpose()?],
    )
    .await?;
    Ok(ended > 0)
}

/// Tokens used by models in the user's other runs that began since a time.
pub async fn tokens_since(
    db: &impl ConnectionTrait,
    owner: UserId,
    but: RunId,
    since: DateTime<Utc>,
) -> Result<i64, DbErr> {
    let sql = "SELECT CAST(COALESCE(SUM(input_tokens + output_tokens), 0) AS BIGINT) FROM run
        WHERE user_id = $1 AND id <> $2 AND created_at >= $3";
    Ok(value(db, sql, args![owner, but, since]).await?.unwrap_or_default())
}

/// Adds the tokens of a model's reply. Only the first reason for replacing the model by the planner is kept.
pub async fn count_reply(
    db: &impl ConnectionTrait,
    id: RunId,
    input_tokens: i64,
    output_tokens: i64,
    degraded: Option<&str>,
) -> Result<(), DbErr> {
    let sql = "UPDATE run SET input_tokens = input_tokens + $2, output_tokens = output_tokens + $3,
        degraded = COALESCE(degraded, $4) WHERE id = $1";
    execute(db, sql, args![id, input_tokens, output_tokens, degraded.map(str::to_owned)]).await.map(|_| ())
}

/// Counts a turn. False if it was counted before (idempotent).
pub async fn count_turn(db: &impl ConnectionTrait, id: RunId, turn: i64) -> Result<bool, DbErr> {
    let sql = "UPDATE run SET turns = $2 WHERE id = $1 AND turns = $2 - 1";
    Ok(execute(db, sql, args![id, turn]).await? > 0)
}
