//! The feed reader by itself, for measuring how fast it is.

use chrono::Utc;
use url::Url;

use crate::engine::catalog::feed;

/// How many items a feed has, all of it read as a refresh reads it.
///
/// # Errors
/// Why it is no feed, in words.
pub fn items_of(bytes: &[u8]) -> Result<usize, String> {
    let base = Url::parse("https://feeds.example/feed").map_err(|why| why.to_string())?;
    let feed = feed::read(bytes, None, &base, Utc::now()).map_err(|why| why.to_string())?;
    Ok(feed.items.len())
}
