#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;
use chrono::TimeDelta;

use super::*;
use crate::db::sql::{self, args};
use crate::domain::run::NewRun;
use crate::domain::task::TaskKind;
use crate::domain::{DownloadId, RunId};
use crate::engine::{downloads, runs};
use crate::testing::TestEngine;

async fn all(t: &TestEngine, owner: UserId, filter: TaskFilter) -> Vec<(TaskKind, TaskStatus, String)> {
    let page = list(&t.engine, owner, &filter, &PageQuery::default()).await.unwrap();
    page.data.into_iter().map(|task| (task.kind, task.status, task.title)).collect()
}

/// A download that waits for its bytes.
async fn queued(t: &TestEngine, owner: UserId, name: &str, run: Option<RunId>) -> DownloadId {
    let id = t.claim(owner, name, 1_000, run).await;
    let sql = "UPDATE download SET status = 'queued', ready_at = NULL WHERE id = $1";
    sql::execute(&t.engine.db, sql, args![id]).await.unwrap();
    id
}

#[both_databases]
async fn runs_handoffs_and_downloads_are_in_one_list(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let new = NewRun { goal: Some("Night trains".into()), ..NewRun::default() };
    let run = runs::start(&t.engine, ada, new).await.unwrap().id;
    let handoff = "INSERT INTO message (run_id, turn, agent, model, kind, text, data, created_at)
         VALUES ($1, 1, 'discovery', 'planner', 'handoff', 'Queue the first.', '{}', $2)";
    sql::execute(&t.engine.db, handoff, args![run, t.engine.now()]).await.unwrap();
    queued(t, ada, "one", Some(run)).await;
    let expected = [
        (TaskKind::Run, TaskStatus::Queued, "Run 1: Night trains".to_owned()),
        (TaskKind::Handoff, TaskStatus::Queued, "Queue the first.".to_owned()),
        (TaskKind::Download, TaskStatus::Queued, "one".to_owned()),
    ];
    assert_eq!(all(t, ada, TaskFilter::default()).await, expected);
    let only = TaskFilter { kind: Some(TaskKind::Download), status: Some(TaskStatus::Queued) };
    assert_eq!(all(t, ada, only).await.len(), 1);
    let ended = TaskFilter { status: Some(TaskStatus::Failed), ..TaskFilter::default() };
    assert!(all(t, ada, ended).await.is_empty());
    assert!(all(t, eve, TaskFilter::default()).await.is_empty());
}

#[both_databases]
async fn ended_tasks_stay_for_a_day(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let run = runs::start(&t.engine, ada, NewRun::default()).await.unwrap().id;
    let download = queued(t, ada, "one", None).await;
    downloads::cancel(&t.engine, ada, download).await.unwrap();
    runs::cancel(&t.engine, ada, run).await.unwrap();
    let statuses = all(t, ada, TaskFilter::default()).await.into_iter().map(|task| task.1);
    assert_eq!(statuses.collect::<Vec<_>>(), [TaskStatus::Cancelled; 2]);
    t.clock.advance(TimeDelta::hours(25));
    assert!(all(t, ada, TaskFilter::default()).await.is_empty());
}

#[both_databases]
async fn progress_is_told_where_it_is_known(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    for (name, total) in [("known", Some(1_000)), ("unknown", None)] {
        let id = t.claim(ada, name, 1_000, None).await;
        let sql =
            "UPDATE download SET status = 'downloading', bytes_done = 250, bytes_total = $2, eta_seconds = 8
             WHERE id = $1";
        sql::execute(&t.engine.db, sql, args![id, total]).await.unwrap();
    }
    let page = list(&t.engine, ada, &TaskFilter::default(), &PageQuery::default()).await.unwrap();
    let told: Vec<_> = page.data.iter().map(|task| (task.progress, task.eta_seconds)).collect();
    assert_eq!(told, [(None, Some(8)), (Some(0.25), Some(8))]);
}
