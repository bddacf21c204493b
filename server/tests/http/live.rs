//! The live connection: no frame is lost or repeated, and only the owner receives it.

use both_databases::both_databases;
use std::time::{Duration, Instant};

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use smartcache::db::{events, sessions, turns};
use smartcache::domain::UserId;
use smartcache::domain::event::{EventKind, Frame};
use smartcache::engine::accounts;
use smartcache::testing::{Backend, PASSWORD};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::harness::{App, Person};
use crate::origin::Manner;

/// The client's end of a live connection.
pub struct Line(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Line {
    pub async fn open(person: &Person) -> Self {
        Self::try_open(person, None).await.unwrap()
    }

    /// Opens a connection. Returns the HTTP status of a refusal, or 0 if nobody answers.
    pub async fn try_open(person: &Person, origin: Option<&str>) -> Result<Self, u16> {
        let mut request =
            format!("{}/ws", person.base.replace("http://", "ws://")).into_client_request().unwrap();
        match &person.key {
            Some(key) => {
                request.headers_mut().insert("authorization", format!("Bearer {key}").parse().unwrap())
            }
            None => request.headers_mut().insert("cookie", person.cookies().parse().unwrap()),
        };
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(_) => Err(0),
        }
    }

    pub async fn say(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// The next frame, or the server's close code; 1006 for a connection that ends without one.
    pub async fn hear(&mut self) -> Result<Value, u16> {
        // Around the whole loop: pings arrive forever and are no frames.
        timeout(Duration::from_secs(90), self.next()).await.expect("something within 90 seconds")
    }

    async fn next(&mut self) -> Result<Value, u16> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(frame)))) => return Err(frame.code.into()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Err(_)) | None => return Err(1006),
                other => panic!("{other:?}"),
            }
        }
    }

    /// All frames up to and including the first of a type.
    pub async fn hear_until(&mut self, kind: &str) -> Vec<Value> {
        let mut heard = Vec::new();
        while heard.last().is_none_or(|frame: &Value| frame["type"] != kind) {
            heard.push(self.hear().await.unwrap());
        }
        heard
    }

    /// Whether no numbered frame arrives for a while.
    async fn is_quiet(&mut self, wait: Duration) -> bool {
        let numbered = async { while !self.hear().await.unwrap()["seq"].is_i64() {} };
        timeout(wait, numbered).await.is_err()
    }
}

fn numbers(frames: &[Value]) -> Vec<i64> {
    frames.iter().filter_map(|frame| frame["seq"].as_i64()).collect()
}

/// Records an event, as the engine does.
async fn tell(app: &App, owner: UserId, text: &str) {
    let mut work = app.engine.begin().await.unwrap();
    work.record(owner, None, EventKind::System, json!({ "message": text, "level": "info" })).await.unwrap();
    work.commit().await.unwrap();
}

async fn id_of(person: &Person) -> UserId {
    UserId(person.get("/api/v1/auth/me").await.ok()["user"]["id"].as_i64().unwrap())
}

#[both_databases]
async fn a_run_is_told_from_start_to_end_in_order(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, _) = app.origin.podcast("live", 400_000, Manner::Slow(40_000));
    ada.follow(&feed).await;
    let mut line = Line::open(&ada).await;
    let hello = line.hear().await.unwrap();
    assert_eq!(
        (&hello["type"], &hello["data"]["username"]),
        (&json!("connection_established"), &json!("ada"))
    );
    assert!(hello["seq"].is_null());
    line.say(json!({ "type": "hello", "after_seq": hello["data"]["seq"] })).await;
    line.say(json!({ "type": "trigger_agents", "max_items": 1 })).await;
    let heard = line.hear_until("execution_complete").await;
    let kinds: Vec<_> = heard.iter().map(|frame| frame["type"].as_str().unwrap()).collect();
    let first =
        |kind: &str| kinds.iter().position(|k| *k == kind).unwrap_or_else(|| panic!("{kind} in {kinds:?}"));
    let order = [
        "execution_started",
        "agent_update",
        "tool_call",
        "tool_result",
        "download_queued",
        "download_progress",
        "download_ready",
        "execution_complete",
    ];
    assert!(order.windows(2).all(|pair| first(pair[0]) < first(pair[1])), "{kinds:?}");
    assert!(kinds.contains(&"agent_message"));
    let start = hello["data"]["seq"].as_i64().unwrap();
    assert_eq!(numbers(&heard), (start + 1..).take(numbers(&heard).len()).collect::<Vec<_>>());
    let ready = &heard[first("download_ready")]["data"];
    assert_eq!(
        ada.get(ready["file_url"].as_str().unwrap()).await.body.len() as i64,
        ready["bytes"].as_i64().unwrap()
    );
    assert_eq!(heard[heard.len() - 1]["data"]["summary"]["ready"], 1);
}

