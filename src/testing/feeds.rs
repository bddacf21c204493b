//! The feed reader alone, for benchmarks.

use chrono::Utc;
use url::Url;

/// Number of items of a feed, read in full as a refresh reads it.
///
/// # Errors
/// The reason why it is not a feed, as text.
pub fn items_of(bytes: &[u8]) -> Result<usize, String> {
    let base = Url::parse("https://feeds.example/feed").map_err(|why| why.to_string())?;
    let feed = feed::read(bytes, None, &base, Utc::now()).map_err(|why| why.to_string())?;
    Ok(feed.items.len())
}
