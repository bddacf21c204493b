//! Guarantees of the job queue, on both databases and across several processes.
#![allow(clippy::unwrap_used)]

mod administration;
mod endings;
mod health;
mod keys;
mod leases;
mod observing;
mod play;
mod presence;
mod pushing;
mod schedules;
mod stage;
mod stopping;

use stage::Stage;

/// Entry point of a test's other process: this binary, started again. Does nothing without a parent.
#[tokio::test(flavor = "multi_thread")]
async fn the_other_process() {
    let Some(stage) = Stage::inherited().await else { return };
    let workers = stage.inherited_workers();
    // The pipe closes when the parent ends, however it ends.
    let parent = tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    parent.await.unwrap().unwrap();
    workers.shutdown().await;
}
