//! SmartCache as a child process, driven over REST until every file is verified, stored and ready.

use std::path::Path;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use reqwest::Client;
use serde_json::{Value, json};
use smartcache::db::accounts;
use smartcache::domain::UserId;
use smartcache::domain::preference::Preferences;
use tokio::process::{Child, Command};

use crate::measure::Watched;
use crate::origin::Origin;
use crate::{Figures, Task};

const PASSWORD: &str = "lantern-quiet-orbit-77";

pub struct Person {
    client: Client,
    base: String,
}

/// A SmartCache server, and users who follow one feed on it.
pub struct Stage {
    pub child: Child,
    pub people: Vec<Person>,
    pub database: String,
    port: u16,
    at_once: usize,
}

impl Person {
    async fn ask(&self, request: reqwest::RequestBuilder) -> Value {
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "{status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub async fn get(&self, path: &str) -> Value {
        self.ask(self.client.get(format!("{}/api/v1{path}", self.base))).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        self.ask(self.client.post(format!("{}/api/v1{path}", self.base)).json(&body)).await
    }

    /// Requests a download. False if it is not granted.
    pub async fn ask_for(&self, body: Value) -> bool {
        let asked = self.client.post(format!("{}/api/v1/downloads", self.base)).json(&body).send().await;
        asked.is_ok_and(|answer| answer.status().is_success())
    }

    pub async fn answered(&self) {
        answers(&self.base).await;
    }

    /// Number of downloads per outcome.
    pub async fn stats(&self) -> Value {
        self.get("/auth/me").await["stats"].clone()
    }
}

pub async fn run(task: &Task, origin: &Origin, ground: &Path) -> Figures {
    let feed = origin.feed(task.files, |_| task.bytes);
    let Stage { mut child, people, .. } = Stage::set(origin, ground, &feed, task.people, task.at_once).await;
    let items = items(&people[0], task.files).await;

    let watched = Watched::new(child.id().unwrap());
    let (idle, before) = (watched.memory(), watched.cpu());
    let (failed, memory) = watched.during(fetch(&people, &items)).await;
    let (wall, cpu) = (watched.wall(), watched.cpu() - before);
    child.kill().await.unwrap();
    Figures { wall, cpu, memory: memory.saturating_sub(idle), wasted: 0, failed }
}

impl Stage {
    /// Starts a server with `at_once` parallel transfers.
    pub async fn set(origin: &Origin, ground: &Path, feed: &str, people: usize, at_once: usize) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let database = format!("sqlite://{}?mode=rwc", ground.join("smartcache.db").display());
        let child = serve(ground, &database, port, origin, at_once);
        let people = prepare(&format!("http://127.0.0.1:{port}"), &database, feed, people).await;
        Self { child, people, database, port, at_once }
    }

    /// Kills the server and restarts it at once.
    pub async fn kill(&mut self, origin: &Origin, ground: &Path) {
        self.child.kill().await.unwrap();
        self.child = serve(ground, &self.database, self.port, origin, self.at_once);
    }
}

fn serve(ground: &Path, database: &str, port: u16, origin: &Origin, at_once: usize) -> Child {
    command(ground, database)
        .arg("serve")
        .env("SMARTCACHE_ADDR", format!("127.0.0.1:{port}"))
        .env("SMARTCACHE_EGRESS_ALLOW", origin.allowance())
        .env("SMARTCACHE_TRANSFERS", at_once.to_string())
        .env("SMARTCACHE_TRANSFERS_PER_HOST", at_once.to_string())
        .env("SMARTCACHE_MAX_FILE_MB", "3000")
        .env("SMARTCACHE_DEMO", "false")
        // The users of a task register within a second.
        .env("SMARTCACHE_SIGNUPS_PER_HOUR", "1000")
        .env("SMARTCACHE_REQUEST_LIMITS", "off")
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// The program, with this data directory and database.
pub fn command(ground: &Path, database: &str) -> Command {
    // `SMARTCACHE_BENCH_BIN` names another build to measure.
    let named = std::env::var("SMARTCACHE_BENCH_BIN");
    let mut command = Command::new(named.as_deref().unwrap_or(env!("CARGO_BIN_EXE_smartcache")));
    command
        .env("SMARTCACHE_DATA_DIR", ground)
        .env("SMARTCACHE_DATABASE_URL", database)
        .env("SMARTCACHE_LOG", "error")
        .stdout(std::process::Stdio::null());
    command
}

async fn answers(base: &str) {
    while reqwest::get(format!("{base}/ready")).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Signs up users who follow the feed. Lifts their limits, which would not allow this many downloads a day.
async fn prepare(base: &str, database: &str, feed: &str, people: usize) -> Vec<Person> {
    answers(base).await;
    let db = sea_orm::Database::connect(database).await.unwrap();
    let mut all = Vec::new();
    for n in 0..people {
        let client = Client::builder().cookie_store(true).no_proxy().build().unwrap();
        let person = Person { client, base: base.to_owned() };
        let name = format!("person{n}");
        let opened = person.post("/auth/register", json!({ "username": name, "password": PASSWORD })).await;
        let id = UserId(opened["user"]["id"].as_i64().unwrap());
        let limits = Preferences { max_daily_items: i64::MAX, max_storage_mb: 1 << 40, ..Default::default() };
        accounts::set_preferences(&db, id, &limits).await.unwrap();
        let followed = person.post("/subscriptions", json!({ "feed_url": feed })).await;
        if n == 0 {
            person.post(&format!("/sources/{}/refresh?wait=true", followed["source_id"]), json!({})).await;
        }
        all.push(person);
    }
    db.close().await.unwrap();
    all
}

pub async fn items(person: &Person, files: usize) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    while all.len() < files {
        let page = person.get(&format!("/items?limit=200{cursor}")).await;
        all.extend(page["data"].as_array().unwrap().iter().map(|item| item["id"].clone()));
        cursor = page["next_cursor"].as_str().map(|next| format!("&cursor={next}")).unwrap_or_default();
    }
    all
}

/// Requests all downloads, and waits until all have ended. Returns the number that did not become ready.
async fn fetch(people: &[Person], items: &[Value]) -> usize {
    let mut asking = FuturesUnordered::new();
    for person in people {
        for item in items {
            if asking.len() == 16 {
                asking.next().await;
            }
            asking.push(person.post("/downloads", json!({ "item_id": item })));
        }
    }
    while asking.next().await.is_some() {}
    let all = people.len() * items.len();
    // One small request per user: heavier polling would distort the measurement.
    for look in 1.. {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let over = look % 50 == 0 && nothing_open(people).await;
        let mut ready = 0;
        for person in people {
            ready += person.stats().await["ready"].as_u64().unwrap() as usize;
        }
        if over || ready == all {
            return all - ready;
        }
    }
    unreachable!("it looks for as long as it takes")
}

async fn nothing_open(people: &[Person]) -> bool {
    for person in people {
        for status in ["queued", "downloading", "verifying"] {
            let left = person.get(&format!("/downloads?limit=1&status={status}")).await;
            if !left["data"].as_array().unwrap().is_empty() {
                return false;
            }
        }
    }
    true
}
