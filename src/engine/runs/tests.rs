//! Tests of runs on both databases.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod agents;
mod approvals;
mod budgets;
mod collections;
mod crashes;
mod goes_on;
mod injection;
mod listeners;
mod models;
mod pause;
mod ratings;
mod report;
mod reviews;
mod scripts;

use both_databases::both_databases;
use std::time::{Duration, Instant};

use jobs::Lease;

use super::*;
use crate::db::{events, items, media, sql};
use crate::domain::ItemId;
use crate::domain::download::DownloadStatus;
use crate::domain::event::Frame;
use crate::domain::run::{Agent, MessageKind, RunSummary};
use crate::domain::source::NewSubscription;
use crate::engine::catalog;
use crate::testing::{TestEngine, refusal};

const TEXT: &str = "A night train crosses the border while everybody sleeps. The train carries letters, bread and a few \
    people who cannot fly. Its driver knows every signal on the way. At dawn the train stops by the sea, and the sleepers \
    wake to gulls. Nobody on this train has ever been in a hurry.";

/// Adds a followed source with `n` items of 2 MB each.
async fn followed(t: &TestEngine, owner: UserId, n: usize) -> Vec<ItemId> {
    let subscribe =
        NewSubscription { feed_url: Some("https://example.org/feed".into()), ..Default::default() };
    let source = catalog::subscribe(&t.engine, owner, subscribe).await.unwrap().source_id;
    let item = |i| {
        format!(
            r#"<item><guid>{i}</guid><title>Episode {i}</title><description>{TEXT}</description>
               <enclosure url="/{i}.mp3" length="2000000" type="audio/mpeg"/></item>"#
        )
    };
    // Newest first, as publishers order them.
    let all: String = (0..n).rev().map(item).collect();
    let feed = format!(r#"<rss version="2.0"><channel><title>Trains</title>{all}</channel></rss>"#);
    catalog::store_feed_for_tests(&t.engine, source, feed.as_bytes()).await.unwrap();
    let page = PageQuery { limit: Some(200), cursor: None };
    let found = catalog::items(&t.engine, owner, &Default::default(), &page).await.unwrap();
    found.data.into_iter().map(|item| item.id).rev().collect()
}

/// Puts the bytes of all items into the store, so that a download is ready as soon as it is queued.
async fn cached(t: &TestEngine, owner: UserId, ids: &[ItemId]) {
    let file = t.engine.config.data_dir.join("bytes");
    tokio::fs::write(&file, b"0123456789").await.unwrap();
    let blob = media::Blob { sha256: "ab".repeat(32), bytes: 10, mime_type: "audio/mpeg".into() };
    t.engine.store.keep(&blob.sha256, 10, &file).await.unwrap();
    for id in ids {
        let url = items::get(&t.engine.db, owner, *id).await.unwrap().unwrap().media().unwrap().url;
        media::keep(&t.engine.db, &url, &blob, t.engine.now()).await.unwrap();
    }
}

async fn begin(t: &TestEngine, owner: UserId, max_items: i64) -> RunId {
    start(&t.engine, owner, NewRun { max_items, ..NewRun::default() }).await.unwrap().id
}

/// Claims the run's job as a worker does, or takes it over from a crashed one.
async fn claim(t: &TestEngine, run: RunId) -> Lease {
    let sql = "UPDATE job SET state = 'running', lease_epoch = lease_epoch + 1
               WHERE kind = $1 AND uniq = $2 AND state IN ('ready', 'running') RETURNING id";
    let key = ::sql::args![RunAgents::KIND, run.to_string()];
    let id: i64 = sql::value(&t.engine.db, sql, key).await.unwrap().unwrap();
    let sql = "SELECT lease_epoch FROM job WHERE id = $1";
    let epoch = sql::value(&t.engine.db, sql, ::sql::args![id]).await.unwrap().unwrap();
    Lease::new(id, epoch, 1)
}

async fn work_off(t: &TestEngine, owner: UserId, run: RunId) -> Run {
    let lease = claim(t, run).await;
    team::go(&t.engine, run, &lease).await.unwrap();
    get(&t.engine, owner, run).await.unwrap()
}

async fn said(t: &TestEngine, run: RunId) -> Vec<Message> {
    messages::of_run(&t.engine.db, run).await.unwrap()
}

async fn told(t: &TestEngine, owner: UserId) -> Vec<Frame> {
    events::after(&t.engine.db, owner, 0, 1_000).await.unwrap()
}

async fn artifacts(t: &TestEngine, owner: UserId, run: RunId) -> Vec<String> {
    let all = crate::engine::artifacts::of_run(&t.engine, owner, run).await.unwrap();
    all.into_iter().map(|artifact| artifact.kind).collect()
}

fn of_kind(all: &[Message], kind: MessageKind) -> Vec<&Message> {
    all.iter().filter(|m| m.kind == kind).collect()
}

#[both_databases]
async fn the_planner_takes_a_run_from_discovery_to_ready(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let ids = followed(t, ada, 4).await;
    cached(t, ada, &ids).await;
    let run = begin(t, ada, 2).await;
    let run = work_off(t, ada, run).await;

    assert_eq!(run.status, RunStatus::Completed);
    assert_eq!(run.stop_reason.as_deref(), Some("The goal is met: 2 of 2 downloads are ready."));
    assert_eq!(run.summary, Some(RunSummary { queued: 2, ready: 2, failed: 0, skipped: 0, bytes: 20 }));
    let all = said(t, run.id).await;
    let speakers: Vec<_> = of_kind(&all, MessageKind::Text).iter().map(|m| (m.turn, m.agent)).collect();
    assert!(speakers.is_sorted() && speakers.last().unwrap().1 == Agent::Summarizer, "{speakers:?}");
    assert_eq!(of_kind(&all, MessageKind::Handoff).len(), 2);
    assert_eq!(artifacts(t, ada, run.id).await, ["candidates", "picks", "summaries", "results"]);
    let picked = rows_of_downloads::of_run(&t.engine.db, ada, run.id).await.unwrap()[0].item_id;
    let item = items::get(&t.engine.db, ada, picked).await.unwrap().unwrap();
    assert!(item.quality_score.is_some() && item.summary.is_some_and(|s| TEXT.contains(&s[..20])));
}

#[both_databases]
async fn every_message_is_told_once_and_in_order(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let ids = followed(t, ada, 2).await;
    cached(t, ada, &ids).await;
    let run = begin(t, ada, 2).await;
    work_off(t, ada, run).await;

    let (all, mut frames) = (said(t, run).await, told(t, ada).await);
    let seqs: Vec<_> = frames.iter().filter_map(|f| f.seq).collect();
    assert_eq!(seqs, (1..=frames.len() as i64).collect::<Vec<_>>());
    frames.retain(|f| f.run_id == Some(run) && f.kind != EventKind::TaskUpdate);
    let heard = |kind| frames.iter().filter(|f| f.kind == kind).count();
    assert_eq!(heard(EventKind::AgentMessage), of_kind(&all, MessageKind::Text).len());
    assert_eq!(heard(EventKind::ToolCall), of_kind(&all, MessageKind::ToolCall).len());
    assert_eq!(heard(EventKind::ToolResult), of_kind(&all, MessageKind::ToolCall).len());
    assert_eq!(heard(EventKind::AgentUpdate), 6, "three turns begin and end");
    assert_eq!(frames.first().unwrap().kind, EventKind::ExecutionStarted);
    assert_eq!(frames.last().unwrap().kind, EventKind::ExecutionComplete);
    assert_eq!(frames.last().unwrap().data["summary"]["ready"], 2);
}

#[both_databases]
async fn a_second_run_of_one_person_is_refused_with_the_reason(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    begin(t, ada, 5).await;
    let why = refusal(start(&t.engine, ada, NewRun::default()).await).to_string();
    assert_eq!(why, "A run is already under way. Wait for it or cancel it, then start again.");
    assert!(start(&t.engine, eve, NewRun::default()).await.is_ok());
}

#[both_databases]
async fn a_run_of_somebody_who_follows_nothing_says_what_to_do(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let run = begin(t, ada, 5).await;
    let run = work_off(t, ada, run).await;
    assert_eq!(
        run.stop_reason.as_deref(),
        Some(
            "There is nothing to pick from: you follow no source yet. Follow one under Sources, then start a run again."
        )
    );
    let outcome = run.outcome.clone().unwrap();
    assert_eq!((outcome.result, outcome.reason), (RunResult::Nothing, Some(Hindrance::NoSubscriptions)));
    assert_eq!((run.turns, run.summary), (1, Some(RunSummary::default())));
}

#[both_databases]
async fn a_strangers_run_looks_missing(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let run = begin(t, ada, 5).await;
    let is_missing = |refusal| matches!(refusal, Refusal::NotFound { .. });
    assert!(is_missing(refusal(get(&t.engine, eve, run).await)));
    assert!(is_missing(refusal(cancel(&t.engine, eve, run).await)));
    assert!(is_missing(refusal(super::messages(&t.engine, eve, run, &PageQuery::default()).await)));
    assert!(is_missing(refusal(crate::engine::artifacts::of_run(&t.engine, eve, run).await)));
    assert_eq!(get(&t.engine, ada, run).await.unwrap().status, RunStatus::Queued);
}

#[both_databases]
async fn a_cancelled_run_stops_within_two_seconds_with_its_downloads(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    followed(t, ada, 2).await;
    let run = begin(t, ada, 2).await;
    let (engine, lease) = (t.engine.clone(), claim(t, run).await);
    let team = tokio::spawn(async move { team::go(&engine, run, &lease).await });
    while !said(t, run).await.iter().any(|m| m.text == "process_download_queue") {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    let asked = Instant::now();
    let cancelled = cancel(&t.engine, ada, run).await.unwrap();
    let spoken = said(t, run).await.len();
    team.await.unwrap().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    assert_eq!(cancelled.stop_reason.as_deref(), Some("Cancelled by you."));
    assert_eq!(cancelled.summary.unwrap().queued, 2);
    let left = rows_of_downloads::of_run(&t.engine.db, ada, run).await.unwrap();
    assert!(left.iter().all(|d| d.status == DownloadStatus::Cancelled));
    assert_eq!(said(t, run).await.len(), spoken, "nobody speaks after the end");
    let ends = told(t, ada).await.iter().filter(|f| f.kind == EventKind::ExecutionComplete).count();
    assert_eq!(ends, 1);
    assert_eq!(cancel(&t.engine, ada, run).await.unwrap().status, RunStatus::Cancelled);
    assert!(start(&t.engine, ada, NewRun::default()).await.is_ok());
}

#[both_databases]
async fn a_queued_run_can_be_cancelled_before_anybody_takes_it(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let run = begin(t, ada, 2).await;
    assert_eq!(cancel(&t.engine, ada, run).await.unwrap().status, RunStatus::Cancelled);
    assert_eq!(jobs::unfinished(&t.engine.db).await.unwrap(), 0);
}

#[both_databases]
async fn a_run_that_is_over_cannot_be_cancelled(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let run = begin(t, ada, 5).await;
    work_off(t, ada, run).await;
    assert!(matches!(refusal(cancel(&t.engine, ada, run).await), Refusal::Conflict { .. }));
    assert_eq!(get(&t.engine, ada, run).await.unwrap().status, RunStatus::Completed);
}

#[both_databases]
async fn time_that_has_run_out_ends_a_run(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    followed(t, ada, 2).await;
    let run = begin(t, ada, 2).await;
    let (engine, lease) = (t.engine.clone(), claim(t, run).await);
    let team = tokio::spawn(async move { team::go(&engine, run, &lease).await });
    while !said(t, run).await.iter().any(|m| m.text == "process_download_queue") {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    t.clock.advance(chrono::TimeDelta::minutes(11));
    team.await.unwrap().unwrap();
    let run = get(&t.engine, ada, run).await.unwrap();
    assert_eq!(
        run.stop_reason.as_deref(),
        Some("The team took 10 minutes, the longest it may take (time-out).")
    );
}
