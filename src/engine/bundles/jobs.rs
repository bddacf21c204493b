//! Exports on a schedule, and looks into the drop folder. A job that is stopped goes on where it was, with
//! the next one.

use std::time::Duration;

use async_trait::async_trait;
use jobs::{Job, JobError, Lease};
use serde::{Deserialize, Serialize};

use super::drop_folder::watch;
use super::out_folder::export_on_schedule;
use crate::engine::{Result, SharedEngine};

/// Interval of looks into the drop folder.
pub const WATCH_EVERY: Duration = Duration::from_secs(60);
/// Concurrency key of both jobs. Only one runs at once, since they take as long as their volumes are large,
/// and share a queue with short ones.
const CONCURRENCY: &str = "bundles";

/// Exports for all trusted peers.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ExportBundles {}

#[async_trait]
impl Job for ExportBundles {
    const KIND: &'static str = "export_bundles";
    const QUEUE: &'static str = "refresh";
    type Context = SharedEngine;

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    fn concurrency_key(&self) -> Option<String> {
        Some(CONCURRENCY.to_owned())
    }

    async fn run(&self, engine: &SharedEngine, lease: &Lease) -> Result<(), JobError> {
        until_stopped(export_on_schedule(engine), lease).await
    }
}

/// Imports what has come into the drop folder.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct WatchDropFolder {}

#[async_trait]
impl Job for WatchDropFolder {
    const KIND: &'static str = "watch_drop_folder";
    const QUEUE: &'static str = "refresh";
    /// There is a next look.
    const MAX_ATTEMPTS: i64 = 1;
    type Context = SharedEngine;

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    fn concurrency_key(&self) -> Option<String> {
        Some(CONCURRENCY.to_owned())
    }

    async fn run(&self, engine: &SharedEngine, lease: &Lease) -> Result<(), JobError> {
        until_stopped(watch(engine), lease).await
    }
}

async fn until_stopped(work: impl Future<Output = Result<()>>, lease: &Lease) -> Result<(), JobError> {
    tokio::select! {
        done = work => done.map_err(JobError::retry),
        () = lease.stop.cancelled() => Err(JobError::LeaseLost),
    }
}