#[both_databases]
async fn who_was_away_misses_nothing_and_hears_nothing_twice(app: &App) {
    let ada = app.sign_up("ada").await;
    let owner = id_of(&ada).await;
    let mut line = Line::open(&ada).await;
    line.hear().await.unwrap();
    line.say(json!({ "type": "hello", "after_seq": 0 })).await;
    tell(app, owner, "one").await;
    let mut heard = line.hear_until("system").await;
    drop(line);
    for text in ["two", "three", "four"] {
        tell(app, owner, text).await;
    }
    let mut line = Line::open(&ada).await;
    // Recorded before the client's hello, so it must follow the missed frames.
    tell(app, owner, "five").await;
    line.say(json!({ "type": "hello", "after_seq": 1 })).await;
    tell(app, owner, "six").await;
    while numbers(&heard).last() != Some(&6) {
        heard.push(line.hear().await.unwrap());
    }
    assert_eq!(numbers(&heard), [1, 2, 3, 4, 5, 6]);
    assert!(line.is_quiet(Duration::from_millis(500)).await);
}

#[both_databases]
async fn who_does_not_say_hello_hears_what_comes_from_now_on(app: &App) {
    let ada = app.sign_up("ada").await;
    let owner = id_of(&ada).await;
    tell(app, owner, "before").await;
    let mut line = Line::open(&ada).await;
    assert_eq!(line.hear().await.unwrap()["data"]["seq"], 1);
    tell(app, owner, "after").await;
    assert_eq!(numbers(&line.hear_until("system").await), [2]);
}

#[both_databases]
async fn many_writers_at_once_leave_no_gap_and_no_double(app: &App) {
    let ada = app.sign_up("ada").await;
    let owner = id_of(&ada).await;
    let mut line = Line::open(&ada).await;
    line.hear().await.unwrap();
    line.say(json!({ "type": "hello", "after_seq": 0 })).await;
    let texts: Vec<_> = (0..40).map(|n| n.to_string()).collect();
    futures::future::join_all(texts.iter().map(|text| tell(app, owner, text))).await;
    let mut heard = Vec::new();
    while numbers(&heard).len() < 40 {
        heard.push(line.hear().await.unwrap());
    }
    assert_eq!(numbers(&heard), (1..=40).collect::<Vec<_>>());
}

#[both_databases]
async fn what_other_processes_tell_comes_too(app: &App) {
    let ada = app.sign_up("ada").await;
    let owner = id_of(&ada).await;
    let mut line = Line::open(&ada).await;
    line.hear().await.unwrap();
    line.say(json!({ "type": "hello", "after_seq": 0 })).await;
    // Recorded in the database alone, in a transaction like every event; the hub is not notified.
    let data = json!({ "message": "from afar", "level": "info" });
    let txn = turns::Transaction::begin(&app.engine.db).await.unwrap();
    events::append(&*txn, owner, None, EventKind::System, data, app.engine.now()).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(numbers(&line.hear_until("system").await), [1]);
}

#[both_databases]
async fn who_was_away_too_long_starts_anew(app: &App) {
    let ada = app.sign_up("ada").await;
    let owner = id_of(&ada).await;
    tell(app, owner, "old").await;
    tell(app, owner, "gone").await;
    let later = app.engine.now() + Duration::from_secs(60);
    events::delete_before(&app.engine.db, later).await.unwrap();
    let mut line = Line::open(&ada).await;
    line.hear().await.unwrap();
    line.say(json!({ "type": "hello", "after_seq": 1 })).await;
    assert_eq!(line.hear().await.unwrap()["type"], "resync");
    tell(app, owner, "new").await;
    assert_eq!(numbers(&line.hear_until("system").await), [3]);
    line.say(json!({ "type": "hello", "after_seq": 99 })).await;
    assert_eq!(line.hear().await.unwrap()["type"], "resync");
}

