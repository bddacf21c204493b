//! Counters of the cache's lookups since the start of the process.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::cache::ScopeKind;

/// Source of an answer to a lookup.
#[derive(Debug, Clone, Copy)]
pub enum LookupResult {
    Memory,
    Redis,
    Miss,
}

#[derive(Debug, Default)]
pub struct Counters {
    all: [AtomicU64; 3],
    user: [AtomicU64; 3],
}

impl Counters {
    pub fn count(&self, kind: ScopeKind, result: LookupResult) {
        self.counts(kind)[result as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Hits in memory, hits in Redis, and misses.
    pub fn of(&self, kind: ScopeKind) -> [u64; 3] {
        self.counts(kind).each_ref().map(|count| count.load(Ordering::Relaxed))
    }

    fn counts(&self, kind: ScopeKind) -> &[AtomicU64; 3] {
        match kind {
            ScopeKind::All => &self.all,
            ScopeKind::User => &self.user,
        }
    }
}
