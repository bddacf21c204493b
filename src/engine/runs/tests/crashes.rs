//! Tests of crashes: the run goes on, nothing happens twice, and a worker that lost its lease writes nothing.

use crate::testing::TestEngine;
use both_databases::both_databases;
use std::collections::HashSet;
use std::task::Poll;

use jobs::JobError;

use super::*;

#[both_databases]
async fn a_run_that_dies_at_any_point_goes_on_and_doubles_nothing(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let ids = followed(t, ada, 4).await;
    cached(t, ada, &ids).await;
    let run = begin(t, ada, 2).await;
    let mut deaths = 0;
    loop {
        let lease = claim(t, run).await;
        // Each attempt dies at another point, and the longest of a cycle is longer than that of the cycle
        // before, because the number of waits in a step depends on the driver.
        let mut left = 3 + deaths % (23 + deaths / 10);
        let mut life = Box::pin(team::go(&t.engine, run, &lease));
        let ended = futures::future::poll_fn(|cx| {
            left -= 1;
            match life.as_mut().poll(cx) {
                Poll::Pending if left == 0 => Poll::Ready(None),
                other => other.map(Some),
            }
        });
        let ended =
            tokio::time::timeout(Duration::from_secs(30), ended).await.expect("nothing is left locked");
        if ended.transpose().unwrap().is_some() {
            break;
        }
        deaths += 1;
        assert!(deaths < 2_000, "the run gets nowhere");
    }

    assert!(deaths > 10, "it died {deaths} times only");
    let run = get(&t.engine, ada, run).await.unwrap();
    assert_eq!(run.summary, Some(RunSummary { queued: 2, ready: 2, failed: 0, skipped: 0, bytes: 20 }));
    assert_eq!(run.turns, 3);
    let (all, frames) = (said(t, run.id).await, told(t, ada).await);
    let calls: Vec<_> = of_kind(&all, MessageKind::ToolCall).iter().map(|m| (&m.text, &m.data)).collect();
    let once: HashSet<_> = calls.iter().map(|(tool, data)| (tool, data.to_string())).collect();
    assert_eq!(once.len(), calls.len(), "a call was made twice: {calls:?}");
    assert_eq!(of_kind(&all, MessageKind::ToolResult).len(), calls.len());
    assert_eq!(artifacts(t, ada, run.id).await, ["candidates", "picks", "summaries", "results"]);
    let heard = |kind| frames.iter().filter(|f| f.kind == kind).count();
    assert_eq!(heard(EventKind::AgentMessage), of_kind(&all, MessageKind::Text).len());
    assert_eq!((heard(EventKind::AgentUpdate), heard(EventKind::ArtifactCreated)), (6, 4));
    assert_eq!((heard(EventKind::DownloadQueued), heard(EventKind::DownloadReady)), (2, 2));
    assert_eq!((heard(EventKind::ExecutionStarted), heard(EventKind::ExecutionComplete)), (1, 1));
}

#[both_databases]
async fn whoever_has_lost_the_lease_writes_nothing(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let run = begin(t, ada, 5).await;
    let late = claim(t, run).await;
    let current = claim(t, run).await;
    assert!(matches!(team::go(&t.engine, run, &late).await, Err(JobError::LeaseLost)));
    assert_eq!(get(&t.engine, ada, run).await.unwrap().status, RunStatus::Queued);
    team::go(&t.engine, run, &current).await.unwrap();
    assert_eq!(get(&t.engine, ada, run).await.unwrap().status, RunStatus::Completed);
}

#[both_databases]
async fn a_run_whose_job_is_given_up_has_failed_and_says_why(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let run = begin(t, ada, 5).await;
    let work = t.engine.begin().await.unwrap();
    RunAgents { run_id: run }
        .give_up(&t.engine, &work, &jobs::JobFailure::temporary("the worker was lost"))
        .await
        .unwrap();
    work.commit().await.unwrap();
    let run = get(&t.engine, ada, run).await.unwrap();
    assert_eq!((run.status, run.error.as_deref()), (RunStatus::Failed, Some("the worker was lost")));
    let told = told(t, ada).await;
    let end = told.iter().find(|frame| frame.kind == EventKind::ExecutionComplete).unwrap();
    assert_eq!(end.data["status"], "failed");
    assert_eq!(told.last().unwrap().text("title"), "The run failed");
}
