//! What a run promises, on both databases: to its owner, to a stranger, and to whoever pulls the plug.

use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::*;
use crate::db::{accounts, events, items, media, sql};
use crate::domain::ItemId;
use crate::domain::download::DownloadStatus;
use crate::domain::event::Frame;
use crate::domain::preference::{ApprovalLimits, Preferences};
use crate::domain::run::{Agent, MessageKind, RunSummary};
use crate::domain::source::NewSubscription;
use crate::engine::jobs::{JobError, Lease};
use crate::engine::models::ModelReply;
use crate::engine::models::scripted::{Scripted, calls, passes, says};
use crate::engine::{Error, catalog};
use crate::on_both;
use crate::testing::{Backend, TestEngine};

const TEXT: &str = "A night train crosses the border while everybody sleeps. The train carries letters, bread and a few \
    people who cannot fly. Its driver knows every signal on the way. At dawn the train stops by the sea, and the sleepers \
    wake to gulls. Nobody on this train has ever been in a hurry.";

/// A followed source with items of 2 MB each.
async fn followed(t: &TestEngine, owner: UserId, n: usize) -> Vec<ItemId> {
    let subscribe = NewSubscription { feed_url: Some("https://example.org/feed".into()), ..Default::default() };
    let source = catalog::subscribe(&t.engine, owner, subscribe).await.unwrap().source_id;
    let item = |i| {
        format!(
            r#"<item><guid>{i}</guid><title>Episode {i}</title><description>{TEXT}</description>
               <enclosure url="/{i}.mp3" length="2000000" type="audio/mpeg"/></item>"#
        )
    };
    let all: String = (0..n).map(item).collect();
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
    start(&t.engine, owner, NewRun { max_items, goal: None }).await.unwrap().id
}

/// Takes the run's job as a worker would, or takes it over from one that died.
async fn claim(t: &TestEngine, run: RunId) -> Lease {
    let sql = "UPDATE job SET state = 'running', lease_epoch = lease_epoch + 1 WHERE kind = $1 AND uniq = $2
               RETURNING lease_epoch";
    let epoch = sql::value(&t.engine.db, sql, sql::args![RunAgents::KIND, run.to_string()]).await.unwrap().unwrap();
    let sql = "SELECT id FROM job WHERE kind = $1 AND uniq = $2";
    let id = sql::value(&t.engine.db, sql, sql::args![RunAgents::KIND, run.to_string()]).await.unwrap().unwrap();
    Lease { id, epoch, attempt: 1, stop: Default::default() }
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

fn of_kind(all: &[Message], kind: MessageKind) -> Vec<&Message> {
    all.iter().filter(|m| m.kind == kind).collect()
}

fn refusal<T: std::fmt::Debug>(result: Result<T>) -> Refusal {
    match result.expect_err("a refusal") {
        Error::Refused(refusal) => refusal,
        Error::Fault(fault) => panic!("a fault: {fault}"),
    }
}

/// Plays a script on both databases and looks at what came of it.
async fn play(script: Vec<ModelReply>, max_items: i64, preferences: Preferences, check: fn(Run, Vec<Message>)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let model = Arc::new(Scripted::new(script.clone()));
        let Some(t) = TestEngine::with_model(backend, model).await else { continue };
        let ada = t.sign_up("ada").await.id;
        accounts::set_preferences(&t.engine.db, ada, &preferences).await.unwrap();
        let ids = followed(&t, ada, 4).await;
        assert_eq!(ids.iter().map(|id| id.0).collect::<Vec<_>>(), [1, 2, 3, 4]);
        if preferences.approval == ApprovalLimits::default() {
            cached(&t, ada, &ids).await;
        }
        let run = begin(&t, ada, max_items).await;
        let run = work_off(&t, ada, run).await;
        check(run.clone(), said(&t, run.id).await);
        t.clear().await;
    }
}

/// The outputs of all results, and whether each was fine.
fn results(all: &[Message]) -> Vec<(bool, Value)> {
    let of = |m: &&Message| (m.data["ok"].as_bool().unwrap(), m.data["output"].clone());
    of_kind(all, MessageKind::ToolResult).iter().map(of).collect()
}

fn queue(item_id: i64) -> ModelReply {
    calls("queue_download", json!({ "item_id": item_id }))
}

