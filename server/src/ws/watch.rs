//! The task that looks for what other processes did to the users who are connected here.

use std::time::Duration;

use smartcache::engine::{SharedEngine, live};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Events and sign-outs of other processes are as late as this at the most.
const LOOK: Duration = Duration::from_secs(2);

/// Looks at intervals, and at once after a nudge, until `closing`.
pub async fn watch(engine: SharedEngine, closing: CancellationToken) {
    let mut is_lost = false;
    loop {
        tokio::select! {
            () = closing.cancelled() => return,
            _ = timeout(LOOK, engine.hub.nudged()) => {}
        }
        let outcome = live::look(&engine).await;
        if let Err(error) = &outcome
            && !is_lost
        {
            tracing::warn!(%error, "the live connections hear nothing of other processes until the database is back");
        }
        is_lost = outcome.is_err();
    }
}
