//! A scripted chat endpoint on loopback, which misbehaves in every way known of such servers.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::post;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::engine::config::{Endpoint, ModelTimeouts};

pub const KEY: &str = "sk-of-the-test";
pub const MODEL: &str = "small-talk";
/// Verdict on every item, unless a test sets another one.
pub const VERDICT: &str =
    r#"{"summary": "In short: a night train.", "quality": 0.83, "reasons": ["told calmly"]}"#;

#[derive(Debug, Clone)]
pub enum Answer {
    /// Streams the text word by word, then the token usage.
    Says(String),
    /// Streams calls: names, and arguments in wire form, as a string or any other JSON.
    Calls(Vec<(String, Value)>),
    /// Streams exactly these chunks.
    Chunks(Vec<Value>),
    /// Sends nothing, not even a response head.
    Hang,
    /// One word per interval, without end.
    Drip(Duration),
    /// Words as fast as the client reads them, without end.
    Endless,
    /// Some words, then the connection breaks.
    BreakOff,
    Status(u16, &'static str),
    /// 429 with Retry-After in seconds.
    Busy(u64),
    /// A web page with status 200.
    Page,
}

impl Answer {
    pub fn says(text: &str) -> Self {
        Self::Says(text.into())
    }

    pub fn calls(tool: &str, arguments: Value) -> Self {
        Self::Calls(vec![(tool.into(), arguments.to_string().into())])
    }
}

type Mind = Box<dyn FnMut(&Value) -> Answer + Send>;

struct Inner {
    mind: Mutex<Mind>,
    asked: Mutex<Vec<Value>>,
    /// Answers requests to fill a form.
    clerk: Mutex<Mind>,
    forms: Mutex<Vec<Value>>,
}

pub struct Chat {
    pub url: String,
    inner: Arc<Inner>,
    server: JoinHandle<()>,
}

impl Chat {
    /// Answers in this order. After the end of the script, every reply is a short text that ends the turn.
    pub async fn script(answers: impl IntoIterator<Item = Answer>) -> Self {
        let mut answers: VecDeque<Answer> = answers.into_iter().collect();
        Self::start(move |_| answers.pop_front().unwrap_or_else(|| Answer::says("Nothing to add."))).await
    }

    /// Answers with the result of `mind` for a request's body.
    pub async fn start(mind: impl FnMut(&Value) -> Answer + Send + 'static) -> Self {
        let inner = Inner {
            mind: Mutex::new(Box::new(mind)),
            asked: Mutex::default(),
            clerk: Mutex::new(Box::new(|_| Answer::says(VERDICT))),
            forms: Mutex::default(),
        };
        let inner = Arc::new(inner);
        let router = Router::new().route("/v1/chat/completions", post(answer)).with_state(inner.clone());
        let router = router.layer(axum::extract::DefaultBodyLimit::disable());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, inner, server }
    }

    /// Fills forms with `clerk` instead of always in the same way.
    pub fn fills(&self, clerk: impl FnMut(&Value) -> Answer + Send + 'static) {
        *self.inner.clerk.lock() = Box::new(clerk);
    }

    /// Bodies of all requests to fill a form so far.
    pub fn forms(&self) -> Vec<Value> {
        self.inner.forms.lock().clone()
    }

    /// Bodies of all other requests so far.
    pub fn asked(&self) -> Vec<Value> {
        self.inner.asked.lock().clone()
    }

    pub fn endpoint(&self) -> Endpoint {
        Endpoint { url: self.url.clone(), model: MODEL.into(), key: KEY.into() }
    }
}

