//! Tests of runs with a chat endpoint over HTTP, with and without faults.

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::engine::config::{Budgets, ModelTimeouts};
use crate::engine::models::FallbackModel;
use crate::engine::models::openai::OpenAi;
use crate::testing::Backend;
use crate::testing::chat::{Answer, Chat, MODEL, delta, diligent, ended, short_pauses, short_timeouts};

/// Plays a run on both databases with a chat endpoint that follows the script.
async fn play<S: IntoIterator<Item = Answer>>(script: impl Fn() -> S, check: fn(&Chat, Run, Vec<Message>)) {
    play_within(&short_pauses(), script, check).await;
}

async fn play_within<S: IntoIterator<Item = Answer>>(
    timeouts: &ModelTimeouts,
    script: impl Fn() -> S,
    check: fn(&Chat, Run, Vec<Message>),
) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let chat = Chat::script(script()).await;
        let voices = FallbackModel::new(Some(chat.endpoint()), timeouts).unwrap();
        let Some(t) = TestEngine::with_model(backend, Arc::new(voices)).await else { continue };
        let ada = t.sign_up("ada").await.id;
        let ids = followed(&t, ada, 4).await;
        cached(&t, ada, &ids).await;
        let run = begin(&t, ada, 2).await;
        let run = work_off(&t, ada, run).await;
        check(&chat, run.clone(), said(&t, run.id).await);
        t.clear().await;
    }
}

