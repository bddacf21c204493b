//! Older pages of a feed (RFC 5005), read on request or when the beginning of a serial is missing.

use std::time::Duration;

use chrono::TimeDelta;
use url::Url;

use super::arrivals::{ItemArrival, prepare};
use super::fetch::{self, FetchTrouble};
use super::identity::{Fate, MergedItem};
use super::refresh::parse;
use super::{availability_under, entry, logins, media, replan_source, rules, source};
use crate::db::{items, older as pages, search as rows, sources};
use crate::domain::source::{OlderReport, RefreshStatus, Subscription};
use crate::domain::{Refusal, SourceId, UserId};
use crate::engine::{Engine, Result};

/// Maximum pages per request.
const PAGES_AT_ONCE: i64 = 10;
/// Maximum new items per request.
const ITEMS_AT_ONCE: i64 = 1_000;
/// Maximum pages per source in total.
const MAX_PAGES: i64 = 200;
/// Consecutive pages without a new item after which the rest is assumed to repeat and the chain ends.
const MAX_STALE: i64 = 2;
/// Timeout for reaching the beginning of a serial.
const BEGINNING_WAIT: Duration = Duration::from_secs(60);

/// Reads the next older pages of a source that is visible to the user.
pub async fn load_older(engine: &Engine, owner: UserId, id: SourceId) -> Result<OlderReport> {
    source(engine, owner, id).await?;
    read_pages(engine, id).await
}

/// Reads pages in order, each once. An address read before, including the feed's own, ends the chain.
async fn read_pages(engine: &Engine, id: SourceId) -> Result<OlderReport> {
    let row = sources::feed(&engine.db, id).await?.ok_or_else(|| Refusal::missing("source"))?;
    let mut report =
        OlderReport { status: RefreshStatus::NotModified, pages: 0, added: 0, more: false, error: None };
    let mut next = pages::next(&engine.db, id).await?;
    let mut stale = 0;
    while let Some(url) = next.as_deref().and_then(plain) {
        let is_read = Some(&url) == plain(&row.feed_url).as_ref()
            || pages::is_read(&engine.db, id, url.as_str()).await?;
        if is_read || stale >= MAX_STALE || pages::count(&engine.db, id).await? >= MAX_PAGES {
            // A concurrent request may have advanced the chain.
            let now = pages::next(&engine.db, id).await?;
            if now == next {
                pages::end(&engine.db, id).await?;
            }
            next = now.filter(|now| next.as_ref() != Some(now));
            break;
        }
        if report.pages >= PAGES_AT_ONCE || report.added >= ITEMS_AT_ONCE {
            break;
        }
        match read_page(engine, &row, &url).await? {
            Ok((added, following)) => {
                report.status = RefreshStatus::Updated;
                (report.pages, report.added) = (report.pages + 1, report.added + added);
                stale = if added == 0 { stale + 1 } else { 0 };
                next = following;
            }
            Err(trouble) => {
                report.status = RefreshStatus::Failed;
                report.error = Some(trouble.why);
                break;
            }
        }
    }
    report.more = next.is_some();
    Ok(report)
}

/// An address for comparing pages: without its fragment.
fn plain(url: &str) -> Option<Url> {
    let mut url = Url::parse(url).ok()?;
    url.set_fragment(None);
    Some(url)
}

/// Reads one page and stores its new items and the address of the next page: all of it or nothing. Changed
/// items are ignored, because the first page is more recent.
async fn read_page(
    engine: &Engine,
    row: &sources::FeedRow,
    url: &Url,
) -> Result<std::result::Result<(i64, Option<String>), FetchTrouble>> {
    let body = match fetch::page(engine, row, url).await {
        Ok(body) => body,
        Err(trouble) => return Ok(Err(trouble)),
    };
    let (mut feed, _) = match parse(engine, body).await? {
        Ok(read) => read,
        Err(why) => return Ok(Err(FetchTrouble::new(why))),
    };
    let of_all = entry::FeedDefaults::by(&feed);
    let bytes_most = media::bytes_most(engine);
    let read = std::mem::take(&mut feed.items);
    let read: Vec<_> =
        read.into_iter().map(|item| entry::item(item, &of_all, row.kind, bytes_most)).collect();
    loop {
        let known = items::known(&engine.db, row.id).await?;
        let (name, categories) = (row.name.clone(), feed.details.categories.clone());
        let arrivals = prepare(read.clone(), known.clone(), name, categories, engine.now()).await?;
        let mut work = engine.begin().await?;
        let revision = sources::lock(&*work, row.id).await?;
        if items::known(&*work, row.id).await? != known {
            continue;
        }
        let next = feed.details.next_url.clone();
        if !pages::keep(&*work, row.id, url.as_str(), next.as_deref(), engine.now()).await? {
            return Ok(Ok((0, next)));
        }
        // Undated items of an older page are older than all stored ones.
        let undated = items::oldest(&*work, row.id).await?.unwrap_or(engine.now()) - TimeDelta::seconds(1);
        let mut added = 0;
        for ItemArrival { settled: MergedItem { item, content_hash, fate }, words } in arrivals {
            if fate != Fate::New {
                continue;
            }
            let seen = if item.published_at.is_some() { engine.now() } else { undated };
            let availability = availability_under(row.policy);
            let stored = logins::stored(&item, row);
            let id = items::insert(&*work, revision, &stored, &content_hash, availability, seen).await?;
            rows::index(&*work, row.id, id, &words).await?;
            added += 1;
        }
        if added > 0 {
            replan_source(&mut work, row.id).await?;
        }
        work.commit().await?;
        return Ok(Ok((added, next)));
    }
}

/// Reads older pages of a serial until its first part is known, unless something of it was played. A failed
/// page is not an error here: the known parts are used in the meantime.
pub async fn reach_beginning(engine: &Engine, owner: UserId, subscription: &Subscription) -> Result<()> {
    if !rules::is_in_order(subscription)
        || pages::next(&engine.db, subscription.source_id).await?.is_none()
        || rules::has_beginning(&engine.db, owner, subscription).await?
    {
        return Ok(());
    }
    let read = async {
        loop {
            let report = read_pages(engine, subscription.source_id).await?;
            if !report.more || report.error.is_some() || report.pages == 0 {
                return Ok(());
            }
            if rules::has_beginning(&engine.db, owner, subscription).await? {
                return Ok(());
            }
        }
    };
    tokio::time::timeout(BEGINNING_WAIT, read).await.unwrap_or(Ok(()))
}
