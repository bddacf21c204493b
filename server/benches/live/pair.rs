//! Two web processes of one installation on PostgreSQL, with Redis or without it.

use std::time::Duration;

use smartcache::db::{accounts, sql, users};
use smartcache::domain::account::{AccountRole, User};
use smartcache::engine::clock::Clock;
use smartcache::engine::{SharedEngine, start};
use smartcache::testing::{Backend, Ground};
use tokio::time::sleep;

use crate::process::{Member, Process, client, sign_up};

pub struct Pair {
    pub webs: Vec<Process>,
    /// A third process of the installation: this one.
    pub engine: SharedEngine,
    pub admin: User,
    pub members: Vec<Member>,
    _redis: Option<Process>,
    ground: Ground,
}

impl Pair {
    /// Starts all processes and signs up this many users. The first one becomes an administrator.
    pub async fn start(has_redis: bool, count: usize, settings: &[(&str, String)]) -> Self {
        let ground = Ground::new(Backend::Postgres).await.unwrap();
        let redis = if has_redis { Some(Process::redis().await) } else { None };
        let redis_url = redis.as_ref().map(|redis| format!("redis://127.0.0.1:{}", redis.port));
        let mut settings = settings.to_vec();
        settings.extend(redis_url.clone().map(|url| ("SMARTCACHE_REDIS_URL", url)));
        let mut webs = Vec::new();
        for _ in 0..2 {
            webs.push(Process::smartcache("web", &ground, &settings).await);
        }
        let mut config = ground.config();
        config.redis_url = redis_url;
        let engine = start::open_with(config, Clock::System, None).await.unwrap();
        let members = sign_up(&engine, count.max(1)).await;
        users::set_role(&engine.db, members[0].id, AccountRole::Admin, None).await.unwrap();
        let admin = accounts::get(&engine.db, members[0].id).await.unwrap().unwrap();
        let pair = Self { webs, engine, admin, members, _redis: redis, ground };
        if has_redis {
            pair.until_relayed().await;
        }
        pair
    }

    async fn until_relayed(&self) {
        for web in &self.webs {
            while metric(web, "smartcache_relay_up").await != Some(1) {
                sleep(Duration::from_millis(50)).await;
            }
        }
        while !self.engine.relay.as_ref().unwrap().health().is_up() {
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Number of messages that the processes could not publish.
    pub async fn dropped(&self) -> u64 {
        let mut dropped = self.engine.relay.as_ref().map_or(0, |relay| relay.health().dropped());
        for web in &self.webs {
            dropped += metric(web, "smartcache_relay_dropped_total").await.unwrap_or_default();
        }
        dropped
    }

    /// Transactions that the database has committed: reads by single connections among them.
    pub async fn transactions(&self) -> i64 {
        let count = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()";
        sql::value(&self.engine.db, count, Vec::new()).await.unwrap().unwrap_or_default()
    }

    pub async fn end(self) {
        drop(self.webs);
        self.engine.db.clone().close().await.unwrap();
        self.ground.clear().await;
    }
}

async fn metric(web: &Process, name: &str) -> Option<u64> {
    let text = client().get(format!("{}/metrics", web.base())).send().await.unwrap().text().await.unwrap();
    text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
}
