//! Resolves a pasted address to its feed: by https or http, from a page that declares it, from Apple's
//! directory, and to an existing source that reads the same feed under another spelling.

use std::collections::HashSet;
use std::time::Duration;

use egress::FetchedDocument;
use feed::address::{FeedAddress, Service, spellings};
use feed::discover;
use reqwest::header::HeaderMap;
use url::Url;

use super::directories::itunes;
use crate::db::sources;
use crate::domain::source::FoundFeed;
use crate::domain::{Refusal, UserId};
use crate::engine::{Engine, Error, Result};

/// Maximum bytes read of a page or a feed.
pub const MAX_PAGE: usize = 16_000_000;
/// Timeout for all requests while a source is added.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(10);

/// Parses typed text as an address.
pub fn read(typed: &str) -> Result<FeedAddress, Refusal> {
    FeedAddress::read(typed).map_err(refused)
}

/// A refusal for the address field.
pub fn refused(why: impl ToString) -> Refusal {
    Refusal::field("feed_url", why.to_string())
}

/// Looks up the feed of a page in Apple's directory; an error for pages of services without feeds.
pub async fn listed(engine: &Engine, address: &FeedAddress) -> Result<Option<FoundFeed>, Refusal> {
    match address.service() {
        None => Ok(None),
        Some(service @ Service::Apple(_)) if engine.config.directories.itunes_url.is_empty() => {
            Err(refused(service.advice()))
        }
        Some(Service::Apple(id)) => itunes::lookup(engine, &id).await.map(Some).map_err(refused),
        Some(other) => Err(refused(other.advice())),
    }
}

/// Resolves the address of the feed to add. An unreachable address is kept as typed and read later.
///
/// # Errors
/// If it is not an address, may not be requested, or is a page of several feeds.
pub async fn feed_url(engine: &Engine, owner: UserId, typed: &str) -> Result<String> {
    let mut address = read(typed)?;
    if let Some(listed) = listed(engine, &address).await? {
        address = read(&listed.feed_url)?;
    }
    let candidates = address.candidates();
    for url in &candidates {
        engine.egress.check(url.as_str()).map_err(refused)?;
    }
    let first = candidates.first().unwrap_or(&address.url);
    let spelt: Vec<String> = candidates.iter().flat_map(spellings).collect();
    let known = sources::visible_addresses(
        &engine.db,
        owner,
        candidates.iter().map(Url::as_str).chain(spelt.iter().map(String::as_str)),
    )
    .await?;
    if let Some(same) = candidates.iter().find(|url| known.iter().any(|known| known == url.as_str())) {
        return Ok(same.to_string());
    }
    // An address that looks like a feed's is not fetched here; the background refresh reads it.
    if !address.is_scheme_assumed && known.is_empty() && discover::looks_like_feed(&address.url) {
        return Ok(first.to_string());
    }
    match tokio::time::timeout(TOTAL_TIMEOUT, lead(engine, owner, &candidates, known)).await {
        Ok(led) => led,
        Err(_) => Ok(first.to_string()),
    }
}

/// Resolves an address without a scheme to the known one, or to the one that answers.
pub async fn with_scheme(engine: &Engine, owner: UserId, https: &str) -> Result<String> {
    let url = Url::parse(https).map_err(refused)?;
    let candidates = FeedAddress { url, is_scheme_assumed: true }.candidates();
    let known = sources::visible_addresses(&engine.db, owner, candidates.iter().map(Url::as_str)).await?;
    if let Some(known) = candidates.iter().find(|url| known.iter().any(|known| known == url.as_str())) {
        return Ok(known.to_string());
    }
    Ok(reach(engine, &candidates).await.url)
}

async fn lead(engine: &Engine, owner: UserId, candidates: &[Url], known: Vec<String>) -> Result<String> {
    let Reached { url, document } = reach(engine, candidates).await;
    let Ok(document) = document else { return Ok(url) };
    let (document, feed) = parsed(engine, document).await?;
    if let Some(feed) = feed {
        return same_feed(engine, owner, url, &document, &feed, known).await;
    }
    let found = discover::links(&document.bytes, document.content_type.as_deref(), &document.url);
    let mut declared: Vec<_> = found.into_iter().filter(|found| found.declared).collect();
    if declared.iter().any(|found| !discover::is_of_comments(found)) {
        declared.retain(|found| !discover::is_of_comments(found));
    }
    let offered: Vec<_> =
        declared.into_iter().map(|found| FoundFeed { feed_url: found.url, title: found.title }).collect();
    match &offered[..] {
        // The refresh reports that this is a page without a feed.
        [] => Ok(url),
        [one] => {
            let url = engine.egress.check(&one.feed_url).map_err(refused)?;
            known_spelling(engine, owner, url).await
        }
        several => Err(several_feeds(several).into()),
    }
}

