//! Heartbeat of this process, which shows the others and administrators that it is alive.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{Result, SharedEngine, downloads, start};
use crate::db::processes;
use crate::domain::process::{Process, Role};

/// Interval of the heartbeats; `processes::ALIVE` is six of them.
const BEAT: Duration = Duration::from_secs(10);

/// Sends heartbeats until `ending`, then removes the process.
pub async fn beat_until(engine: SharedEngine, role: Role, ending: CancellationToken) {
    let mut process = describe(&engine, role);
    let mut is_lost = false;
    loop {
        let beat = beat(&engine, &mut process).await;
        if let Err(error) = &beat
            && !is_lost
        {
            tracing::warn!(%error, "the other processes hear nothing of this one until the database is back");
        }
        is_lost = beat.is_err();
        if ending.run_until_cancelled(sleep(BEAT)).await.is_none() {
            processes::leave(&engine.db, &process.id).await.ok();
            return;
        }
    }
}

fn describe(engine: &SharedEngine, role: Role) -> Process {
    Process {
        id: engine.process_id.clone(),
        host: nix::unistd::gethostname().unwrap_or_default().to_string_lossy().into_owned(),
        role,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        uptime_seconds: 0.0,
        silent_seconds: 0.0,
        connections: 0,
        slots: if role.works() { start::slots(engine.config.transfers) as i64 } else { 0 },
        free_bytes: None,
    }
}

async fn beat(engine: &SharedEngine, process: &mut Process) -> Result<()> {
    // Each process by itself: the jobs that free space run on one machine only.
    if let Err(error) = downloads::shrink_cache(engine).await {
        tracing::warn!(%error, "the cache could not be shrunk on a full disk");
    }
    process.connections = engine.hub.connections() as i64;
    process.free_bytes = downloads::free(&engine.config).ok().and_then(|free| i64::try_from(free).ok());
    Ok(processes::beat(&engine.db, process).await?)
}
