//! Reading a feed again: who is due, what is new, and when to come back.

use async_trait::async_trait;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::feed::{self, content_hash};
use super::fetch::{Body, Fetched, fetch};
use super::{availability_under, source};
use crate::db::{accounts, items, sources, subscriptions};
use crate::domain::event::EventKind;
use crate::domain::source::{Kind, Origin, RefreshReport, RefreshStatus};
use crate::domain::{ItemId, Refusal, SourceId, UserId};
use crate::engine::jobs::{Job, JobError, Lease};
use crate::engine::{Engine, Error, Result, SharedEngine, downloads};

/// Between two readings of a feed that publishes, and at the most for one that fails.
const EVERY: TimeDelta = TimeDelta::minutes(30);
const EVERY_MOST: TimeDelta = TimeDelta::hours(24);

/// Reads a feed in the background.
#[derive(Debug, Serialize, Deserialize)]
pub struct RefreshSource {
    pub source_id: SourceId,
}

#[async_trait]
impl Job for RefreshSource {
    const KIND: &'static str = "refresh_source";
    const QUEUE: &'static str = "refresh";
    type Context = SharedEngine;

    fn uniq(&self) -> Option<String> {
        Some(self.source_id.to_string())
    }

    async fn run(&self, engine: &SharedEngine, _lease: &Lease) -> Result<(), JobError> {
        // Storing items is idempotent, so that a late writer does no harm: it writes what is there already.
        refresh(engine, self.source_id).await.map(|_| ()).map_err(JobError::retry)
    }

    async fn give_up(
        &self,
        _: &SharedEngine,
        _: &sea_orm::DatabaseTransaction,
        why: &str,
    ) -> Result<(), sea_orm::DbErr> {
        tracing::warn!(source = %self.source_id, why, "gave up reading a feed until it is due again");
        Ok(())
    }
}

/// Wakes the refresh of every followed source that is due, and whatever else time brings to the catalogue.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct RefreshDue {}

#[async_trait]
impl Job for RefreshDue {
    const KIND: &'static str = "refresh_due";
    const QUEUE: &'static str = "refresh";
    type Context = SharedEngine;

