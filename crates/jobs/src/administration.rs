//! Single jobs as an administrator sees them, and what may be done to one that no worker holds.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, SqlErr};
use sql::{args, listed, row, sql};

use super::queue::now;
use super::{Handlers, JobFailure};

/// A job without its payload. Times are seconds since 1970 by the database's clock.
#[derive(Debug, Clone, PartialEq)]
pub struct JobDetails {
    /// Identity of the job.
    pub id: i64,
    /// Name of its queue.
    pub queue: String,
    /// `Job::KIND`.
    pub kind: String,
    /// `ready`, `running`, `done`, `failed` or `cancelled`.
    pub state: String,
    /// Number of attempts that have begun.
    pub attempts: i64,
    /// `Job::MAX_ATTEMPTS`.
    pub max_attempts: i64,
    /// Reason of the last attempt that did not succeed.
    pub last_error: Option<String>,
    /// Whether it was asked to stop.
    pub cancel_requested: bool,
    /// Time of the push.
    pub created_at: f64,
    /// Time from which it may be claimed.
    pub run_at: f64,
    /// Time of its end; none while it waits or runs.
    pub finished_at: Option<f64>,
}
row!(JobDetails {
    id,
    queue,
    kind,
    state,
    attempts,
    max_attempts,
    last_error,
    cancel_requested,
    created_at,
    run_at,
    finished_at
});

const COLUMNS: &str = "id, queue, kind, state, attempts, max_attempts, last_error, cancel_requested,
    created_at, run_at, finished_at";

/// Lists the jobs of a queue, or of all, in these states, newest first: those with ids below `before`.
pub async fn list(
    db: &impl ConnectionTrait,
    queue: Option<&str>,
    states: &[&str],
    before: i64,
    limit: i64,
) -> Result<Vec<JobDetails>, DbErr> {
    let mut values = args![before, limit];
    let states = listed(states.iter().copied(), &mut values);
    let mut sql = sql!("SELECT {COLUMNS} FROM job WHERE id < $1 AND state IN ({states})");
    if let Some(queue) = queue {
        values.extend(args![queue]);
        sql.push(&sql!(" AND queue = ${}", values.len()));
    }
    sql.push(&sql!(" ORDER BY id DESC LIMIT $2"));
    sql::all(db, sql, values).await
}

/// Returns one job.
pub async fn find(db: &impl ConnectionTrait, id: i64) -> Result<Option<JobDetails>, DbErr> {
    sql::one(db, sql!("SELECT {COLUMNS} FROM job WHERE id = $1"), args![id]).await
}

/// Result of `retry`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetryResult {
    /// It is due now, with all its attempts.
    Due {
        /// Queue whose workers to wake.
        queue: String,
        /// `Job::KIND`.
        kind: String,
    },
    /// Another job with its deduplication key waits or runs.
    Duplicate,
    /// There is no such job, or it neither waits nor has failed.
    Unchanged,
}

/// Makes a job that waits or has failed due at once, with all its attempts (compare-and-set). A running one
/// is left to its worker. Must precede the other writes of the transaction, which is lost after `Duplicate`.
pub async fn retry(db: &impl ConnectionTrait, id: i64) -> Result<RetryResult, DbErr> {
    let retry = sql!(
        "UPDATE job SET state = 'ready', attempts = 0, run_at = {}, finished_at = NULL
         WHERE id = $1 AND state IN ('ready', 'failed') AND NOT cancel_requested RETURNING queue, kind",
        now(db)
    );
    match sql::one::<QueueAndKind>(db, retry, args![id]).await {
        Ok(Some(QueueAndKind { queue, kind })) => Ok(RetryResult::Due { queue, kind }),
        Ok(None) => Ok(RetryResult::Unchanged),
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            Ok(RetryResult::Duplicate)
        }
        Err(error) => Err(error),
    }
}

struct QueueAndKind {
    queue: String,
    kind: String,
}
row!(QueueAndKind { queue, kind });

/// A job that was cancelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelledJob {
    /// Name of its queue.
    pub queue: String,
    /// `Job::KIND`.
    pub kind: String,
    /// Whether it was waiting; else it had failed before.
    pub was_waiting: bool,
}

struct QueuedPayload {
    queue: String,
    kind: String,
    payload: String,
}
row!(QueuedPayload { queue, kind, payload });

impl<C: Clone + Send + Sync + 'static> Handlers<C> {
    /// Cancels a job that waits or has failed (compare-and-set). Returns `None` if there is no such job: a
    /// running one is left to its worker. One that was waiting is given up by its kind in the same
    /// transaction, so that nothing goes on waiting for it.
    ///
    /// Must precede the other writes of the transaction. After its commit, call `given_up`.
    pub async fn cancel(
        &self,
        txn: &DatabaseTransaction,
        cx: &C,
        id: i64,
        failure: &JobFailure,
    ) -> Result<Option<CancelledJob>, DbErr> {
        let end = sql!(
            "UPDATE job SET state = 'cancelled', cancel_requested = TRUE, finished_at = {}, last_error = $2
             WHERE id = $1 AND state = 'ready' RETURNING queue, kind, payload",
            now(txn)
        );
        if let Some(QueuedPayload { queue, kind, payload }) =
            sql::one(txn, end, args![id, &failure.why]).await?
        {
            if let Some(handler) = self.get(&kind) {
                handler.give_up(&payload, cx, txn, failure).await?;
            }
            return Ok(Some(CancelledJob { queue, kind, was_waiting: true }));
        }
        let dismiss = "UPDATE job SET state = 'cancelled', cancel_requested = TRUE
             WHERE id = $1 AND state = 'failed' RETURNING queue, kind";
        let dismissed = sql::one::<QueueAndKind>(txn, dismiss, args![id]).await?;
        Ok(dismissed.map(|QueueAndKind { queue, kind }| CancelledJob { queue, kind, was_waiting: false }))
    }

    /// Does what follows the commit of `cancel`.
    pub fn given_up(&self, job: &CancelledJob, cx: &C) {
        if let Some(handler) = self.get(&job.kind).filter(|_| job.was_waiting) {
            handler.given_up(cx);
        }
    }
}
