//! Short-lived cache of answers from other servers, so that repeated requests are not sent again.

use std::collections::VecDeque;

use parking_lot::Mutex;

use crate::domain::{DateTime, TimeDelta, Utc};

/// A cache with a limited number of answers, each valid for a lifetime of its own. Answers that depend on the
/// asking user must have the user in their key.
#[derive(Debug)]
pub struct TtlCache<K, V> {
    most: usize,
    bytes_most: usize,
    bytes: fn(&V) -> usize,
    /// Oldest first.
    all: Mutex<VecDeque<CachedAnswer<K, V>>>,
}

#[derive(Debug)]
struct CachedAnswer<K, V> {
    asked: K,
    told: V,
    until: DateTime<Utc>,
}

impl<K: PartialEq, V: Clone> TtlCache<K, V> {
    /// A cache of at most `most` answers, and of `bytes_most` bytes of them together.
    pub fn new(most: usize, bytes_most: usize, bytes: fn(&V) -> usize) -> Self {
        Self { most, bytes_most, bytes, all: Mutex::default() }
    }

    pub fn get(&self, asked: &K, now: DateTime<Utc>) -> Option<V> {
        let all = self.all.lock();
        let found = all.iter().find(|answer| answer.asked == *asked && now < answer.until)?;
        Some(found.told.clone())
    }

    /// Stores an answer, replacing an older one for the same key. Evicts the oldest if the cache is full.
    pub fn keep(&self, asked: K, told: V, lifetime: TimeDelta, now: DateTime<Utc>) {
        let mut all = self.all.lock();
        all.retain(|answer| answer.asked != asked && now < answer.until);
        all.push_back(CachedAnswer { asked, told, until: now + lifetime });
        let mut bytes: usize = all.iter().map(|answer| (self.bytes)(&answer.told)).sum();
        while all.len() > self.most || bytes > self.bytes_most {
            bytes -= all.pop_front().map_or(bytes, |oldest| (self.bytes)(&oldest.told));
        }
    }

    /// Removes the answers whose keys do not match.
    pub fn retain(&self, matches: impl Fn(&K) -> bool) {
        self.all.lock().retain(|answer| matches(&answer.asked));
    }

    /// Number of the answers whose keys match, and of their bytes.
    pub fn usage(&self, matches: impl Fn(&K) -> bool, now: DateTime<Utc>) -> (usize, usize) {
        let all = self.all.lock();
        let matching = all.iter().filter(|answer| now < answer.until && matches(&answer.asked));
        matching.fold((0, 0), |(n, bytes), answer| (n + 1, bytes + (self.bytes)(&answer.told)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN_MINUTES: TimeDelta = TimeDelta::minutes(10);

    fn minute(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    #[test]
    fn an_answer_is_kept_for_its_lifetime() {
        let recent = TtlCache::new(2, 100, |bytes: &usize| *bytes);
        recent.keep("a", 3, TEN_MINUTES, minute(0));
        assert_eq!(recent.get(&"a", minute(9)), Some(3));
        assert_eq!((recent.get(&"a", minute(10)), recent.get(&"b", minute(0))), (None, None));
        recent.keep("a", 4, TEN_MINUTES, minute(9));
        assert_eq!(recent.get(&"a", minute(18)), Some(4));
        recent.keep("b", 5, TimeDelta::hours(24), minute(18));
        assert_eq!((recent.get(&"a", minute(19)), recent.get(&"b", minute(1_000))), (None, Some(5)));
    }

    #[test]
    fn the_oldest_make_room() {
        let recent = TtlCache::new(100, 1_000, |bytes: &usize| *bytes);
        for n in 0..105 {
            recent.keep(n, 1, TEN_MINUTES, minute(0));
        }
        assert_eq!((recent.get(&4, minute(0)), recent.get(&5, minute(0))), (None, Some(1)));
        recent.keep(200, 990, TEN_MINUTES, minute(1));
        assert_eq!((recent.get(&94, minute(1)), recent.get(&95, minute(1))), (None, Some(1)));
        recent.keep(201, 1_001, TEN_MINUTES, minute(1));
        assert_eq!(recent.get(&200, minute(1)), None);
        assert!(recent.all.lock().is_empty());
    }

    #[test]
    fn answers_are_counted_and_removed_by_their_keys() {
        let recent = TtlCache::new(100, 1_000, |bytes: &usize| *bytes);
        for n in 1..=4 {
            recent.keep(n, 10 * n, TEN_MINUTES, minute(0));
        }
        assert_eq!(recent.usage(|n| n % 2 == 0, minute(1)), (2, 60));
        recent.retain(|n| *n != 4);
        assert_eq!(recent.usage(|_| true, minute(1)), (3, 60));
        assert_eq!(recent.usage(|_| true, minute(10)), (0, 0));
    }
}
