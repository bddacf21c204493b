//! The task that looks for what other processes did to the users who are connected here.

use std::time::Duration;

use smartcache::engine::{SharedEngine, live};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

/// Events and sign-outs of other processes are as late as this at the most, while a look takes little time.
const LOOK: Duration = Duration::from_secs(2);
const LOOK_MOST: Duration = Duration::from_secs(10);
/// The pause is so many times as long as the last look, so that looks take two hundredths of the time.
const PAUSE: u32 = 50;

/// Looks at intervals, and at once after a nudge, until `closing`.
pub async fn watch(engine: SharedEngine, closing: CancellationToken) {
    let (mut is_lost, mut pause) = (false, LOOK);
    loop {
        tokio::select! {
            () = closing.cancelled() => return,
            _ = timeout(pause, engine.hub.nudged()) => {}
        }
        let start = Instant::now();
        let outcome = live::look(&engine).await;
        pause = (start.elapsed() * PAUSE).clamp(LOOK, LOOK_MOST);
        if let Err(error) = &outcome
            && !is_lost
        {
            tracing::warn!(%error, "the live connections hear nothing of other processes until the database is back");
        }
        is_lost = outcome.is_err();
    }
}
