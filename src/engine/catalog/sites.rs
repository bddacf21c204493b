//! What feeds there are at an address that people paste: the feed itself, or those of a web page.

use std::time::Duration;

use reqwest::header::HeaderMap;

use super::discover::{self, Found};
use super::{feed, tidy_address};
use crate::domain::Refusal;
use crate::domain::source::FoundFeed;
use crate::engine::egress::Document;
use crate::engine::{Engine, Error, Result};

/// Bytes of a page that are looked at, and of a feed.
const PAGE_MOST: usize = 16_000_000;
/// For all there is to ask.
const WHOLE: Duration = Duration::from_secs(25);
/// Feeds that are offered.
const OFFERED_MOST: usize = 20;

/// The feeds at an address, the likeliest first. None where there is nothing but a page without any.
///
/// # Errors
/// Where the address is none, or cannot be reached: in words for whoever typed it.
pub async fn feeds_at(engine: &Engine, typed: &str) -> Result<Vec<FoundFeed>> {
    let url = tidy_address(typed)?;
    engine.egress.check(&url).map_err(unreachable)?;
    match tokio::time::timeout(WHOLE, look(engine, &url)).await {
        Ok(found) => found,
        Err(_) => Err(unreachable("The server did not answer in time.").into()),
    }
}

fn unreachable(why: impl ToString) -> Refusal {
    Refusal::field("feed_url", why.to_string())
}

async fn look(engine: &Engine, url: &str) -> Result<Vec<FoundFeed>> {
    let (page, title) = with_title(engine, ask(engine, url).await?).await?;
    if let Some(title) = title {
        return Ok(vec![FoundFeed { feed_url: url.to_owned(), title }]);
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
        let Ok(page) = ask(engine, &url).await else { continue };
        if let (_, Some(title)) = with_title(engine, page).await? {
            return Ok(vec![FoundFeed { feed_url: url, title }]);
        }
    }
    Ok(Vec::new())
}

fn offered(found: &Found) -> FoundFeed {
    FoundFeed { feed_url: found.url.clone(), title: found.title.clone() }
}

async fn ask(engine: &Engine, url: &str) -> Result<Document> {
    let page = engine.egress.document(url, HeaderMap::new(), PAGE_MOST).await;
    Ok(page.map_err(unreachable)?)
}

/// The page again, and the title of the feed that it is; none where it is no feed.
async fn with_title(engine: &Engine, page: Document) -> Result<(Document, Option<String>)> {
    let now = engine.now();
    let read = move || {
        let feed = feed::read(&page.bytes, page.content_type.as_deref(), &page.url, now);
        let title = feed.map(|feed| feed.title).ok();
        (page, title)
    };
    tokio::task::spawn_blocking(read).await.map_err(Error::from)
}
