//! Hands frames to whoever is listening in this process, and finds what somebody missed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::broadcast;

use super::{Engine, Result};
use crate::db::{events, runs};
use crate::domain::UserId;
use crate::domain::event::{Frame, LiveStart};

/// Frames a listener may lag behind before it is told to come back.
const QUEUE: usize = 512;

/// A frame and its text, written once for all listeners.
#[derive(Debug)]
pub struct Wire {
    pub seq: Option<i64>,
    pub text: String,
}

#[derive(Debug, Default)]
pub struct Hub {
    listeners: Mutex<HashMap<UserId, broadcast::Sender<Arc<Wire>>>>,
}

impl Hub {
    pub fn listen(&self, owner: UserId) -> broadcast::Receiver<Arc<Wire>> {
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|_, sender| sender.receiver_count() > 0);
        listeners.entry(owner).or_insert_with(|| broadcast::channel(QUEUE).0).subscribe()
    }

    /// Has every listener look for what was recorded without being sent.
    pub fn nudge(&self) {
        let listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        for sender in listeners.values() {
            // A number that is surely ahead shows as a gap, and gaps are filled from the database.
            let _ = sender.send(Arc::new(Wire { seq: Some(i64::MAX), text: String::new() }));
        }
    }

    /// Never waits: a listener that lags finds out by itself.
    pub fn send(&self, owner: UserId, frame: Frame) {
        let listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(sender) = listeners.get(&owner) else { return };
        if let Ok(text) = serde_json::to_string(&frame) {
            // An error means that the last listener has just left.
            let _ = sender.send(Arc::new(Wire { seq: frame.seq, text }));
        }
    }
}

/// Most frames replayed at a reconnect; who missed more is told to load the page's state anew.
pub const REPLAY_MOST: i64 = 1_000;

/// What a person missed since `seq`, in order. `None` when it is too much, or no longer kept.
pub async fn missed(engine: &Engine, owner: UserId, seq: i64) -> Result<Option<Vec<Frame>>> {
    let (oldest, newest) = events::range(&engine.db, owner).await?;
    if seq > newest || seq + 1 < oldest || newest - seq > REPLAY_MOST {
        return Ok(None);
    }
    Ok(Some(events::after(&engine.db, owner, seq, REPLAY_MOST).await?))
}

/// The number of the newest durable frame; 0 before the first.
pub async fn newest(engine: &Engine, owner: UserId) -> Result<i64> {
    Ok(events::range(&engine.db, owner).await?.1)
}

/// What a page shows before the first live frame.
pub async fn start(engine: &Engine, owner: UserId) -> Result<LiveStart> {
    // The number first: a frame that comes in between is then sent again rather than missed.
    let seq = newest(engine, owner).await?;
    let run = runs::latest(&engine.db, owner).await?;
    let frames = match &run {
        Some(run) => events::of_run(&engine.db, owner, run.id, seq).await?,
        None => Vec::new(),
    };
    Ok(LiveStart { run, frames, seq })
}