on_both! {
    async fn the_planner_takes_a_run_from_discovery_to_ready(t) {
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
        let kinds: Vec<_> = artifacts::of_run(t, ada, run.id).await;
        assert_eq!(kinds, ["picks", "summaries"]);
        let picked = rows_of_downloads::of_run(&t.engine.db, ada, run.id).await.unwrap()[0].item_id;
        let item = items::get(&t.engine.db, ada, picked).await.unwrap().unwrap();
        assert!(item.quality_score.is_some() && item.summary.is_some_and(|s| TEXT.contains(&s[..20])));
    }

    async fn every_message_is_told_once_and_in_order(t) {
        let ada = t.sign_up("ada").await.id;
        let ids = followed(t, ada, 2).await;
        cached(t, ada, &ids).await;
        let run = begin(t, ada, 2).await;
        work_off(t, ada, run).await;

        let (all, mut frames) = (said(t, run).await, told(t, ada).await);
        let seqs: Vec<_> = frames.iter().filter_map(|f| f.seq).collect();
        assert_eq!(seqs, (1..=frames.len() as i64).collect::<Vec<_>>());
        frames.retain(|f| f.run_id == Some(run));
        let heard = |kind| frames.iter().filter(|f| f.kind == kind).count();
        assert_eq!(heard(EventKind::AgentMessage), of_kind(&all, MessageKind::Text).len());
        assert_eq!(heard(EventKind::ToolCall), of_kind(&all, MessageKind::ToolCall).len());
        assert_eq!(heard(EventKind::ToolResult), of_kind(&all, MessageKind::ToolCall).len());
        assert_eq!(heard(EventKind::AgentUpdate), 6, "three turns begin and end");
        assert_eq!(frames.first().unwrap().kind, EventKind::ExecutionStarted);
        assert_eq!(frames.last().unwrap().kind, EventKind::ExecutionComplete);
        assert_eq!(frames.last().unwrap().data["summary"]["ready"], 2);
    }

    async fn a_second_run_of_one_person_is_refused_with_the_reason(t) {
        let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
        begin(t, ada, 5).await;
        let why = refusal(start(&t.engine, ada, NewRun::default()).await).to_string();
        assert_eq!(why, "A run is already under way. Wait for it or cancel it, then start again.");
        assert!(start(&t.engine, eve, NewRun::default()).await.is_ok());
    }

    async fn a_run_of_somebody_who_follows_nothing_says_what_to_do(t) {
        let ada = t.sign_up("ada").await.id;
        let run = begin(t, ada, 5).await;
        let run = work_off(t, ada, run).await;
        assert_eq!(run.stop_reason.as_deref(), Some("There is nothing to pick from: you follow no source yet."));
        assert_eq!((run.turns, run.summary), (1, Some(RunSummary::default())));
    }

    async fn a_strangers_run_looks_missing(t) {
        let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
        let run = begin(t, ada, 5).await;
        let is_missing = |refusal| matches!(refusal, Refusal::NotFound { .. });
        assert!(is_missing(refusal(get(&t.engine, eve, run).await)));
        assert!(is_missing(refusal(cancel(&t.engine, eve, run).await)));
        assert!(is_missing(refusal(super::messages(&t.engine, eve, run, &PageQuery::default()).await)));
        assert!(is_missing(refusal(crate::engine::artifacts::of_run(&t.engine, eve, run).await)));
        assert_eq!(get(&t.engine, ada, run).await.unwrap().status, RunStatus::Queued);
    }

    async fn a_cancelled_run_stops_within_two_seconds_with_its_downloads(t) {
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

    async fn a_queued_run_can_be_cancelled_before_anybody_takes_it(t) {
        let ada = t.sign_up("ada").await.id;
        let run = begin(t, ada, 2).await;
        assert_eq!(cancel(&t.engine, ada, run).await.unwrap().status, RunStatus::Cancelled);
        assert_eq!(jobs::unfinished(&t.engine.db).await.unwrap(), 0);
    }

    async fn a_run_that_is_over_cannot_be_cancelled(t) {
        let ada = t.sign_up("ada").await.id;
        let run = begin(t, ada, 5).await;
        work_off(t, ada, run).await;
        assert!(matches!(refusal(cancel(&t.engine, ada, run).await), Refusal::Conflict { .. }));
        assert_eq!(get(&t.engine, ada, run).await.unwrap().status, RunStatus::Completed);
    }

    async fn a_run_that_dies_at_any_point_goes_on_and_doubles_nothing(t) {
        let ada = t.sign_up("ada").await.id;
        let ids = followed(t, ada, 4).await;
        cached(t, ada, &ids).await;
        let run = begin(t, ada, 2).await;
        let mut deaths = 0;
        loop {
            let lease = claim(t, run).await;
            // Every life lasts a little longer than the last one, and ends at another place.
            let mut left = 3 + deaths % 23;
            let mut life = Box::pin(team::go(&t.engine, run, &lease));
            let ended = futures::future::poll_fn(|cx| {
                left -= 1;
                match life.as_mut().poll(cx) {
                    Poll::Pending if left == 0 => Poll::Ready(None),
                    other => other.map(Some),
                }
            });
            if ended.await.transpose().unwrap().is_some() {
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
        let once: std::collections::HashSet<_> = calls.iter().map(|(tool, data)| (tool, data.to_string())).collect();
        assert_eq!(once.len(), calls.len(), "a call was made twice: {calls:?}");
        assert_eq!(of_kind(&all, MessageKind::ToolResult).len(), calls.len());
        assert_eq!(artifacts::of_run(t, ada, run.id).await, ["picks", "summaries"]);
        let heard = |kind| frames.iter().filter(|f| f.kind == kind).count();
        assert_eq!(heard(EventKind::AgentMessage), of_kind(&all, MessageKind::Text).len());
        assert_eq!((heard(EventKind::AgentUpdate), heard(EventKind::ArtifactCreated)), (6, 2));
        assert_eq!((heard(EventKind::DownloadQueued), heard(EventKind::DownloadReady)), (2, 2));
        assert_eq!((heard(EventKind::ExecutionStarted), heard(EventKind::ExecutionComplete)), (1, 1));
    }

    async fn whoever_has_lost_the_lease_writes_nothing(t) {
        let ada = t.sign_up("ada").await.id;
        let run = begin(t, ada, 5).await;
        let late = claim(t, run).await;
        let current = claim(t, run).await;
        assert!(matches!(team::go(&t.engine, run, &late).await, Err(JobError::LeaseLost)));
        assert_eq!(get(&t.engine, ada, run).await.unwrap().status, RunStatus::Queued);
        team::go(&t.engine, run, &current).await.unwrap();
        assert_eq!(get(&t.engine, ada, run).await.unwrap().status, RunStatus::Completed);
    }

    async fn a_run_whose_job_is_given_up_has_failed_and_says_why(t) {
        let ada = t.sign_up("ada").await.id;
        let run = begin(t, ada, 5).await;
        let work = t.engine.begin().await.unwrap();
        RunAgents { run_id: run }.give_up(&t.engine, &work, "the worker was lost").await.unwrap();
        work.commit().await.unwrap();
        let run = get(&t.engine, ada, run).await.unwrap();
        assert_eq!((run.status, run.error.as_deref()), (RunStatus::Failed, Some("the worker was lost")));
        assert_eq!(told(t, ada).await.last().unwrap().data["status"], "failed");
    }

    async fn time_that_has_run_out_ends_a_run(t) {
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
        assert_eq!(run.stop_reason.as_deref(), Some("The run took 10 minutes, the longest it may take."));
    }
}

mod artifacts {
    use super::*;

    pub async fn of_run(t: &TestEngine, owner: UserId, run: RunId) -> Vec<String> {
        let all = crate::engine::artifacts::of_run(&t.engine, owner, run).await.unwrap();
        all.into_iter().map(|artifact| artifact.kind).collect()
    }
}

#[tokio::test]
async fn a_run_queues_no_more_than_it_may_whatever_the_model_asks() {
    let script = vec![passes(), queue(1), queue(2), queue(1), queue(3), says("Done.")];
    play(script, 1, Preferences::default(), |run, all| {
        let results = results(&all);
        assert_eq!(results.iter().map(|r| r.0).collect::<Vec<_>>(), [true, false, true, false]);
        assert_eq!(results[1].1, "This run may queue 1 item and has.");
        assert_eq!(results[2].1["queued_before"], true);
        assert_eq!(run.summary, Some(RunSummary { queued: 1, ready: 1, failed: 0, skipped: 2, bytes: 10 }));
    })
    .await;
}

#[tokio::test]
async fn the_daily_limit_holds_for_agents_and_counts_as_skipped() {
    let script = vec![passes(), queue(1), queue(2), says("Done.")];
    let preferences = Preferences { max_daily_items: 1, ..Default::default() };
    play(script, 5, preferences, |run, all| {
        assert!(results(&all)[1].1.as_str().unwrap().starts_with("Your limit of 1 items a day is reached."));
        assert_eq!(run.summary.unwrap().skipped, 1);
    })
    .await;
}

#[tokio::test]
async fn an_agent_may_not_queue_what_needs_approval() {
    let approval = ApprovalLimits { file_mb: 1, run_mb: 500 };
    let script = vec![passes(), queue(1), says("Done.")];
    play(script, 5, Preferences { approval, ..Default::default() }, |run, all| {
        let why = "“Episode 0” has 2.0 MB and is above the size that needs your approval; queue it yourself from its \
                   page if you want it.";
        assert_eq!(results(&all), [(false, json!(why))]);
        assert_eq!(run.stop_reason.as_deref(), Some("None of the picks could be queued."));
        assert_eq!(run.summary.unwrap().skipped, 1);
    })
    .await;
}

#[tokio::test]
async fn a_run_fetches_no_more_in_all_than_needs_approval() {
    let approval = ApprovalLimits { file_mb: 3, run_mb: 3 };
    let script = vec![passes(), queue(1), queue(2), calls("handoff", json!({ "to": "discovery", "instructions": "" }))];
    let script = script.into_iter().chain([passes(), passes(), passes(), passes(), passes()]).collect();
    play(script, 5, Preferences { approval, ..Default::default() }, |_, all| {
        let results = results(&all);
        assert!(results[0].0 && results[1].1.as_str().unwrap().contains("this run would fetch 4.0 MB"), "{results:?}");
    })
    .await;
}

#[tokio::test]
async fn calls_that_make_no_sense_are_answered_and_change_nothing() {
    let script = vec![
        calls("queue_download", json!({ "item_id": 1 })),
        calls("drop_tables", json!({})),
        calls("get_item_details", json!({ "item_id": "one" })),
        calls("get_item_details", json!({ "item_id": 1, "user_id": 7 })),
        calls("get_item_details", json!({ "item_id": 99 })),
        calls("get_subscriptions", Value::Null),
        calls("handoff", json!({ "to": "discovery", "instructions": "x" })),
        calls("handoff", json!({ "to": "download", "instructions": "x", "item_ids": [1, 99] })),
        calls("request_approval", json!({ "question": "May I?" })),
        calls("save_artifact", json!({ "kind": "No Such Kind!", "content": {} })),
    ];
    play(script, 5, Preferences::default(), |run, all| {
        let results = results(&all);
        let fine: Vec<_> = results.iter().map(|r| r.0).collect();
        assert_eq!(fine, [false, false, false, false, false, true, false, false, false, false]);
        let text = |n: usize| results[n].1.as_str().unwrap();
        assert!(text(0).starts_with("Discovery has no tool named “queue_download”. It has: discover_new_sources"));
        assert!(text(3).contains("unknown field `user_id`"), "{}", text(3));
        assert_eq!(text(4), "There is no such item: 99.");
        assert_eq!(text(8), "Approvals are not open yet; leave this item out and say so.");
        assert_eq!(run.summary, Some(RunSummary::default()));
        assert!(of_kind(&all, MessageKind::Handoff).is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_handoff_changes_who_speaks_next() {
    let handoff = json!({ "to": "summarizer", "instructions": "Look.", "item_ids": [2, 2, 1] });
    let script = vec![calls("handoff", handoff), says("Over to you."), says("Here I am.")];
    play(script, 5, Preferences::default(), |run, all| {
        let texts: Vec<_> = of_kind(&all, MessageKind::Text).iter().map(|m| (m.agent, m.text.as_str())).collect();
        assert_eq!(texts, [(Agent::Discovery, "Over to you."), (Agent::Summarizer, "Here I am.")]);
        assert_eq!(of_kind(&all, MessageKind::Handoff)[0].data["item_ids"], json!([2, 1]));
        assert_eq!(run.stop_reason.as_deref(), Some("Nobody has anything left to do."));
    })
    .await;
}

#[tokio::test]
async fn a_model_that_goes_round_in_circles_is_stopped() {
    let script = vec![calls("get_subscriptions", json!({})); 20];
    play(script, 5, Preferences::default(), |run, all| {
        assert_eq!(of_kind(&all, MessageKind::ToolCall).len(), 3);
        assert!(run.stop_reason.unwrap().starts_with("Discovery made the same call (get_subscriptions) 3 times"));
    })
    .await;
}

#[tokio::test]
async fn a_turn_has_twelve_steps_at_most() {
    let script = (1..=13).map(|n| calls("search_catalog", json!({ "query": format!("train{n}") }))).collect();
    play(script, 5, Preferences::default(), |_, all| {
        let turns: Vec<_> = of_kind(&all, MessageKind::ToolCall).iter().map(|m| m.turn).collect();
        assert_eq!(turns.iter().filter(|turn| **turn == 1).count(), 12);
    })
    .await;
}
