//! One poll per process, instead of one per connection, for changes that other processes made.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::progress::{self, ToldProgress};
use super::{QUEUE, announcements};
use crate::db::{events, sessions};
use crate::domain::{DateTime, UserId, Utc};
use crate::engine::{Engine, Result};

/// Maximum number of sessions or users per SQL statement.
const SLICE: usize = 1_000;
/// Maximum number of frames sent to a user at a time. More would look like a client that does not keep up.
const MAX_FRAMES: i64 = QUEUE as i64 / 4;

/// Cheap check for events of other processes. It misses an event that is committed after a later one, so it
/// only starts polls early.
#[derive(Debug, Default)]
pub struct NewEventCheck {
    /// Time of the newest event that a check has seen.
    seen: Option<DateTime<Utc>>,
}

impl NewEventCheck {
    /// Waits until a nudge, a newer event that this process did not record, or `until`, with `pause` between
    /// checks. Checks nothing while the relay brings events, or without listeners.
    pub async fn wait(&mut self, engine: &Engine, pause: Duration, until: Instant) {
        loop {
            let next = until.min(Instant::now() + pause);
            let is_nudged = timeout_at(next, engine.hub.nudged()).await.is_ok();
            if is_nudged || next == until || self.is_newer(engine).await {
                return;
            }
        }
    }

    async fn is_newer(&mut self, engine: &Engine) -> bool {
        let is_relayed = engine.relay.as_ref().is_some_and(|relay| relay.health().is_up());
        if is_relayed || engine.hub.connections() == 0 {
            return false;
        }
        let Ok(newest) = events::newest_time(&engine.db).await else { return false };
        let is_newer = newest > self.seen.max(engine.hub.newest_sent());
        self.seen = newest;
        is_newer
    }
}

/// Sends what other processes recorded for the users with listeners here: events, announcements, and progress
/// unless the relay brings it. Closes the connections of ended sessions.
pub async fn look(engine: &Engine, told: &mut ToldProgress) -> Result<()> {
    look_for_events(engine).await?;
    announcements::look(engine).await?;
    match &engine.relay {
        Some(relay) if relay.health().is_up() => told.clear(),
        _ => progress::look(engine, told).await?,
    }
    Ok(())
}

