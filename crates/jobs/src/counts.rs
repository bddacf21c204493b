//! Numbers of jobs, for monitoring.

use sea_orm::{ConnectionTrait, DbErr};
use sql::{row, sql};

use super::queue::now;

/// Number of jobs of one queue in one state.
#[derive(Debug, Clone, PartialEq)]
pub struct JobCount {
    /// Name of the queue.
    pub queue: String,
    /// State of the jobs.
    pub state: String,
    /// Number of the jobs.
    pub jobs: i64,
    /// Seconds for which the oldest of them has been due; none unless they are ready.
    pub oldest_seconds: Option<f64>,
}
row!(JobCount { queue, state, jobs, oldest_seconds });

/// Counts the jobs by queue and state. Reads the whole table.
pub async fn counts(db: &impl ConnectionTrait) -> Result<Vec<JobCount>, DbErr> {
    let now = now(db);
    let sql = sql!(
        "SELECT queue, state, COUNT(*) AS jobs,
                MAX(CASE WHEN state = 'ready' AND run_at <= {now} THEN {now} - run_at END) AS oldest_seconds
         FROM job GROUP BY queue, state ORDER BY queue, state"
    );
    sql::all(db, sql, Vec::new()).await
}
