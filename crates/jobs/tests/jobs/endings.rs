//! Ends of jobs, successful or not.

use both_databases::both_databases;
use std::time::Duration;

use crate::play::Act;
use crate::stage::{Stage, timing};
use smartcache_jobs::Timing;

#[both_databases]
async fn a_payload_nobody_can_read_fails_alone(stage: &Stage) {
    let poison = stage.push(Act::Work(0)).await;
    stage.run("UPDATE job SET payload = 'poison'").await;
    let sound = stage.push(Act::Work(0)).await;
    let _workers = stage.workers(timing());
    stage.until_idle().await;
    assert_eq!(stage.row(poison).await.state, "failed");
    assert_eq!(stage.row(sound).await.state, "done");
}

#[both_databases]
async fn a_panic_counts_as_an_attempt(stage: &Stage) {
    let job = stage.push(Act::Panic).await;
    let _workers = stage.workers(timing());
    stage.until_idle().await;
    let row = stage.row(job).await;
    assert_eq!((row.state.as_str(), row.attempts), ("failed", 3));
    assert_eq!(row.last_error.as_deref(), Some("panicked: on purpose"));
}

#[both_databases]
async fn a_retry_waits_as_long_as_it_asked(stage: &Stage) {
    let job = stage.push(Act::Later(700)).await;
    let _workers = stage.workers(timing());
    stage.until("began", 1).await;
    assert!(stage.until("began", 2).await >= Duration::from_millis(600));
    stage.until_idle().await;
    assert_eq!(stage.row(job).await.state, "done");
}

#[both_databases]
async fn waiting_for_a_service_uses_up_no_attempt(stage: &Stage) {
    let job = stage.push(Act::Miss(7)).await;
    let _workers = stage.workers(timing());
    stage.until_idle().await;
    let row = stage.row(job).await;
    assert_eq!((row.state.as_str(), row.attempts), ("done", 1));
    assert_eq!((stage.count("began").await, stage.count("gave up").await), (8, 0));
    assert_eq!(row.last_error.as_deref(), Some("away"));
}

#[both_databases]
async fn giving_up_happens_once_after_the_last_attempt(stage: &Stage) {
    let job = stage.push(Act::Retry).await;
    let _workers = stage.workers(timing());
    stage.until_idle().await;
    assert_eq!((stage.count("began").await, stage.count("gave up").await), (3, 1));
    assert_eq!(stage.row(job).await.last_error.as_deref(), Some("not  yet"));
}

#[both_databases]
async fn a_hopeless_job_is_not_tried_again(stage: &Stage) {
    let job = stage.push(Act::Fail).await;
    let _workers = stage.workers(timing());
    stage.until_idle().await;
    assert_eq!((stage.count("began").await, stage.count("gave up").await), (1, 1));
    assert_eq!(stage.row(job).await.state, "failed");
}

#[both_databases]
async fn a_job_that_cannot_be_given_up_has_not_failed(stage: &Stage) {
    let job = stage.push(Act::Fail).await;
    // The attempt's own event comes first; the index rejects the one for giving up.
    stage.run("CREATE UNIQUE INDEX one_note ON happened (n)").await;
    let _workers = stage.workers(timing());
    stage.until("began", 1).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(stage.row(job).await.state, "running");
    stage.run("DROP INDEX one_note").await;
    stage.until_idle().await;
    assert_eq!((stage.row(job).await.state.as_str(), stage.count("gave up").await), ("failed", 1));
}

#[both_databases]
async fn a_job_that_has_ended_itself_may_go_on(stage: &Stage) {
    let job = stage.push(Act::Linger(1000)).await;
    let _workers = stage.workers(timing());
    stage.until("lingered", 1).await;
    assert_eq!((stage.row(job).await.state.as_str(), stage.count("began").await), ("done", 1));
}

#[both_databases]
async fn a_job_that_wrongly_believes_it_is_lost_is_tried_again(stage: &Stage) {
    let job = stage.push(Act::Despair).await;
    let _workers = stage.workers(timing());
    stage.until("began", 2).await;
    stage.until_idle().await;
    assert_eq!(stage.row(job).await.state, "done");
}

#[both_databases]
async fn ended_jobs_are_forgotten_after_a_while(stage: &Stage) {
    stage.push(Act::Work(0)).await;
    let _workers = stage.workers(Timing { keep: Duration::from_millis(300), ..timing() });
    stage.until("did", 1).await;
    stage.until_number("SELECT -COUNT(*) FROM job", 0).await;
}
