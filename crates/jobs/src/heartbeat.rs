//! Heartbeats of the workers, and the health of the queues. Job leases are renewed in `worker::renew_leases`.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr};
use sql::{args, row, sql};

use super::queue::now;

/// Seconds after which the row of a silent worker is removed.
const FORGOTTEN: f64 = 24.0 * 3600.0;

/// Seconds for which a queue may have due jobs without a running one before it counts as stalled.
const STANDSTILL: f64 = 120.0;

/// Health of the background work.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct QueueHealth {
    /// Number of workers with a recent heartbeat.
    pub workers: i64,
    /// Seconds that the oldest due job has waited in a queue without running jobs.
    pub stalled_seconds: f64,
}
row!(QueueHealth { workers, stalled_seconds });

impl QueueHealth {
    /// Whether a worker is alive and no queue stands still.
    pub fn is_well(&self) -> bool {
        self.workers > 0 && self.stalled_seconds < STANDSTILL
    }
}

/// Records a worker's heartbeat.
pub(super) async fn beat(db: &impl ConnectionTrait, id: &str) -> Result<(), DbErr> {
    let now = now(db);
    let beat = sql!(
        "INSERT INTO worker (id, started_at, seen_at) VALUES ($1, {now}, {now})
         ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at"
    );
    sql::execute(db, beat, args![id]).await?;
    let forget = sql!("DELETE FROM worker WHERE seen_at < {now} - $1");
    sql::execute(db, forget, args![FORGOTTEN]).await.map(|_| ())
}

/// Removes the row of a worker that is about to end.
pub(super) async fn leave(db: &impl ConnectionTrait, id: &str) -> Result<(), DbErr> {
    sql::execute(db, "DELETE FROM worker WHERE id = $1", args![id]).await.map(|_| ())
}

/// Seconds that the oldest due job has waited; none if no job is due.
pub async fn oldest_due(db: &impl ConnectionTrait) -> Result<Option<f64>, DbErr> {
    let now = now(db);
    let sql = sql!("SELECT MAX({now} - run_at) FROM job WHERE state = 'ready' AND run_at <= {now}");
    Ok(sql::value::<Option<f64>>(db, sql, Vec::new()).await?.flatten())
}

/// Reads the health. Workers send three heartbeats within a `lease`; one that misses them all is dead.
pub async fn queue_health(db: &impl ConnectionTrait, lease: Duration) -> Result<QueueHealth, DbErr> {
    let now = now(db);
    let queue_health = sql!(
        "SELECT (SELECT COUNT(*) FROM worker WHERE seen_at > {now} - $1) AS workers,
                COALESCE((SELECT MAX({now} - j.run_at) FROM job j WHERE j.state = 'ready' AND j.run_at <= {now}
                    AND NOT EXISTS (SELECT 1 FROM job r WHERE r.state = 'running' AND r.queue = j.queue)), 0.0)
                    AS stalled_seconds"
    );
    Ok(sql::one(db, queue_health, args![lease.as_secs_f64() * 4.0 / 3.0]).await?.unwrap_or_default())
}
