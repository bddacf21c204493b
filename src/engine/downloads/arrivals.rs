//! Automatic downloads: queues new items of a source for its followers.

use async_trait::async_trait;
use jobs::{Job, JobError, Lease};
use serde::{Deserialize, Serialize};

use super::{plan_anew, queue};
use crate::db::{accounts, plans, subscriptions};
use crate::domain::{ItemId, SourceId};
use crate::engine::catalog::{older, rules};
use crate::engine::job_names::QUEUE_ARRIVALS;
use crate::engine::{Engine, Error, Result, SharedEngine};

/// Queues the newest arrival that the rules let through, or the next part of a serial, for followers with
/// automatic downloads.
#[derive(Debug, Serialize, Deserialize)]
pub struct QueueArrivals {
    source_id: SourceId,
    items: Vec<ItemId>,
}

#[async_trait]
impl Job for QueueArrivals {
    const KIND: &'static str = QUEUE_ARRIVALS.kind;
    const QUEUE: &'static str = QUEUE_ARRIVALS.queue;
    type Context = SharedEngine;

    /// The last arrival: a later refresh has other ones.
    fn unique_key(&self) -> Option<String> {
        self.items.last().map(ToString::to_string)
    }

    async fn run(&self, engine: &SharedEngine, _lease: &Lease) -> Result<(), JobError> {
        queue_for_followers(engine, self.source_id, &self.items).await.map_err(JobError::retry)
    }
}

/// Queues the first wanted item for each follower. A full day or full storage is not an error here.
async fn queue_for_followers(engine: &Engine, source: SourceId, added: &[ItemId]) -> Result<()> {
    let followers = subscriptions::followers(&engine.db, source).await?;
    let planning = plans::planning_among(&engine.db, &followers).await?;
    if !planning.is_empty() {
        let mut work = engine.begin().await?;
        accounts::lock_all(&*work, &planning).await?;
        plan_anew(&mut work, &planning).await?;
        work.commit().await?;
    }
    for follower in followers {
        let preferences = accounts::preferences(&engine.db, follower).await?;
        if !preferences.auto_download {
            continue;
        }
        let Some(subscription) = subscriptions::of_source(&engine.db, follower, source).await? else {
            continue;
        };
        older::reach_beginning(engine, follower, &subscription).await?;
        let first = rules::first_wanted(&engine.db, follower, &subscription, added).await?;
        let Some(first) = first else { continue };
        match queue(engine, follower, first, None).await {
            Ok(_) | Err(Error::Refused(_)) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(())
}
