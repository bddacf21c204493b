//! The iTunes Search API. It requires no key.

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::{DirectoryEntry, ListedFeed, MAX_DESCRIPTION, MAX_NAME, endpoint, json};
use crate::domain::directory::Directory;
use crate::domain::source::{FoundFeed, Kind};
use crate::engine::Engine;

/// Searches the directory.
///
/// # Errors
/// A message for the user.
pub async fn search(engine: &Engine, query: &str, most: i64) -> Result<Vec<ListedFeed>, String> {
    let limit = most.to_string();
    let asked = [("media", "podcast"), ("entity", "podcast"), ("term", query), ("limit", &limit)];
    let url = endpoint(&engine.config.directories.itunes_url, "/search", &asked)?;
    let answer = json(engine, &url, HeaderMap::new()).await?;
    let results = answer.get("results").and_then(Value::as_array).ok_or("The answer cannot be read.")?;
    Ok(results.iter().filter_map(listed).collect())
}

/// Looks up the feed of a podcast by its id in Apple's directory.
///
/// # Errors
/// A message for the user.
pub async fn lookup(engine: &Engine, id: &str) -> Result<FoundFeed, String> {
    let settings = &engine.config.directories;
    let url = endpoint(&settings.itunes_url, "/lookup", &[("id", id), ("entity", "podcast")])?;
    let answer = tokio::time::timeout(settings.timeout, json(engine, &url, HeaderMap::new())).await;
    let answer = answer.unwrap_or_else(|_| Err("The server did not answer in time.".into()));
    let answer = answer.map_err(|why| {
        format!("Apple's directory did not answer: {why} Try again, or paste the address of the feed itself.")
    })?;
    let results = answer.get("results").and_then(Value::as_array).into_iter().flatten();
    let found = results.filter_map(listed).next();
    found.map(|found| FoundFeed { feed_url: found.feed_url, title: found.title }).ok_or_else(|| {
        "Apple's directory names no feed for this page. Look on the podcast's own site for a link called RSS.".into()
    })
}

/// Converts a result; none without a feed, as some podcasts are exclusive to Apple.
fn listed(result: &Value) -> Option<ListedFeed> {
    let told = DirectoryEntry(result);
    let genres = result.get("genres").and_then(Value::as_array).into_iter().flatten();
    let genres: Vec<&str> =
        genres.filter_map(Value::as_str).filter(|genre| *genre != "Podcasts").take(5).collect();
    Some(ListedFeed {
        feed_url: told.address(&["feedUrl"])?,
        title: told.text(&["collectionName", "trackName"], MAX_NAME),
        author: told.text(&["artistName"], MAX_NAME),
        // The directory has no descriptions; the genres take their place.
        description: text::one_line(&genres.join(", "), MAX_DESCRIPTION),
        site_url: told.address(&["collectionViewUrl", "trackViewUrl"]),
        image_url: told.address(&["artworkUrl600", "artworkUrl100"]),
        cover: None,
        items: told.count("trackCount"),
        kind: Kind::Podcast,
        directory: Directory::Itunes,
        source_id: None,
        subscription_id: None,
    })
}
