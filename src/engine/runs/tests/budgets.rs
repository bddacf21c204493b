//! Tests of the daily budgets of a user's runs, and of concurrent calls.

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::engine::Config;
use crate::engine::config::Budgets;
use crate::engine::models::ModelReply;
use crate::engine::models::scripted::{Scripted, calls, says};
use crate::testing::{Backend, Ground};

/// Plays a run with these budgets, for a user who follows four items of 2 MB each.
async fn play(budgets: Budgets, script: Vec<ModelReply>, check: impl AsyncFn(&TestEngine, UserId, Run)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(ground) = Ground::new(backend).await else { continue };
        let config = Config { budgets: budgets.clone(), ..ground.config() };
        let t = TestEngine::set(ground, config, Arc::new(Scripted::new(script.clone()))).await;
        let ada = t.sign_up("ada").await.id;
        followed(&t, ada, 4).await;
        let run = begin(&t, ada, 4).await;
        let run = work_off(&t, ada, run).await;
        check(&t, ada, run).await;
        t.clear().await;
    }
}

fn results(all: &[Message]) -> Vec<(String, bool)> {
    let told = of_kind(all, MessageKind::ToolResult).into_iter();
    told.map(|m| (m.text.clone(), m.data["ok"] == true)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_of_all_runs_of_a_day_are_counted() {
    let look = |id: i64| calls("get_item_details", json!({ "item_id": id }));
    let script = vec![look(1), look(2), look(3), says("Enough.")];
    play(Budgets { daily_calls: 2, ..Budgets::default() }, script, async |t, ada, run| {
        let why = "Your runs have made 2 tool calls within a day, which is all they may (daily calls).";
        assert_eq!(run.stop_reason.as_deref(), Some(why));
        let again = begin(t, ada, 1).await;
        let again = work_off(t, ada, again).await;
        assert_eq!((again.stop_reason.as_deref(), again.turns), (Some(why), 0));
        t.clock.advance(chrono::TimeDelta::hours(25));
        let tomorrow = begin(t, ada, 1).await;
        assert_ne!(work_off(t, ada, tomorrow).await.stop_reason.as_deref(), Some(why));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_of_a_run_and_of_a_day_are_counted() {
    let run = Budgets { bytes: 5_000_000, ..Budgets::default() };
    let day = Budgets { daily_bytes: 5_000_000, ..Budgets::default() };
    for (budgets, why) in [(run, "a run may fetch 5 MB"), (day, "within a day, and they may fetch 5 MB")] {
        let queue = |reply: ModelReply, id: i64| reply.and_calls("queue_download", json!({ "item_id": id }));
        let script = vec![says("Yours."), (1..=4).fold(ModelReply::nothing(), queue), says("Two of four.")];
        play(budgets, script, async |t, ada, run| {
            let all = said(t, run.id).await;
            let ok: Vec<_> = results(&all).into_iter().map(|(_, ok)| ok).collect();
            assert_eq!(ok, [true, true, false, false]);
            let refused = of_kind(&all, MessageKind::ToolResult)[2].data.to_string();
            assert!(refused.contains(why), "{refused}");
            assert_eq!(rows_of_downloads::of_run(&t.engine.db, ada, run.id).await.unwrap().len(), 2);
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_run_side_by_side_keep_their_order_and_their_own_results() {
    let mut reply = ModelReply::nothing().and_calls("get_subscriptions", json!({}));
    for id in [3, 999, 1] {
        reply = reply.and_calls("get_item_details", json!({ "item_id": id }));
    }
    reply = reply.and_calls("save_artifact", json!({ "kind": "notes", "content": {} }));
    reply = reply.and_calls("get_artifacts", json!({}));
    play(Budgets::default(), vec![reply, says("Looked.")], async |t, _, run| {
        let all = said(t, run.id).await;
        let made = ["get_subscriptions", "get_item_details", "get_item_details", "get_item_details"];
        let told: Vec<_> = made.into_iter().zip([true, true, false, true]).collect();
        let found = results(&all);
        assert_eq!(found[..4].iter().map(|(name, ok)| (name.as_str(), *ok)).collect::<Vec<_>>(), told);
        // The reading call comes after the writing one.
        let last = of_kind(&all, MessageKind::ToolResult)[5];
        assert_eq!(last.data["output"]["artifacts"][0]["kind"], "notes");
        let asked =
            of_kind(&all, MessageKind::ToolResult).iter().map(|m| m.call_id.clone()).collect::<Vec<_>>();
        assert!(asked.is_sorted(), "{asked:?}");
    })
    .await;
}