/// The address of an existing source for the same feed as `url`, which a page declares; else `url`.
async fn known_spelling(engine: &Engine, owner: UserId, url: Url) -> Result<String> {
    let spelt = spellings(&url);
    let all = spelt.iter().map(String::as_str).chain([url.as_str()]);
    let known = sources::visible_addresses(&engine.db, owner, all).await?;
    if known.is_empty() || known.iter().any(|known| known == url.as_str()) {
        return Ok(url.into());
    }
    let Reached { url, document } = reach(engine, &[url]).await;
    let Ok(document) = document else { return Ok(url) };
    match parsed(engine, document).await? {
        (document, Some(feed)) => same_feed(engine, owner, url, &document, &feed, known).await,
        (_, None) => Ok(url),
    }
}

/// A refusal that lists the feeds of a site with several.
pub fn several_feeds(feeds: &[FoundFeed]) -> Refusal {
    let named: Vec<_> = feeds.iter().map(|feed| format!("{} {}", feed.title, feed.feed_url)).collect();
    refused(format!("This site has {} feeds. Paste the address of one: {}", feeds.len(), named.join("; ")))
}

/// The candidate that answered, with its document or an error message.
pub struct Reached {
    pub url: String,
    pub document: Result<FetchedDocument, String>,
}

/// Tries candidates in order. Returns the first with a document, else the first that answers at all.
pub async fn reach(engine: &Engine, candidates: &[Url]) -> Reached {
    let (mut answered, mut unreachable) = (None, None);
    for url in candidates {
        let failed = |why| Some(Reached { url: url.to_string(), document: Err(why) });
        match engine.egress.read(url.as_str(), HeaderMap::new()).await {
            Ok(answer) => match answer.document(MAX_PAGE).await {
                Ok(document) => return Reached { url: url.to_string(), document: Ok(document) },
                Err(why) => answered = answered.or_else(|| failed(why)),
            },
            Err(why) => unreachable = unreachable.or_else(|| failed(why.to_string())),
        }
    }
    let none = || Reached { url: String::new(), document: Err("There is no address.".to_owned()) };
    answered.or(unreachable).unwrap_or_else(none)
}

/// Parses a document as a feed. Returns the document, and the feed if it is one.
pub async fn parsed(
    engine: &Engine,
    document: FetchedDocument,
) -> Result<(FetchedDocument, Option<feed::Feed>)> {
    let now = engine.now();
    let read = move || {
        let feed = feed::read(&document.bytes, document.content_type.as_deref(), &document.url, now).ok();
        (document, feed)
    };
    tokio::task::spawn_blocking(read).await.map_err(Error::from)
}

/// The address of a visible source that reads the same feed under another spelling, else `url`. Another
/// spelling counts if it redirects to `url`, if `url` redirects to it permanently, or if their feeds share an
/// item.
async fn same_feed(
    engine: &Engine,
    owner: UserId,
    url: String,
    document: &FetchedDocument,
    feed: &feed::Feed,
    known: Vec<String>,
) -> Result<String> {
    if let Some(moved) = &document.moved
        && !sources::visible_addresses(&engine.db, owner, [moved.as_str()]).await?.is_empty()
    {
        return Ok(moved.to_string());
    }
    let here = identities(feed);
    for other in known {
        let Ok(document) = engine.egress.document(&other, HeaderMap::new(), MAX_PAGE).await else {
            continue;
        };
        let leads_here = document.url.as_str() == url;
        let there = parsed(engine, document).await?.1.map(|feed| identities(&feed)).unwrap_or_default();
        if leads_here || here.intersection(&there).next().is_some() {
            return Ok(other);
        }
    }
    Ok(url)
}

/// Item identifiers that are the same in all spellings of a feed.
fn identities(feed: &feed::Feed) -> HashSet<String> {
    let guid =
        |item: &feed::Item| Some(&item.guid).filter(|guid| !guid.is_empty()).or(item.url.as_ref()).cloned();
    feed.items.iter().filter_map(guid).collect()
}
