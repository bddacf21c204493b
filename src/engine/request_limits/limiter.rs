//! Counters of requests in the memory of a process, and the way to those in Redis.

use std::collections::HashMap;

use parking_lot::Mutex;
use relay::SharedCounters;

use super::{LimitDecision, LimitIdentity};
use crate::db::request_limits::LimitSettings;
use crate::domain::request_limit::{LimitWindow, RequestCounts, RequestLimits};
use crate::domain::{ApiKeyId, UserId};

const SECOND: i64 = 1_000_000;
/// Time after which the settings of a user are read again. An override or a reset reaches other processes
/// within it.
const SETTINGS_LAST: i64 = 10 * SECOND;
/// Time without a request after which a user's counters leave the memory, if the hour has ended. The day's
/// count is in the database.
const IDLE: i64 = 60 * SECOND;
/// Maximum number of identities in memory. Beyond it, the least recently used tenth goes.
const MAX_IDENTITIES: usize = 50_000;

/// Requests of a day by a user's sessions or a key.
pub(super) type UsageKey = (UserId, Option<ApiKeyId>, i64);

#[derive(Debug)]
pub struct RequestLimiter {
    known: Mutex<HashMap<LimitIdentity, KnownIdentity>>,
    /// Requests that are not yet written to the database.
    unwritten: Mutex<HashMap<UsageKey, i64>>,
    pub(super) shared: Option<SharedCounters>,
}

/// An identity that made requests lately.
#[derive(Debug, Clone, Default)]
struct KnownIdentity {
    settings: LimitSettings,
    loaded_at: i64,
    used_at: i64,
    counts: RequestCounts,
    /// Time until which an exceeded limit of the minute is not announced again.
    quiet_until: i64,
}

impl KnownIdentity {
    fn apply(&mut self, settings: LimitSettings, now: i64) {
        if self.settings.reset_at != settings.reset_at {
            self.counts = RequestCounts { at: now, ..RequestCounts::default() };
        }
        (self.settings, self.loaded_at) = (settings, now);
    }
}

/// Day of a time in microseconds, counted from 1970-01-01.
pub(super) fn day_of(now: i64) -> i64 {
    now / (LimitWindow::Day.seconds() * SECOND)
}

impl RequestLimiter {
    pub fn new(shared: Option<SharedCounters>) -> Self {
        Self { known: Mutex::default(), unwritten: Mutex::default(), shared }
    }

    /// Whether Redis is asked. None without Redis.
    pub fn redis_up(&self) -> Option<bool> {
        self.shared.as_ref().map(SharedCounters::is_up)
    }

    /// Settings of an identity, unless they must be read. Of several requests at once, one reads them again.
    pub(super) fn settings(&self, identity: &LimitIdentity, now: i64) -> Option<LimitSettings> {
        let mut known = self.known.lock();
        let entry = known.get_mut(identity)?;
        if now - entry.loaded_at >= SETTINGS_LAST {
            entry.loaded_at = now;
            return None;
        }
        Some(entry.settings)
    }

    pub(super) fn is_known(&self, identity: &LimitIdentity) -> bool {
        self.known.lock().contains_key(identity)
    }

    /// Stores settings. A new identity begins with the day's requests in the database; a reset begins anew.
    pub(super) fn put(&self, identity: &LimitIdentity, settings: LimitSettings, written: i64, now: i64) {
        let unwritten =
            identity.owner().map_or(0, |owner| self.unwritten(owner, identity.key(), day_of(now)));
        let mut known = self.known.lock();
        make_room(&mut known);
        let day = written + unwritten;
        let entry = known.entry(identity.clone()).or_insert_with(|| KnownIdentity {
            settings,
            counts: RequestCounts { at: now, day, ..RequestCounts::default() },
            used_at: now,
            ..KnownIdentity::default()
        });
        entry.apply(settings, now);
    }

    /// Counts a request in the memory of this process.
    pub(super) fn take_here(
        &self,
        identity: &LimitIdentity,
        limits: &RequestLimits,
        now: i64,
    ) -> LimitDecision {
        let mut known = self.known.lock();
        let entry = known.entry(identity.clone()).or_default();
        let refused = entry.counts.take(limits, now).err();
        entry.used_at = now;
        let counts = entry.counts;
        let is_exceeded = counts.used(limits, LimitWindow::Minute) > limits.soft(LimitWindow::Minute);
        let is_news = refused.is_none() && is_exceeded && entry.quiet_until <= now;
        if is_news {
            entry.quiet_until = now + LimitWindow::Minute.seconds() * SECOND;
        }
        drop(known);
        self.decided(identity, limits, counts, refused, is_news)
    }

