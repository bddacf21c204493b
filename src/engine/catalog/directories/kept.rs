//! Answers of directories, kept for a while: people type the same words again, and page back and forth.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::directory::{Directory, Listed};
use crate::domain::{DateTime, TimeDelta, Utc};

const KEPT_FOR: TimeDelta = TimeDelta::minutes(10);
/// Answers at once; the oldest goes first.
const KEPT_MOST: usize = 200;

/// What directories answered lately. Nothing that depends on who asked is in it.
#[derive(Debug, Default)]
pub struct Kept(Mutex<VecDeque<Answer>>);

#[derive(Debug)]
struct Answer {
    directory: Directory,
    query: String,
    most: i64,
    found: Vec<Listed>,
    at: DateTime<Utc>,
}

impl Kept {
    pub fn get(
        &self,
        directory: Directory,
        query: &str,
        most: i64,
        now: DateTime<Utc>,
    ) -> Option<Vec<Listed>> {
        let mut answers = self.lock();
        answers.retain(|answer| now - answer.at < KEPT_FOR);
        let query = query.to_lowercase();
        let same =
            |answer: &&Answer| answer.directory == directory && answer.query == query && answer.most == most;
        answers.iter().find(same).map(|answer| answer.found.clone())
    }

    pub fn put(&self, directory: Directory, query: &str, most: i64, found: &[Listed], now: DateTime<Utc>) {
        let mut answers = self.lock();
        if answers.len() >= KEPT_MOST {
            answers.pop_front();
        }
        let (query, found) = (query.to_lowercase(), found.to_vec());
        answers.push_back(Answer { directory, query, most, found, at: now });
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Answer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_for_ten_minutes_and_two_hundred_at_the_most() {
        let (kept, now) = (Kept::default(), DateTime::UNIX_EPOCH);
        let known = |query: &str, minutes: i64| {
            kept.get(Directory::Itunes, query, 20, now + TimeDelta::minutes(minutes)).is_some()
        };
        kept.put(Directory::Itunes, "Night Trains", 20, &[], now);
        assert!(known("night trains", 9) && !known("trains", 9));
        assert!(kept.get(Directory::PodcastIndex, "night trains", 20, now).is_none());
        assert!(!known("night trains", 10));
        for n in 0..=KEPT_MOST {
            kept.put(Directory::Itunes, &n.to_string(), 20, &[], now);
        }
        assert!(!known("0", 0) && known("1", 0) && known("200", 0));
    }
}
