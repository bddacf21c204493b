//! Small files that feeds reference beside their items, such as chapters and transcripts. Fetched on
//! demand and cached for a while.

mod chapters;

use std::sync::Arc;
use std::time::Duration;

use super::Engine;
use super::catalog::logins;
use super::ttl_cache::TtlCache;
use crate::domain::TimeDelta;

pub use chapters::chapters;

/// Time limit for a whole file.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Time for which a file is cached.
const LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// Maximum number of cached files, and maximum number of their bytes together.
const MAX_FILES: usize = 100;
const MAX_BYTES: usize = 16_000_000;

/// Cache of recently fetched files, by URL.
pub type AttachmentCache = TtlCache<String, Arc<[u8]>>;

pub fn attachments() -> AttachmentCache {
    TtlCache::new(MAX_FILES, MAX_BYTES, |bytes| bytes.len())
}

/// Returns a file of at most `most` bytes, fetched through the egress guard. The URL of a private source's
/// own file is marked (`logins::marked_for`).
///
/// # Errors
/// The reason as a sentence for the user.
pub async fn fetch(engine: &Engine, url: &str, most: usize) -> Result<Arc<[u8]>, String> {
    let (now, asked) = (engine.now(), url.to_owned());
    if let Some(bytes) = engine.attachments.get(&asked, now) {
        return Ok(bytes);
    }
    let headers = logins::headers_for(engine, url).await.map_err(|error| error.to_string())?;
    let reading = engine.egress.document(url, headers, most);
    let read = tokio::time::timeout(TIMEOUT, reading).await;
    let bytes: Arc<[u8]> = read.map_err(|_| "The server did not answer in time.")??.bytes.into();
    engine.attachments.keep(asked, bytes.clone(), LIFETIME, now);
    Ok(bytes)
}
