//! A server with a clock that the test moves.

use chrono::{DateTime, Utc};
use smartcache::engine::clock::Clock;
use smartcache::testing::Backend;

use crate::harness::App;

pub struct Stage {
    pub app: App,
    pub clock: Clock,
}

impl Stage {
    async fn on(backend: Backend) -> Option<Self> {
        // Whole seconds, which survive every document format.
        let now = DateTime::from_timestamp(Utc::now().timestamp(), 0).unwrap();
        let clock = Clock::fixed(now);
        Some(Self { app: App::at(backend, clock.clone(), |_| {}).await?, clock })
    }

    pub async fn on_sqlite() -> Option<Self> {
        Self::on(Backend::Sqlite).await
    }

    pub async fn on_postgres() -> Option<Self> {
        Self::on(Backend::Postgres).await
    }

    pub async fn clear(self) {
        self.app.clear().await;
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}
