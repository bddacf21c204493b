//! Cached responses: their readers, and the statistics that administrators see.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::UserId;
use super::words::words;

words! {
    /// Kind of a scope.
    ScopeKind {
        All = "all",
        User = "user",
    }
}

/// Readers of a cached response. Under `All` stands only what every user may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CacheScope {
    All,
    User(UserId),
}

impl CacheScope {
    pub fn kind(self) -> ScopeKind {
        match self {
            Self::All => ScopeKind::All,
            Self::User(_) => ScopeKind::User,
        }
    }
}

/// Name in the database and in Redis: `all`, or `u` and the user's id.
impl fmt::Display for CacheScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::User(id) => write!(f, "u{id}"),
        }
    }
}

/// Number that is raised when cached responses become invalid: responses of an older epoch are never read
/// again. A user's responses depend on both epochs; of the scope `All`, `of_user` is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheEpoch {
    pub of_all: i64,
    pub of_user: i64,
}

/// Part of a cache key.
impl fmt::Display for CacheEpoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.of_all, self.of_user)
    }
}

/// The response cache of the process that answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CacheStats {
    /// Raised with each clearing of the whole cache; 0 before the first.
    pub epoch: i64,
    /// Whether Redis is asked. None without Redis.
    pub redis_up: Option<bool>,
    pub scopes: Vec<CacheScopeStats>,
}

/// Lookups since the process was started, and the entries in its memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CacheScopeStats {
    pub scope: ScopeKind,
    /// Lookups answered from memory, and from Redis.
    pub memory_hits: u64,
    pub redis_hits: u64,
    pub misses: u64,
    pub entries: u64,
    pub bytes: u64,
}
