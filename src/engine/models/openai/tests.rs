//! Tests of the client against a real server on loopback, with all kinds of server behaviour.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::*;
use crate::domain::run::{Agent, Run, RunStatus};
use crate::domain::{DateTime, RunId};
use crate::engine::models::{FallbackModel, ToolSpec, Voice};
use crate::testing::chat::{Answer, Chat, delta, ended, short_pauses, short_timeouts};

async fn ask(model: &dyn Model, aloud: Aloud<'_>) -> Result<ModelReply, ModelError> {
    ask_within(model, Duration::from_secs(60), aloud).await
}

async fn ask_within(
    model: &dyn Model,
    time_left: Duration,
    aloud: Aloud<'_>,
) -> Result<ModelReply, ModelError> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let run = Run::new(RunId(1), RunStatus::Running, DateTime::UNIX_EPOCH);
    let tools = [ToolSpec { name: "look", description: "Looks.", parameters: json!({ "type": "object" }) }];
    let request = ModelRequest {
        agent: Agent::Discovery,
        system: "You are Discovery.",
        feedback: "",
        run: &run,
        turn: 1,
        earlier: &[],
        conversation: &[],
        tools: &tools,
        voice: &Voice { model: None, temperature: Some(0.2) },
        time_left,
    };
    model.reply(&request, aloud).await
}

fn model(chat: &Chat) -> OpenAi {
    let _ = rustls::crypto::ring::default_provider().install_default();
    OpenAi::new(chat.endpoint(), &short_pauses()).unwrap()
}

/// A client that gives up soon, for replies that are late by intent.
fn hasty(chat: &Chat) -> OpenAi {
    let _ = rustls::crypto::ring::default_provider().install_default();
    OpenAi::new(chat.endpoint(), &short_timeouts()).unwrap()
}

fn voices(chat: &Chat) -> FallbackModel {
    let _ = rustls::crypto::ring::default_provider().install_default();
    FallbackModel::over(Some(Arc::new(model(chat))), &short_pauses())
}

/// Result of the client for one answer.
async fn once(answer: Answer) -> Result<ModelReply, ModelError> {
    let chat = Chat::script([answer]).await;
    ask(&model(&chat), &|_| ()).await.map_err(|error| error.split().0)
}

