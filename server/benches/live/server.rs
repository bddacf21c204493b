//! The server under test: one process on an empty SQLite, with users and sessions inserted directly.

use std::time::Instant;

use serde_json::json;
use smartcache::db::events;
use smartcache::domain::UserId;
use smartcache::domain::event::EventKind;
use smartcache::engine::{SharedEngine, start};
use smartcache::testing::{Backend, Ground};

use crate::process::{Process, sign_up};

pub struct Server {
    pub base: String,
    process: Process,
    engine: SharedEngine,
    _ground: Ground,
    owners: std::sync::Mutex<Vec<UserId>>,
}

impl Server {
    pub async fn start() -> Self {
        let ground = Ground::new(Backend::Sqlite).await.unwrap();
        let process = Process::smartcache("serve", &ground, &[]).await;
        let engine = start::open(ground.config()).await.unwrap();
        Self { base: process.base(), process, engine, _ground: ground, owners: Default::default() }
    }

    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Signs up this many users. Returns their session tokens.
    pub async fn sessions(&self, count: usize) -> Vec<String> {
        let members = sign_up(&self.engine, count).await;
        self.owners.lock().unwrap().extend(members.iter().map(|member| member.id));
        members.into_iter().map(|member| member.token).collect()
    }

    /// Records an event for every user from another process. Returns the moment from which it is visible.
    pub async fn record_for_all(&self) -> Instant {
        let (now, work) = (self.engine.now(), self.engine.begin().await.unwrap());
        let owners = self.owners.lock().unwrap().clone();
        for owner in owners {
            let data = json!({ "message": "for everybody", "level": "info" });
            events::append(&*work, owner, None, EventKind::System, data, now).await.unwrap();
        }
        work.commit().await.unwrap();
        Instant::now()
    }
}