async fn look_for_events(engine: &Engine) -> Result<()> {
    let mut newest: BTreeMap<UserId, i64> = BTreeMap::new();
    for slice in engine.hub.sessions().chunks(SLICE) {
        let known = slice.iter().map(|(session, _, sent)| (session.clone(), *sent)).collect();
        let owners: BTreeMap<_, _> = slice.iter().map(|(session, owner, _)| (session, *owner)).collect();
        for change in sessions::changes(&engine.db, &known, engine.now()).await? {
            match (change.newest, owners.get(&change.token_hash)) {
                (Some(seq), Some(owner)) => _ = newest.insert(*owner, seq),
                _ => engine.hub.revoke_here(&change.token_hash),
            }
        }
    }
    let mut behind = Vec::new();
    for (owner, newest) in newest {
        // Another task may have sent them since.
        match engine.hub.behind(owner, newest) {
            Some(sent) if newest - sent > MAX_FRAMES => engine.hub.skip_to(owner, newest),
            Some(sent) => behind.push((owner, sent)),
            None => {}
        }
    }
    for slice in behind.chunks(SLICE) {
        for (owner, frame) in events::after_each(&engine.db, slice, MAX_FRAMES).await? {
            engine.hub.send_here(owner, &frame);
        }
    }
    Ok(())
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use both_databases::both_databases;
    use serde_json::json;

    use super::*;
    use crate::domain::event::EventKind;
    use crate::engine::accounts;
    use crate::engine::live::{self, Listener};
    use crate::testing::TestEngine;

    /// Records an event as another process does: the hub of this process is not notified.
    async fn record(t: &TestEngine, owner: UserId) {
        let data = json!({ "message": "from afar", "level": "info" });
        let work = t.engine.begin().await.unwrap();
        events::append(&*work, owner, None, EventKind::System, data, t.engine.now()).await.unwrap();
        work.commit().await.unwrap();
    }

    async fn listener(t: &TestEngine, owner: UserId, token: &str) -> Listener {
        let (hash, now) = (accounts::token_hash(token), t.engine.now());
        let week = now + chrono::TimeDelta::days(7);
        sessions::insert(&t.engine.db, owner, &hash, Default::default(), now, week).await.unwrap();
        let listener = t.engine.hub.listen(owner, hash);
        live::greeting(&t.engine, owner).await.unwrap();
        listener
    }

    #[both_databases]
    async fn a_check_finds_what_another_process_recorded_and_nothing_else(t: &TestEngine) {
        let ada = t.sign_up("ada").await.id;
        let mut check = NewEventCheck::default();
        record(t, ada).await;
        assert!(!check.is_newer(&t.engine).await, "nobody listens");
        let _listener = listener(t, ada, "token").await;
        assert!(check.is_newer(&t.engine).await);
        assert!(!check.is_newer(&t.engine).await, "nothing since");
        t.clock.advance(chrono::TimeDelta::seconds(1));
        let mut work = t.engine.begin().await.unwrap();
        work.record(ada, None, EventKind::System, json!({})).await.unwrap();
        work.commit().await.unwrap();
        assert!(!check.is_newer(&t.engine).await, "its own");
        t.clock.advance(chrono::TimeDelta::seconds(1));
        record(t, ada).await;
        let (pause, until) = (Duration::from_millis(1), Instant::now() + Duration::from_secs(3_600));
        check.wait(&t.engine, pause, until).await;
        let soon = Instant::now() + pause;
        check.wait(&t.engine, pause, soon).await;
    }

    #[both_databases]
    async fn what_another_process_recorded_comes_once_and_in_order(t: &TestEngine) {
        let ada = t.sign_up("ada").await.id;
        record(t, ada).await;
        let mut listener = listener(t, ada, "token").await;
        look(&t.engine, &mut ToldProgress::default()).await.unwrap();
        assert!(listener.frames.try_recv().is_err(), "the greeting has told the first");
        record(t, ada).await;
        record(t, ada).await;
        look(&t.engine, &mut ToldProgress::default()).await.unwrap();
        look(&t.engine, &mut ToldProgress::default()).await.unwrap();
        let numbers: Vec<_> = std::iter::from_fn(|| listener.frames.try_recv().ok()).map(|w| w.seq).collect();
        assert_eq!(numbers, [Some(2), Some(3)]);
    }

    #[both_databases]
    async fn more_than_the_queue_holds_is_left_to_each_connection(t: &TestEngine) {
        let ada = t.sign_up("ada").await.id;
        let mut listener = listener(t, ada, "token").await;
        for _ in 0..=QUEUE / 4 {
            record(t, ada).await;
        }
        look(&t.engine, &mut ToldProgress::default()).await.unwrap();
        assert_eq!(listener.frames.try_recv().unwrap().seq, Some(i64::MAX));
        assert!(listener.frames.try_recv().is_err());
    }

    #[both_databases]
    async fn a_session_that_another_process_ended_or_that_ran_out_is_over(t: &TestEngine) {
        let ada = t.sign_up("ada").await.id;
        let (first, second) = (listener(t, ada, "first").await, listener(t, ada, "second").await);
        sessions::delete(&t.engine.db, &accounts::token_hash("first")).await.unwrap();
        look(&t.engine, &mut ToldProgress::default()).await.unwrap();
        assert!(first.ended.is_cancelled() && !second.ended.is_cancelled());
        t.clock.advance(chrono::TimeDelta::days(8));
        look(&t.engine, &mut ToldProgress::default()).await.unwrap();
        assert!(second.ended.is_cancelled());
    }
}
