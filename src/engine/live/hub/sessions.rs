//! The end of sessions: their live connections are closed.

use super::{Channel, Hub};
use crate::domain::UserId;
use crate::engine::live::message::RelayMessage;

impl Hub {
    /// Closes the live connections of a session in all processes.
    pub fn revoke(&self, session: &str) {
        self.revoke_here(session);
        self.relay(RelayMessage::SessionEnded { session: session.to_owned() });
    }

    /// Closes the live connections of all sessions of a user in all processes.
    pub fn revoke_all_of(&self, owner: UserId) {
        self.revoke_all_here(owner);
        self.relay(RelayMessage::SessionsEnded { owner });
    }

    pub(in crate::engine::live) fn revoke_here(&self, session: &str) {
        if let Some(session) = self.lock().sessions.get(session) {
            session.ended.cancel();
        }
    }

    pub(in crate::engine::live) fn revoke_all_here(&self, owner: UserId) {
        self.lock().sessions.values().filter(|session| session.owner == owner).for_each(|s| s.ended.cancel());
    }

    /// The sessions with live connections in this process, and the newest event number sent to the user of
    /// each: `i64::MAX` before the first is known.
    pub(in crate::engine::live) fn sessions(&self) -> Vec<(String, UserId, i64)> {
        let listeners = self.lock();
        let sent = |owner| listeners.users.get(owner).and_then(|channel: &Channel| channel.sent);
        let open = listeners.sessions.iter().filter(|(_, session)| !session.ended.is_cancelled());
        open.map(|(hash, session)| (hash.clone(), session.owner, sent(&session.owner).unwrap_or(i64::MAX)))
            .collect()
    }
}
