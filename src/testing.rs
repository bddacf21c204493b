//! Test support: a fresh database of either kind, an engine on it, user accounts, and a clock set by hand.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

pub mod authenticator;
pub mod chat;
pub mod feeds;
pub mod fixtures;
pub mod pictures;
pub mod schema;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use blobs::StorageLocation;
use sea_orm::{ConnectionTrait, Database};

use crate::domain::Refusal;
use crate::domain::account::{Credentials, User};
use crate::domain::bundle::NodeRole;
use crate::domain::factor_rule::FactorRule;
use crate::domain::invite::SignupMode;
use crate::domain::preference::Preferences;
use crate::engine::accounts::{Client, ClientAddress};
use crate::engine::clock::Clock;
use crate::engine::config::RoleLimits;
use crate::engine::models::{Model, builtin::Planner};
use crate::engine::{Config, Error, Result, SharedEngine, accounts, start};

const SERVER: &str = "SMARTCACHE_TEST_POSTGRES_URL";

/// Strong enough for every password rule.
pub const PASSWORD: &str = "violet-anchor-train-92";

/// A client whose address is of no matter.
pub fn client() -> Client {
    Client { address: ClientAddress::default(), device: String::new(), user_agent: "curl/8.5.0".into() }
}

/// Refusal in a result.
///
/// # Panics
/// On a success or a fault.
pub fn refusal<T: std::fmt::Debug>(result: Result<T>) -> Refusal {
    match result.expect_err("a refusal") {
        Error::Refused(refusal) => refusal,
        Error::Fault(fault) => panic!("a fault: {fault}"),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// A directory and an empty database of its own. `clear` removes both.
pub struct Ground {
    pub url: String,
    pub directory: PathBuf,
    /// Server of the database, if it is PostgreSQL.
    server: Option<String>,
}

impl Ground {
    /// Creates the ground. `None` only if the tests are told to skip PostgreSQL.
    pub async fn new(backend: Backend) -> Option<Self> {
        let server = match backend {
            Backend::Sqlite => None,
            Backend::Postgres => Some(server()?),
        };
        Some(Self::on(server).await)
    }

    /// Creates the ground on a server of PostgreSQL, or on SQLite.
    pub async fn on(server: Option<String>) -> Self {
        let name = format!("smartcache_{}", uuid::Uuid::new_v4().simple());
        let directory = std::env::temp_dir().join(&name);
        let url = match &server {
            None => format!("sqlite://{}?mode=rwc", directory.join("test.db").display()),
            Some(server) => {
                let admin = Database::connect(server).await.unwrap();
                admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
                format!("{}/{name}", server.rsplit_once('/').unwrap().0)
            }
        };
        // Created last, so that a skipped test leaves nothing behind.
        std::fs::create_dir(&directory).unwrap();
        Self { url, directory, server }
    }

    /// Settings of a process of its own on this ground.
    pub fn config(&self) -> Config {
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Config {
            role: NodeRole::Alone,
            node: String::new(),
            bundle_folders: Default::default(),
            addr,
            data_dir: self.directory.clone(),
            database_url: self.url.clone(),
            database_connections: 42,
            redis_url: None,
            secret_file: None,
            storage: StorageLocation::Directory(self.directory.join("objects")),
            cache_mb: 100,
            egress_allow: Vec::new(),
            egress_ca: Default::default(),
            max_file_mb: 500,
            transfers: 6,
            transfers_per_host: 6,
            bandwidth_kbps: None,
            types: Default::default(),
            timeouts: Default::default(),
            ranges: Default::default(),
            min_free_mb: 0,
            public_url: format!("http://{addr}"),
            trusted_proxies: Vec::new(),
            drain: Duration::ZERO,
            metrics_allow: vec!["127.0.0.0/8".parse().unwrap()],
            security_contact: None,
            breached_passwords: None,
            signup: SignupMode::Open,
            signups_per_hour: 10_000,
            mfa: FactorRule::Off,
            oidc: None,
            request_limits: RoleLimits::OFF,
            demo: false,
            lease: Duration::from_secs(2),
            llm: None,
            llm_timeouts: Default::default(),
            budgets: Default::default(),
            directories: Default::default(),
            channels: Default::default(),
        }
    }

    /// Removes the directory and the database.
    pub async fn clear(&self) {
        let _ = std::fs::remove_dir_all(&self.directory);
        if let Some(server) = &self.server {
            let name = self.url.rsplit_once('/').unwrap().1;
            let admin = Database::connect(server).await.unwrap();
            admin.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.unwrap();
        }
    }
}

/// Removes the directory of a test that ends early and passes. A failed test keeps it for inspection.
impl Drop for Ground {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.directory);
        }
    }
}

fn server() -> Option<String> {
    let url = std::env::var(SERVER).ok();
    let without = std::env::var("SMARTCACHE_TEST_SQLITE_ONLY").is_ok_and(|only| only == "1");
    assert!(
        url.is_some() || without,
        "{SERVER} is not set; SMARTCACHE_TEST_SQLITE_ONLY=1 does without PostgreSQL"
    );
    url
}

/// An engine without background workers: nothing runs but what the test calls.
pub struct TestEngine {
    pub engine: SharedEngine,
    pub clock: Clock,
    ground: Ground,
}

impl TestEngine {
    pub async fn on(backend: Backend) -> Option<Self> {
        Self::with_model(backend, Arc::new(Planner)).await
    }

    pub async fn on_sqlite() -> Option<Self> {
        Self::on(Backend::Sqlite).await
    }

    /// None if there is no server for tests.
    pub async fn on_postgres() -> Option<Self> {
        Self::on(Backend::Postgres).await
    }

    pub async fn with_model(backend: Backend, model: Arc<dyn Model>) -> Option<Self> {
        let ground = Ground::new(backend).await?;
        let config = ground.config();
        Some(Self::set(ground, config, model).await)
    }

    /// An engine with the given settings.
    pub async fn set(ground: Ground, config: Config, model: Arc<dyn Model>) -> Self {
        let clock = Clock::fixed("2026-11-21T06:00:00Z".parse().unwrap());
        let _ = rustls::crypto::ring::default_provider().install_default();
        let engine = start::open_with(config, clock.clone(), Some(model)).await.unwrap();
        Self { engine, clock, ground }
    }

    pub async fn sign_up(&self, name: &str) -> User {
        let typed = Credentials { username: name.into(), password: PASSWORD.into() };
        accounts::create(&self.engine, typed, Preferences::default()).await.unwrap()
    }

    pub async fn clear(self) {
        let _ = self.engine.db.clone().close().await;
        self.ground.clear().await;
    }
}
