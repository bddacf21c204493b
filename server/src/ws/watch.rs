//! The task that polls for events and sign-outs by other processes, for the users connected here.

use std::time::Duration;

use smartcache::engine::{SharedEngine, live};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

/// Shortest pause between polls: the lag of other processes' events and sign-outs while polls are fast.
const LOOK: Duration = Duration::from_secs(1);
const MAX_LOOK: Duration = Duration::from_secs(10);
/// Pause as a multiple of the last poll's duration, so that polling takes about 2% of the time.
const PAUSE: u32 = 50;

/// Polls at intervals, and at once after a nudge, until `closing`.
pub async fn watch(engine: SharedEngine, closing: CancellationToken) {
    let (mut is_lost, mut pause, mut told) = (false, LOOK, live::ToldProgress::default());
    loop {
        tokio::select! {
            () = closing.cancelled() => return,
            _ = timeout(pause, engine.hub.nudged()) => {}
        }
        let start = Instant::now();
        let outcome = live::look(&engine, &mut told).await;
        pause = (start.elapsed() * PAUSE).clamp(LOOK, MAX_LOOK);
        if let Err(error) = &outcome
            && !is_lost
        {
            tracing::warn!(%error, "the live connections hear nothing of other processes until the database is back");
        }
        is_lost = outcome.is_err();
    }
}
