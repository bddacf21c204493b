//! Runs of listeners that wait for their guardians. The guardian is the owner of these queries.

use super::sql::{all, args, execute, one, row, sql, value, values};
use super::transitions::Transition;
use super::{ConnectionTrait, DbErr};
use crate::approval::ApprovalStatus;
use crate::page::PageQuery;
use crate::run_request::{RunRequest, RunRequestFilter};
use crate::{DateTime, Page, RunId, UserId, Utc};

row!(RunRequest { run_id, listener, status, goal, max_items, created_at, decided_at, expires_at });

const SELECT: &str =
    "SELECT q.run_id, l.username AS listener, q.status, r.goal, r.max_items, q.created_at, q.decided_at, q.expires_at
     FROM run_request q JOIN run r ON r.id = q.run_id JOIN account l ON l.id = r.user_id";

/// Inserts the request of a run that waits.
pub async fn insert(
    db: &impl ConnectionTrait,
    run: RunId,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql =
        "INSERT INTO run_request (run_id, status, created_at, expires_at) VALUES ($1, 'pending', $2, $3)";
    execute(db, sql, args![run, now, expires_at]).await.map(|_| ())
}

pub async fn get(
    db: &impl ConnectionTrait,
    guardian: UserId,
    run: RunId,
) -> Result<Option<RunRequest>, DbErr> {
    one(db, sql!("{SELECT} WHERE l.guardian_id = $1 AND q.run_id = $2"), args![guardian, run]).await
}

/// Lists requests, newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    guardian: UserId,
    filter: RunRequestFilter,
    page: &PageQuery,
) -> Result<Page<RunRequest>, DbErr> {
    let (limit, from) = (page.limit(), page.after_id().unwrap_or(i64::MAX));
    let sql = sql!(
        "{SELECT} WHERE l.guardian_id = $1 AND q.run_id < $2
           AND (CAST($3 AS BOOLEAN) IS NULL OR (q.status <> 'pending') = $3)
         ORDER BY q.run_id DESC LIMIT $4"
    );
    let rows = all(db, sql, args![guardian, from, filter.decided, limit + 1]).await?;
    Ok(Page::cut(rows, limit, |row: &RunRequest| row.run_id.to_string()))
}

/// Number of requests that wait for the guardian.
pub async fn pending(db: &impl ConnectionTrait, guardian: UserId) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) FROM account l JOIN run r ON r.user_id = l.id
         JOIN run_request q ON q.run_id = r.id AND q.status = 'pending'
         WHERE l.guardian_id = $1";
    Ok(value(db, sql, args![guardian]).await?.unwrap_or_default())
}

/// Whether the run waits for a guardian whose time is over.
pub async fn is_overdue(db: &impl ConnectionTrait, run: RunId, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = "SELECT run_id FROM run_request WHERE run_id = $1 AND status = 'pending' AND expires_at <= $2";
    Ok(value::<i64>(db, sql, args![run, now]).await?.is_some())
}

/// Stores the decision on a pending request. False if it was decided or has expired before.
pub async fn decide(
    db: &impl ConnectionTrait,
    guardian: UserId,
    run: RunId,
    to: ApprovalStatus,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    debug_assert!(ApprovalStatus::Pending.may_become(to), "{to}");
    let sql = "UPDATE run_request SET status = $3, decided_at = $4
         WHERE run_id = $2 AND status = 'pending' AND expires_at > $4 AND run_id IN (
            SELECT r.id FROM run r JOIN account l ON l.id = r.user_id WHERE l.guardian_id = $1)";
    Ok(execute(db, sql, args![guardian, run, to, now]).await? > 0)
}

const EXPIRE: Transition<ApprovalStatus> =
    Transition::new(&[ApprovalStatus::Pending], ApprovalStatus::Expired);

/// Expires the pending request of a run that is over. False if there is none.
pub async fn expire(db: &impl ConnectionTrait, run: RunId, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = sql!(
        "UPDATE run_request SET {set}, decided_at = $2 WHERE run_id = $1 AND {applies} RETURNING run_id",
        set = EXPIRE.set(),
        applies = EXPIRE.applies()
    );
    Ok(!values::<RunId>(db, sql, args![run, now]).await?.is_empty())
}
