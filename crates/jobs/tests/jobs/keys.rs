//! Jobs that must not run concurrently.

use crate::play::{Act, Play};
use crate::stage::{Stage, timing};
use both_databases::both_databases;

fn keyed(key: i64, takes: u64) -> Play {
    Play { n: key, key: Some(key.to_string()), ..Play::new(Act::Work(takes)) }
}

/// Number of jobs that began while another one with their key had begun and not ended.
const OVERLAPS: &str = "
    SELECT COUNT(*) FROM happened b WHERE what = 'began'
    AND (SELECT COUNT(*) FROM happened o WHERE o.n = b.n AND o.id < b.id AND o.what = 'began')
     <> (SELECT COUNT(*) FROM happened o WHERE o.n = b.n AND o.id < b.id AND o.what = 'did')";

#[both_databases]
async fn jobs_with_the_same_key_never_overlap(stage: &Stage) {
    stage.push_all((0..60).map(|n| keyed(n % 2, 5))).await;
    let _workers = (stage.workers(timing()), stage.workers(timing()), stage.other_process());
    stage.until("did", 60).await;
    assert_eq!(stage.number(OVERLAPS).await, 0);
}

#[both_databases]
async fn a_busy_key_does_not_hold_up_the_others(stage: &Stage) {
    stage.push_all([keyed(1, 2000), keyed(1, 0), keyed(1, 0), keyed(2, 0)]).await;
    let _workers = stage.workers(timing());
    stage.until("did", 1).await;
    assert_eq!(stage.number("SELECT COUNT(*) FROM happened WHERE what = 'did' AND n = 2").await, 1);
}

#[both_databases]
async fn a_busy_key_with_a_long_queue_does_not_hold_up_the_others(stage: &Stage) {
    stage.push_all([keyed(1, 3_000)]).await;
    let _workers = stage.workers(timing());
    stage.until("began", 1).await;
    // More than are looked at first.
    stage.push_all((0..100).map(|_| keyed(1, 0)).chain([keyed(2, 0)])).await;
    stage.until("did", 1).await;
    assert_eq!(stage.number("SELECT COUNT(*) FROM happened WHERE what = 'did' AND n = 2").await, 1);
}

/// Maximum number of jobs that ran at once.
const AT_ONCE: &str = "
    SELECT MAX((SELECT COUNT(*) FROM happened o WHERE o.id <= b.id AND o.what = 'began')
             - (SELECT COUNT(*) FROM happened o WHERE o.id <= b.id AND o.what = 'did')) FROM happened b";

#[both_databases]
async fn of_a_key_as_many_run_at_once_as_it_allows(stage: &Stage) {
    stage.push_all((0..40).map(|_| Play { limit: 3, ..keyed(1, 20) })).await;
    let _workers = (stage.workers(timing()), stage.workers(timing()), stage.other_process());
    stage.until("did", 40).await;
    assert_eq!(stage.number(AT_ONCE).await, 3);
}

#[both_databases]
async fn whatever_is_free_of_a_key_takes_the_next(stage: &Stage) {
    stage.push_all([Play { limit: 2, ..keyed(1, 3_000) }]).await;
    let _workers = stage.workers(timing());
    stage.until("began", 1).await;
    stage.push_all((0..5).map(|_| Play { n: 2, limit: 2, ..keyed(1, 0) })).await;
    stage.until("did", 5).await;
    assert_eq!(stage.number("SELECT COUNT(*) FROM happened WHERE what = 'did' AND n = 1").await, 0);
}

#[both_databases]
async fn among_equals_the_smaller_comes_first(stage: &Stage) {
    let sized = |n, priority, size| Play { n, priority, size, ..keyed(1, 0) };
    stage.push_all([sized(4, 0, 25), sized(3, 0, 20), sized(1, 1, 30), sized(2, 0, 10)]).await;
    let _workers = stage.workers(timing());
    stage.until("did", 4).await;
    let swapped = "SELECT COUNT(*) FROM happened a JOIN happened b ON a.id < b.id AND a.n > b.n
        WHERE a.what = 'did' AND b.what = 'did'";
    assert_eq!(stage.number(swapped).await, 0);
}

#[both_databases]
async fn a_job_that_is_to_be_tried_later_holds_no_place(stage: &Stage) {
    stage.push_all([Play { act: Act::Later(600_000), ..keyed(1, 0) }]).await;
    let _workers = stage.workers(timing());
    stage.until("began", 1).await;
    stage.push_all([keyed(1, 0)]).await;
    stage.until("did", 1).await;
    assert_eq!(stage.number("SELECT COUNT(*) FROM job WHERE state = 'ready'").await, 1);
}
