//! Live connections that are narrowed to a run or a collection, and announcements to all.

use both_databases::both_databases;
use serde_json::{Value, json};
use smartcache::domain::event::EventKind;
use smartcache::domain::{RunId, UserId};
use smartcache::engine::accounts;

use crate::harness::{App, Person};
use crate::live::Line;

/// A user with a connection that has said hello.
struct Listening {
    owner: UserId,
    line: Line,
}

impl Listening {
    async fn of(person: &Person) -> Self {
        let me = person.get("/api/v1/auth/me").await.ok();
        let mut line = Line::open(person).await;
        let greeting = line.hear().await.unwrap();
        line.say(json!({ "type": "hello", "after_seq": greeting["data"]["seq"] })).await;
        Self { owner: UserId(me["user"]["id"].as_i64().unwrap()), line }
    }

    /// Sends a frame and waits until the server has read it. Returns what came before the pong.
    async fn say(&mut self, frame: Value) -> Vec<Value> {
        self.line.say(frame).await;
        self.line.say(json!({ "type": "ping" })).await;
        let mut heard = self.line.hear_until("pong").await;
        heard.pop();
        heard
    }

    /// The texts of what arrives up to the one that is for everybody.
    async fn texts(&mut self, app: &App, run: RunId, other: RunId) -> Vec<Value> {
        let told = [
            (Some(other), EventKind::AgentMessage, "of another run"),
            (Some(run), EventKind::AgentMessage, "of the run"),
            (None, EventKind::DownloadQueued, "of no run"),
            (None, EventKind::System, "for all"),
        ];
        for (run, kind, text) in told {
            let mut work = app.engine.begin().await.unwrap();
            work.record(self.owner, run, kind, json!({ "text": text, "level": "info" })).await.unwrap();
            work.commit().await.unwrap();
        }
        let heard = self.line.hear_until("system").await;
        heard.iter().map(|frame| frame["data"]["text"].clone()).collect()
    }
}

/// A run that has ended.
async fn run(person: &Person, new: Value) -> RunId {
    let id = person.post("/api/v1/runs", new).await.json()["id"].as_i64().unwrap();
    person.until_run_ends(id).await;
    RunId(id)
}

#[both_databases]
async fn a_connection_is_narrowed_to_a_run_or_a_collection_and_widened_again(app: &App) {
    let ada = app.sign_up("ada").await;
    let trip = ada.post("/api/v1/collections", json!({ "name": "Trip" })).await.json()["id"].clone();
    let inside = run(&ada, json!({ "max_items": 1, "collection_id": trip })).await;
    let outside = run(&ada, json!({ "max_items": 1 })).await;
    let mut listening = Listening::of(&ada).await;
    let everything = ["of another run", "of the run", "of no run", "for all"];
    assert_eq!(listening.texts(app, inside, outside).await, everything);
    let narrowed = ["of the run", "for all"];
    assert!(listening.say(json!({ "type": "subscribe", "run_id": inside })).await.is_empty());
    assert_eq!(listening.texts(app, inside, outside).await, narrowed);
    assert!(listening.say(json!({ "type": "subscribe", "collection_id": trip })).await.is_empty());
    assert_eq!(listening.texts(app, inside, outside).await, narrowed);
    assert!(listening.say(json!({ "type": "unsubscribe" })).await.is_empty());
    assert_eq!(listening.texts(app, inside, outside).await, everything);
}

#[both_databases]
async fn what_is_replayed_is_narrowed_too(app: &App) {
    let ada = app.sign_up("ada").await;
    let (one, two) = (run(&ada, json!({ "max_items": 1 })).await, run(&ada, json!({ "max_items": 1 })).await);
    let mut listening = Listening::of(&ada).await;
    listening.say(json!({ "type": "subscribe", "run_id": two })).await;
    let replayed = listening.say(json!({ "type": "hello", "after_seq": 0 })).await;
    assert!(!replayed.is_empty());
    // Notifications concern the whole account.
    let is_in_scope = |frame: &Value| frame["run_id"] == json!(two) || frame["type"] == "notification";
    assert!(replayed.iter().all(is_in_scope), "{replayed:?}");
    listening.say(json!({ "type": "unsubscribe" })).await;
    let replayed = listening.say(json!({ "type": "hello", "after_seq": 0 })).await;
    assert!(replayed.iter().any(|frame| frame["run_id"] == json!(one)));
}

#[both_databases]
async fn what_is_not_ones_own_cannot_be_subscribed_to(app: &App) {
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    let of_ada = run(&ada, json!({ "max_items": 1 })).await;
    let mut listening = Listening::of(&bob).await;
    let code = |heard: Vec<Value>| heard[0]["data"]["code"].clone();
    assert_eq!(code(listening.say(json!({ "type": "subscribe", "run_id": of_ada })).await), "not_found");
    assert_eq!(code(listening.say(json!({ "type": "subscribe", "collection_id": 7 })).await), "not_found");
    assert_eq!(code(listening.say(json!({ "type": "subscribe" })).await), "invalid");
    let both = json!({ "type": "subscribe", "run_id": of_ada, "collection_id": 7 });
    assert_eq!(code(listening.say(both).await), "invalid");
}

#[both_databases]
async fn an_announcement_reaches_everybody_once(app: &App) {
    const ANNOUNCEMENTS: &str = "/api/v1/admin/announcements";
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    let new = json!({ "message": " Maintenance at 22:00 ", "level": "warning" });
    assert_eq!(ada.post(ANNOUNCEMENTS, new.clone()).await.status, 403);
    assert_eq!(ada.get(ANNOUNCEMENTS).await.status, 403);
    accounts::make_admin(&app.engine, "ada").await.unwrap();
    let refused = ada.post(ANNOUNCEMENTS, json!({ "message": " " })).await;
    assert_eq!((refused.status, refused.fields()), (422, vec!["message".to_owned()]));
    let (mut one, mut other) = (Listening::of(&ada).await, Listening::of(&bob).await);
    other.say(json!({ "type": "ping" })).await;
    let made = ada.post(ANNOUNCEMENTS, new).await;
    assert_eq!((made.status, &made.json()["message"]), (201, &json!("Maintenance at 22:00")));
    for listening in [&mut one, &mut other] {
        let heard = listening.line.hear_until("system").await;
        let data = &heard.last().unwrap()["data"];
        assert_eq!((&data["message"], &data["level"]), (&json!("Maintenance at 22:00"), &json!("warning")));
        assert!(listening.say(json!({ "type": "ping" })).await.iter().all(|frame| frame["type"] != "system"));
    }
    assert_eq!(ada.all(ANNOUNCEMENTS).await.len(), 1);
}
