//! Prefetching of a source's newest items: within its followers' limits, after all requested downloads, and
//! never into the last disk space.

use async_trait::async_trait;
use jobs::{Job, JobError, Lease};
use serde::{Deserialize, Serialize};

use super::{Transfer, disk_space, urgency};
use crate::db::items::Facts;
use crate::db::prefetch::{self as plans, Planned};
use crate::db::{sources, subscriptions};
use crate::domain::SourceId;
use crate::domain::rules::Ahead;
use crate::domain::source::Policy;
use crate::engine::catalog::{older, rules};
use crate::engine::job_names::PREFETCH;
use crate::engine::{Config, Engine, Result, SharedEngine};

/// Decimal megabyte, as for all limits.
const MB: i64 = 1_000_000;

/// Multiple of the watermark that must be free, so that prefetched bytes do not fill the disk before
/// requested ones.
const ROOM: u64 = 2;

/// Updates the prefetch plans for a source.
#[derive(Debug, Serialize, Deserialize)]
pub struct Prefetch {
    pub source_id: SourceId,
}

#[async_trait]
impl Job for Prefetch {
    const KIND: &'static str = PREFETCH.kind;
    const QUEUE: &'static str = PREFETCH.queue;
    type Context = SharedEngine;

    fn unique_key(&self) -> Option<String> {
        Some(self.source_id.to_string())
    }

    async fn run(&self, engine: &SharedEngine, _lease: &Lease) -> Result<(), JobError> {
        plan(engine, self.source_id).await.map_err(JobError::retry)?;
        fetch_some(engine).await.map_err(JobError::retry)
    }
}

/// Fetches planned items that are missing: some may have been evicted, and the disk may have been full.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct PrefetchMissing {}

#[async_trait]
impl Job for PrefetchMissing {
    const KIND: &'static str = "prefetch_missing";
    const QUEUE: &'static str = "refresh";
    type Context = SharedEngine;

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(&self, engine: &SharedEngine, _lease: &Lease) -> Result<(), JobError> {
        fetch_some(engine).await.map_err(JobError::retry)
    }
}

/// Plans prefetching for each follower. Deterministic, so a late writer after a lost lease does no harm.
async fn plan(engine: &Engine, source: SourceId) -> Result<()> {
    let Some(feed) = sources::feed(&engine.db, source).await? else { return Ok(()) };
    for follower in plans::followers(&engine.db, source).await? {
        let owner = follower.user_id;
        let known = subscriptions::get(&engine.db, owner, follower.subscription_id).await?;
        if let Some(subscription) = known.filter(|subscription| subscription.ahead.items > 0) {
            older::reach_beginning(engine, owner, &subscription).await?;
        }
        let work = engine.begin().await?;
        let Some(subscription) = subscriptions::get(&*work, owner, follower.subscription_id).await? else {
            continue;
        };
        let planned = match feed.policy {
            Policy::CacheAllowed => {
                first_that_fit(rules::wanted(&*work, owner, &subscription).await?, subscription.ahead)
            }
            Policy::MetadataOnly => Vec::new(),
        };
        plans::plan(&*work, subscription.id, &planned).await?;
        work.commit().await?;
    }
    Ok(())
}

/// The first items within the limits. An item of unknown size may use all the remaining bytes.
fn first_that_fit(wanted: Vec<Facts>, Ahead { items, megabytes }: Ahead) -> Vec<Planned> {
    let mut room = megabytes * MB;
    let mut planned = Vec::new();
    for Facts { id, media_url, media_bytes, .. } in wanted {
        if planned.len() as i64 >= items || room <= 0 {
            break;
        }
        let bytes = media_bytes.unwrap_or_default();
        if let Some(media_url) = media_url.filter(|_| bytes <= room) {
            planned.push(Planned { item: id, media_url, bytes_most: room });
            room -= bytes;
        }
    }
    planned
}

/// Fetches some planned items that are missing, using at most half of the transfers.
async fn fetch_some(engine: &Engine) -> Result<()> {
    let at_once = (engine.config.transfers as i64 / 2).max(1) - plans::under_way(&engine.db).await?;
    if at_once <= 0 || !has_room(&engine.config) {
        return Ok(());
    }
    for media_url in plans::missing(&engine.db, at_once).await? {
        fetch(engine, media_url).await?;
    }
    Ok(())
}

fn has_room(config: &Config) -> bool {
    disk_space::free(config).is_ok_and(|free| free >= config.min_free().saturating_mul(ROOM))
}

/// Queues a transfer that no download waits for.
async fn fetch(engine: &Engine, media_url: String) -> Result<()> {
    let mut work = engine.begin().await?;
    work.push(&Transfer::of(&engine.config, media_url.clone())).await?;
    urgency::reprioritize(&*work, &media_url, engine.now()).await?;
    work.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ItemId;

    fn facts(id: i64, megabytes: Option<i64>) -> Facts {
        Facts {
            id: ItemId(id),
            title: String::new(),
            duration_seconds: None,
            media_url: Some(format!("https://example.org/{id}.mp3")),
            media_bytes: megabytes.map(|mb| mb * MB),
        }
    }

    fn planned(wanted: &[(i64, Option<i64>)], items: i64, megabytes: i64) -> Vec<i64> {
        let wanted = wanted.iter().map(|(id, mb)| facts(*id, *mb)).collect();
        first_that_fit(wanted, Ahead { items, megabytes }).iter().map(|planned| planned.item.0).collect()
    }

    #[test]
    fn as_many_are_kept_as_are_wanted_and_fit() {
        let wanted = [(1, Some(60)), (2, Some(90)), (3, Some(30)), (4, None), (5, Some(10))];
        assert_eq!(planned(&wanted, 2, 1_000), [1, 2]);
        assert_eq!(planned(&wanted, 9, 100), [1, 3, 4, 5]);
        assert!(planned(&wanted, 0, 100).is_empty() && planned(&wanted, 5, 5) == [4]);
    }
}
