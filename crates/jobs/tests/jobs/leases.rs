//! Leases when processes die, stall or compete.

use both_databases::both_databases;
use std::time::Duration;

use smartcache_jobs::Timing;

use crate::play::{Act, Play};
use crate::stage::{Stage, timing};

#[both_databases]
async fn two_processes_run_a_thousand_jobs_once_each(stage: &Stage) {
    let jobs = (0..1000).map(|n| Play { n, ..Play::new(Act::Work(0)) });
    stage.push_all(jobs).await;
    let _others = (stage.other_process(), stage.other_process());
    stage.until("did", 1).await;
    let took = stage.until_idle().await;
    println!("1,000 jobs took {took:?}");
    assert_eq!((stage.count("began").await, stage.count("did").await), (1000, 1000));
    assert_eq!(stage.number("SELECT COUNT(DISTINCT n) FROM happened WHERE what = 'did'").await, 1000);
    assert_eq!(stage.number("SELECT COUNT(DISTINCT pid) FROM happened").await, 2);
}

#[both_databases]
async fn a_killed_process_loses_its_job_to_another_one(stage: &Stage) {
    let other = stage.other_process();
    let job = stage.push(Act::HangOnce).await;
    stage.until("began", 1).await;
    other.signal("KILL");
    let _workers = stage.workers(timing());
    println!("the takeover took {:?}", stage.until("did", 1).await);
    assert_eq!((stage.row(job).await.state.as_str(), stage.row(job).await.attempts), ("done", 2));
}

#[both_databases]
async fn a_process_that_stood_still_for_too_long_is_refused(stage: &Stage) {
    let other = stage.other_process();
    stage.push(Act::Work(1000)).await;
    stage.until("began", 1).await;
    // Not during a write, or it would keep the database locked.
    tokio::time::sleep(Duration::from_millis(100)).await;
    other.signal("STOP");
    let _workers = stage.workers(timing());
    stage.until("did", 1).await;
    other.signal("CONT");
    stage.until("was refused", 1).await;
    let late = format!("SELECT COUNT(*) FROM happened WHERE what = 'did' AND pid = {}", other.pid());
    assert_eq!((stage.count("did").await, stage.number(&late).await), (1, 0));
}

#[both_databases]
async fn a_long_job_outlives_its_first_lease(stage: &Stage) {
    let job = stage.push(Act::Work(3000)).await;
    let _workers = (stage.workers(timing()), stage.workers(timing()));
    stage.until("did", 1).await;
    assert_eq!((stage.count("began").await, stage.row(job).await.attempts), (1, 1));
}

#[both_databases]
async fn a_job_taken_by_somebody_else_is_stopped(stage: &Stage) {
    stage.push(Act::Work(400)).await;
    let _workers = stage.workers(timing());
    stage.until("began", 1).await;
    stage.run("UPDATE job SET lease_epoch = lease_epoch + 1, lease_owner = 'somebody else'").await;
    stage.until("was refused", 1).await;
    assert_eq!(stage.count("did").await, 0);
}

#[both_databases]
async fn a_job_lost_in_its_last_attempt_is_given_up_instead_of_run(stage: &Stage) {
    let job = stage.push(Act::Work(0)).await;
    stage.run("UPDATE job SET state = 'running', attempts = 3, lease_owner = 'gone', lease_until = 0").await;
    let _workers = stage.workers(timing());
    stage.until_idle().await;
    assert_eq!((stage.count("began").await, stage.count("gave up").await), (0, 1));
    let row = stage.row(job).await;
    assert_eq!((row.state.as_str(), row.last_error.as_deref()), ("failed", Some("the worker was lost")));
}

#[both_databases]
async fn a_worker_takes_no_more_jobs_than_it_has_slots(stage: &Stage) {
    stage.push_all((0..6).map(|n| Play { n, ..Play::new(Act::UntilStopped) })).await;
    let _workers = stage.workers(Timing { poll: Duration::from_millis(10), ..timing() });
    stage.until("began", 4).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(stage.number("SELECT COUNT(*) FROM job WHERE state = 'running'").await, 4);
}
