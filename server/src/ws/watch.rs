//! The task that polls for events and sign-outs by other processes, for the users connected here.

use std::time::Duration;

use smartcache::engine::{SharedEngine, live};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Pause between polls: the most that other processes' events and sign-outs lag.
const LOOK: Duration = Duration::from_secs(1);
const MAX_LOOK: Duration = Duration::from_secs(2);
/// Pause as a multiple of the last poll's duration, so that polling takes about 2% of the time.
const PAUSE: u32 = 50;
/// Pause between checks for a newer event, which are cheap and start a poll early.
const CHECK: Duration = Duration::from_millis(250);
/// Pause before the next check as a multiple of the last poll's duration, so that a busy process does more
/// than polling.
const CHECK_PAUSE: u32 = 4;

/// Polls at intervals, and at once after a nudge, until `closing`.
pub async fn watch(engine: SharedEngine, closing: CancellationToken) {
    let (mut is_lost, mut took, mut told) = (false, Duration::ZERO, live::ToldProgress::default());
    let mut check = live::NewEventCheck::default();
    loop {
        let until = Instant::now() + (took * PAUSE).clamp(LOOK, MAX_LOOK);
        tokio::select! {
            () = closing.cancelled() => return,
            () = check.wait(&engine, CHECK.max(took * CHECK_PAUSE), until) => {}
        }
        let start = Instant::now();
        let outcome = live::look(&engine, &mut told).await;
        took = start.elapsed();
        if let Err(error) = &outcome
            && !is_lost
        {
            tracing::warn!(%error, "the live connections hear nothing of other processes until the database is back");
        }
        is_lost = outcome.is_err();
    }
}