#[both_databases]
async fn signing_out_ends_every_connection_of_the_session_at_once(app: &App) {
    let ada = app.sign_up("ada").await;
    let elsewhere = app.stranger();
    let typed = json!({ "username": "ada", "password": PASSWORD });
    elsewhere.post("/api/v1/auth/login", typed).await.ok();
    let (mut tab, mut other, mut phone) =
        (Line::open(&ada).await, Line::open(&ada).await, Line::open(&elsewhere).await);
    for line in [&mut tab, &mut other, &mut phone] {
        line.hear().await.unwrap();
    }
    let signed_out = Instant::now();
    ada.post("/api/v1/auth/logout", json!({})).await;
    assert_eq!((tab.hear().await, other.hear().await), (Err(1008), Err(1008)));
    assert!(signed_out.elapsed() < Duration::from_secs(1), "{:?}", signed_out.elapsed());
    phone.say(json!({ "type": "ping" })).await;
    assert_eq!(phone.hear().await.unwrap()["type"], "pong", "another session goes on");
    accounts::reset_password(&app.engine, "ada", format!("{PASSWORD}-2")).await.unwrap();
    assert_eq!(phone.hear().await, Err(1008), "and ends with a new password");
}

#[both_databases]
async fn a_session_that_another_process_ends_is_noticed(app: &App) {
    let ada = app.sign_up("ada").await;
    let mut line = Line::open(&ada).await;
    line.hear().await.unwrap();
    let ended = Instant::now();
    sessions::delete_all_of(&app.engine.db, id_of(&ada).await).await.unwrap();
    assert_eq!(line.hear().await, Err(1008));
    assert!(ended.elapsed() < Duration::from_secs(10), "{:?}", ended.elapsed());
}

#[both_databases]
async fn one_person_hears_nothing_of_another(app: &App) {
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let mut line = Line::open(&eve).await;
    line.hear().await.unwrap();
    line.say(json!({ "type": "hello", "after_seq": 0 })).await;
    tell(app, id_of(&ada).await, "for Ada").await;
    assert!(line.is_quiet(Duration::from_millis(700)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_line_opens_for_a_session_from_this_site_alone() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let ada = app.sign_up("ada").await;
    let opens = async |person: &Person, origin| Line::try_open(person, origin).await.err();
    assert_eq!(opens(&app.stranger(), None).await, Some(401));
    assert_eq!(opens(&ada, Some("https://evil.example")).await, Some(403));
    assert_eq!(opens(&ada, Some("null")).await, Some(403));
    assert_eq!(opens(&ada, Some(&app.base)).await, None);
    assert_eq!(opens(&ada, None).await, None);
    assert_eq!(ada.get("/ws").await.code(), "bad_request");
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_are_answered_and_nonsense_is_told_until_it_is_too_much() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let mut line = Line::open(&app.sign_up("ada").await).await;
    line.hear().await.unwrap();
    line.say(json!({ "type": "ping" })).await;
    assert_eq!(line.hear().await.unwrap()["type"], "pong");
    line.say(json!({ "type": "cancel_run", "run_id": 77 })).await;
    assert_eq!(line.hear().await.unwrap()["data"]["code"], "not_found");
    line.say(json!({ "type": "trigger_agents", "max_items": 99 })).await;
    assert_eq!(line.hear().await.unwrap()["data"]["code"], "invalid");
    for nonsense in [json!({ "type": "shutdown" }), json!({ "type": "ping", "padding": "x".repeat(70_000) })]
        .iter()
        .cycle()
        .take(10)
    {
        line.say(nonsense.clone()).await;
        assert_eq!(line.hear().await.unwrap()["data"]["code"], "bad_frame");
    }
    assert_eq!(line.hear().await, Err(1008));
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_cannot_keep_up_is_asked_to_come_back() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let ada = app.sign_up("ada").await;
    let owner = id_of(&ada).await;
    let mut line = Line::open(&ada).await;
    line.hear().await.unwrap();
    for _ in 0..5_000 {
        let data = json!({ "padding": "x".repeat(5_000) });
        app.engine.hub.send(owner, &Frame::fleeting(app.engine.now(), EventKind::DownloadProgress, data));
    }
    let code = loop {
        if let Err(code) = line.hear().await {
            break code;
        }
    };
    assert_eq!(code, 1013);
    app.clear().await;
}
