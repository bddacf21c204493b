//! Observation of attempts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use both_databases::both_databases;
use parking_lot::Mutex;
use smartcache_jobs::{Handlers, JobObserver, JobOutcome, Notifier, Timing};

use crate::play::{Act, Play};
use crate::stage::{Stage, timing};

/// Numbers of ended attempts by outcome, and of lost leases.
#[derive(Default)]
struct Tally {
    ended: Mutex<BTreeMap<&'static str, usize>>,
    longest: Mutex<Duration>,
    lost: AtomicUsize,
}

impl JobObserver for Tally {
    fn ended(&self, kind: &'static str, outcome: JobOutcome, duration: Duration) {
        assert_eq!(kind, "play");
        *self.ended.lock().entry(outcome.as_str()).or_default() += 1;
        let mut longest = self.longest.lock();
        *longest = longest.max(duration);
    }

    fn lease_lost(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
    }
}

impl Tally {
    fn ended(&self) -> Vec<(&'static str, usize)> {
        self.ended.lock().iter().map(|(outcome, times)| (*outcome, *times)).collect()
    }
}

fn observed(stage: &Stage, tally: &Arc<Tally>, timing: Timing) -> smartcache_jobs::Workers {
    let handlers = Handlers::new().with::<Play>().observed_by(tally.clone());
    stage.workers_with(handlers, 4, Notifier::default(), timing)
}

#[both_databases]
async fn every_end_of_an_attempt_is_observed(stage: &Stage) {
    let acts = [Act::Work(150), Act::Pass, Act::Retry, Act::Fail, Act::Miss(1)];
    // Numbered, because a job that misses a service counts its own attempts.
    let jobs = (0..).zip(acts).map(|(n, act)| Play { n, ..Play::new(act) });
    stage.push_all(jobs).await;
    let tally = Arc::new(Tally::default());
    let workers = observed(stage, &tally, timing());
    stage.until_idle().await;
    workers.shutdown().await;
    let done = tally.ended();
    assert_eq!(done, [("done", 3), ("failed", 2), ("retried", 2), ("waiting", 1)]);
    assert!(*tally.longest.lock() >= Duration::from_millis(150));
    assert_eq!(tally.lost.load(Ordering::Relaxed), 0);
}

#[both_databases]
async fn a_shutdown_and_a_lost_lease_are_observed(stage: &Stage) {
    let tally = Arc::new(Tally::default());
    let taken = stage.push(Act::HangOnce).await;
    let workers = observed(stage, &tally, Timing { grace: Duration::ZERO, ..timing() });
    stage.until("began", 1).await;
    stage.run("UPDATE job SET lease_epoch = lease_epoch + 1, lease_owner = 'another'").await;
    while tally.lost.load(Ordering::Relaxed) == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    stage.run(&format!("DELETE FROM job WHERE id = {taken}")).await;
    stage.push(Act::UntilStopped).await;
    stage.until("began", 2).await;
    workers.shutdown().await;
    let ended = tally.ended();
    assert!(ended == [("aborted", 2)] || ended == [("aborted", 1), ("retried", 1)], "{ended:?}");
    assert_eq!(tally.lost.load(Ordering::Relaxed), 1);
}