    fn uniq(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(&self, engine: &SharedEngine, _lease: &Lease) -> Result<(), JobError> {
        items::recheck(&engine.db, engine.now()).await?;
        let due = sources::due(&engine.db, engine.now(), 1_000).await?;
        let mut work = engine.begin().await.map_err(JobError::retry)?;
        for source_id in due {
            work.push(&RefreshSource { source_id }).await.map_err(JobError::retry)?;
        }
        work.commit().await.map_err(JobError::retry)
    }
}

/// Reads a feed now and tells what came of it.
pub async fn refresh_now(engine: &Engine, owner: UserId, id: SourceId) -> Result<RefreshReport> {
    source(engine, owner, id).await?;
    refresh(engine, id).await
}

/// Has a feed read soon, in the background.
pub async fn request_refresh(engine: &Engine, owner: UserId, id: SourceId) -> Result<()> {
    source(engine, owner, id).await?;
    let mut work = engine.begin().await?;
    work.push(&RefreshSource { source_id: id }).await?;
    work.commit().await
}

/// Fetches, reads and stores: all of a feed or nothing of it.
pub async fn refresh(engine: &Engine, id: SourceId) -> Result<RefreshReport> {
    let row = sources::feed(&engine.db, id).await?.ok_or_else(|| Refusal::missing("source"))?;
    match fetch(engine, &row).await {
        Ok(Fetched::NotModified) => {
            sources::unchanged(&engine.db, id, engine.now(), engine.now() + EVERY).await?;
            Ok(RefreshReport { status: RefreshStatus::NotModified, added: 0, updated: 0, error: None })
        }
        Ok(Fetched::Body(body)) => take(engine, &row, body).await,
        Err(why) => fail(engine, &row, why).await,
    }
}

/// What a publisher sent: read and kept, or the reason remembered.
pub(super) async fn take(engine: &Engine, row: &sources::Feed, body: Body) -> Result<RefreshReport> {
    match parse(body).await? {
        Ok((feed, body)) => keep(engine, row, feed, &body).await,
        Err(why) => fail(engine, row, why).await,
    }
}

async fn fail(engine: &Engine, row: &sources::Feed, why: String) -> Result<RefreshReport> {
    let next = engine.now() + back_off(row.failures);
    sources::failed(&engine.db, row.id, &why, next).await?;
    Ok(RefreshReport { status: RefreshStatus::Failed, added: 0, updated: 0, error: Some(why) })
}

/// Off the async threads: a large feed takes a while.
async fn parse(body: Body) -> Result<Result<(feed::Feed, Body), String>> {
    let read = move || feed::read(&body.bytes, body.charset.as_deref(), &body.url).map(|feed| (feed, body));
    tokio::task::spawn_blocking(read).await.map_err(Error::from)
}

async fn keep(engine: &Engine, row: &sources::Feed, feed: feed::Feed, body: &Body) -> Result<RefreshReport> {
    let now = engine.now();
    let mut work = engine.begin().await?;
    // One after the other, or two readings of the same feed would both find its items new.
    sources::lock(&*work, row.id).await?;
    let (mut added, mut updated) = (Vec::new(), 0);
    for item in &feed.items {
        let availability = availability_under(row.policy);
        match items::store(&*work, row.id, item, &content_hash(item), availability, now).await? {
            items::Stored::Added(id) => added.push(id),
            items::Stored::Updated(_) => updated += 1,
            items::Stored::Same => {}
        }
    }
    // A directory's name for a source is chosen by people; the address standing in for a name is not.
    let name = if row.name == row.feed_url && !feed.title.is_empty() { &feed.title } else { &row.name };
    let told = sources::Told {
        name,
        description: &feed.description,
        site_url: feed.site_url.as_deref(),
        image_url: feed.image_url.as_deref(),
        etag: body.etag.as_deref(),
        last_modified: body.last_modified.as_deref(),
    };
    sources::refreshed(&*work, row.id, &told, now, now + EVERY).await?;
    let is_new = row.origin == Origin::Person && row.name == row.feed_url;
    if let (true, Kind::Article, Some(kind)) = (is_new, row.kind, feed.kind) {
        sources::set_kind(&*work, row.id, kind).await?;
    }
    for follower in subscriptions::followers(&*work, row.id).await? {
        if !added.is_empty() {
            let message = format!("{name}: {} new", count(added.len()));
            work.tell(follower, None, EventKind::System, json!({ "message": message, "level": "info" }))
                .await?;
        }
    }
    work.commit().await?;
    queue_for_followers(engine, row.id, &added).await?;
    Ok(RefreshReport { status: RefreshStatus::Updated, added: added.len() as i64, updated, error: None })
}

fn count(items: usize) -> String {
    if items == 1 { "1 item".into() } else { format!("{items} items") }
}

/// The newest arrival, for those who asked for it in advance. A full day or a full store is no error here.
async fn queue_for_followers(engine: &Engine, source: SourceId, added: &[ItemId]) -> Result<()> {
    if added.is_empty() {
        return Ok(());
    }
    let Some(newest) = items::newest_of(&engine.db, source, added).await? else { return Ok(()) };
    for follower in subscriptions::followers(&engine.db, source).await? {
        let preferences = accounts::preferences(&engine.db, follower).await?;
        if !preferences.auto_download {
            continue;
        }
        match downloads::queue(engine, follower, newest, None).await {
            Ok(_) | Err(Error::Refused(_)) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(())
}

/// Doubles with every failure; never gives a source up.
fn back_off(failures: i64) -> TimeDelta {
    let doubled = EVERY * 2_i32.pow(failures.clamp(0, 6) as u32);
    doubled.min(EVERY_MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_source_is_asked_less_and_less_but_every_day() {
        assert_eq!(back_off(0), EVERY);
        assert_eq!(back_off(1), EVERY * 2);
        assert_eq!(back_off(1_000), EVERY_MOST);
    }
}
