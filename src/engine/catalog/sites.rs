//! What feeds there are at an address that people paste: the feed itself, or those of a web page.

use std::time::Duration;

use reqwest::header::HeaderMap;
use url::Url;

use super::discover::{self, Found};
use super::resolve::{self, PAGE_MOST, Reached, parsed, reach, refused};
use crate::domain::source::FoundFeed;
use crate::engine::{Engine, Result};

/// For all there is to ask.
const WHOLE: Duration = Duration::from_secs(25);
/// Feeds that are offered.
const OFFERED_MOST: usize = 20;

/// The feeds at an address, the likeliest first. None where there is nothing but a page without any.
///
/// # Errors
/// Where the address is none, or cannot be reached: in words for whoever typed it.
pub async fn feeds_at(engine: &Engine, typed: &str) -> Result<Vec<FoundFeed>> {
    let address = resolve::read(typed)?;
    if let Some(listed) = resolve::listed(engine, &address).await? {
        return Ok(vec![listed]);
    }
    let candidates = address.candidates();
    for url in &candidates {
        engine.egress.check(url.as_str()).map_err(refused)?;
    }
    match tokio::time::timeout(WHOLE, look(engine, &candidates)).await {
        Ok(found) => found,
        Err(_) => Err(refused("The server did not answer in time.").into()),
    }
}

async fn look(engine: &Engine, candidates: &[Url]) -> Result<Vec<FoundFeed>> {
    let Reached { url, document } = reach(engine, candidates).await;
    let (page, feed) = parsed(engine, document.map_err(refused)?).await?;
    if let Some(feed) = feed {
        return Ok(vec![FoundFeed { feed_url: url, title: feed.title }]);
    }
    let found = discover::links(&page.bytes, page.content_type.as_deref(), &page.url);
    let declared: Vec<_> = found.iter().filter(|found| found.declared).map(offered).collect();
    if !declared.is_empty() {
        return Ok(declared.into_iter().take(OFFERED_MOST).collect());
    }
    // What only looks like a feed is asked whether it is one.
    let guesses = discover::guesses(&page.url).into_iter();
    let likely = found.into_iter().map(|found| found.url).take(4).chain(guesses);
    for url in likely {
        if engine.egress.check(&url).is_err() {
            continue;
        }
        let Ok(page) = engine.egress.document(&url, HeaderMap::new(), PAGE_MOST).await else { continue };
        if let (_, Some(feed)) = parsed(engine, page).await? {
            return Ok(vec![FoundFeed { feed_url: url, title: feed.title }]);
        }
    }
    Ok(Vec::new())
}

fn offered(found: &Found) -> FoundFeed {
    FoundFeed { feed_url: found.url.clone(), title: found.title.clone() }
}
