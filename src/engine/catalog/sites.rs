//! Feeds at an address that users paste: the feed itself, or those of a web page.

use std::time::Duration;

use feed::discover::{self, FeedCandidate};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use url::Url;

use super::logins;
use super::resolve::{self, MAX_PAGE, Reached, parsed, reach, refused};
use crate::domain::feed_login::FeedLogin;
use crate::domain::source::FoundFeed;
use crate::engine::{Engine, Result};

/// Timeout for all requests together.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(25);
/// Maximum number of feeds offered.
const MAX_OFFERED: usize = 20;

/// Finds the feeds at an address, the likeliest first. Empty if a page leads to none.
///
/// # Errors
/// If the text is not an address, or cannot be reached: a message for the user.
pub async fn feeds_at(engine: &Engine, typed: &str, login: Option<&FeedLogin>) -> Result<Vec<FoundFeed>> {
    let (typed, in_address) = logins::split(typed);
    let address = resolve::read(&typed)?;
    if let Some(login) = login.filter(|login| !login.is_empty()).or(in_address.as_ref()) {
        let url = engine.egress.check(address.url.as_str()).map_err(refused)?;
        return match tokio::time::timeout(TOTAL_TIMEOUT, private_feeds_at(engine, &url, login)).await {
            Ok(found) => found,
            Err(_) => Err(refused("The server did not answer in time.").into()),
        };
    }
    if let Some(listed) = resolve::listed(engine, &address).await? {
        return Ok(vec![listed]);
    }
    let candidates = address.candidates();
    for url in &candidates {
        engine.egress.check(url.as_str()).map_err(refused)?;
    }
    match tokio::time::timeout(TOTAL_TIMEOUT, look(engine, &candidates)).await {
        Ok(found) => found,
        Err(_) => Err(refused("The server did not answer in time.").into()),
    }
}

/// The feed at an address with credentials, or those that its page declares. Requests no other address.
async fn private_feeds_at(engine: &Engine, url: &Url, login: &FeedLogin) -> Result<Vec<FoundFeed>> {
    let document = engine.egress.document(url.as_str(), logins::header(login), MAX_PAGE).await;
    let (page, feed) = parsed(engine, document.map_err(|why| refused(in_words(why, true)))?).await?;
    if let Some(feed) = feed {
        return Ok(vec![FoundFeed { feed_url: url.to_string(), title: feed.title }]);
    }
    let found = discover::links(&page.bytes, page.content_type.as_deref(), &page.url);
    Ok(found.iter().filter(|found| found.declared).map(offered).take(MAX_OFFERED).collect())
}

/// Keeps the message, but for HTTP 401 says where to enter the credentials.
fn in_words(why: String, has_login: bool) -> String {
    let wants = StatusCode::UNAUTHORIZED;
    if why == egress::status_in_words(wants) { logins::status_in_words(wants, has_login) } else { why }
}

async fn look(engine: &Engine, candidates: &[Url]) -> Result<Vec<FoundFeed>> {
    let Reached { url, document } = reach(engine, candidates).await;
    let (page, feed) = parsed(engine, document.map_err(|why| refused(in_words(why, false)))?).await?;
    if let Some(feed) = feed {
        return Ok(vec![FoundFeed { feed_url: url, title: feed.title }]);
    }
    let found = discover::links(&page.bytes, page.content_type.as_deref(), &page.url);
    let declared: Vec<_> = found.iter().filter(|found| found.declared).map(offered).collect();
    if !declared.is_empty() {
        return Ok(declared.into_iter().take(MAX_OFFERED).collect());
    }
    // Candidates that only look like feeds are fetched and parsed.
    let guesses = discover::guesses(&page.url).into_iter();
    let likely = found.into_iter().map(|found| found.url).take(4).chain(guesses);
    for url in likely {
        if engine.egress.check(&url).is_err() {
            continue;
        }
        let Ok(page) = engine.egress.document(&url, HeaderMap::new(), MAX_PAGE).await else { continue };
        if let (_, Some(feed)) = parsed(engine, page).await? {
            return Ok(vec![FoundFeed { feed_url: url, title: feed.title }]);
        }
    }
    Ok(Vec::new())
}

fn offered(found: &FeedCandidate) -> FoundFeed {
    FoundFeed { feed_url: found.url.clone(), title: found.title.clone() }
}
