//! Live connections of this process: frames for users, and the end of their sessions.

mod everyone;
mod sessions;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, OnceLock};

use parking_lot::{Mutex, MutexGuard};
use relay::Outlet;
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;

use super::announcements::Announced;
use super::message::{RelayMessage, Wire};
use super::progress::OwnProgress;
use crate::domain::event::Frame;
use crate::domain::{DateTime, UserId, Utc};

/// Number of frames a listener may lag behind before it has to reconnect. The slots are allocated for every
/// user with a connection, 40 bytes each.
pub(super) const QUEUE: usize = 128;

#[derive(Debug, Clone, Default)]
pub struct Hub(Arc<HubState>);

#[derive(Debug, Default)]
struct HubState {
    listeners: Mutex<Listeners>,
    nudged: Notify,
    /// To the listeners of other processes.
    outlet: OnceLock<Outlet<RelayMessage>>,
    /// Time of the newest numbered frame that this process sent or delivered.
    newest_sent: Mutex<Option<DateTime<Utc>>>,
    progress: OwnProgress,
    announced: Announced,
}

#[derive(Debug, Default)]
struct Listeners {
    users: HashMap<UserId, Channel>,
    sessions: HashMap<String, LiveSession>,
}

#[derive(Debug)]
struct Channel {
    frames: broadcast::Sender<Arc<Wire>>,
    /// Newest sequence number that this process sent to the user's listeners. `None` until it is known.
    sent: Option<i64>,
}

#[derive(Debug)]
struct LiveSession {
    owner: UserId,
    ended: CancellationToken,
    listeners: usize,
}

/// Subscription of one live connection, ended by dropping it.
pub struct Listener {
    pub frames: broadcast::Receiver<Arc<Wire>>,
    /// Cancelled when the session ends.
    pub ended: CancellationToken,
    hub: Hub,
    owner: UserId,
    session: String,
}

impl Hub {
    /// Subscribes to the user's events. `session` is the hash of the session's token.
    pub fn listen(&self, owner: UserId, session: String) -> Listener {
        let mut listeners = self.lock();
        let channel = listeners.users.entry(owner);
        let frames = channel
            .or_insert_with(|| Channel { frames: broadcast::channel(QUEUE).0, sent: None })
            .frames
            .subscribe();
        let new = || LiveSession { owner, ended: CancellationToken::new(), listeners: 0 };
        let entry = listeners.sessions.entry(session.clone()).or_insert_with(new);
        entry.listeners += 1;
        let ended = entry.ended.clone();
        Listener { frames, ended, hub: self.clone(), owner, session }
    }

    /// Sends to the listeners of other processes as well, from now on.
    pub fn relay_to(&self, outlet: Outlet<RelayMessage>) {
        let _ = self.0.outlet.set(outlet);
    }

    /// Sends a frame to the user's listeners in all processes. Never blocks: a listener that lags detects it
    /// by itself.
    pub fn send(&self, owner: UserId, frame: &Frame) {
        let Some(outlet) = self.0.outlet.get() else { return self.send_here(owner, frame) };
        let Ok(wire) = Wire::of(frame) else { return };
        self.deliver(owner, wire.clone());
        outlet.send(RelayMessage::Frame { owner, wire });
    }

    /// Sends a message to the other processes, if there is a relay.
    pub(in crate::engine) fn relay(&self, message: RelayMessage) {
        if let Some(outlet) = self.0.outlet.get() {
            outlet.send(message);
        }
    }

    pub(super) fn announced(&self) -> &Announced {
        &self.0.announced
    }

    pub(super) fn own_progress(&self) -> &OwnProgress {
        &self.0.progress
    }

    /// Sends a frame to the user's listeners in this process.
    pub(super) fn send_here(&self, owner: UserId, frame: &Frame) {
        let Ok(wire) = Wire::of(frame) else { return };
        self.deliver(owner, wire);
    }

    /// Time of the newest numbered frame that this process sent, with or without listeners.
    pub(super) fn newest_sent(&self) -> Option<DateTime<Utc>> {
        *self.0.newest_sent.lock()
    }

    /// Hands a frame's text to the user's listeners in this process.
    pub(super) fn deliver(&self, owner: UserId, wire: Wire) {
        if wire.seq.is_some() {
            let mut newest = self.0.newest_sent.lock();
            *newest = (*newest).max(wire.ts);
        }
        let mut listeners = self.lock();
        let Some(channel) = listeners.users.get_mut(&owner) else { return };
        channel.sent = channel.sent.max(wire.seq);
        // An error means that the last listener has just disconnected.
        let _ = channel.frames.send(Arc::new(wire));
    }

    /// Number of listeners in this process.
    pub fn connections(&self) -> usize {
        self.lock().sessions.values().map(|session| session.listeners).sum()
    }

    /// The users with listeners in this process.
    pub(super) fn users(&self) -> Vec<UserId> {
        self.lock().users.keys().copied().collect()
    }

    /// Makes the watch poll at once for events that were recorded without being sent.
    pub fn nudge(&self) {
        self.0.nudged.notify_one();
    }

    /// Waits for the next nudge.
    pub async fn nudged(&self) {
        self.0.nudged.notified().await;
    }

    /// Records that the user's listeners know all events up to `seq`, unless a later one was sent meanwhile.
    pub(super) fn know(&self, owner: UserId, seq: i64) {
        if let Some(channel) = self.lock().users.get_mut(&owner) {
            channel.sent.get_or_insert(seq);
        }
    }

    /// Newest sequence number sent to the user's listeners here, if it is less than `newest`.
    pub(super) fn behind(&self, owner: UserId, newest: i64) -> Option<i64> {
        self.lock().users.get(&owner).and_then(|channel| channel.sent).filter(|sent| *sent < newest)
    }

    /// Makes each of the user's listeners read missed frames from the database.
    pub(super) fn skip_to(&self, owner: UserId, newest: i64) {
        let mut listeners = self.lock();
        let Some(channel) = listeners.users.get_mut(&owner) else { return };
        channel.sent = channel.sent.max(Some(newest));
        // Gaps are filled from the database.
        let _ = channel.frames.send(Arc::new(Wire::gap()));
    }

    fn lock(&self) -> MutexGuard<'_, Listeners> {
        self.0.listeners.lock()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut listeners = self.hub.lock();
        if let Entry::Occupied(mut session) = listeners.sessions.entry(std::mem::take(&mut self.session)) {
            session.get_mut().listeners -= 1;
            if session.get().listeners == 0 {
                session.remove();
            }
        }
        // The listener's own receiver is still counted.
        let is_last = |channel: &Channel| channel.frames.receiver_count() <= 1;
        if listeners.users.get(&self.owner).is_some_and(is_last) {
            listeners.users.remove(&self.owner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: UserId = UserId(1);

    #[test]
    fn a_session_ends_for_its_own_connections_and_nothing_is_left_of_them() {
        let hub = Hub::default();
        let (first, second) = (hub.listen(ADA, "one".into()), hub.listen(ADA, "one".into()));
        let other = hub.listen(ADA, "two".into());
        hub.revoke("one");
        assert!(first.ended.is_cancelled() && second.ended.is_cancelled() && !other.ended.is_cancelled());
        assert_eq!(hub.sessions(), [("two".to_owned(), ADA, i64::MAX)]);
        hub.revoke_all_of(UserId(2));
        assert!(!other.ended.is_cancelled());
        hub.revoke_all_of(ADA);
        assert!(other.ended.is_cancelled());
        drop((first, second, other));
        assert!(hub.lock().users.is_empty() && hub.lock().sessions.is_empty());
    }
}
