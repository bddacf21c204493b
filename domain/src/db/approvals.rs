//! Approval requests of agents to their owners, and the answers.

use super::sql::{all, args, execute, one, row, sql, to_json, value, values};
use super::transitions::Transition;
use super::{ConnectionTrait, DbErr};
use crate::approval::{Approval, ApprovalFilter, ApprovalStatus, Decision};
use crate::page::PageQuery;
use crate::{ApprovalId, DateTime, Page, RunId, UserId, Utc};

row!(Approval {
    id, run_id, run_number, call_id, agent, status, question, tool, arguments_sha256, comment, created_at, decided_at, expires_at;
    options, arguments, amended
});

/// Tool and arguments come from the message log, which is append-only.
const SELECT: &str =
    "SELECT a.*, r.number AS run_number, m.agent, m.text AS tool, m.data AS arguments FROM approval a
    JOIN run r ON r.id = a.run_id
    JOIN message m ON m.run_id = a.run_id AND m.call_id = a.call_id AND m.kind = 'tool_call'";

pub struct NewApproval<'a> {
    pub run_id: RunId,
    pub call_id: &'a str,
    pub question: &'a str,
    pub options: &'a [String],
    pub arguments_sha256: &'a str,
    pub expires_at: DateTime<Utc>,
}

/// Inserts a request. None if this call has asked before (idempotent).
pub async fn insert(
    db: &impl ConnectionTrait,
    new: &NewApproval<'_>,
    now: DateTime<Utc>,
) -> Result<Option<ApprovalId>, DbErr> {
    let NewApproval { run_id, call_id, question, options, arguments_sha256, expires_at } = *new;
    value(
        db,
        "INSERT INTO approval (run_id, call_id, status, question, options, arguments_sha256, created_at, expires_at)
         VALUES ($1, $2, 'pending', $3, $4, $5, $6, $7) ON CONFLICT (run_id, call_id) DO NOTHING RETURNING id",
        args![run_id, call_id, question, to_json(&options)?, arguments_sha256, now, expires_at],
    )
    .await
}

pub async fn get(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: ApprovalId,
) -> Result<Option<Approval>, DbErr> {
    one(db, sql!("{SELECT} WHERE r.user_id = $1 AND a.id = $2"), args![owner, id]).await
}

/// Returns the approval that a run's tool call asked for.
pub async fn of_call(
    db: &impl ConnectionTrait,
    owner: UserId,
    run: RunId,
    call_id: &str,
) -> Result<Option<Approval>, DbErr> {
    let sql = sql!("{SELECT} WHERE r.user_id = $1 AND a.run_id = $2 AND a.call_id = $3");
    one(db, sql, args![owner, run, call_id]).await
}

/// Lists approvals, newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    owner: UserId,
    filter: &ApprovalFilter,
    page: &PageQuery,
) -> Result<Page<Approval>, DbErr> {
    let limit = page.limit();
    let sql = sql!(
        "{SELECT} WHERE r.user_id = $1 AND a.id < $2 AND (CAST($3 AS TEXT) IS NULL OR a.status = $3)
           AND (CAST($4 AS BOOLEAN) IS NULL OR (a.status <> 'pending') = $4)
           AND (CAST($5 AS BIGINT) IS NULL OR r.collection_id = $5)
         ORDER BY a.id DESC LIMIT $6"
    );
    let from = page.after_id().unwrap_or(i64::MAX);
    let rows =
        all(db, sql, args![owner, from, filter.status, filter.decided, filter.collection_id, limit + 1])
            .await?;
    Ok(Page::cut(rows, limit, |a: &Approval| a.id.to_string()))
}

/// Approvals requested by a run, oldest first.
pub async fn of_run(db: &impl ConnectionTrait, owner: UserId, run: RunId) -> Result<Vec<Approval>, DbErr> {
    let sql = sql!("{SELECT} WHERE r.user_id = $1 AND a.run_id = $2 ORDER BY a.id");
    all(db, sql, args![owner, run]).await
}

/// Number of pending approvals of the user.
pub async fn pending(db: &impl ConnectionTrait, owner: UserId) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) FROM approval a JOIN run r ON r.id = a.run_id
        WHERE r.user_id = $1 AND a.status = 'pending'";
    Ok(value(db, sql, args![owner]).await?.unwrap_or_default())
}

/// Owner of an approval, for the job that expires it.
pub async fn owner(db: &impl ConnectionTrait, id: ApprovalId) -> Result<Option<UserId>, DbErr> {
    let sql = "SELECT r.user_id FROM approval a JOIN run r ON r.id = a.run_id WHERE a.id = $1";
    value(db, sql, args![id]).await
}

/// Stores the decision on a pending approval. False if it was decided or has expired before.
pub async fn decide(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: ApprovalId,
    decision: &Decision,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let decided = execute(
        db,
        "UPDATE approval SET status = $2, comment = $3, amended = $4, decided_at = $5
         WHERE id = $1 AND status = 'pending' AND expires_at > $5
           AND run_id IN (SELECT id FROM run WHERE user_id = $6)",
        args![
            id,
            decision.action.status(),
            decision.comment.clone(),
            to_json(&decision.amended)?,
            now,
            owner
        ],
    )
    .await?;
    Ok(decided > 0)
}

const EXPIRE: Transition<ApprovalStatus> =
    Transition::new(&[ApprovalStatus::Pending], ApprovalStatus::Expired);

/// Expires an unanswered approval. False if it is not due yet or no longer pending.
pub async fn expire(db: &impl ConnectionTrait, id: ApprovalId, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = sql!(
        "UPDATE approval SET {set}, decided_at = $2
        WHERE id = $1 AND {applies} AND expires_at <= $2",
        set = EXPIRE.set(),
        applies = EXPIRE.applies()
    );
    Ok(execute(db, sql, args![id, now]).await? > 0)
}

/// Expires the pending approvals of a run that is over.
pub async fn expire_of_run(
    db: &impl ConnectionTrait,
    run: RunId,
    now: DateTime<Utc>,
) -> Result<Vec<ApprovalId>, DbErr> {
    let sql = sql!(
        "UPDATE approval SET {set}, decided_at = $2
        WHERE run_id = $1 AND {applies} RETURNING id",
        set = EXPIRE.set(),
        applies = EXPIRE.applies()
    );
    values(db, sql, args![run, now]).await
}
