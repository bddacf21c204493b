//! Immediate takeover: processes of one machine notice each other's end. All leases here last ten minutes.

use both_databases::both_databases;
use std::time::Duration;

use crate::play::Act;
use crate::stage::Stage;

#[both_databases]
async fn what_a_killed_process_held_goes_on_at_once(stage: &Stage) {
    let place = stage.place("workers");
    let other = stage.other_proven_process(&place);
    let job = stage.push(Act::HangOnce).await;
    stage.until("began", 1).await;
    let _workers = stage.proven_workers(&place);
    other.signal("KILL");
    let took = stage.until("did", 1).await;
    println!("the takeover took {took:?}");
    assert!(took < Duration::from_secs(4), "{took:?}");
    let row = stage.row(job).await;
    assert_eq!((row.state.as_str(), row.attempts, row.lease_epoch), ("done", 2, 3));
    assert_eq!(row.last_error.as_deref(), Some("the worker was lost"));
}

#[both_databases]
async fn a_process_that_starts_again_takes_up_its_own_work(stage: &Stage) {
    let place = stage.place("workers");
    let other = stage.other_proven_process(&place);
    stage.push(Act::HangOnce).await;
    stage.until("began", 1).await;
    other.signal("KILL");
    drop(other);
    let _workers = stage.proven_workers(&place);
    let took = stage.until("did", 1).await;
    assert!(took < Duration::from_secs(4), "{took:?}");
}

#[both_databases]
async fn a_process_that_stands_still_keeps_what_it_holds(stage: &Stage) {
    let place = stage.place("workers");
    let other = stage.other_proven_process(&place);
    let job = stage.push(Act::HangOnce).await;
    stage.until("began", 1).await;
    other.signal("STOP");
    let _workers = stage.proven_workers(&place);
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let row = stage.row(job).await;
    assert_eq!((row.state.as_str(), row.lease_epoch, stage.count("did").await), ("running", 1, 0));
}

#[both_databases]
async fn a_process_that_works_elsewhere_is_left_to_its_leases(stage: &Stage) {
    let other = stage.other_proven_process(&stage.place("elsewhere"));
    let job = stage.push(Act::HangOnce).await;
    stage.until("began", 1).await;
    let _workers = stage.proven_workers(&stage.place("here"));
    other.signal("KILL");
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(stage.row(job).await.state, "running");
}
