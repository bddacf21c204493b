//! Requests for pictures. Those of a source are requested when its feed is read or it is shown, those of
//! items when they are first shown: pictures that no user looks at are not fetched.

use std::collections::HashMap;

use chrono::TimeDelta;

use crate::db::pictures;
use crate::db::sources::FeedRow;
use crate::domain::directory::ListedFeed;
use crate::domain::feed_login::mark_in;
use crate::domain::picture::LARGEST;
use crate::domain::{ItemId, SourceId};
use crate::engine::job_names::FETCH_PICTURES;
use crate::engine::{Engine, Result, Work};

/// Interval at which the use of a picture is recorded again.
const USE: TimeDelta = TimeDelta::days(1);
/// Maximum bytes of an address.
const MAX_ADDRESS: usize = 2_000;

/// Requests the picture that a feed names for itself. The last statements of the caller's transaction,
/// because a pushed job that exists stays locked until the commit.
pub(super) async fn of_feed(work: &mut Work<'_>, row: &FeedRow, image_url: &str) -> Result<()> {
    let address = image_url.to_owned() + row.mark.as_deref().unwrap_or_default();
    let addresses = [address];
    let since = work.now() - USE;
    if is_address(&addresses[0]) && pictures::used_since(&**work, &addresses, since).await?.is_empty() {
        pictures::want(&**work, &addresses, work.now()).await?;
        work.push_named(FETCH_PICTURES).await?;
    }
    Ok(())
}

/// Requests the own pictures of items that are shown to a user.
pub async fn show_items(engine: &Engine, ids: &[ItemId]) {
    let found = pictures::unused_of_items(&engine.db, ids, engine.now() - USE).await;
    settle(engine, found.map_err(Into::into)).await;
}

/// Requests the pictures of sources that are shown to a user.
pub(super) async fn show_sources(engine: &Engine, ids: &[SourceId]) {
    let found = pictures::unused_of_sources(&engine.db, ids, engine.now() - USE).await;
    settle(engine, found.map_err(Into::into)).await;
}

/// Requests the pictures at these addresses, and records the use of those that are known.
pub async fn show(engine: &Engine, addresses: &[String]) {
    settle(engine, unused(engine, addresses).await).await;
}

/// Requests the pictures of feeds that a directory lists, and names those that are kept.
pub(super) async fn show_listed(engine: &Engine, listed: &mut [ListedFeed]) -> Result<()> {
    // A source that is known here has its own cover.
    let others =
        || listed.iter().filter(|feed| feed.cover.is_none()).filter_map(|feed| feed.image_url.clone());
    let addresses: Vec<_> = others().collect();
    show(engine, &addresses).await;
    let kept = pictures::kept(&engine.db, &addresses, LARGEST).await?;
    let kept: HashMap<_, _> = kept.into_iter().map(|picture| (picture.address, picture.hash)).collect();
    for feed in listed.iter_mut().filter(|feed| feed.cover.is_none()) {
        feed.cover = feed.image_url.as_ref().and_then(|address| kept.get(address).cloned());
    }
    Ok(())
}

async fn unused(engine: &Engine, addresses: &[String]) -> Result<Vec<String>> {
    if addresses.is_empty() {
        return Ok(Vec::new());
    }
    let used = pictures::used_since(&engine.db, addresses, engine.now() - USE).await?;
    Ok(addresses.iter().filter(|address| !used.contains(address)).cloned().collect())
}

/// Requests what was found. An error is logged: a page is shown without its pictures.
async fn settle(engine: &Engine, found: Result<Vec<String>>) {
    let requested = match found {
        Ok(addresses) => request(engine, addresses).await,
        Err(error) => Err(error),
    };
    if let Err(error) = requested {
        tracing::warn!(%error, "the pictures of a page were not requested");
    }
}

async fn request(engine: &Engine, mut addresses: Vec<String>) -> Result<()> {
    addresses.retain(|address| is_address(address));
    if addresses.is_empty() {
        return Ok(());
    }
    let mut work = engine.begin().await?;
    pictures::want(&*work, &addresses, engine.now()).await?;
    work.push_named(FETCH_PICTURES).await?;
    work.commit().await
}

/// Whether a picture may be requested at this address.
fn is_address(text: &str) -> bool {
    let length = text.len() - mark_in(text).map_or(0, str::len);
    (text.starts_with("https://") || text.starts_with("http://")) && length <= MAX_ADDRESS
}
