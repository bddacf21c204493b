//! Small files that feeds name beside their items, such as chapters and transcripts: asked for when somebody looks, and
//! not again for a while.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderMap;

use super::Engine;
use super::catalog::status_in_words;
use crate::domain::{DateTime, TimeDelta, Utc};

/// For the whole of a file.
const PATIENCE: Duration = Duration::from_secs(10);
/// What is kept, how many and how large together, and for how long.
const FILES_MOST: usize = 100;
const BYTES_MOST: usize = 16_000_000;
const LASTS: TimeDelta = TimeDelta::minutes(10);

/// What was read lately, the newest at the end.
#[derive(Debug, Default)]
pub struct SideFiles(Mutex<VecDeque<Kept>>);

#[derive(Debug, Clone)]
struct Kept {
    url: String,
    at: DateTime<Utc>,
    bytes: Arc<[u8]>,
}

/// A file of at most so many bytes, by way of the egress guard.
///
/// # Errors
/// Why it is not to be had, as a sentence for a person.
pub async fn fetch(engine: &Engine, url: &str, most: usize) -> Result<Arc<[u8]>, String> {
    let now = engine.now();
    if let Some(bytes) = engine.side_files.get(url, now) {
        return Ok(bytes);
    }
    let read = tokio::time::timeout(PATIENCE, read(engine, url, most)).await;
    let bytes: Arc<[u8]> = read.map_err(|_| "The server did not answer in time.")??.into();
    engine.side_files.keep(Kept { url: url.to_owned(), at: now, bytes: bytes.clone() });
    Ok(bytes)
}

async fn read(engine: &Engine, url: &str, most: usize) -> Result<Vec<u8>, String> {
    let answered = engine.egress.read(url, HeaderMap::new()).await.map_err(|error| error.to_string())?;
    let status = answered.response.status();
    if !status.is_success() {
        return Err(status_in_words(status));
    }
    let bytes = answered.whole(most).await.map_err(|error| error.to_string())?;
    bytes.ok_or_else(|| format!("It is larger than {} MB.", most / 1_000_000))
}

impl SideFiles {
    fn get(&self, url: &str, now: DateTime<Utc>) -> Option<Arc<[u8]>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = all.iter().rev().find(|kept| kept.url == url && now - kept.at < LASTS)?;
        Some(found.bytes.clone())
    }

    fn keep(&self, new: Kept) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|kept| kept.url != new.url && new.at - kept.at < LASTS);
        all.push_back(new);
        let mut bytes: usize = all.iter().map(|kept| kept.bytes.len()).sum();
        while all.len() > FILES_MOST || bytes > BYTES_MOST {
            bytes -= all.pop_front().map_or(bytes, |oldest| oldest.bytes.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(url: &str, minute: i64, bytes: usize) -> Kept {
        let at = DateTime::UNIX_EPOCH + TimeDelta::minutes(minute);
        Kept { url: url.into(), at, bytes: vec![0; bytes].into() }
    }

    #[test]
    fn a_file_is_kept_for_ten_minutes() {
        let files = SideFiles::default();
        files.keep(file("a", 0, 3));
        let at = |minute| DateTime::UNIX_EPOCH + TimeDelta::minutes(minute);
        assert_eq!(files.get("a", at(9)).map(|bytes| bytes.len()), Some(3));
        assert_eq!((files.get("a", at(10)), files.get("b", at(0))), (None, None));
    }

    #[test]
    fn the_oldest_make_room() {
        let files = SideFiles::default();
        for n in 0..FILES_MOST as i64 + 5 {
            files.keep(file(&n.to_string(), 0, 1));
        }
        files.keep(file("large", 1, BYTES_MOST - 10));
        let now = DateTime::UNIX_EPOCH + TimeDelta::minutes(1);
        assert!(files.get("large", now).is_some() && files.get("104", now).is_some());
        assert_eq!(files.get("90", now), None);
        files.keep(file("larger", 1, BYTES_MOST));
        assert_eq!(files.0.lock().expect("the files").len(), 1);
    }
}
