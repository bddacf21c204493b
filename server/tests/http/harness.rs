//! The test harness: the real router on a free port, its workers, an origin to fetch from, and users.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jobs::Workers;
use reqwest::cookie::{CookieStore, Jar};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder, Url};
use serde_json::{Value, json};
use smartcache::db::sql;
use smartcache::engine::clock::Clock;
use smartcache::engine::{Config, SharedEngine, start};
use smartcache::testing::{Backend, Ground, PASSWORD};
use smartcache_server::connections::{self, Limits};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::origin::Origin;

/// Directory in the place of a built site.
pub const SITE: &str = "tests/http/site";

pub struct App {
    pub base: String,
    pub engine: SharedEngine,
    pub origin: Origin,
    ground: Ground,
    workers: Workers,
    server: JoinHandle<()>,
}

impl App {
    pub async fn on(backend: Backend) -> Option<Self> {
        Self::with(backend, |_| {}).await
    }

    pub async fn on_sqlite() -> Option<Self> {
        Self::on(Backend::Sqlite).await
    }

    /// None if there is no server for tests.
    pub async fn on_postgres() -> Option<Self> {
        Self::on(Backend::Postgres).await
    }

    /// Starts a server with changed settings.
    pub async fn with(backend: Backend, change: impl FnOnce(&mut Config)) -> Option<Self> {
        Self::at(backend, Clock::System, change).await
    }

    /// Starts a server with a clock that the test moves.
    pub async fn at(backend: Backend, clock: Clock, change: impl FnOnce(&mut Config)) -> Option<Self> {
        Self::within(backend, clock, change, Limits::for_descriptors(4_096, Vec::new())).await
    }

    /// Starts a server with these connection limits.
    pub async fn within(
        backend: Backend,
        clock: Clock,
        change: impl FnOnce(&mut Config),
        limits: Limits,
    ) -> Option<Self> {
        let ground = Ground::new(backend).await?;
        let _ = rustls::crypto::ring::default_provider().install_default();
        let origin = Origin::start().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut config = ground.config();
        config.addr = listener.local_addr().unwrap();
        let base = format!("http://{}", config.addr);
        config.public_url = base.clone();
        config.demo = true;
        config.max_file_mb = 2;
        config.egress_allow = vec![origin.allowance().parse().unwrap()];
        change(&mut config);
        let engine = start::open_listening(config, clock).await.unwrap();
        let router = smartcache_server::app(engine.clone(), PathBuf::from(SITE));
        let stopping = CancellationToken::new();
        let server = tokio::spawn(connections::serve(listener, router, limits, stopping));
        let workers = start::work(engine.clone()).await.unwrap();
        Some(Self { base, engine, origin, ground, workers, server })
    }

    pub fn stranger(&self) -> Person {
        Person::at(&self.base)
    }

    pub async fn sign_up(&self, name: &str) -> Person {
        let person = self.stranger();
        person.sign_up(name).await;
        person
    }

    /// Waits until no feed is to be refreshed.
    pub async fn until_nothing_is_read(&self) {
        let open = "SELECT COUNT(*) FROM job WHERE kind = 'refresh_source' AND state IN ('ready', 'running')";
        until("no feed is to be refreshed", async || {
            let left: i64 = sql::value(&self.engine.db, open, Vec::new()).await.unwrap().unwrap();
            (left == 0).then_some(())
        })
        .await;
    }

    pub async fn clear(self) {
        self.workers.shutdown().await;
        self.server.abort();
        let running = "SELECT kind FROM job WHERE state = 'running'";
        // A test may have closed the database itself.
        let left: Vec<String> = sql::values(&self.engine.db, running, Vec::new()).await.unwrap_or_default();
        assert!(left.is_empty(), "jobs that nobody does any more: {left:?}");
        let _ = self.engine.db.clone().close().await;
        self.ground.clear().await;
    }
}

/// A user with a cookie jar of their own.
#[derive(Clone)]
pub struct Person {
    pub base: String,
    pub client: Client,
    jar: Arc<Jar>,
    pub key: Option<String>,
}