impl Drop for Chat {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Timeouts for replies that are late by intent, so that a test takes seconds at most.
pub fn short_timeouts() -> ModelTimeouts {
    let [connect, idle, whole] = [500, 600, 2_500].map(Duration::from_millis);
    ModelTimeouts { connect, idle, whole, ..short_pauses() }
}

/// The default timeouts, which a busy machine keeps, with pauses of milliseconds after a failure.
pub fn short_pauses() -> ModelTimeouts {
    let [pause, rest] = [5, 300].map(Duration::from_millis);
    ModelTimeouts { pause, rest, ..ModelTimeouts::default() }
}

async fn answer(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let request: Value = serde_json::from_slice(&body).unwrap();
    let key = headers.get("authorization").and_then(|value| value.to_str().ok());
    if key != Some(&format!("Bearer {KEY}")) {
        return plain(401, "application/json", r#"{"error":{"message":"Incorrect API key provided."}}"#);
    }
    let streams = request["stream"] == true;
    let is_form = request["messages"][0]["content"].as_str().unwrap_or_default().contains("fill the form");
    let (mind, asked) = if is_form { (&inner.clerk, &inner.forms) } else { (&inner.mind, &inner.asked) };
    let answer = (mind.lock())(&request);
    asked.lock().push(request);
    match answer {
        Answer::Says(text) if !streams => in_one(&text),
        Answer::Says(text) => events(whole(words(&text))),
        Answer::Calls(calls) => events(whole(pieces(&calls))),
        Answer::Chunks(chunks) => events(stream::iter(chunks).boxed()),
        Answer::Hang => std::future::pending().await,
        Answer::Drip(pause) => events(
            stream::repeat(delta(json!({ "content": "word " })))
                .then(move |chunk| async move {
                    tokio::time::sleep(pause).await;
                    chunk
                })
                .boxed(),
        ),
        Answer::Endless => events(stream::repeat(delta(json!({ "content": "word ".repeat(2_000) }))).boxed()),
        Answer::BreakOff => {
            let start = line(&delta(json!({ "content": "I was about to " })));
            let broken = stream::iter([Ok(start), Err(std::io::Error::other("gone"))]);
            streamed(Body::from_stream(broken))
        }
        Answer::Status(status, body) => plain(status, "application/json", body),
        Answer::Busy(seconds) => {
            let mut response = plain(429, "application/json", r#"{"error":{"message":"Slow down."}}"#);
            response.headers_mut().insert("retry-after", seconds.into());
            response
        }
        Answer::Page => plain(200, "text/html", "<!doctype html><title>Welcome</title>"),
    }
}

/// Response to a request without streaming.
fn in_one(text: &str) -> Response<Body> {
    let message = json!({ "role": "assistant", "content": text });
    let mut body = json!({ "id": "1", "object": "chat.completion", "created": 1, "model": MODEL });
    body["choices"] = json!([{ "index": 0, "message": message, "finish_reason": "stop" }]);
    body["usage"] = json!({ "prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110 });
    let mut response = Response::new(Body::from(body.to_string()));
    response.headers_mut().insert("content-type", "application/json".parse().unwrap());
    response
}

fn plain(status: u16, kind: &str, body: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response.headers_mut().insert("content-type", kind.parse().unwrap());
    response
}

fn streamed(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    response.headers_mut().insert("content-type", "text/event-stream".parse().unwrap());
    response
}

fn events(chunks: BoxStream<'static, Value>) -> Response<Body> {
    let done = stream::iter([Bytes::from_static(b"data: [DONE]\n\n")]);
    streamed(Body::from_stream(chunks.map(|chunk| line(&chunk)).chain(done).map(Ok::<_, Infallible>)))
}

fn line(chunk: &Value) -> Bytes {
    format!("data: {chunk}\n\n").into()
}

pub fn delta(delta: Value) -> Value {
    json!({ "object": "chat.completion.chunk", "choices": [{ "index": 0, "delta": delta }] })
}

/// End of a reply, and its token usage.
pub fn ended(why: &str) -> [Value; 2] {
    [
        json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": why }] }),
        json!({ "choices": [], "usage": { "prompt_tokens": 100, "completion_tokens": 10 } }),
    ]
}

fn whole(deltas: Vec<Value>) -> BoxStream<'static, Value> {
    stream::iter(deltas.into_iter().map(delta).chain(ended("stop"))).boxed()
}

fn words(text: &str) -> Vec<Value> {
    text.split_inclusive(' ').map(|word| json!({ "content": word })).collect()
}

/// Deltas of calls: the name first, then the arguments in two halves, as large providers send them.
fn pieces(calls: &[(String, Value)]) -> Vec<Value> {
    let piece = |index: usize, id: Value, function: Value| json!({ "tool_calls": [{ "index": index, "id": id, "type": "function", "function": function }] });
    let of_call = |(n, (name, arguments)): (usize, &(String, Value))| {
        let head = piece(n, json!(format!("call_{n}")), json!({ "name": name, "arguments": "" }));
        match arguments.as_str() {
            Some(text) => {
                let (one, two) = text.split_at(text.floor_char_boundary(text.len() / 2));
                let more = |part: &str| piece(n, Value::Null, json!({ "arguments": part }));
                vec![head, more(one), more(two)]
            }
            None => {
                vec![piece(n, json!(format!("call_{n}")), json!({ "name": name, "arguments": arguments }))]
            }
        }
    };
    calls.iter().enumerate().flat_map(of_call).collect()
}

/// Answers as a good model does: look, recommend, hand over, queue, wait, assess, and report. It derives its
/// position from the request alone, so that it can continue any conversation.
pub fn diligent(request: &Value) -> Answer {
    let messages = request["messages"].as_array().unwrap();
    let of = |n: usize| messages[n]["content"].as_str().unwrap_or_default();
    let step = messages.iter().filter(|message| message["role"] == "assistant").count();
    let last = of(messages.len() - 1);
    let handed =
        || ids(of(1).rsplit("items [").next().unwrap_or_default().split(']').next().unwrap_or_default());
    match (of(0).split(". ").next().unwrap_or_default(), step) {
        ("You are Discovery", 0) => Answer::calls("get_subscriptions", json!({})),
        ("You are Discovery", 1) => Answer::calls("recommend_content", json!({ "max_items": 2 })),
        ("You are Discovery", 2) => {
            let listed =
                last.split("\"item_id\":").skip(1).map(|rest| rest.split([',', '}']).next().unwrap());
            let items: Vec<i64> = listed.filter_map(|id| id.parse().ok()).take(2).collect();
            let told = json!({ "to": "download", "instructions": "Queue them.", "item_ids": items });
            Answer::calls("handoff", told)
        }
        ("You are Discovery", _) => Answer::says("I picked what fits."),
        ("You are Download", 0) => {
            let queue = |id: i64| ("queue_download".to_owned(), json!({ "item_id": id }));
            Answer::Calls(handed().into_iter().map(queue).collect())
        }
        ("You are Download", 1) => Answer::calls("process_download_queue", json!({})),
        ("You are Download", _) => Answer::says("All of it is here."),
        (_, 0) => Answer::calls("analyze_content_batch", json!({ "item_ids": handed() })),
        _ => Answer::says("Worth your time."),
    }
}

fn ids(list: &str) -> Vec<i64> {
    list.split(',').filter_map(|id| id.trim().parse().ok()).collect()
}
