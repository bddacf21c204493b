//! Effects of a push.

use both_databases::both_databases;
use std::time::Duration;

use sea_orm::TransactionTrait;
use smartcache_jobs::{
    Handlers, Notifier, QueuePosition, Timing, move_to, push, push_after, request_cancel, unfinished, waiting,
};

use crate::play::{Act, Closed, Play, Shy};
use crate::stage::{Stage, timing};

#[both_databases]
async fn a_job_is_gone_when_its_transaction_rolls_back(stage: &Stage) {
    let txn = stage.db.begin().await.unwrap();
    push(&txn, &Play::new(Act::Work(0))).await.unwrap().unwrap();
    txn.rollback().await.unwrap();
    assert_eq!(unfinished(&stage.db).await.unwrap(), 0);
}

#[both_databases]
async fn the_same_job_pushed_twice_is_one_job(stage: &Stage) {
    let job = Play::keyed(Act::Work(0), "same");
    assert!(push(&stage.db, &job).await.unwrap().is_some());
    assert!(push(&stage.db, &job).await.unwrap().is_none());
    assert_eq!(unfinished(&stage.db).await.unwrap(), 1);
}

#[both_databases]
async fn a_job_pushed_while_it_runs_runs_once_more_with_what_was_pushed_last(stage: &Stage) {
    // However the first attempt ends: by its own transaction, by success, by failure or by a retry.
    let later = |act| Act::After(300, Box::new(act));
    let acts = [Act::Work(300), later(Act::Pass), later(Act::Fail), later(Act::Retry)];
    for (round, act) in acts.into_iter().enumerate() {
        let workers = stage.workers(timing());
        let n = 10 * round as i64;
        let id = push(&stage.db, &Play { n, ..Play::keyed(act, "same") }).await.unwrap().unwrap();
        stage.until("began", round as i64 * 2 + 1).await;
        for n in [n + 1, n + 2] {
            let again = Play { n, ..Play::keyed(Act::Work(0), "same") };
            assert!(push(&stage.db, &again).await.unwrap().is_none());
        }
        stage.until_idle().await;
        let began = format!("SELECT COUNT(*) FROM happened WHERE what = 'began' AND n = {}", n + 2);
        assert_eq!(stage.number(&began).await, 1);
        assert_eq!(stage.count("began").await, round as i64 * 2 + 2);
        let row = stage.row(id).await;
        assert_eq!((row.state.as_str(), row.attempts), ("done", 1));
        workers.shutdown().await;
    }
    assert_eq!(stage.count("gave up").await, 0);
}

#[both_databases]
async fn a_job_that_was_told_to_stop_does_not_run_once_more(stage: &Stage) {
    let job = Play::keyed(Act::UntilStopped, "same");
    let id = push(&stage.db, &job).await.unwrap().unwrap();
    let _workers = stage.workers(timing());
    stage.until("began", 1).await;
    assert!(push(&stage.db, &job).await.unwrap().is_none());
    assert!(request_cancel(&stage.db, "play", "same").await.unwrap());
    stage.until_idle().await;
    assert_eq!((stage.row(id).await.state.as_str(), stage.count("began").await), ("cancelled", 1));
}

#[both_databases]
async fn a_job_that_ends_behind_its_row_is_not_run_again(stage: &Stage) {
    let job = Closed(Play::keyed(Act::Work(300), "same"));
    push(&stage.db, &job).await.unwrap().unwrap();
    let _workers = stage.workers_with(Handlers::new().with::<Closed>(), 4, Notifier::default(), timing());
    stage.until("began", 1).await;
    assert!(push(&stage.db, &job).await.unwrap().is_none());
    stage.until_idle().await;
    assert_eq!(stage.count("began").await, 1);
}

#[both_databases]
async fn a_kind_that_is_left_to_others_waits_and_its_queue_goes_on(stage: &Stage) {
    let handlers = Handlers::new().with::<Shy>().with::<Play>();
    let workers = stage.workers_with(handlers, 4, Notifier::default(), timing());
    push(&stage.db, &Shy(Play { n: 1, ..Play::new(Act::Work(0)) })).await.unwrap().unwrap();
    push(&stage.db, &Play { n: 2, ..Play::new(Act::Work(0)) }).await.unwrap().unwrap();
    stage.until("did", 1).await;
    assert_eq!(stage.number("SELECT n FROM happened WHERE what = 'did'").await, 2);
    stage.run("INSERT INTO happened (what, n) VALUES ('welcomed', 0)").await;
    stage.until("did", 2).await;
    workers.shutdown().await;
}

