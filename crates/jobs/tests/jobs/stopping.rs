//! Shutdown and cancellation.

use both_databases::both_databases;
use std::time::Duration;

use smartcache_jobs::{Timing, push, request_cancel};

use crate::play::{Act, Play};
use crate::stage::{Stage, timing};

#[both_databases]
async fn a_shutdown_gives_back_what_does_not_end_in_time(stage: &Stage) {
    let job = stage.push(Act::HangOnce).await;
    let workers = stage.workers(Timing { grace: Duration::from_millis(300), ..timing() });
    stage.until("began", 1).await;
    workers.shutdown().await;
    let row = stage.row(job).await;
    assert_eq!((row.state.as_str(), row.attempts, row.lease_epoch), ("ready", 0, 2));
}

#[both_databases]
async fn a_shutdown_keeps_the_leases_of_what_it_waits_for(stage: &Stage) {
    let job = stage.push(Act::Work(3000)).await;
    let workers = stage.workers(timing());
    stage.until("began", 1).await;
    let _others = stage.workers(timing());
    workers.shutdown().await;
    assert_eq!((stage.count("began").await, stage.row(job).await.state.as_str()), (1, "done"));
}

#[both_databases]
async fn a_shutdown_takes_nothing_new(stage: &Stage) {
    let workers = stage.workers(timing());
    workers.shutdown().await;
    let job = stage.push(Act::Work(0)).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(stage.row(job).await.state, "ready");
}

#[both_databases]
async fn a_waiting_job_that_is_cancelled_never_runs(stage: &Stage) {
    let job = push(&stage.db, &Play::keyed(Act::Work(0), "one")).await.unwrap().unwrap();
    assert!(request_cancel(&stage.db, "play", "one").await.unwrap());
    let _workers = stage.workers(timing());
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!((stage.row(job).await.state.as_str(), stage.count("began").await), ("cancelled", 0));
}

#[both_databases]
async fn a_running_job_hears_that_it_is_cancelled(stage: &Stage) {
    let job = push(&stage.db, &Play::keyed(Act::UntilStopped, "one")).await.unwrap().unwrap();
    let _workers = stage.workers(timing());
    stage.until("began", 1).await;
    assert!(request_cancel(&stage.db, "play", "one").await.unwrap());
    stage.until("heard", 1).await;
    stage.until_idle().await;
    assert_eq!((stage.row(job).await.state.as_str(), stage.row(job).await.attempts), ("cancelled", 1));
    assert_eq!(stage.count("gave up").await, 0);
}

#[both_databases]
async fn nothing_is_cancelled_after_its_end(stage: &Stage) {
    push(&stage.db, &Play::keyed(Act::Work(0), "one")).await.unwrap().unwrap();
    let _workers = stage.workers(timing());
    stage.until_idle().await;
    assert!(!request_cancel(&stage.db, "play", "one").await.unwrap());
}

#[both_databases]
async fn the_successor_of_a_cancelled_job_waits_for_its_end(stage: &Stage) {
    push(&stage.db, &Play::keyed(Act::Work(1000), "one")).await.unwrap().unwrap();
    let _workers = stage.workers(timing());
    stage.until("began", 1).await;
    request_cancel(&stage.db, "play", "one").await.unwrap();
    let next = push(&stage.db, &Play::keyed(Act::Work(0), "one")).await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(stage.row(next).await.state, "ready");
    stage.until("did", 2).await;
}
