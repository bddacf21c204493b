//! Response cache: answers that are dear to get, in the memory of each process and, with Redis, in a cache
//! that all processes share.
//!
//! A key holds the epoch of its scope, so that raising the epoch (`db::cache_epochs::raise`) in the
//! transaction that changes what answers depend on makes the old ones unreachable at once, wherever they are
//! and whether or not Redis can be reached. Media, sign-ins and what only some users may see under the scope
//! `All` must not be stored.

mod administration;
mod counters;

use std::sync::Arc;

use relay::SharedCache;
use sea_orm::ConnectionTrait;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use sha2::{Digest, Sha256};

use super::Result;
use super::ttl_cache::TtlCache;
use crate::db::cache_epochs;
use crate::domain::cache::{CacheEpoch, CacheScope, CacheScopeStats, ScopeKind};
use crate::domain::{DateTime, TimeDelta, Utc};

pub use administration::{clear, clear_user, stats};
use counters::{Counters, LookupResult};

/// Longest time for which a response is cached.
pub const MAX_LIFETIME: TimeDelta = TimeDelta::hours(24);
/// Maximum bytes of a response as JSON. A larger one is not cached.
pub const MAX_BYTES: usize = 256 * 1024;
/// Maximum number of responses in memory, and maximum number of their bytes together.
const MAX_ENTRIES: usize = 1_000;
const MAX_MEMORY: usize = 16_000_000;

#[derive(Debug)]
pub struct ResponseCache {
    /// Responses as JSON.
    memory: TtlCache<CacheKey, Arc<str>>,
    redis: Option<SharedCache>,
    counters: Counters,
}

/// A scope in its present epoch. It is read before the response is made, so that a response that becomes
/// invalid in the meantime is stored under a key that is never read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScopeEpoch {
    scope: CacheScope,
    epoch: CacheEpoch,
}

/// Key of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheKey {
    scope: ScopeEpoch,
    hash: String,
}

/// A response in Redis.
#[derive(Debug, Serialize, Deserialize)]
struct StoredResponse<'v> {
    until: DateTime<Utc>,
    #[serde(borrow)]
    value: &'v RawValue,
}

impl ScopeEpoch {
    /// Reads the epoch of a scope.
    pub async fn now(db: &impl ConnectionTrait, scope: CacheScope) -> Result<Self> {
        Ok(Self { scope, epoch: cache_epochs::current(db, scope).await? })
    }

    /// Key of the response to a question, whose parts are all that the response depends on besides the scope.
    pub fn key(self, question: &[&str]) -> CacheKey {
        let mut hash = Sha256::new();
        // Another version may give the same answer another form.
        for part in [env!("CARGO_PKG_VERSION")].iter().chain(question) {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        CacheKey { scope: self, hash: hex::encode(hash.finalize()) }
    }
}

impl CacheKey {
    /// Name in Redis, within the installation.
    fn name(&self) -> String {
        format!("{}:{}:{}", self.scope.scope, self.scope.epoch, self.hash)
    }

    fn kind(&self) -> ScopeKind {
        self.scope.scope.kind()
    }
}

impl ResponseCache {
    pub fn new(redis: Option<SharedCache>) -> Self {
        let memory = TtlCache::new(MAX_ENTRIES, MAX_MEMORY, |json: &Arc<str>| json.len());
        Self { memory, redis, counters: Counters::default() }
    }

    /// Returns a cached response. A response that cannot be read, and a Redis that does not answer, are
    /// misses.
    pub async fn get<T: DeserializeOwned>(&self, key: &CacheKey, now: DateTime<Utc>) -> Option<T> {
        let (json, result) = match self.memory.get(key, now) {
            Some(json) => (Some(json), LookupResult::Memory),
            None => (self.read_redis(key, now).await, LookupResult::Redis),
        };
        let response = json.and_then(|json| serde_json::from_str(&json).ok());
        self.counters.count(key.kind(), if response.is_some() { result } else { LookupResult::Miss });
        response
    }

    /// Reads a response from Redis into memory, for the rest of its lifetime.
    async fn read_redis(&self, key: &CacheKey, now: DateTime<Utc>) -> Option<Arc<str>> {
        let text = self.redis.as_ref()?.get(&key.name()).await?;
        let stored: StoredResponse<'_> = serde_json::from_str(&text).ok()?;
        let json: Arc<str> = stored.value.get().into();
        if stored.until <= now || json.len() > MAX_BYTES {
            return None;
        }
        self.memory.keep(key.clone(), json.clone(), MAX_LIFETIME.min(stored.until - now), now);
        Some(json)
    }

    /// Caches a response for at most 24 hours, unless it is too large.
    pub fn keep(&self, key: CacheKey, response: &impl Serialize, lifetime: TimeDelta, now: DateTime<Utc>) {
        let (Ok(value), lifetime) = (to_raw_value(response), lifetime.min(MAX_LIFETIME)) else { return };
        if value.get().len() > MAX_BYTES {
            return;
        }
        let stored = StoredResponse { until: now + lifetime, value: &value };
        if let (Some(redis), Ok(stored), Ok(lifetime)) =
            (&self.redis, serde_json::to_string(&stored), lifetime.to_std())
        {
            redis.set(&key.name(), stored, lifetime);
        }
        self.memory.keep(key, value.get().into(), lifetime, now);
    }

    /// Whether Redis is asked. None without Redis.
    pub fn redis_up(&self) -> Option<bool> {
        self.redis.as_ref().map(SharedCache::is_up)
    }

    /// Lookups of this process, and the responses in its memory, by kind of scope.
    pub fn usage(&self, now: DateTime<Utc>) -> Vec<CacheScopeStats> {
        let of = |kind: ScopeKind| {
            let [memory_hits, redis_hits, misses] = self.counters.of(kind);
            let (entries, bytes) = self.memory.usage(|key| key.kind() == kind, now);
            let (entries, bytes) = (entries as u64, bytes as u64);
            CacheScopeStats { scope: kind, memory_hits, redis_hits, misses, entries, bytes }
        };
        ScopeKind::ALL.iter().copied().map(of).collect()
    }

    /// Frees the memory of responses that a clearing of `scope` has made unreachable.
    fn release(&self, scope: CacheScope) {
        self.memory.retain(|key| scope != CacheScope::All && key.scope.scope != scope);
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests;
