//! Order of waiting jobs, changes to it after the push, and the reason for which a job waits.

use sea_orm::{ConnectionTrait, DbErr};
use sql::json::{numbers_in, texts_in};
use sql::{args, row, sql};

use super::queue::{if_free, list, now};

/// Position in the queue: higher priority first, and within one priority the smaller size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct QueuePosition {
    /// The highest is claimed first.
    pub priority: i64,
    /// Within one priority the smallest is claimed first.
    pub size: i64,
}

/// A job that is not claimed yet.
#[derive(Debug, Clone, PartialEq)]
pub struct WaitingJob {
    /// Identity of the job.
    pub id: i64,
    /// Deduplication key.
    pub uniq: String,
    /// The highest is claimed first.
    pub priority: i64,
    /// Within one priority the smallest is claimed first.
    pub size: i64,
    /// Seconds since the push, by the database's clock.
    pub waited: f64,
}
row!(WaitingJob { id, uniq, priority, size, waited });

impl WaitingJob {
    /// Its position in the queue.
    pub fn position(&self) -> QueuePosition {
        QueuePosition { priority: self.priority, size: self.size }
    }
}

/// Waiting jobs of a kind that have a deduplication key: the one with this key, or all.
pub async fn waiting(
    db: &impl ConnectionTrait,
    kind: &str,
    uniq: Option<&str>,
) -> Result<Vec<WaitingJob>, DbErr> {
    let mut values = args![kind];
    let keyed = uniq.map_or("uniq IS NOT NULL", |uniq| {
        values.extend(args![uniq]);
        "uniq = $2"
    });
    let sql = sql!(
        "SELECT id, uniq, priority, size, {} - created_at AS waited FROM job
         WHERE kind = $1 AND state = 'ready' AND {keyed}",
        now(db)
    );
    sql::all(db, sql, values).await
}

/// Locks a job's row: changes, claims and fenced writes by others wait until the transaction ends.
/// Must precede the other writes of the transaction.
pub async fn hold(db: &impl ConnectionTrait, kind: &str, uniq: &str) -> Result<(), DbErr> {
    let hold =
        "UPDATE job SET priority = priority WHERE kind = $1 AND uniq = $2 AND state IN ('ready', 'running')";
    sql::execute(db, hold, args![kind, uniq]).await.map(|_| ())
}

/// Moves waiting jobs to another position, by compare-and-set on the priority. Rows that are locked at the
/// moment are skipped: they have just been claimed or moved.
pub async fn move_to(
    db: &impl ConnectionTrait,
    ids: &[i64],
    from: QueuePosition,
    to: QueuePosition,
) -> Result<(), DbErr> {
    if from == to || ids.is_empty() {
        return Ok(());
    }
    let update = sql!(
        "UPDATE job SET priority = $3, size = $4 WHERE id IN (
             SELECT id FROM job WHERE id IN ({}) AND state = 'ready' AND priority = $2 {})",
        numbers_in(db, 1),
        if_free(db)
    );
    sql::execute(db, update, args![list(ids), from.priority, to.priority, to.size]).await.map(|_| ())
}

/// State of an unfinished job.
#[derive(Debug, Clone, PartialEq)]
pub struct JobStatus {
    /// Deduplication key.
    pub uniq: String,
    /// Whether a worker holds it.
    pub is_running: bool,
    /// Whether it is scheduled for later.
    pub is_early: bool,
    /// Number of running jobs with its concurrency key, and their limit.
    pub busy: i64,
    /// Limit of running jobs with its concurrency key.
    pub conc_limit: i64,
    /// Number of running jobs of its kind.
    pub running: i64,
}
row!(JobStatus { uniq, is_running, is_early, busy, conc_limit, running });

/// States of the unfinished jobs of a kind with these deduplication keys.
pub async fn statuses(
    db: &impl ConnectionTrait,
    kind: &str,
    uniqs: &[String],
) -> Result<Vec<JobStatus>, DbErr> {
    let these = texts_in(db, 2);
    let sql = sql!(
        "SELECT j.uniq, j.state = 'running' AS is_running, j.run_at > {now} AS is_early, j.conc_limit,
                (SELECT COUNT(*) FROM job o WHERE o.state = 'running' AND o.conc_key = j.conc_key) AS busy,
                (SELECT COUNT(*) FROM job o WHERE o.state = 'running' AND o.kind = $1) AS running
         FROM job j WHERE j.kind = $1 AND j.uniq IN ({these}) AND j.state IN ('ready', 'running')
              AND NOT j.cancel_requested",
        now = now(db)
    );
    sql::all(db, sql, args![kind, sql::to_json(&uniqs)?]).await
}
