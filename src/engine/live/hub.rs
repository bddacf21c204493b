//! The live connections of this process: frames for their users, and the end of their sessions.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;

use crate::domain::UserId;
use crate::domain::event::Frame;

/// Frames a listener may lag behind before it is told to come back.
///
/// Its slots are allocated for every user with a connection, 40 bytes each.
pub(super) const QUEUE: usize = 128;

/// A frame and its text, written once for all listeners.
#[derive(Debug)]
pub struct Wire {
    pub seq: Option<i64>,
    pub text: String,
}

#[derive(Debug, Clone, Default)]
pub struct Hub(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    listeners: Mutex<Listeners>,
    nudged: Notify,
}

#[derive(Debug, Default)]
struct Listeners {
    users: HashMap<UserId, Channel>,
    sessions: HashMap<String, Session>,
}

#[derive(Debug)]
struct Channel {
    frames: broadcast::Sender<Arc<Wire>>,
    /// The newest number that this process has handed to the user's listeners; none before anybody has said it.
    sent: Option<i64>,
}

#[derive(Debug)]
struct Session {
    owner: UserId,
    ended: CancellationToken,
    listeners: usize,
}

/// One live connection's ear, until it is dropped.
pub struct Listener {
    pub frames: broadcast::Receiver<Arc<Wire>>,
    /// Cancelled when the session is over.
    pub ended: CancellationToken,
    hub: Hub,
    owner: UserId,
    session: String,
}

impl Hub {
    /// Hears what happens to the user from now on. `session` is the hash of the session's token.
    pub fn listen(&self, owner: UserId, session: String) -> Listener {
        let mut listeners = self.lock();
        let channel = listeners.users.entry(owner);
        let frames = channel
            .or_insert_with(|| Channel { frames: broadcast::channel(QUEUE).0, sent: None })
            .frames
            .subscribe();
        let new = || Session { owner, ended: CancellationToken::new(), listeners: 0 };
        let entry = listeners.sessions.entry(session.clone()).or_insert_with(new);
        entry.listeners += 1;
        let ended = entry.ended.clone();
        Listener { frames, ended, hub: self.clone(), owner, session }
    }

    /// Hands a frame to the user's listeners. Never waits: a listener that lags finds out by itself.
    pub fn send(&self, owner: UserId, frame: &Frame) {
        let mut listeners = self.lock();
        let Some(channel) = listeners.users.get_mut(&owner) else { return };
        channel.sent = channel.sent.max(frame.seq);
        if let Ok(text) = serde_json::to_string(frame) {
            // An error means that the last listener has just left.
            let _ = channel.frames.send(Arc::new(Wire { seq: frame.seq, text }));
        }
    }

    /// Has the watch look at once for what was recorded without being sent.
    pub fn nudge(&self) {
        self.0.nudged.notify_one();
    }

    /// Waits for the next nudge.
    pub async fn nudged(&self) {
        self.0.nudged.notified().await;
    }

    /// Ends the live connections of a session.
    pub fn revoke(&self, session: &str) {
        if let Some(session) = self.lock().sessions.get(session) {
            session.ended.cancel();
        }
    }

    /// Ends the live connections of all sessions of a user.
    pub fn revoke_all_of(&self, owner: UserId) {
        self.lock().sessions.values().filter(|session| session.owner == owner).for_each(|s| s.ended.cancel());
    }

    /// The sessions with live connections in this process, and the newest event number sent to the user of each:
    /// `i64::MAX` before the first is known.
    pub(super) fn sessions(&self) -> Vec<(String, UserId, i64)> {
        let listeners = self.lock();
        let sent = |owner| listeners.users.get(owner).and_then(|channel: &Channel| channel.sent);
        let open = listeners.sessions.iter().filter(|(_, session)| !session.ended.is_cancelled());
        open.map(|(hash, session)| (hash.clone(), session.owner, sent(&session.owner).unwrap_or(i64::MAX)))
            .collect()
    }

    /// Says that the user's listeners know all up to this number, unless more was sent meanwhile.
    pub(super) fn know(&self, owner: UserId, seq: i64) {
        if let Some(channel) = self.lock().users.get_mut(&owner) {
            channel.sent.get_or_insert(seq);
        }
    }

    /// The newest number the user's listeners got here, where that is less than `newest`.
    pub(super) fn behind(&self, owner: UserId, newest: i64) -> Option<i64> {
        self.lock().users.get(&owner).and_then(|channel| channel.sent).filter(|sent| *sent < newest)
    }

    /// Has each of the user's listeners read what it missed from the database.
    pub(super) fn skip_to(&self, owner: UserId, newest: i64) {
        let mut listeners = self.lock();
        let Some(channel) = listeners.users.get_mut(&owner) else { return };
        channel.sent = channel.sent.max(Some(newest));
        // A number that is surely ahead shows as a gap, and gaps are filled from the database.
        let _ = channel.frames.send(Arc::new(Wire { seq: Some(i64::MAX), text: String::new() }));
    }

    fn lock(&self) -> MutexGuard<'_, Listeners> {
        self.0.listeners.lock().unwrap_or_else(PoisonError::into_inner)
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
        // Its own receiver still counts.
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