#[both_databases]
async fn the_same_job_may_come_again_after_it_has_ended(stage: &Stage) {
    let job = Play::keyed(Act::Work(0), "same");
    let _workers = stage.workers(timing());
    for _ in 0..2 {
        push(&stage.db, &job).await.unwrap().unwrap();
        stage.until_idle().await;
    }
    assert_eq!(stage.count("did").await, 2);
}

#[both_databases]
async fn a_delayed_job_waits_for_its_time(stage: &Stage) {
    let _workers = stage.workers(timing());
    push_after(&stage.db, &Play::new(Act::Work(0)), Duration::from_millis(700)).await.unwrap();
    assert!(stage.until("did", 1).await >= Duration::from_millis(650));
}

#[both_databases]
async fn urgent_jobs_are_taken_first(stage: &Stage) {
    let jobs = [0, 2, 1].map(|priority| Play { n: priority, priority, ..Play::new(Act::Work(0)) });
    stage.push_all(jobs).await;
    let _workers = stage.workers_with(Handlers::new().with::<Play>(), 1, Notifier::default(), timing());
    stage.until_idle().await;
    let order = "SELECT COUNT(*) FROM happened a JOIN happened b ON a.id < b.id AND a.n < b.n
                 WHERE a.what = 'began' AND b.what = 'began'";
    assert_eq!(stage.number(order).await, 0);
}

#[both_databases]
async fn the_same_job_pushed_with_more_urgency_is_raised_and_with_less_is_not_lowered(stage: &Stage) {
    for (priority, counts) in [(0, 0), (5, 5), (2, 5)] {
        push(&stage.db, &Play { priority, ..Play::keyed(Act::Work(0), "same") }).await.unwrap();
        assert_eq!(stage.number("SELECT priority FROM job").await, counts);
    }
}

#[both_databases]
async fn a_waiting_job_that_is_raised_is_taken_first_and_a_running_one_is_left_alone(stage: &Stage) {
    let workers = stage.workers_with(Handlers::new().with::<Play>(), 1, Notifier::default(), timing());
    push(&stage.db, &Play { n: 9, ..Play::keyed(Act::Work(1_000), "running") }).await.unwrap();
    stage.until("began", 1).await;
    for (n, uniq) in [(1, "first"), (2, "second")] {
        push(&stage.db, &Play { n, ..Play::keyed(Act::Work(0), uniq) }).await.unwrap();
    }
    assert!(waiting(&stage.db, "play", Some("running")).await.unwrap().is_empty());
    let second = waiting(&stage.db, "play", Some("second")).await.unwrap().pop().unwrap();
    assert!(second.waited >= 0.0 && waiting(&stage.db, "play", None).await.unwrap().len() == 2);
    let [wrong, now, first] = [3, 0, 4].map(|priority| QueuePosition { priority, size: 0 });
    move_to(&stage.db, &[second.id], wrong, first).await.unwrap();
    assert_eq!(waiting(&stage.db, "play", Some("second")).await.unwrap()[0].priority, 0);
    move_to(&stage.db, &[second.id], now, first).await.unwrap();
    stage.until_idle().await;
    let order = "SELECT COUNT(*) FROM happened a JOIN happened b ON a.id < b.id
                 WHERE a.what = 'began' AND b.what = 'began' AND a.n = 2 AND b.n = 1";
    assert_eq!(stage.number(order).await, 1);
    workers.shutdown().await;
}

#[both_databases]
async fn a_ring_wakes_the_workers_before_they_would_look(stage: &Stage) {
    let notifier = Notifier::default();
    let seldom = Timing { poll: Duration::from_secs(3600), ..timing() };
    let _workers = stage.workers_with(Handlers::new().with::<Play>(), 1, notifier.clone(), seldom);
    tokio::time::sleep(Duration::from_millis(300)).await;
    stage.push(Act::Work(0)).await;
    notifier.notify("stage");
    stage.until("did", 1).await;
}

#[both_databases]
async fn a_kind_nobody_knows_is_left_alone(stage: &Stage) {
    let job = stage.push(Act::Work(0)).await;
    stage.run("UPDATE job SET kind = 'news'").await;
    let _workers = stage.workers(timing());
    stage.push(Act::Work(0)).await;
    stage.until("did", 1).await;
    assert_eq!(stage.row(job).await.state, "ready");
}
