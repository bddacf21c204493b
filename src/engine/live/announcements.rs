//! Announcements to all listeners of this process, each once.

use std::collections::HashSet;

use chrono::TimeDelta;
use parking_lot::Mutex;
use serde_json::json;

use super::Hub;
use super::message::{RelayMessage, Wire};
use crate::db::announcements;
use crate::domain::AnnouncementId;
use crate::domain::announcement::Announcement;
use crate::domain::event::{EventKind, Frame};
use crate::engine::{Engine, Result};

/// Time for which the watch looks for announcements of other processes that the relay did not bring.
const RECENT: TimeDelta = TimeDelta::minutes(5);

/// Announcements that this process has sent to its listeners.
#[derive(Debug, Default)]
pub(super) struct Announced(Mutex<SentAnnouncements>);

#[derive(Debug, Default)]
struct SentAnnouncements {
    ids: HashSet<AnnouncementId>,
    /// Newest announcement before the process began to look.
    before: Option<AnnouncementId>,
}

impl Announced {
    /// Records an announcement. False if it was sent already.
    pub fn record(&self, id: AnnouncementId) -> bool {
        self.0.lock().ids.insert(id)
    }
}

impl Hub {
    /// Sends an announcement to all listeners in all processes.
    pub fn announce(&self, made: &Announcement) {
        self.announce_here(made);
        self.relay(RelayMessage::Announced { announcement: made.clone() });
    }

    /// Sends an announcement to all listeners in this process, unless they have it.
    pub(super) fn announce_here(&self, made: &Announcement) {
        if let Ok(wire) = Wire::of(&frame(made))
            && self.announced().record(made.id)
        {
            self.send_to_all(wire);
        }
    }
}

/// The frame of an announcement. Fleeting: it is for those who are connected.
fn frame(made: &Announcement) -> Frame {
    let data = json!({ "message": made.message, "level": made.level, "announcement_id": made.id });
    Frame::fleeting(made.created_at, EventKind::System, data)
}

/// Sends the announcements of other processes.
pub(super) async fn look(engine: &Engine) -> Result<()> {
    let announced = engine.hub.announced();
    let before = announced.0.lock().before;
    let Some(before) = before else {
        let newest = announcements::newest(&engine.db).await?;
        announced.0.lock().before = Some(newest);
        return Ok(());
    };
    for made in announcements::after(&engine.db, before, engine.now() - RECENT).await? {
        engine.hub.announce_here(&made);
    }
    Ok(())
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use both_databases::both_databases;

    use super::*;
    use crate::domain::UserId;
    use crate::domain::announcement::{Level, NewAnnouncement};
    use crate::testing::TestEngine;

    /// Stores an announcement as another process does.
    async fn made(t: &TestEngine, by: UserId, message: &str) -> Announcement {
        let new = NewAnnouncement { message: message.to_owned(), level: Level::Info };
        announcements::insert(&t.engine.db, by, &new, t.engine.now()).await.unwrap()
    }

    #[both_databases]
    async fn those_of_other_processes_come_once_and_old_ones_never(t: &TestEngine) {
        let ada = t.sign_up("ada").await.id;
        made(t, ada, "before the process").await;
        let mut listener = t.engine.hub.listen(ada, "token".into());
        look(&t.engine).await.unwrap();
        let first = made(t, ada, "from afar").await;
        t.engine.hub.announce_here(&first);
        made(t, ada, "from afar too").await;
        look(&t.engine).await.unwrap();
        look(&t.engine).await.unwrap();
        let texts: Vec<_> =
            std::iter::from_fn(|| listener.frames.try_recv().ok()).map(|w| w.text.clone()).collect();
        assert_eq!(texts.len(), 2, "{texts:?}");
        assert!(texts[0].contains("from afar\"") && texts[1].contains("from afar too"), "{texts:?}");
    }
}
