//! Jobs that must not run side by side.

use crate::play::{Act, Play};
use crate::stage::{Stage, timing};

fn keyed(key: i64, takes: u64) -> Play {
    Play { n: key, key: Some(key.to_string()), ..Play::new(Act::Work(takes)) }
}

/// How many jobs began while another one with their key had begun and not ended.
const OVERLAPS: &str = "
    SELECT COUNT(*) FROM happened b WHERE what = 'began'
    AND (SELECT COUNT(*) FROM happened o WHERE o.n = b.n AND o.id < b.id AND o.what = 'began')
     <> (SELECT COUNT(*) FROM happened o WHERE o.n = b.n AND o.id < b.id AND o.what = 'did')";

async fn jobs_with_the_same_key_never_overlap(stage: &Stage) {
    stage.push_all((0..60).map(|n| keyed(n % 2, 5))).await;
    let _workers = (stage.workers(timing()), stage.workers(timing()), stage.other_process());
    stage.until("did", 60).await;
    assert_eq!(stage.number(OVERLAPS).await, 0);
}

async fn a_busy_key_does_not_hold_up_the_others(stage: &Stage) {
    stage.push_all([keyed(1, 2000), keyed(1, 0), keyed(1, 0), keyed(2, 0)]).await;
    let _workers = stage.workers(timing());
    stage.until("did", 1).await;
    assert_eq!(stage.number("SELECT COUNT(*) FROM happened WHERE what = 'did' AND n = 2").await, 1);
}

crate::on_both_databases![jobs_with_the_same_key_never_overlap, a_busy_key_does_not_hold_up_the_others];
