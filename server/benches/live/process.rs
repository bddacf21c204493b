//! Processes under test: the binary on a port of its own, a Redis, and users inserted directly.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use smartcache::db::{accounts, sessions};
use smartcache::domain::preference::Preferences;
use smartcache::domain::{TimeDelta, UserId};
use smartcache::engine::SharedEngine;
use smartcache::engine::accounts::token_hash;
use smartcache::testing::Ground;
use tokio::net::TcpStream;
use tokio::time::sleep;

/// A process that listens on loopback. Killed when it is dropped.
pub struct Process {
    pub port: u16,
    child: Child,
}

impl Process {
    /// Starts a program that is told its port, and waits until it listens.
    pub async fn start(command: impl FnOnce(u16) -> Command) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = command(port).stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            sleep(Duration::from_millis(50)).await;
        }
        Self { port, child }
    }

    /// Starts the binary, and waits until it is ready.
    pub async fn smartcache(command: &str, ground: &Ground, settings: &[(&str, String)]) -> Self {
        // `SMARTCACHE_TEST_BIN` names another binary, to compare builds.
        let named = std::env::var("SMARTCACHE_TEST_BIN");
        let started = Self::start(|port| {
            let mut binary = Command::new(named.as_deref().unwrap_or(env!("CARGO_BIN_EXE_smartcache")));
            binary
                .arg(command)
                .env("SMARTCACHE_ADDR", format!("127.0.0.1:{port}"))
                .env("SMARTCACHE_DATA_DIR", &ground.directory)
                .env("SMARTCACHE_DATABASE_URL", &ground.url)
                .env("SMARTCACHE_ITUNES_URL", "")
                .env("SMARTCACHE_REQUEST_LIMITS", "off")
                .env("SMARTCACHE_LOG", "error")
                .envs(settings.iter().map(|(name, value)| (name, value)));
            binary
        })
        .await;
        let (client, url) = (client(), format!("{}/ready", started.base()));
        while !client.get(&url).send().await.is_ok_and(|answer| answer.status() == 200) {
            sleep(Duration::from_millis(50)).await;
        }
        started
    }

    /// Starts an empty Redis that writes nothing to disk.
    pub async fn redis() -> Self {
        Self::start(|port| {
            let mut redis = Command::new("redis-server");
            redis.args([
                "--port",
                &port.to_string(),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
            ]);
            redis
        })
        .await
    }

    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

pub fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// A user with a session.
#[derive(Clone)]
pub struct Member {
    pub id: UserId,
    pub token: String,
}

/// Signs up this many users.
pub async fn sign_up(engine: &SharedEngine, count: usize) -> Vec<Member> {
    let (now, work) = (engine.now(), engine.begin().await.unwrap());
    let mut members = Vec::new();
    for n in 0..count {
        let (name, token) = (format!("user{n}"), format!("token-{n}"));
        let user =
            accounts::insert(&*work, &name, "none", &Preferences::default(), now).await.unwrap().unwrap();
        let (hash, end) = (token_hash(&token), now + TimeDelta::days(1));
        sessions::insert(&*work, user.id, &hash, Default::default(), now, end).await.unwrap();
        members.push(Member { id: user.id, token });
    }
    work.commit().await.unwrap();
    members
}
