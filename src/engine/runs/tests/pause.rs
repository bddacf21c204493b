//! Tests of pausing and resuming a run.

use crate::testing::TestEngine;
use both_databases::both_databases;
use chrono::TimeDelta;

use super::*;

/// A run in progress.
async fn under_way(t: &TestEngine, owner: UserId) -> RunId {
    let ids = followed(t, owner, 3).await;
    cached(t, owner, &ids).await;
    let run = begin(t, owner, 2).await;
    assert!(
        runs::advance(&t.engine.db, run, RunStatus::Queued, RunStatus::Running, t.engine.now())
            .await
            .unwrap()
    );
    run
}

#[both_databases]
async fn a_paused_run_does_nothing_and_goes_on_where_it_stood(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let run = under_way(t, ada).await;
    let lease = claim(t, run).await;
    let before = said(t, run).await.len();
    assert_eq!(pause(&t.engine, ada, run).await.unwrap().status, RunStatus::Paused);
    assert_eq!(pause(&t.engine, ada, run).await.unwrap().status, RunStatus::Paused, "again is the same");
    // A worker that processes the run at that moment finds nothing to do.
    team::go(&t.engine, run, &lease).await.unwrap();
    assert_eq!((said(t, run).await.len(), artifacts(t, ada, run).await.len()), (before, 0));
    assert!(refusal(start(&t.engine, ada, NewRun::default()).await).to_string().contains("already"));

    t.clock.advance(TimeDelta::hours(3));
    let resumed = resume(&t.engine, ada, run).await.unwrap();
    assert_eq!((resumed.status, resumed.waited_seconds), (RunStatus::Running, 3 * 3_600));
    let done = work_off(t, ada, run).await;
    assert_eq!((done.status, done.summary.unwrap().ready), (RunStatus::Completed, 2), "{done:?}");
    let told = told(t, ada).await.into_iter().filter(|frame| frame.kind != EventKind::TaskUpdate);
    let states: Vec<_> = told.filter_map(|frame| frame.data.get("status").cloned()).collect();
    assert!(states.windows(2).any(|two| two == ["paused", "running"]), "{states:?}");
}

#[both_databases]
async fn only_what_is_under_way_is_paused_and_only_what_is_paused_goes_on(t: &TestEngine) {
    let (ada, bob) = (t.sign_up("ada").await.id, t.sign_up("bob").await.id);
    let run = under_way(t, ada).await;
    assert!(
        refusal(resume(&t.engine, ada, run).await).to_string().contains("is running and cannot be resumed")
    );
    for refused in [pause(&t.engine, bob, run).await, resume(&t.engine, bob, run).await] {
        assert!(matches!(refusal(refused), Refusal::NotFound { .. }));
    }
    let done = work_off(t, ada, run).await;
    assert_eq!(done.status, RunStatus::Completed, "a stranger's word has changed nothing");
    assert!(refusal(pause(&t.engine, ada, run).await).to_string().contains("is completed"));
    let waits = begin(t, ada, 1).await;
    assert!(refusal(pause(&t.engine, ada, waits).await).to_string().contains("about to start"));
    assert_eq!(get(&t.engine, ada, waits).await.unwrap().status, RunStatus::Queued);
}

#[both_databases]
async fn a_paused_run_can_be_cancelled(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let run = under_way(t, ada).await;
    pause(&t.engine, ada, run).await.unwrap();
    assert_eq!(cancel(&t.engine, ada, run).await.unwrap().status, RunStatus::Cancelled);
    assert!(refusal(resume(&t.engine, ada, run).await).to_string().contains("cancelled"));
}
