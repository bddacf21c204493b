//! The Podcast Index API 1.0. Each request is signed with the administrator's key.

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use sha1::{Digest, Sha1};

use super::{DirectoryEntry, ListedFeed, MAX_DESCRIPTION, MAX_NAME, endpoint, json};
use crate::domain::directory::Directory;
use crate::domain::source::Kind;
use crate::domain::{DateTime, Utc};
use crate::engine::Engine;
use crate::engine::config::PodcastIndex;

/// Signed headers for a request at `now`: the key, the time, and the SHA-1 of key, secret and time.
fn headers(index: &PodcastIndex, now: DateTime<Utc>) -> Option<HeaderMap> {
    let date = now.timestamp().to_string();
    let signed = hex::encode(Sha1::digest(format!("{}{}{date}", index.key, index.secret)));
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (HeaderName::from_static("x-auth-key"), &index.key),
        (HeaderName::from_static("x-auth-date"), &date),
        (AUTHORIZATION, &signed),
    ] {
        let mut value = HeaderValue::from_str(value).ok()?;
        // The SSRF guard sends sensitive headers only to the requested origin.
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Some(headers)
}

/// Searches the index.
///
/// # Errors
/// A message for the user, without key or secret.
pub async fn search(engine: &Engine, query: &str, most: i64) -> Result<Vec<ListedFeed>, String> {
    let Some(index) = &engine.config.directories.podcast_index else { return Ok(Vec::new()) };
    let most = most.to_string();
    let url = endpoint(&index.url, "/search/byterm", &[("q", query), ("max", &most)])?;
    let headers = headers(index, engine.now()).ok_or("Its key in the settings cannot be sent.")?;
    let answer = json(engine, &url, headers).await?;
    let feeds = answer.get("feeds").and_then(Value::as_array).ok_or("The answer cannot be read.")?;
    Ok(feeds.iter().filter_map(listed).collect())
}

/// Converts a result; none if the index marks the feed as dead.
fn listed(feed: &Value) -> Option<ListedFeed> {
    let told = DirectoryEntry(feed);
    if told.count("dead").is_some_and(|dead| dead > 0) {
        return None;
    }
    let medium = told.text(&["medium"], MAX_NAME).to_lowercase();
    Some(ListedFeed {
        feed_url: told.address(&["url", "originalUrl"])?,
        title: told.text(&["title"], MAX_NAME),
        author: told.text(&["author", "ownerName"], MAX_NAME),
        description: told.text(&["description"], MAX_DESCRIPTION),
        site_url: told.address(&["link"]),
        image_url: told.address(&["artwork", "image"]),
        cover: None,
        items: told.count("episodeCount"),
        kind: if matches!(medium.as_str(), "video" | "film") { Kind::Video } else { Kind::Podcast },
        directory: Directory::PodcastIndex,
        source_id: None,
        subscription_id: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> PodcastIndex {
        PodcastIndex { url: "https://index.example".into(), key: "KEY".into(), secret: "s3cret".into() }
    }

    #[test]
    fn a_request_is_signed_with_key_secret_and_time() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).expect("a time");
        let headers = headers(&index(), now).expect("headers");
        assert_eq!(
            (&headers["x-auth-key"], &headers["x-auth-date"]),
            (&HeaderValue::from_static("KEY"), &HeaderValue::from_static("1700000000"))
        );
        // printf 'KEYs3cret1700000000' | sha1sum
        assert_eq!(headers[AUTHORIZATION].to_str().expect("text"), SIGNED);
    }

    const SIGNED: &str = "a11b2dd477ac5abc1bfadca4d0ac42d682c411f1";

    #[test]
    fn a_secret_is_never_printed() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).expect("a time");
        let printed = format!("{:?} {:?}", index(), headers(&index(), now));
        assert!(
            !printed.contains("KEY") && !printed.contains("s3cret") && !printed.contains(SIGNED),
            "{printed}"
        );
    }
}