impl Person {
    pub fn at(base: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let jar = Arc::new(Jar::default());
        let client = Client::builder()
            .cookie_provider(jar.clone())
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none());
        Self { base: base.to_owned(), client: client.build().unwrap(), jar, key: None }
    }

    /// A program with an API key and without cookies.
    pub fn with_key(base: &str, key: &str) -> Self {
        let mut person = Self::at(base);
        let headers = [(reqwest::header::AUTHORIZATION, format!("Bearer {key}").parse().unwrap())];
        let client = Client::builder().default_headers(headers.into_iter().collect()).no_proxy();
        person.client = client.redirect(reqwest::redirect::Policy::none()).build().unwrap();
        person.key = Some(key.to_owned());
        person
    }

    pub async fn sign_up(&self, name: &str) {
        let typed = json!({ "username": name, "password": PASSWORD });
        assert_eq!(self.post("/api/v1/auth/register", typed).await.status, 201);
    }

    /// `Cookie` header of this user's client.
    pub fn cookies(&self) -> String {
        let cookies = self.jar.cookies(&Url::parse(&self.base).unwrap());
        cookies.map(|cookies| cookies.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    pub async fn get(&self, path: &str) -> Reply {
        send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        send(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Reply {
        send(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        send(self.request(Method::PATCH, path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        send(self.request(Method::DELETE, path)).await
    }

    /// All entries of a list, over all pages.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let page = self.get(&format!("{path}{joint}limit=100&cursor={cursor}")).await.ok();
            all.extend(page["data"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => return all,
            }
        }
    }

    /// Subscribes to a feed and refreshes it. Returns the id of its source.
    pub async fn follow(&self, feed_url: &str) -> i64 {
        let subscription = self.post("/api/v1/subscriptions", json!({ "feed_url": feed_url })).await;
        assert_eq!(subscription.status, 201, "{}", subscription.text());
        let source = subscription.json()["source_id"].as_i64().unwrap();
        self.refresh(source).await;
        source
    }

    pub async fn refresh(&self, source: i64) -> Value {
        self.post(&format!("/api/v1/sources/{source}/refresh?wait=true"), json!({})).await.ok()
    }

    /// The only item of a source.
    pub async fn item_of(&self, source: i64) -> Value {
        let items = self.all(&format!("/api/v1/items?source_id={source}")).await;
        assert_eq!(items.len(), 1, "{items:?}");
        items[0].clone()
    }

    /// Queues an item. Returns the id of the download.
    pub async fn queue(&self, item: &Value) -> i64 {
        let queued = self.post("/api/v1/downloads", json!({ "item_id": item["id"] })).await;
        assert_eq!(queued.status, 201, "{}", queued.text());
        queued.json()["id"].as_i64().unwrap()
    }

    /// Queues a media address through a feed of this origin. Returns the id of the download.
    pub async fn fetch(&self, origin: &Origin, media: &str) -> i64 {
        let source = self.follow(&origin.announce(media, media)).await;
        self.queue(&self.item_of(source).await).await
    }

    pub async fn download(&self, id: i64) -> Value {
        self.get(&format!("/api/v1/downloads/{id}")).await.ok()
    }

    pub async fn until_download(&self, id: i64, status: &str) -> Value {
        until(&format!("download {id} is {status}"), async || {
            Some(self.download(id).await).filter(|download| download["status"] == status)
        })
        .await
    }

    /// Waits until the download is ready or has failed.
    pub async fn until_ended(&self, id: i64) -> Value {
        until(&format!("download {id} has ended"), async || {
            let download = self.download(id).await;
            (download["status"] == "ready" || download["status"] == "failed").then_some(download)
        })
        .await
    }

    pub async fn start_run(&self, max_items: i64) -> i64 {
        let run = self.post("/api/v1/runs", json!({ "max_items": max_items })).await;
        assert_eq!(run.status, 202, "{}", run.text());
        run.json()["id"].as_i64().unwrap()
    }

    /// Waits until the run has ended, in any way.
    pub async fn until_run_ends(&self, id: i64) -> Value {
        until(&format!("run {id} has ended"), async || {
            let run = self.get(&format!("/api/v1/runs/{id}")).await.ok();
            matches!(run["status"].as_str(), Some("completed" | "failed" | "cancelled")).then_some(run)
        })
        .await
    }

    pub async fn until_run(&self, id: i64, status: &str) -> Value {
        until(&format!("run {id} is {status}"), async || {
            Some(self.get(&format!("/api/v1/runs/{id}")).await.ok()).filter(|run| run["status"] == status)
        })
        .await
    }
}

pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

pub async fn send(request: RequestBuilder) -> Reply {
    let response = request.timeout(Duration::from_secs(90)).send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Reply { status, headers, body: response.bytes().await.unwrap().to_vec() }
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}: {}", self.status, self.text()))
    }

    pub fn ok(&self) -> Value {
        assert!((200..300).contains(&self.status), "{}: {}", self.status, self.text());
        self.json()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// Code of a refusal, which must be a problem document.
    pub fn code(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}: {}",
            self.status,
            self.text()
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        problem["code"].as_str().unwrap().to_owned()
    }

    /// Fields that a refusal names.
    pub fn fields(&self) -> Vec<String> {
        assert_eq!(self.code(), "invalid");
        self.json()["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| f["field"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// Polls until there is a result; panics after a minute.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..600 {
        if let Some(seen) = look().await {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("waited a minute in vain until {what}");
}
