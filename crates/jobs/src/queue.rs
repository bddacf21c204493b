//! Queue operations for the caller's own transaction.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};
use serde::Serialize;
use sql::json::numbers_in;
use sql::{args, sql};

use super::{Job, MAX_ATTEMPTS};
pub(super) use sql::now;
use sql::turns::turn;

/// Pushes a job when the transaction commits.
/// Returns None if the same job is already waiting or running. Its priority is then the higher of the two,
/// and a running one runs once more (`Job::RUNS_AGAIN`), so that an attempt begins after every push.
pub async fn push<J: Job>(db: &impl ConnectionTrait, job: &J) -> Result<Option<i64>, DbErr> {
    push_after(db, job, Duration::ZERO).await
}

/// Like `push`, but the job cannot be claimed before the delay is over.
pub async fn push_after<J: Job>(
    db: &impl ConnectionTrait,
    job: &J,
    delay: Duration,
) -> Result<Option<i64>, DbErr> {
    insert(db, job, job.unique_key(), delay, J::RUNS_AGAIN).await
}

/// Name of a job, by which code that stands below the job's own can push it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobName {
    /// `Job::KIND`.
    pub kind: &'static str,
    /// `Job::QUEUE`.
    pub queue: &'static str,
    /// `Job::MAX_ATTEMPTS`.
    pub max_attempts: i64,
    /// `Job::RUNS_AGAIN`.
    pub runs_again: bool,
}

impl JobName {
    /// Name of a job with the default attempts.
    pub const fn new(kind: &'static str, queue: &'static str) -> Self {
        Self { kind, queue, max_attempts: MAX_ATTEMPTS, runs_again: true }
    }
}

/// Pushes a job by its name, without a concurrency key, a priority and a size. `payload` is read as the job,
/// and
/// `unique_key` must be the job's own.
pub async fn push_named(
    db: &impl ConnectionTrait,
    name: JobName,
    unique_key: Option<String>,
    payload: &impl Serialize,
) -> Result<Option<i64>, DbErr> {
    let row = NewJob {
        name,
        payload: sql::to_json(payload)?,
        unique_key,
        concurrency_key: None,
        concurrency_limit: 1,
        priority: 0,
        size: 0,
    };
    row.insert(db, Duration::ZERO).await
}

pub(super) async fn insert<J: Job>(
    db: &impl ConnectionTrait,
    job: &J,
    unique_key: Option<String>,
    delay: Duration,
    runs_again: bool,
) -> Result<Option<i64>, DbErr> {
    let row = NewJob {
        name: JobName { kind: J::KIND, queue: J::QUEUE, max_attempts: J::MAX_ATTEMPTS, runs_again },
        payload: sql::to_json(job)?,
        unique_key,
        concurrency_key: job.concurrency_key(),
        concurrency_limit: job.concurrency_limit(),
        priority: job.priority(),
        size: job.size(),
    };
    row.insert(db, delay).await
}

/// Row of a job to be pushed.
struct NewJob {
    name: JobName,
    payload: String,
    unique_key: Option<String>,
    concurrency_key: Option<String>,
    concurrency_limit: i64,
    priority: i64,
    size: i64,
}

impl NewJob {
    async fn insert(self, db: &impl ConnectionTrait, delay: Duration) -> Result<Option<i64>, DbErr> {
        let now = now(db);
        let insert = sql!(
            "INSERT INTO job (queue, kind, payload, uniq, conc_key, conc_limit, priority, size, max_attempts, run_at, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, {now} + $10, {now})
             ON CONFLICT (kind, uniq) WHERE state IN ('ready', 'running') AND NOT cancel_requested DO NOTHING
             RETURNING id"
        );
        // The key and its limit come from settings, which may have changed since.
        let raise = "UPDATE job SET priority = CASE WHEN priority < $3 THEN $3 ELSE priority END,
                 conc_key = $4, conc_limit = $5, again = CASE WHEN state = 'running' AND $6 THEN $7 ELSE again END
             WHERE kind = $1 AND uniq = $2 AND state IN ('ready', 'running') AND NOT cancel_requested";
        let Self { name, payload, unique_key, concurrency_key, concurrency_limit, priority, size } = self;
        let row = args![
            name.queue,
            name.kind,
            payload.clone(),
            unique_key.clone(),
            concurrency_key.clone(),
            concurrency_limit,
            priority,
            size,
            name.max_attempts,
            delay.as_secs_f64()
        ];
        let there = args![
            name.kind,
            unique_key,
            priority,
            concurrency_key,
            concurrency_limit,
            name.runs_again,
            payload
        ];
        loop {
            let id = sql::value(db, &insert, row.clone()).await?;
            if id.is_some() || sql::execute(db, raise, there.clone()).await? > 0 {
                return Ok(id);
            }
            // The conflicting job has ended between the two statements.
        }
    }
}

/// Cancels a waiting job at once, and signals a running one by its `lease.stop`; an attempt that then fails
/// is the last. `give_up` is not called: the caller writes the consequences. Returns false if there is no
/// such job.
///
/// Must precede the other writes of the transaction: a job passes its fence first too, so the two cannot
/// deadlock.
pub async fn request_cancel(db: &impl ConnectionTrait, kind: &str, uniq: &str) -> Result<bool, DbErr> {
    let now = now(db);
    let cancel = sql!(
        "UPDATE job SET cancel_requested = TRUE,
             state = CASE WHEN state = 'ready' THEN 'cancelled' ELSE state END,
             finished_at = CASE WHEN state = 'ready' THEN {now} END
         WHERE kind = $1 AND uniq = $2 AND state IN ('ready', 'running') AND NOT cancel_requested"
    );
    Ok(sql::execute(db, cancel, args![kind, uniq]).await? > 0)
}

/// Number of jobs that are waiting, due or delayed, or running.
pub async fn unfinished(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let count = "SELECT COUNT(*) FROM job WHERE state IN ('ready', 'running')";
    Ok(sql::value(db, count, args![]).await?.unwrap_or_default())
}

/// Deletes a batch of rows that ended longer ago than `keep`. Returns true if there may be more.
pub(super) async fn forget(db: &DatabaseConnection, keep: Duration) -> Result<bool, DbErr> {
    const BATCH: usize = 500;
    let old =
        sql!("SELECT id FROM job WHERE finished_at < {} - $1 ORDER BY finished_at LIMIT {BATCH}", now(db));
    let old: Vec<i64> = sql::values(db, old, args![keep.as_secs_f64()]).await?;
    if !old.is_empty() {
        let _turn = turn(db).await;
        let delete = sql!("DELETE FROM job WHERE id IN ({})", numbers_in(db, 1));
        sql::execute(db, delete, args![list(&old)]).await?;
    }
    Ok(old.len() == BATCH)
}

/// Suffix of a `SELECT` that skips locked rows instead of waiting for them.
pub(super) fn if_free(db: &impl ConnectionTrait) -> &'static str {
    if sql::is_postgres(db) { "FOR UPDATE SKIP LOCKED" } else { "" }
}

/// Argument for `numbers_in`.
pub(super) fn list(ids: &[i64]) -> String {
    let ids: Vec<_> = ids.iter().map(i64::to_string).collect();
    format!("[{}]", ids.join(","))
}
