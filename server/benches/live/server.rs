//! The server under test: the binary on an empty database, with users and sessions inserted directly.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use smartcache::db::{accounts, events, sessions};
use smartcache::domain::event::EventKind;
use smartcache::domain::preference::Preferences;
use smartcache::domain::{TimeDelta, UserId};
use smartcache::engine::accounts::token_hash;
use smartcache::engine::{SharedEngine, start};
use smartcache::testing::{Backend, Ground};

pub struct Server {
    pub base: String,
    child: Child,
    engine: SharedEngine,
    _ground: Ground,
    owners: std::sync::Mutex<Vec<UserId>>,
}

impl Server {
    pub async fn start() -> Self {
        let ground = Ground::new(Backend::Sqlite).await.unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let base = format!("http://127.0.0.1:{port}");
        // `SMARTCACHE_TEST_BIN` names another binary, to compare builds.
        let named = std::env::var("SMARTCACHE_TEST_BIN");
        let child = Command::new(named.as_deref().unwrap_or(env!("CARGO_BIN_EXE_smartcache")))
            .arg("serve")
            .env("SMARTCACHE_ADDR", format!("127.0.0.1:{port}"))
            .env("SMARTCACHE_DATA_DIR", &ground.directory)
            .env("SMARTCACHE_DATABASE_URL", &ground.url)
            .env("SMARTCACHE_ITUNES_URL", "")
            .env("SMARTCACHE_LOG", "error")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        while client.get(format!("{base}/ready")).send().await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let engine = start::open(ground.config()).await.unwrap();
        Self { base, child, engine, _ground: ground, owners: Default::default() }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Signs up this many users. Returns their session tokens.
    pub async fn sessions(&self, count: usize) -> Vec<String> {
        let (now, work) = (self.engine.now(), self.engine.begin().await.unwrap());
        let mut tokens = Vec::new();
        for n in 0..count {
            let (name, token) = (format!("user{n}"), format!("token-{n}"));
            let user =
                accounts::insert(&*work, &name, "none", &Preferences::default(), now).await.unwrap().unwrap();
            let (hash, end) = (token_hash(&token), now + TimeDelta::days(1));
            sessions::insert(&*work, user.id, &hash, now, end).await.unwrap();
            self.owners.lock().unwrap().push(user.id);
            tokens.push(token);
        }
        work.commit().await.unwrap();
        tokens
    }

    /// Records an event for every user from another process. Returns the moment from which it is visible.
    pub async fn record_for_all(&self) -> Instant {
        let (now, work) = (self.engine.now(), self.engine.begin().await.unwrap());
        let owners = self.owners.lock().unwrap().clone();
        for owner in owners {
            let data = json!({ "message": "for everybody", "level": "info" });
            events::append(&*work, owner, None, EventKind::System, data, now).await.unwrap();
        }
        work.commit().await.unwrap();
        Instant::now()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
