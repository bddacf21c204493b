//! Health of the queues, as a monitor sees it.

use both_databases::both_databases;
use std::time::Duration;

use sea_orm::ConnectionTrait;
use smartcache_jobs::{JobCount, QueueHealth, counts, queue_health};

use crate::stage::{Stage, timing};

const LEASE: Duration = Duration::from_secs(30);

#[both_databases]
async fn work_is_well_while_a_worker_beats_and_each_queue_moves(stage: &Stage) {
    let db = &stage.db;
    assert_eq!(queue_health(db, LEASE).await.unwrap(), QueueHealth::default());
    let workers = stage.workers(timing());
    stage.until_number("SELECT COUNT(*) FROM worker", 1).await;
    let well = queue_health(db, LEASE).await.unwrap();
    assert!(well.is_well() && well.workers == 1, "{well:?}");
    workers.shutdown().await;
    assert_eq!(queue_health(db, LEASE).await.unwrap().workers, 0, "a worker that ends takes its row away");
    let now = sql::now(db);
    stage.run(&format!("INSERT INTO worker (id, started_at, seen_at) VALUES ('one', {now}, {now})")).await;
    let job = |state: &str, queue: &str, since: f64| {
        format!(
            "INSERT INTO job (queue, kind, payload, state, run_at, max_attempts, created_at)
             VALUES ('{queue}', 'test', '{{}}', '{state}', {now} - {since}, 1, 0)"
        )
    };
    stage.run(&job("ready", "runs", 1_000.0)).await;
    let stuck = queue_health(db, LEASE).await.unwrap();
    assert!(!stuck.is_well() && stuck.stalled_seconds > 999.0, "{stuck:?}");
    stage.run(&job("running", "runs", 10.0)).await;
    assert!(queue_health(db, LEASE).await.unwrap().is_well(), "a busy queue may be long");
    db.execute_unprepared("UPDATE worker SET seen_at = seen_at - 41").await.unwrap();
    assert_eq!(queue_health(db, LEASE).await.unwrap().workers, 0);
}

#[both_databases]
async fn jobs_are_counted_by_queue_and_state(stage: &Stage) {
    let now = sql::now(&stage.db);
    for (state, queue, since) in [
        ("ready", "feeds", 100.0),
        ("ready", "feeds", 5.0),
        ("ready", "runs", -60.0),
        ("done", "feeds", 900.0),
    ] {
        let job = format!(
            "INSERT INTO job (queue, kind, payload, state, run_at, max_attempts, created_at)
             VALUES ('{queue}', 'test', '{{}}', '{state}', {now} - {since}, 1, 0)"
        );
        stage.run(&job).await;
    }
    let counted = counts(&stage.db).await.unwrap();
    let told = |count: &JobCount| (count.queue.clone(), count.state.clone(), count.jobs);
    assert_eq!(
        counted.iter().map(told).collect::<Vec<_>>(),
        [("feeds", "done", 1), ("feeds", "ready", 2), ("runs", "ready", 1)].map(|(queue, state, jobs)| (
            queue.to_owned(),
            state.to_owned(),
            jobs
        ))
    );
    assert_eq!((counted[0].oldest_seconds, counted[2].oldest_seconds), (None, None), "neither is due");
    assert!(
        counted[1].oldest_seconds.is_some_and(|seconds| (100.0..160.0).contains(&seconds)),
        "{counted:?}"
    );
}
