//! Cases from public bug reports of other programs, against the real server and an origin, on both databases.

mod catalogue;
mod media;
mod publisher;

use serde_json::Value;
use smartcache::engine::catalog::refresh::RefreshDue;
use smartcache::testing::Backend;

use crate::harness::{App, Person};
use crate::rogue::Rogue;

struct Stage {
    app: App,
    rogue: Rogue,
    ada: Person,
}

impl Stage {
    async fn on(backend: Backend) -> Option<Self> {
        let rogue = Rogue::start().await;
        let allowance = rogue.allowance();
        let app = App::with(backend, |config| {
            config.egress_allow.push(allowance.parse().unwrap());
            config.max_file_mb = 500;
        });
        let app = app.await?;
        let ada = app.sign_up("ada").await;
        Some(Self { app, rogue, ada })
    }

    /// Items of a source with these titles, in this order.
    async fn items(&self, source: i64, titles: &[&str]) -> Vec<Value> {
        let all = self.ada.all(&format!("/api/v1/items?source_id={source}")).await;
        let item = |title| all.iter().find(|item| item["title"] == title);
        titles
            .iter()
            .map(|title| item(*title).unwrap_or_else(|| panic!("{title}: {all:?}")).clone())
            .collect()
    }

    /// Queues the items with these titles. Returns the downloads.
    async fn queue(&self, source: i64, titles: &[&str]) -> Vec<i64> {
        let mut queued = Vec::new();
        for item in self.items(source, titles).await {
            queued.push(self.ada.queue(&item).await);
        }
        queued
    }

    async fn file(&self, download: i64) -> Vec<u8> {
        self.ada.get(&format!("/api/v1/downloads/{download}/file")).await.body
    }

    /// Runs the catalogue's job for due refreshes.
    async fn wake(&self) {
        let mut work = self.app.engine.begin().await.unwrap();
        work.push(&RefreshDue {}).await.unwrap();
        work.commit().await.unwrap();
    }
}

/// Runs a case on each database.
async fn play(case: impl AsyncFn(&Stage)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(stage) = Stage::on(backend).await else { continue };
        case(&stage).await;
        stage.app.clear().await;
    }
}
