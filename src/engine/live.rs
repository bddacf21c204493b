//! Live events of a user, and the replay of missed ones.

mod announcements;
mod hub;
mod message;
mod progress;
mod watch;

use jobs::Notifier;
use relay::Received;

use super::{Engine, Result};
use crate::db::{events, runs};
use crate::domain::UserId;
use crate::domain::event::{Frame, LiveStart};

use hub::QUEUE;
pub use hub::{Hub, Listener};
pub use message::{RelayMessage, Wire};
pub use progress::ToldProgress;
pub use watch::{NewEventCheck, look};

/// Handles what the relay received from another process.
pub fn receive(hub: &Hub, notifier: &Notifier, received: Received<RelayMessage>) {
    match received {
        Received::Gap => hub.nudge(),
        Received::Message(message) => match message {
            RelayMessage::Frame { owner, wire } => hub.deliver(owner, wire),
            RelayMessage::FrameForAll { wire } => hub.send_to_all(wire),
            RelayMessage::Announced { announcement } => hub.announce_here(&announcement),
            RelayMessage::JobsPushed { queue } => notifier.notify(&queue),
            RelayMessage::SessionEnded { session } => hub.revoke_here(&session),
            RelayMessage::SessionsEnded { owner } => hub.revoke_all_here(owner),
            RelayMessage::Unknown => {}
        },
    }
}

/// Maximum number of frames replayed on a reconnect. A client that missed more has
/// to reload the page's state.
pub const MAX_REPLAY: i64 = 1_000;

/// Returns the frames after `seq` in order, or `None` if they are too many or no longer stored.
pub async fn missed(engine: &Engine, owner: UserId, seq: i64) -> Result<Option<Vec<Frame>>> {
    let (oldest, newest) = events::range(&engine.db, owner).await?;
    if seq > newest || seq + 1 < oldest || newest - seq > MAX_REPLAY {
        return Ok(None);
    }
    Ok(Some(events::after(&engine.db, owner, seq, MAX_REPLAY).await?))
}

/// Sequence number of the newest durable frame, or 0 before the first.
pub async fn newest(engine: &Engine, owner: UserId) -> Result<i64> {
    Ok(events::range(&engine.db, owner).await?.1)
}

/// Sequence number of the newest durable frame, for a listener that receives all later ones.
pub async fn greeting(engine: &Engine, owner: UserId) -> Result<i64> {
    let newest = newest(engine, owner).await?;
    engine.hub.know(owner, newest);
    Ok(newest)
}

/// Initial state of a page, before the first live frame.
pub async fn start(engine: &Engine, owner: UserId) -> Result<LiveStart> {
    // The sequence number is read first: a frame that arrives in between is sent again rather than missed.
    let seq = newest(engine, owner).await?;
    let run = runs::latest(&engine.db, owner).await?;
    let frames = match &run {
        Some(run) => events::of_run(&engine.db, owner, run.id, seq).await?,
        None => Vec::new(),
    };
    Ok(LiveStart { run, frames, seq })
}
