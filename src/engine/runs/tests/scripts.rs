//! Tests of limits: whatever a model requests, the engine keeps the limits and answers every call.

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::db::accounts;
use crate::domain::preference::Preferences;
use crate::engine::models::ModelReply;
use crate::engine::models::scripted::{Scripted, calls, passes, says};
use crate::testing::Backend;

/// Plays a script on both databases and checks the result.
async fn play(
    script: Vec<ModelReply>,
    max_items: i64,
    preferences: Preferences,
    check: fn(Run, Vec<Message>),
) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let model = Arc::new(Scripted::new(script.clone()));
        let Some(t) = TestEngine::with_model(backend, model).await else { continue };
        let ada = t.sign_up("ada").await.id;
        accounts::set_preferences(&t.engine.db, ada, &preferences).await.unwrap();
        let ids = followed(&t, ada, 4).await;
        assert_eq!(ids.iter().map(|id| id.0).collect::<Vec<_>>(), [1, 2, 3, 4]);
        cached(&t, ada, &ids).await;
        let run = begin(&t, ada, max_items).await;
        let run = work_off(&t, ada, run).await;
        check(run.clone(), said(&t, run.id).await);
        t.clear().await;
    }
}

/// Outputs of all results, each with whether it succeeded.
fn results(all: &[Message]) -> Vec<(bool, Value)> {
    let of = |m: &&Message| (m.data["ok"].as_bool().unwrap(), m.data["output"].clone());
    of_kind(all, MessageKind::ToolResult).iter().map(of).collect()
}

fn queue(item_id: i64) -> ModelReply {
    calls("queue_download", json!({ "item_id": item_id }))
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
async fn calls_that_make_no_sense_are_answered_and_change_nothing() {
    let script = vec![
        calls("queue_download", json!({ "item_id": 1 })),
        calls("drop_tables", json!({})),
        calls("get_item_details", json!({ "item_id": 99 })),
        calls("get_item_details", json!({ "item_id": "one" })),
        calls("get_item_details", json!({ "item_id": 1, "user_id": 7 })),
        calls("get_subscriptions", Value::Null),
        calls("handoff", json!({ "to": "discovery", "instructions": "x" })),
        calls("handoff", json!({ "to": "download", "instructions": "x", "item_ids": [1, 99] })),
        calls("request_approval", json!({ "question": "  " })),
        calls("save_artifact", json!({ "kind": "No Such Kind!", "content": {} })),
    ];
    play(script, 5, Preferences::default(), |run, all| {
        let results = results(&all);
        let fine: Vec<_> = results.iter().map(|r| r.0).collect();
        assert_eq!(fine, [false, false, false, false, false, true, false, false, false, false]);
        let text = |n: usize| results[n].1.as_str().unwrap();
        assert!(
            text(0).starts_with("Discovery has no tool named “queue_download”. It has: discover_new_sources")
        );
        assert_eq!(text(2), "There is no such item: 99.");
        assert!(text(4).contains("unknown field `user_id`"), "{}", text(4));
        assert_eq!(text(8), "Ask a question.");
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
        let texts: Vec<_> =
            of_kind(&all, MessageKind::Text).iter().map(|m| (m.agent, m.text.as_str())).collect();
        assert_eq!(texts, [(Agent::Discovery, "Over to you."), (Agent::Summarizer, "Here I am.")]);
        assert_eq!(of_kind(&all, MessageKind::Handoff)[0].data["item_ids"], json!([2, 1]));
        assert_eq!(
            run.stop_reason.as_deref(),
            Some("Nobody called or handed over anything for a whole round (nothing left to do).")
        );
    })
    .await;
}

#[tokio::test]
async fn a_model_that_goes_round_in_circles_is_stopped() {
    let script = vec![calls("get_subscriptions", json!({})); 20];
    play(script, 5, Preferences::default(), |run, all| {
        assert_eq!(of_kind(&all, MessageKind::ToolCall).len(), 3);
        assert!(run.stop_reason.unwrap().starts_with("The same call (get_subscriptions) was made 3 times"));
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

#[tokio::test]
async fn discovery_reads_what_its_owner_follows() {
    let script = vec![
        calls("search_catalog", json!({ "query": "Something about NIGHT trains?" })),
        calls("search_catalog", json!({ "query": "of it" })),
        calls("search_catalog", json!({ "query": "rain" })),
        calls("filter_by_preferences", json!({ "item_ids": [1, 2] })),
        calls("recommend_content", json!({ "max_items": 3 })),
        calls("get_item_details", json!({ "item_id": 2 })),
        calls("discover_new_sources", json!({ "kind": "podcast" })),
    ];
    play(script, 5, Preferences::default(), |_, all| {
        let results = results(&all);
        let found = &results[0].1;
        assert_eq!(
            (found["items"].as_array().unwrap().len(), &found["words"]),
            (4, &json!(["night", "trains"]))
        );
        assert_eq!(found["items"][0]["fetchable"], true);
        assert!(!results[1].0, "no word worth searching for");
        assert_eq!(results[2].1["items"], json!([]), "a part of a word is no hit");
        assert_eq!(results[3].1, json!({ "kept": [1, 2], "left_out": [] }));
        assert_eq!(results[4].1["candidates"].as_array().unwrap().len(), 3);
        assert!(results[5].1["text"].as_str().unwrap().starts_with("A night train crosses the border"));
        assert_eq!(results[6].1, json!({ "sources": [], "more": false }));
    })
    .await;
}

#[tokio::test]
async fn summaries_and_scores_come_from_the_item_itself() {
    let handoff = json!({ "to": "summarizer", "instructions": "Look." });
    let script = vec![
        calls("handoff", handoff),
        passes(),
        calls("summarize_content", json!({ "item_id": 1, "max_words": 20 })),
        calls("assess_quality", json!({ "item_id": 1 })),
        calls("analyze_content_batch", json!({ "item_ids": [1, 2, 2] })),
    ];
    play(script, 5, Preferences::default(), |_, all| {
        let results = results(&all);
        let summary = results[1].1["summary"].as_str().unwrap();
        assert!(text::sentences(summary).iter().all(|sentence| TEXT.contains(sentence)), "{summary}");
        assert!(results[1].1["words"].as_i64().unwrap() <= 20, "{summary}");
        let reasons = results[2].1["reasons"].as_array().unwrap();
        assert!(
            reasons.contains(&json!("its file is here and verified")) && reasons.contains(&json!("no date"))
        );
        assert_eq!(results[3].1["items"].as_array().unwrap().len(), 2);
        assert_eq!(results[3].1["items"][0]["score"], results[2].1["score"]);
    })
    .await;
}