#[tokio::test]
async fn a_reply_that_came_to_nothing_tells_the_tokens_that_it_took() {
    for (answer, is_counted) in [
        (Answer::BreakOff, true),
        (Answer::Drip(Duration::from_millis(100)), true),
        (Answer::Hang, true),
        (Answer::Status(500, ""), false),
    ] {
        let chat = Chat::script([answer.clone()]).await;
        let (_, usage) = ask(&hasty(&chat), &|_| ()).await.unwrap_err().split();
        assert_eq!(
            usage.is_some_and(|usage| usage.input_tokens > 0 && usage.estimated),
            is_counted,
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn as_many_tokens_are_asked_for_as_fit_into_the_time() {
    for (seconds, most) in [(1, 256), (100, 1_800), (900, 4_096)] {
        let chat = Chat::script([Answer::says("Yes.")]).await;
        let _ = rustls::crypto::ring::default_provider().install_default();
        let timeouts = ModelTimeouts { whole: Duration::from_secs(seconds), ..ModelTimeouts::default() };
        let slow = OpenAi::new(chat.endpoint(), &timeouts).unwrap();
        ask_within(&slow, Duration::from_secs(1_000), &|_| ()).await.unwrap();
        assert_eq!(chat.asked()[0]["max_tokens"], most);
    }
    let chat = Chat::script([Answer::says("Yes.")]).await;
    let slow = OpenAi::new(chat.endpoint(), &ModelTimeouts::default()).unwrap();
    ask_within(&slow, Duration::from_secs(20), &|_| ()).await.unwrap();
    assert_eq!(chat.asked()[0]["max_tokens"], 360, "the turn has 20 s left");
}

#[tokio::test]
async fn words_are_heard_while_they_come_and_counted_at_the_end() {
    let chat = Chat::script([Answer::says("I pick two trains.")]).await;
    let heard = Mutex::new(Vec::new());
    let reply = ask(&model(&chat), &|words| heard.lock().unwrap().push(words.to_owned())).await.unwrap();
    assert_eq!(heard.into_inner().unwrap(), ["I ", "I pick ", "I pick two ", "I pick two trains."]);
    let usage = reply.usage.unwrap();
    assert_eq!(
        (reply.text.as_str(), usage.input_tokens, usage.output_tokens),
        ("I pick two trains.", 100, 10)
    );
    let asked = &chat.asked()[0];
    assert_eq!(
        (&asked["model"], &asked["stream"], &asked["temperature"]),
        (&json!("small-talk"), &json!(true), &json!(0.2))
    );
    assert_eq!(asked["tools"][0]["function"]["name"], "look");
}

#[tokio::test]
async fn a_call_comes_together_from_its_pieces() {
    let reply = once(Answer::calls("look", json!({ "at": "trains" }))).await.unwrap();
    assert_eq!(
        (reply.tool_calls[0].name.as_str(), &reply.tool_calls[0].arguments),
        ("look", &json!({ "at": "trains" }))
    );
}

#[tokio::test]
async fn whoever_is_silent_or_too_slow_is_given_up_within_the_time() {
    let began = Instant::now();
    for answer in
        [Answer::Hang, Answer::Drip(Duration::from_millis(100)), Answer::Drip(Duration::from_secs(60))]
    {
        let chat = Chat::script([answer.clone()]).await;
        let (error, _) = ask(&hasty(&chat), &|_| ()).await.unwrap_err().split();
        assert!(
            matches!(error, ModelError::TimedOut(_) | ModelError::Unavailable { .. }),
            "{answer:?}: {error}"
        );
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_reply_without_end_is_cut_off() {
    let error = once(Answer::Endless).await.unwrap_err();
    assert!(matches!(error, ModelError::Unavailable { .. }), "{error}");
}

#[tokio::test]
async fn what_broke_off_is_no_reply() {
    let whole_but_for_the_end = Answer::Chunks(vec![delta(json!({ "content": "Yes" }))]);
    for answer in [Answer::BreakOff, whole_but_for_the_end] {
        assert!(matches!(once(answer.clone()).await, Err(ModelError::Unavailable { .. })), "{answer:?}");
    }
}

#[tokio::test]
async fn a_status_says_whether_asking_again_helps() {
    for status in [429, 500, 502, 503] {
        let error = once(Answer::Status(status, "busy")).await.unwrap_err();
        assert!(matches!(error, ModelError::Unavailable { .. }), "{status}: {error}");
    }
    let unknown = once(Answer::Status(404, r#"{"error":{"message":"model not found"}}"#)).await.unwrap_err();
    assert_eq!(unknown, ModelError::wrong("it answered 404: model not found"));
    assert!(matches!(once(Answer::Status(401, "no")).await, Err(ModelError::Unauthorized(_))));
    assert!(matches!(once(Answer::Page).await, Err(ModelError::Wrong(_))));
}

#[tokio::test]
async fn what_is_no_chat_protocol_is_wrong() {
    for chunks in [vec![json!({ "hello": 1 })], vec![json!([1, 2])], vec![]] {
        assert!(
            matches!(once(Answer::Chunks(chunks.clone())).await, Err(ModelError::Wrong(_))),
            "{chunks:?}"
        );
    }
    let error = Answer::Chunks(vec![json!({ "error": { "message": "out of memory" } })]);
    assert!(once(error).await.unwrap_err().to_string().contains("out of memory"));
}

#[tokio::test]
async fn calls_may_come_in_every_dialect() {
    let call = |call: Value| {
        Answer::Chunks(
            [delta(json!({ "tool_calls": [call] }))].into_iter().chain(ended("tool_calls")).collect(),
        )
    };
    let dialects = [
        json!({ "index": 0, "id": "a", "function": { "name": "look", "arguments": "{\"at\":1}" } }),
        json!({ "function": { "name": "look", "arguments": { "at": 1 } } }),
        json!({ "id": "", "function": { "name": "look", "arguments": "\"{\\\"at\\\":1}\"" } }),
    ];
    for dialect in dialects {
        let reply = once(call(dialect.clone())).await.unwrap();
        assert_eq!(reply.tool_calls[0].arguments, json!({ "at": 1 }), "{dialect}");
    }
}

#[tokio::test]
async fn what_passes_is_asked_again_and_nobody_notices() {
    let script = [Answer::Status(502, ""), Answer::BreakOff, Answer::says("Here I am.")];
    let chat = Chat::script(script).await;
    let reply = ask(&voices(&chat), &|_| ()).await.unwrap();
    assert_eq!(
        (reply.text.as_str(), reply.model.as_str(), reply.degraded),
        ("Here I am.", "small-talk", None)
    );
    assert_eq!(chat.asked().len(), 3);
}

#[tokio::test]
async fn whoever_asks_for_more_patience_than_there_is_gets_the_planner_at_once() {
    let chat = Chat::script([Answer::Busy(3_600)]).await;
    let reply = ask(&voices(&chat), &|_| ()).await.unwrap();
    assert_eq!((reply.model.as_str(), chat.asked().len()), ("builtin", 1));
    assert_eq!(reply.degraded.unwrap(), "The model small-talk is out: it answered 429: Slow down.");
}

#[tokio::test]
async fn the_planner_speaks_while_the_model_is_down_and_stops_when_it_is_back() {
    let down = vec![Answer::Status(500, ""); 9];
    let chat = Chat::script(down.into_iter().chain([Answer::says("Back.")])).await;
    let voices = voices(&chat);
    for _ in 0..5 {
        let reply = ask(&voices, &|_| ()).await.unwrap();
        assert_eq!(reply.model, "builtin");
        assert!(reply.degraded.is_some());
    }
    assert_eq!(chat.asked().len(), 9, "three replies of three attempts; then the model is left alone");
    assert!(voices.health().trouble.is_some());
    tokio::time::sleep(short_pauses().rest).await;
    let reply = ask(&voices, &|_| ()).await.unwrap();
    assert_eq!((reply.text.as_str(), reply.degraded), ("Back.", None));
    assert_eq!(voices.health().trouble, None);
}

#[tokio::test]
async fn whoever_keeps_us_waiting_is_asked_once_and_left_alone_for_longer() {
    let chat = Chat::script([Answer::Hang]).await;
    let voices = FallbackModel::over(Some(Arc::new(hasty(&chat))), &short_timeouts());
    for _ in 0..2 {
        assert_eq!(ask(&voices, &|_| ()).await.unwrap().model, "builtin");
        tokio::time::sleep(short_timeouts().rest * 2).await;
    }
    assert_eq!(chat.asked().len(), 1);
}

#[tokio::test]
async fn a_key_that_is_not_accepted_is_not_tried_again() {
    let chat = Chat::script([]).await;
    let endpoint = Endpoint { key: "sk-wrong".into(), ..chat.endpoint() };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let voices = FallbackModel::new(Some(endpoint), &short_pauses()).unwrap();
    for _ in 0..3 {
        let reply = ask(&voices, &|_| ()).await.unwrap();
        let why = reply.degraded.unwrap();
        assert!(why.contains("does not accept the key") && why.contains("Incorrect API key"), "{why}");
    }
    assert!(chat.asked().is_empty());
}
