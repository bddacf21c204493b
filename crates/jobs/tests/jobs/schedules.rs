//! Recurring jobs.

use both_databases::both_databases;
use std::time::Duration;

use crate::stage::Stage;

#[both_databases]
async fn a_schedule_fires_once_over_two_workers(stage: &Stage) {
    let _workers = (stage.beating_workers(), stage.beating_workers());
    stage.until("beat", 1).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(stage.number("SELECT COUNT(*) FROM job").await, 1);
}

#[both_databases]
async fn a_schedule_catches_up_once_after_a_downtime(stage: &Stage) {
    stage.run("INSERT INTO schedule (name, next_at) VALUES ('beat', 1000000000)").await;
    let _workers = (stage.beating_workers(), stage.beating_workers());
    stage.until("beat", 1).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(stage.number("SELECT COUNT(*) FROM job").await, 1);
}

#[both_databases]
async fn a_schedule_keeps_its_beat(stage: &Stage) {
    stage.run("INSERT INTO schedule (name, next_at) VALUES ('beat', 1000000000)").await;
    let _workers = stage.beating_workers();
    stage.until("beat", 1).await;
    let off = "SELECT CAST(next_at - 1000000000 AS BIGINT) % 3600 FROM schedule";
    assert_eq!(stage.number(off).await, 0);
}
