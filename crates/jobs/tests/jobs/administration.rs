//! Single jobs, retried and cancelled by an administrator.

use std::time::Duration;

use both_databases::both_databases;
use sea_orm::TransactionTrait;
use smartcache_jobs::{
    CancelledJob, Handlers, JobFailure, RetryResult, find, list, push, push_after, request_cancel, retry,
};

use crate::play::{Act, Play};
use crate::stage::{Stage, timing};

const HOUR: Duration = Duration::from_secs(3_600);

/// Cancels a job in a transaction of its own.
async fn cancel(stage: &Stage, job: i64) -> Option<CancelledJob> {
    let handlers = Handlers::new().with::<Play>();
    let txn = stage.db.begin().await.unwrap();
    let cancelled = handlers.cancel(&txn, &stage.db, job, &JobFailure::from("by hand")).await.unwrap();
    txn.commit().await.unwrap();
    cancelled
}

fn due() -> RetryResult {
    RetryResult::Due { queue: "stage".to_owned(), kind: "play".to_owned() }
}

#[both_databases]
async fn jobs_are_listed_by_queue_and_state_newest_first(stage: &Stage) {
    let (first, second) = (stage.push(Act::Work(0)).await, stage.push(Act::Work(0)).await);
    let ids = async |queue, states: &[&str], before| {
        let jobs = list(&stage.db, queue, states, before, 10).await.unwrap();
        jobs.into_iter().map(|job| job.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(None, &["ready", "failed"], i64::MAX).await, [second, first]);
    assert_eq!(ids(Some("stage"), &["ready"], second).await, [first]);
    assert_eq!(ids(Some("elsewhere"), &["ready"], i64::MAX).await, [] as [i64; 0]);
    assert_eq!(ids(None, &["failed"], i64::MAX).await, [] as [i64; 0]);
    assert_eq!(ids(None, &[], i64::MAX).await, [] as [i64; 0]);
    let job = find(&stage.db, first).await.unwrap().unwrap();
    assert_eq!((job.kind.as_str(), job.attempts, job.max_attempts), ("play", 0, 3));
    assert!(job.created_at > 1.7e9 && job.run_at >= job.created_at && job.finished_at.is_none());
    assert_eq!(find(&stage.db, 999_999).await.unwrap(), None);
}

#[both_databases]
async fn a_failed_job_runs_again_with_all_its_attempts(stage: &Stage) {
    let job = stage.push(Act::Retry).await;
    let _workers = stage.workers(timing());
    stage.until("gave up", 1).await;
    stage.until_idle().await;
    assert_eq!(retry(&stage.db, job).await.unwrap(), due());
    stage.until("gave up", 2).await;
    stage.until_idle().await;
    assert_eq!((stage.count("began").await, stage.row(job).await.state.as_str()), (6, "failed"));
}

#[both_databases]
async fn a_job_that_waits_for_later_is_due_at_once(stage: &Stage) {
    let job = push_after(&stage.db, &Play::new(Act::Work(0)), HOUR).await.unwrap().unwrap();
    assert_eq!(retry(&stage.db, job).await.unwrap(), due());
    let _workers = stage.workers(timing());
    stage.until_idle().await;
    assert_eq!(stage.row(job).await.state, "done");
    assert_eq!(retry(&stage.db, job).await.unwrap(), RetryResult::Unchanged);
    assert_eq!(retry(&stage.db, 999_999).await.unwrap(), RetryResult::Unchanged);
}

#[both_databases]
async fn a_failed_job_does_not_run_beside_a_new_one_with_its_key(stage: &Stage) {
    let job = push(&stage.db, &Play::keyed(Act::Fail, "one")).await.unwrap().unwrap();
    let workers = stage.workers(timing());
    stage.until_idle().await;
    workers.shutdown().await;
    push(&stage.db, &Play::keyed(Act::Work(0), "one")).await.unwrap().unwrap();
    assert_eq!(retry(&stage.db, job).await.unwrap(), RetryResult::Duplicate);
    assert_eq!(stage.row(job).await.state, "failed");
}

#[both_databases]
async fn a_waiting_job_that_an_administrator_cancels_is_given_up_once(stage: &Stage) {
    let job = stage.push(Act::Work(0)).await;
    let cancelled = CancelledJob { queue: "stage".into(), kind: "play".into(), was_waiting: true };
    assert_eq!(cancel(stage, job).await, Some(cancelled.clone()));
    assert_eq!(stage.count("gave up").await, 1);
    let row = stage.row(job).await;
    assert_eq!((row.state.as_str(), row.last_error.as_deref()), ("cancelled", Some("by hand")));
    assert_eq!(cancel(stage, job).await, None);
    assert_eq!(retry(&stage.db, job).await.unwrap(), RetryResult::Unchanged);

    let failed = stage.push(Act::Fail).await;
    let _workers = stage.workers(timing());
    stage.until_idle().await;
    assert_eq!(cancel(stage, failed).await, Some(CancelledJob { was_waiting: false, ..cancelled }));
    assert_eq!(stage.count("gave up").await, 2, "it was given up when it failed");
    assert_eq!(stage.row(failed).await.last_error.as_deref(), Some("no use"));
}

#[both_databases]
async fn a_running_job_is_left_to_its_worker(stage: &Stage) {
    let job = push(&stage.db, &Play::keyed(Act::UntilStopped, "one")).await.unwrap().unwrap();
    let _workers = stage.workers(timing());
    stage.until("began", 1).await;
    assert_eq!(cancel(stage, job).await, None);
    assert_eq!(retry(&stage.db, job).await.unwrap(), RetryResult::Unchanged);
    assert_eq!((stage.row(job).await.state.as_str(), stage.count("heard").await), ("running", 0));
    assert!(request_cancel(&stage.db, "play", "one").await.unwrap());
    stage.until_idle().await;
}

#[both_databases]
async fn a_job_of_an_unknown_kind_is_cancelled_too(stage: &Stage) {
    let job = stage.push(Act::Work(0)).await;
    stage.run("UPDATE job SET kind = 'of another version'").await;
    assert!(cancel(stage, job).await.is_some_and(|job| job.was_waiting));
    assert_eq!((stage.row(job).await.state.as_str(), stage.count("gave up").await), ("cancelled", 0));
}
