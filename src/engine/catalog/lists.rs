//! Import and export of subscription lists.

use std::time::Duration;

use feed::opml::{self, OpmlRow};
use tokio::time::Instant;

use crate::db::{sources, subscriptions};
use crate::domain::source::*;
use crate::domain::{Refusal, UserId};
use crate::engine::{Engine, Result};

use super::resolve;

/// Subscriptions added per transaction.
const BATCH_SIZE: usize = 200;
/// Limits on probing addresses without a scheme: their number, concurrent requests, and the total time.
const MAX_ASKED: usize = 200;
const MAX_CONCURRENT: usize = 10;
const DIRECTORY_TIMEOUT: Duration = Duration::from_secs(20);

/// Subscribes to every feed of a list: OPML, or text with one address per line. A bad row is reported and
/// does not affect the others. The feeds are fetched in the background when they fall due.
pub async fn import(
    engine: &Engine,
    owner: UserId,
    list: &[u8],
    content_type: Option<&str>,
) -> Result<ImportReport> {
    let read = opml::read(list, content_type).map_err(|why| Refusal::field("list", why.to_string()))?;
    let mut report = ImportReport { title: read.title, ..ImportReport::default() };
    let mut rows = read.rows;
    find_schemes(engine, owner, &mut rows).await?;
    for rows in rows.chunks(BATCH_SIZE) {
        let work = engine.begin().await?;
        for row in rows {
            let problem = |why| ImportProblem { line: row.line as i64, title: row.title.clone(), why };
            match address(engine, row) {
                Ok(feed_url) if follow(engine, &*work, owner, feed_url, &row.title).await? => {
                    report.added += 1
                }
                Ok(_) => report.known += 1,
                Err(why) => report.failed.push(problem(why)),
            }
        }
        work.commit().await?;
    }
    Ok(report)
}

/// Resolves the scheme of addresses that have none: the one of a known source, or the one that answers. At
/// most `MAX_ASKED` addresses are probed; the others keep https.
async fn find_schemes(engine: &Engine, owner: UserId, rows: &mut [OpmlRow]) -> Result<()> {
    let mut open = Vec::new();
    for (place, row) in rows.iter().enumerate().filter(|(_, row)| row.is_scheme_assumed) {
        open.extend(row.found.clone().ok().map(|found| (place, found)));
    }
    open.truncate(MAX_ASKED);
    let end = Instant::now() + DIRECTORY_TIMEOUT;
    for asked in open.chunks(MAX_CONCURRENT) {
        let all = asked.iter().map(|(_, https)| resolve::with_scheme(engine, owner, https));
        let Ok(resolved) = tokio::time::timeout_at(end, futures::future::join_all(all)).await else { break };
        for ((place, _), resolved) in asked.iter().zip(resolved) {
            rows[*place].found = Ok(resolved?);
        }
    }
    Ok(())
}

fn address<'a>(engine: &Engine, row: &'a OpmlRow) -> std::result::Result<&'a str, String> {
    let address = row.found.as_deref().map_err(String::clone)?;
    engine.egress.check(address).map_err(|why| why.to_string())?;
    Ok(address)
}

/// Returns false if the user already follows the feed.
async fn follow(
    engine: &Engine,
    db: &impl crate::db::ConnectionTrait,
    owner: UserId,
    feed_url: &str,
    title: &str,
) -> Result<bool> {
    let name: String = title.chars().take(300).collect();
    let new = sources::NewSource::by(owner, feed_url, &name);
    // A list carries no credentials, so the user's own private source for this address takes precedence.
    let source = match sources::private::find(db, owner, feed_url).await? {
        Some(own) => own,
        None => super::insert(db, &new, engine.now()).await?,
    };
    if subscriptions::of_source(db, owner, source).await?.is_some() {
        return Ok(false);
    }
    subscriptions::upsert(db, owner, source, PRIORITY_DEFAULT, engine.now()).await?;
    Ok(true)
}

/// Exports all subscriptions of a user as OPML 2.0.
pub async fn export(engine: &Engine, owner: UserId) -> Result<String> {
    let followed = sources::outlines(&engine.db, owner).await?;
    let entry = |sources::SourceOutline { feed_url, name, site_url }| opml::OpmlEntry {
        title: name,
        feed_url,
        site_url,
        folder: None,
    };
    let entries: Vec<_> = followed.into_iter().map(entry).collect();
    Ok(opml::write("Subscriptions of SmartCache", &entries, engine.now()))
}
