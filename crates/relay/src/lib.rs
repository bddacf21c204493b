#![doc = include_str!("../README.md")]

mod connection;
mod link;
mod shared_cache;
mod shared_counters;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use fred::types::config::Config as RedisConfig;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio_util::sync::{CancellationToken, DropGuard};

pub use shared_cache::SharedCache;
pub use shared_counters::SharedCounters;

/// Maximum number of messages that wait to be published. Later ones are dropped until there is room.
const MAX_WAITING: usize = 4_096;

/// An address that is not one of Redis.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadAddress(String);

/// Connection of a process to the other processes. Ends when it is dropped.
#[derive(Debug)]
pub struct Relay<M> {
    outlet: Outlet<M>,
    _running: DropGuard,
}

/// Sending side of the relay. Cheap to clone.
#[derive(Debug)]
pub struct Outlet<M> {
    waiting: mpsc::Sender<M>,
    health: Arc<RelayHealth>,
}

impl<M> Clone for Outlet<M> {
    fn clone(&self) -> Self {
        Self { waiting: self.waiting.clone(), health: self.health.clone() }
    }
}

/// State and counters of the relay since the start of the process.
#[derive(Debug, Default)]
pub struct RelayHealth {
    is_up: AtomicBool,
    connections: AtomicU64,
    dropped: AtomicU64,
}

/// Input of a process from the relay.
#[derive(Debug, Clone, PartialEq)]
pub enum Received<M> {
    /// A message of another process.
    Message(M),
    /// Messages may have been missed: the connection is new, or too many arrived at once.
    Gap,
}

impl<M: Serialize + DeserializeOwned + Send + 'static> Relay<M> {
    /// Starts to relay in the background. `namespace` separates installations that share a server.
    /// `receive` is called for the messages of other processes, and must not block. Needs a Tokio runtime.
    ///
    /// # Errors
    /// If the URL is not one of Redis. A server that does not answer is no error: it is tried again.
    pub fn start(
        url: &str,
        namespace: &str,
        receive: impl Fn(Received<M>) + Send + Sync + 'static,
    ) -> Result<Self, BadAddress> {
        let config = redis_config(url)?;
        let (waiting, outgoing) = mpsc::channel(MAX_WAITING);
        let outlet = Outlet { waiting, health: Arc::default() };
        let stopping = CancellationToken::new();
        let link = link::RedisLink {
            config,
            channel: format!("smartcache:{namespace}:relay"),
            process: uuid::Uuid::new_v4().to_string(),
            health: outlet.health.clone(),
        };
        let running = stopping.clone();
        tokio::spawn(async move { running.run_until_cancelled(link.keep(outgoing, &receive)).await });
        Ok(Self { outlet, _running: stopping.drop_guard() })
    }

    /// Sending side.
    pub fn outlet(&self) -> &Outlet<M> {
        &self.outlet
    }

    /// State and counters.
    pub fn health(&self) -> &RelayHealth {
        &self.outlet.health
    }
}

impl<M> Outlet<M> {
    /// Hands a message over for publication. Never waits: while Redis is away or too slow, it is dropped.
    pub fn send(&self, message: M) {
        match self.waiting.try_send(message) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Closed(_)) => self.health.drop_messages(1),
        }
    }
}

impl RelayHealth {
    /// Whether messages come through: the last proof of it is at most a few seconds old.
    pub fn is_up(&self) -> bool {
        self.is_up.load(Ordering::Relaxed)
    }

    /// Number of connections after the first.
    pub fn reconnects(&self) -> u64 {
        self.connections.load(Ordering::Relaxed).saturating_sub(1)
    }

    /// Number of messages that were not published.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn come_up(&self) {
        self.is_up.store(true, Ordering::Relaxed);
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns whether it was up.
    fn go_down(&self) -> bool {
        self.is_up.swap(false, Ordering::Relaxed)
    }

    fn drop_messages(&self, messages: usize) {
        self.dropped.fetch_add(messages as u64, Ordering::Relaxed);
    }
}

/// Checks an address: `redis://`, `rediss://`, `valkey://` or `valkeys://`, with `-sentinel` or `-cluster` as
/// its client understands them.
pub fn check_address(url: &str) -> Result<(), BadAddress> {
    redis_config(url).map(|_| ())
}

fn redis_config(url: &str) -> Result<RedisConfig, BadAddress> {
    let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
    let server = scheme.split_once('-').map_or(scheme, |(server, _)| server);
    if !matches!(server, "redis" | "rediss" | "valkey" | "valkeys") {
        return Err(BadAddress("give it as redis://host:6379 or rediss://user:password@host:6379".into()));
    }
    RedisConfig::from_url(url)
        .map_err(|error| BadAddress(format!("not an address of Redis: {}", error.details())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_that_is_not_there_holds_nobody_up() {
        let relay = Relay::<String>::start("redis://127.0.0.1:1", "test", |_| {}).expect("an address");
        for _ in 0..MAX_WAITING + 10 {
            relay.outlet().send("hello".to_owned());
        }
        assert!(!relay.health().is_up());
        assert!(relay.health().dropped() >= 10);
    }

    #[test]
    fn addresses_are_checked() {
        for good in
            ["redis://h", "rediss://u:p@h:6380/1", "redis-sentinel://h:26379?sentinelServiceName=main"]
        {
            assert!(check_address(good).is_ok(), "{good}");
        }
        for bad in ["", "h:6379", "http://h", "redis://"] {
            assert!(check_address(bad).is_err(), "{bad}");
        }
    }
}
