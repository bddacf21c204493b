//! Jobs that fetch the requested pictures: one that finds those that are due, and one for each of them.

use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use egress::host;
use jobs::{Job, JobError, Lease};
use serde::{Deserialize, Serialize};

use crate::db::pictures;
use crate::engine::job_names::FETCH_PICTURES;
use crate::engine::{Result, SharedEngine, downloads};

/// Interval at which due pictures are looked for.
pub const EVERY: Duration = Duration::from_secs(60);
/// Maximum jobs that are pushed at once. The rest follow a minute later.
const MAX_AT_ONCE: i64 = 200;
/// Time after which a picture whose job was lost is due again.
pub const PATIENCE: TimeDelta = TimeDelta::hours(1);

/// Pushes a job for each picture that is due; a single instance.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct FetchPictures {}

#[async_trait]
impl Job for FetchPictures {
    const KIND: &'static str = FETCH_PICTURES.kind;
    const QUEUE: &'static str = FETCH_PICTURES.queue;
    type Context = SharedEngine;

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(&self, engine: &SharedEngine, _lease: &Lease) -> Result<(), JobError> {
        if downloads::is_disk_full(&engine.config) {
            return Ok(());
        }
        push_due(engine).await.map_err(JobError::retry)
    }
}

async fn push_due(engine: &SharedEngine) -> Result<()> {
    let due = pictures::due(&engine.db, engine.now(), MAX_AT_ONCE).await?;
    if due.is_empty() {
        return Ok(());
    }
    let mut work = engine.begin().await?;
    for address in &due {
        work.push(&FetchPicture::of(address)).await?;
    }
    pictures::postpone(&*work, &due, engine.now() + PATIENCE).await?;
    work.commit().await
}

/// Fetches one picture.
#[derive(Debug, Serialize, Deserialize)]
pub struct FetchPicture {
    address: String,
}

impl FetchPicture {
    fn of(address: &str) -> Self {
        Self { address: address.to_owned() }
    }
}

#[async_trait]
impl Job for FetchPicture {
    const KIND: &'static str = "picture";
    const QUEUE: &'static str = "pictures";
    /// Any attempt brings the picture as it is now.
    const RUNS_AGAIN: bool = false;
    type Context = SharedEngine;

    fn unique_key(&self) -> Option<String> {
        Some(self.address.clone())
    }

    fn concurrency_key(&self) -> Option<String> {
        Some(format!("pictures of {}", host(&self.address)))
    }

    async fn subject(&self, _: &SharedEngine) -> String {
        format!("picture at {}", host(&self.address))
    }

    async fn run(&self, engine: &SharedEngine, _lease: &Lease) -> Result<(), JobError> {
        // Idempotent, so a late writer after a lost lease does no harm.
        super::fetch(engine, &self.address).await.map(|_| ()).map_err(JobError::retry)
    }
}
