//! Heartbeats of the processes of an installation. Times are those of the database's clock, which all
//! machines share.

use super::sql::{all, args, execute, now, row, sql, value};
use super::{ConnectionTrait, DbErr};
use crate::process::{Process, Role};

/// Seconds after the last heartbeat for which a process counts as alive.
pub const ALIVE: f64 = 60.0;

row!(Process { id, host, role, version, uptime_seconds, silent_seconds, connections, slots, free_bytes });

/// Name of the installation: random, and the same for all processes on this database.
pub async fn installation(db: &impl ConnectionTrait) -> Result<String, DbErr> {
    let id: Option<String> = value(db, "SELECT id FROM installation", Vec::new()).await?;
    id.ok_or_else(|| DbErr::RecordNotFound("the installation has no name".into()))
}

/// Records a heartbeat, and removes the processes that have been silent too long.
pub async fn beat(db: &impl ConnectionTrait, process: &Process) -> Result<(), DbErr> {
    let now = now(db);
    let beat = sql!(
        "INSERT INTO process (id, host, role, version, started_at, seen_at, connections, slots, free_bytes)
         VALUES ($1, $2, $3, $4, {now}, {now}, $5, $6, $7)
         ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, connections = excluded.connections,
            free_bytes = excluded.free_bytes"
    );
    let Process { id, host, role, version, connections, slots, free_bytes, .. } = process;
    let values =
        args![id.as_str(), host.as_str(), *role, version.as_str(), *connections, *slots, *free_bytes];
    execute(db, beat, values).await?;
    let forget = sql!("DELETE FROM process WHERE seen_at < {now} - $1");
    execute(db, forget, args![ALIVE]).await.map(|_| ())
}

/// Whether a worker has at least this much free space, by its last heartbeat.
pub async fn is_room_elsewhere(db: &impl ConnectionTrait, min_free: i64) -> Result<bool, DbErr> {
    let now = now(db);
    let sql =
        sql!("SELECT COUNT(*) FROM process WHERE role <> $1 AND free_bytes >= $2 AND seen_at >= {now} - $3");
    let roomy: Option<i64> = value(db, sql, args![Role::Web, min_free, ALIVE]).await?;
    Ok(roomy.is_some_and(|roomy| roomy > 0))
}

/// Removes a process that is ending.
pub async fn leave(db: &impl ConnectionTrait, id: &str) -> Result<(), DbErr> {
    execute(db, "DELETE FROM process WHERE id = $1", args![id]).await.map(|_| ())
}

/// Whether no other process that serves the web has a lower id, so that one of them can act for all.
pub async fn is_first(db: &impl ConnectionTrait, id: &str) -> Result<bool, DbErr> {
    let now = now(db);
    let lower = sql!("SELECT COUNT(*) FROM process WHERE id < $1 AND role <> $2 AND seen_at >= {now} - $3");
    Ok(value::<i64>(db, lower, args![id, Role::Worker, ALIVE]).await? == Some(0))
}

/// The processes that are alive, oldest first.
pub async fn alive(db: &impl ConnectionTrait) -> Result<Vec<Process>, DbErr> {
    let now = now(db);
    let sql = sql!(
        "SELECT id, host, role, version, {now} - started_at AS uptime_seconds, {now} - seen_at AS silent_seconds,
                connections, slots, free_bytes
         FROM process WHERE seen_at >= {now} - $1 ORDER BY started_at, id"
    );
    all(db, sql, args![ALIVE]).await
}