fn the_whole_job() -> Vec<Answer> {
    let handed = json!({ "to": "download", "instructions": "Queue both.", "item_ids": [1, 2] });
    vec![
        Answer::calls("get_subscriptions", json!({})),
        Answer::calls("recommend_content", json!({ "max_items": 2 })),
        Answer::calls("handoff", handed),
        Answer::says("I picked two night trains."),
        Answer::Calls(vec![
            ("queue_download".into(), json!("{\"item_id\":1}")),
            ("queue_download".into(), json!({ "item_id": 2 })),
        ]),
        Answer::calls("process_download_queue", json!({})),
        Answer::says("Both are ready."),
        Answer::calls("analyze_content_batch", json!({ "item_ids": [1, 2] })),
        Answer::says("Two stories about night trains."),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_does_the_whole_job() {
    play(the_whole_job, |chat, run, all| {
        assert_eq!(run.stop_reason.as_deref(), Some("The goal is met: 2 of 2 downloads are ready."));
        assert_eq!((run.degraded, run.input_tokens, run.output_tokens), (None, 1_100, 110));
        assert!(all.iter().all(|message| message.model == MODEL));
        assert_eq!(of_kind(&all, MessageKind::ModelCall).len(), 11, "nine replies and two forms");
        assert_eq!(chat.asked().len(), 9);
        let last = chat.asked().pop().unwrap()["messages"].to_string();
        assert!(
            last.contains("Both are ready.") && !last.contains("queue_download"),
            "inner calls stay inner: {last}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_planner_finishes_what_a_model_that_dies_has_begun() {
    for death in [
        Answer::Status(500, ""),
        Answer::Status(404, ""),
        Answer::Status(401, ""),
        Answer::Page,
        Answer::BreakOff,
    ] {
        let script = move || the_whole_job().into_iter().take(4).chain(vec![death.clone(); 40]);
        play(script, |_, run, all| {
            assert_eq!(run.summary.unwrap().ready, 2, "{:?}", run.stop_reason);
            assert!(run.degraded.is_some_and(|why| why.starts_with("The model small-talk is out: ")));
            assert!(all.iter().any(|message| message.model == "builtin"));
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_hangs_costs_no_run() {
    let script = || vec![Answer::Hang; 9];
    let check: fn(&Chat, Run, Vec<Message>) =
        |_, run, _| assert_eq!(run.summary.unwrap().ready, 2, "{:?}", run.stop_reason);
    play_within(&short_timeouts(), script, check).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_without_sense_is_told_to_the_model_and_never_to_the_process() {
    let raw = |call: Value| {
        let chunks = [delta(json!({ "tool_calls": [call] }))].into_iter().chain(ended("tool_calls"));
        Answer::Chunks(chunks.collect())
    };
    let named = |arguments: &str| Answer::Calls(vec![("get_item_details".into(), json!(arguments))]);
    let fine = || Answer::calls("get_subscriptions", json!({}));
    let script = move || {
        vec![
            named("{item_id: 1}"),
            Answer::calls("drop_tables", json!({})),
            fine(),
            named("{\"item_id\":\"one\"}"),
            named("[1]"),
            fine(),
            named(&format!("{{\"item_id\":\"{}\"}}", "9".repeat(5_000_000))),
            raw(
                json!({ "index": 0, "function": { "name": "get_item_details", "arguments": { "item_id": 1 } } }),
            ),
            raw(json!({ "index": 0, "function": { "arguments": "{}" } })),
            raw(
                json!({ "index": 0, "id": "same", "function": { "name": "search_catalog", "arguments": "\"{\\\"query\\\":\\\"trains\\\"}\"" } }),
            ),
            raw(
                json!({ "index": 0, "id": "same", "function": { "name": "get_item_details", "arguments": "{\"item_id\":2}" } }),
            ),
            Answer::says("That was it."),
        ]
    };
    play(script, |chat, run, all| {
        assert_eq!(run.status, RunStatus::Completed);
        assert!(
            run.degraded
                .is_some_and(|why| why.contains("without doing anything and only said “That was it.”"))
        );
        assert_eq!(run.summary.unwrap().ready, 2, "the planner hands over what the model did not");
        let results: Vec<_> =
            of_kind(&all, MessageKind::ToolResult).iter().map(|m| m.data["ok"] == true).collect();
        let right = [false, false, true, false, false, true, false, true, false, true, true];
        assert_eq!(results[..11], right);
        let why = |n: usize| of_kind(&all, MessageKind::ToolResult)[n].data["output"].to_string();
        assert!(
            why(0).contains("no JSON") && why(4).contains("no object") && why(6).contains("5000014 bytes"),
            "{}",
            why(6)
        );
        assert!(why(1).contains("Discovery has no tool named"));
        let told = chat.asked()[1]["messages"].to_string();
        assert!(told.contains("no JSON"), "the model sees it: {told}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_two_repairs_the_turn_fails_and_the_next_agent_goes_on() {
    let wrong = |n: i64| Answer::calls("drop_tables", json!({ "n": n }));
    let script = move || (1..=3).map(wrong).chain([Answer::says("My turn.")]);
    play(script, |_, run, all| {
        let spoken: Vec<_> = of_kind(&all, MessageKind::Text).iter().map(|m| (m.turn, m.agent)).collect();
        assert_eq!(spoken[0], (2, Agent::Download), "{spoken:?}");
        assert_eq!(run.status, RunStatus::Completed);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_planner_does_the_turns_of_a_model_that_only_talks() {
    let script = || vec![Answer::says("I would rather talk."); 40];
    play(script, |chat, run, all| {
        assert_eq!(
            (run.turns, run.stop_reason.as_deref()),
            (3, Some("The goal is met: 2 of 2 downloads are ready."))
        );
        let why =
            "The model small-talk ended a turn without doing anything and only said “I would rather talk.”.";
        assert_eq!(run.degraded.as_deref(), Some(why));
        assert_eq!(chat.asked().len(), 3, "once in each turn: the planner takes it to its end");
        let calls = of_kind(&all, MessageKind::ToolCall);
        assert!(!calls.is_empty() && calls.iter().all(|call| call.model == "builtin"));
        assert!(
            run.input_tokens >= 300 && run.output_tokens >= 30,
            "{} {}",
            run.input_tokens,
            run.output_tokens
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_repeats_a_call_forty_times_is_stopped_after_three() {
    let script = || vec![Answer::calls("get_subscriptions", json!({})); 40];
    play(script, |chat, run, _| {
        assert_eq!(chat.asked().len(), 3);
        assert!(run.stop_reason.unwrap().ends_with("(repeated call)."));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_are_used_up_let_the_planner_go_on() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    for (tokens, daily_tokens, why) in
        [(200, 9_000, "This run has used its 200 tokens."), (9_000, 300, "Your runs")]
    {
        let chat = Chat::start(diligent).await;
        let model = OpenAi::new(chat.endpoint(), &short_pauses()).unwrap();
        let budgets = Budgets { tokens, daily_tokens, ..Budgets::default() };
        let ground = crate::testing::Ground::new(Backend::Sqlite).await.unwrap();
        let config = crate::engine::Config { budgets, ..ground.config() };
        let t = TestEngine::set(ground, config, Arc::new(model)).await;
        let ada = t.sign_up("ada").await.id;
        let ids = followed(&t, ada, 4).await;
        cached(&t, ada, &ids).await;
        let run = begin(&t, ada, 2).await;
        let run = work_off(&t, ada, run).await;
        assert_eq!(run.summary.unwrap().ready, 2, "{:?}", run.stop_reason);
        assert!(run.degraded.unwrap().starts_with(why));
        let used = run.input_tokens + run.output_tokens;
        assert!((200..=440).contains(&used), "{used}");
        t.clear().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_cancelled_while_its_model_is_silent() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let chat = Chat::script([Answer::Hang]).await;
    let timeouts = ModelTimeouts::default();
    let voices = FallbackModel::new(Some(chat.endpoint()), &timeouts).unwrap();
    let Some(t) = TestEngine::with_model(Backend::Sqlite, Arc::new(voices)).await else { return };
    let ada = t.sign_up("ada").await.id;
    let run = begin(&t, ada, 2).await;
    let (engine, lease) = (t.engine.clone(), claim(&t, run).await);
    let team = tokio::spawn(async move { team::go(&engine, run, &lease).await });
    while chat.asked().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let asked = Instant::now();
    cancel(&t.engine, ada, run).await.unwrap();
    team.await.unwrap().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    t.clear().await;
}
