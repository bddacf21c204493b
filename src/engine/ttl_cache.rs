//! Short-lived cache of answers from other servers, so that repeated requests are not sent again.

use std::collections::VecDeque;

use parking_lot::Mutex;

use crate::domain::{DateTime, TimeDelta, Utc};

const TTL: TimeDelta = TimeDelta::minutes(10);

/// A cache with a limited number of answers, each valid for ten minutes. Answers that depend on the
/// asking user must not be stored.
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
    at: DateTime<Utc>,
}

impl<K: PartialEq, V: Clone> TtlCache<K, V> {
    /// A cache of at most `most` answers, and of `bytes_most` bytes of them together.
    pub fn new(most: usize, bytes_most: usize, bytes: fn(&V) -> usize) -> Self {
        Self { most, bytes_most, bytes, all: Mutex::default() }
    }

    pub fn get(&self, asked: &K, now: DateTime<Utc>) -> Option<V> {
        let all = self.all.lock();
        let found = all.iter().find(|answer| answer.asked == *asked && now - answer.at < TTL)?;
        Some(found.told.clone())
    }

    /// Stores an answer, replacing an older one for the same key. Evicts the oldest if the cache is full.
    pub fn keep(&self, asked: K, told: V, at: DateTime<Utc>) {
        let mut all = self.all.lock();
        all.retain(|answer| answer.asked != asked && at - answer.at < TTL);
        all.push_back(CachedAnswer { asked, told, at });
        let mut bytes: usize = all.iter().map(|answer| (self.bytes)(&answer.told)).sum();
        while all.len() > self.most || bytes > self.bytes_most {
            bytes -= all.pop_front().map_or(bytes, |oldest| (self.bytes)(&oldest.told));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    #[test]
    fn an_answer_is_kept_for_ten_minutes() {
        let recent = TtlCache::new(2, 100, |bytes: &usize| *bytes);
        recent.keep("a", 3, minute(0));
        assert_eq!(recent.get(&"a", minute(9)), Some(3));
        assert_eq!((recent.get(&"a", minute(10)), recent.get(&"b", minute(0))), (None, None));
        recent.keep("a", 4, minute(9));
        assert_eq!(recent.get(&"a", minute(18)), Some(4));
    }

    #[test]
    fn the_oldest_make_room() {
        let recent = TtlCache::new(100, 1_000, |bytes: &usize| *bytes);
        for n in 0..105 {
            recent.keep(n, 1, minute(0));
        }
        assert_eq!((recent.get(&4, minute(0)), recent.get(&5, minute(0))), (None, Some(1)));
        recent.keep(200, 990, minute(1));
        assert_eq!((recent.get(&94, minute(1)), recent.get(&95, minute(1))), (None, Some(1)));
        recent.keep(201, 1_001, minute(1));
        assert_eq!(recent.get(&200, minute(1)), None);
        assert!(recent.all.lock().is_empty());
    }
}