    /// Counts a request in Redis. None if that is not possible.
    pub(super) async fn take_shared(
        &self,
        identity: &LimitIdentity,
        limits: &RequestLimits,
        now: i64,
    ) -> Option<LimitDecision> {
        let shared = self.shared.as_ref()?;
        let (settings, seed) = self.state(identity, now);
        let reply = super::shared::take(shared, identity, settings.reset_at, limits, seed).await?;
        self.note(identity, reply.counts, now);
        Some(self.decided(identity, limits, reply.counts, reply.refused, reply.is_news))
    }

    fn decided(
        &self,
        identity: &LimitIdentity,
        limits: &RequestLimits,
        counts: RequestCounts,
        refused: Option<LimitWindow>,
        is_news: bool,
    ) -> LimitDecision {
        let mut exceeded = Vec::new();
        if refused.is_none() {
            if let Some(owner) = identity.owner() {
                *self.unwritten.lock().entry((owner, identity.key(), day_of(counts.at))).or_default() += 1;
            }
            let passed = |window: LimitWindow| counts.used(limits, window) == limits.soft(window) + 1;
            exceeded.extend(is_news.then_some(LimitWindow::Minute));
            exceeded.extend([LimitWindow::Hour, LimitWindow::Day].into_iter().filter(|it| passed(*it)));
        }
        LimitDecision { limits: *limits, counts, refused, exceeded }
    }

    /// Settings and counters of an identity as this process knows them.
    fn state(&self, identity: &LimitIdentity, now: i64) -> (LimitSettings, RequestCounts) {
        let known = self.known.lock();
        let entry = known.get(identity);
        let counts = entry.map_or(RequestCounts::default(), |entry| entry.counts).at(now);
        (entry.map(|entry| entry.settings).unwrap_or_default(), counts)
    }

    /// Keeps the counters of Redis, for the time without it. Replies may come out of order.
    fn note(&self, identity: &LimitIdentity, counts: RequestCounts, now: i64) {
        if let Some(entry) = self.known.lock().get_mut(identity) {
            entry.used_at = now;
            if entry.counts.at <= counts.at {
                entry.counts = counts;
            }
        }
    }

    /// Counters that this process knows since the last reset, if any.
    pub(super) fn counts(
        &self,
        identity: &LimitIdentity,
        settings: LimitSettings,
        now: i64,
    ) -> Option<RequestCounts> {
        let known = self.known.lock();
        let entry = known.get(identity).filter(|entry| entry.settings.reset_at == settings.reset_at)?;
        Some(entry.counts.at(now))
    }

    /// Requests of a day that are not yet in the database.
    pub(super) fn unwritten(&self, owner: UserId, key: Option<ApiKeyId>, day: i64) -> i64 {
        self.unwritten.lock().get(&(owner, key, day)).copied().unwrap_or_default()
    }

    /// Takes the requests that are to be written.
    pub(super) fn take_unwritten(&self) -> HashMap<UsageKey, i64> {
        std::mem::take(&mut *self.unwritten.lock())
    }

    /// Returns requests that could not be written.
    pub(super) fn return_unwritten(&self, all: HashMap<UsageKey, i64>) {
        let mut unwritten = self.unwritten.lock();
        all.into_iter().for_each(|(key, n)| *unwritten.entry(key).or_default() += n);
    }

    /// Applies settings of a user that were changed here. A reset begins anew.
    pub(super) fn apply(&self, owner: UserId, settings: LimitSettings, now: i64) {
        let mut known = self.known.lock();
        for (_, entry) in known.iter_mut().filter(|(identity, _)| identity.owner() == Some(owner)) {
            entry.apply(settings, now);
        }
    }

    /// Drops the requests of a user that are to be written, after a reset.
    pub(super) fn drop_unwritten(&self, owner: UserId) {
        self.unwritten.lock().retain(|(of, _, _), _| *of != owner);
    }

    /// Removes identities whose counters are empty or can be read again.
    pub(super) fn remove_idle(&self, now: i64) {
        self.known.lock().retain(|identity, entry| {
            let counts = entry.counts.at(now);
            let is_used = counts.hour > 0 || (identity.owner().is_none() && counts.day > 0);
            is_used || now - entry.used_at < IDLE
        });
    }
}

fn make_room(known: &mut HashMap<LimitIdentity, KnownIdentity>) {
    if known.len() < MAX_IDENTITIES {
        return;
    }
    let mut times: Vec<_> = known.values().map(|entry| entry.used_at).collect();
    let (_, limit, _) = times.select_nth_unstable(MAX_IDENTITIES / 10);
    let limit = *limit;
    known.retain(|_, entry| entry.used_at > limit);
}

#[cfg(test)]
mod tests;
