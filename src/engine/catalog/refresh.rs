//! Feed refresh: which sources are due, what is new, and when to poll again.

use async_trait::async_trait;
use chrono::TimeDelta;
use egress::host;
use jobs::{Job, JobError, JobFailure, Lease};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use super::arrivals::{ItemArrival, StoredItems, prepare};
use super::fetch::{FeedBody, FetchTrouble, Fetched, fetch};
use super::identity::{Fate, MergedItem};
use super::{availability_under, covers, departures, entry, logins, media, schedule, search, source};
use crate::db::sources::DueSource;
use crate::db::{ConnectionTrait, items, search as rows, sources, subscriptions};
use crate::domain::event::EventKind;
use crate::domain::notification::NotificationKind;
use crate::domain::source::{Health, Hints, Kind, Origin, RefreshReport, RefreshStatus};
use crate::domain::{DateTime, Refusal, SourceId, UserId, Utc};
use crate::engine::{Engine, Error, Result, SharedEngine};

/// Permanent redirects to the same address in successive readings before the feed's address is changed.
const MOVES: i64 = 3;
/// Number of latest items whose dates determine how often a feed publishes.
pub(super) const LATEST: i64 = 20;

/// Reads a feed in the background.
#[derive(Debug, Serialize, Deserialize)]
pub struct RefreshSource {
    pub source_id: SourceId,
    /// Concurrency key: at most one request per host at a time.
    #[serde(default)]
    pub host: String,
    /// Whether the job comes from the schedule: if the feed was read in the meantime, there is nothing to do.
    #[serde(default)]
    only_if_due: bool,
}

impl RefreshSource {
    pub fn of(source_id: SourceId, feed_url: &str) -> Self {
        Self { source_id, host: host(feed_url), only_if_due: false }
    }

    pub fn when_due(source_id: SourceId, feed_url: &str) -> Self {
        Self { only_if_due: true, ..Self::of(source_id, feed_url) }
    }
}

#[async_trait]
impl Job for RefreshSource {
    const KIND: &'static str = "refresh_source";
    const QUEUE: &'static str = "feeds";
    type Context = SharedEngine;

    fn unique_key(&self) -> Option<String> {
        Some(self.source_id.to_string())
    }

    fn concurrency_key(&self) -> Option<String> {
        Some(format!("feeds of {}", self.host))
    }

    async fn subject(&self, _: &SharedEngine) -> String {
        format!("source {} at {}", self.source_id, self.host)
    }

    async fn run(&self, engine: &SharedEngine, lease: &Lease) -> Result<(), JobError> {
        // Storing items is idempotent, so a late writer after a lost lease does no harm.
        let is_due = |row: &sources::FeedRow| row.next_refresh_at.is_none_or(|next| next <= engine.now());
        let is_wanted = |row: &sources::FeedRow| !self.only_if_due || is_due(row);
        read_if(engine, self.source_id, Some(lease), is_wanted).await.map(|_| ()).map_err(JobError::retry)
    }

    async fn give_up(
        &self,
        _: &SharedEngine,
        _: &sea_orm::DatabaseTransaction,
        failure: &JobFailure,
    ) -> Result<(), sea_orm::DbErr> {
        tracing::warn!(source = %self.source_id, why = failure.why, "gave up reading a feed until it is due again");
        Ok(())
    }
}

/// Queues due refreshes of followed sources, refreshes before departures, and prefetches.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct RefreshDue {}

#[async_trait]
impl Job for RefreshDue {
    const KIND: &'static str = "refresh_due";
    const QUEUE: &'static str = "refresh";
    type Context = SharedEngine;

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(&self, engine: &SharedEngine, _lease: &Lease) -> Result<(), JobError> {
        let due = sources::due(&engine.db, engine.now(), 1_000).await?;
        let mut work = engine.begin().await.map_err(JobError::retry)?;
        for DueSource { id, feed_url } in due {
            work.push(&RefreshSource::when_due(id, &feed_url)).await.map_err(JobError::retry)?;
        }
        work.commit().await.map_err(JobError::retry)?;
        departures::refresh(engine).await.map_err(JobError::retry)
    }
}

/// Reads a feed now and returns the report.
pub async fn refresh_now(engine: &Engine, owner: UserId, id: SourceId) -> Result<RefreshReport> {
    source(engine, owner, id).await?;
    refresh(engine, id).await
}

/// Queues a refresh of a feed.
pub async fn request_refresh(engine: &Engine, owner: UserId, id: SourceId) -> Result<()> {
    let feed_url = source(engine, owner, id).await?.feed_url;
    let mut work = engine.begin().await?;
    work.push(&RefreshSource::of(id, &feed_url)).await?;
    work.commit().await
}

/// Fetches, parses and stores a feed: all of it or nothing.
pub async fn refresh(engine: &Engine, id: SourceId) -> Result<RefreshReport> {
    let report = read_if(engine, id, None, |_| true).await?;
    Ok(report.ok_or_else(|| Refusal::missing("source"))?)
}

/// Like `refresh`, but skips a feed that was requested after `since`: concurrent callers read it once.
pub async fn refresh_since(engine: &Engine, id: SourceId, since: DateTime<Utc>) -> Result<()> {
    let is_wanted = |row: &sources::FeedRow| row.last_asked_at.is_none_or(|asked| asked <= since);
    read_if(engine, id, None, is_wanted).await.map(|_| ())
}

/// Reads a feed if `is_wanted` still holds under the lock of its source: a caller that waited while another
/// one read need not read again (single flight within this process).
async fn read_if(
    engine: &Engine,
    id: SourceId,
    lease: Option<&Lease>,
    is_wanted: impl Fn(&sources::FeedRow) -> bool,
) -> Result<Option<RefreshReport>> {
    let _alone = engine.feed_flights.lock(&id.to_string()).await;
    let row = sources::feed(&engine.db, id).await?.ok_or_else(|| Refusal::missing("source"))?;
    if !is_wanted(&row) {
        return Ok(None);
    }
    let report = match fetch(engine, &row).await {
        Ok(fetched) => take(engine, &row, fetched, lease).await,
        Err(trouble) => fail(engine, &row, trouble).await,
    };
    engine.metrics.feed_refreshes.inc([report.as_ref().map_or("fault", |report| report.status.as_str())]);
    report.map(Some)
}

/// Parses and stores a response, or records the failure. `lease` is given when a job runs this.
pub(super) async fn take(
    engine: &Engine,
    row: &sources::FeedRow,
    fetched: Fetched,
    lease: Option<&Lease>,
) -> Result<RefreshReport> {
    let Fetched { body, moved, max_age } = fetched;
    let Some(body) = body else {
        let max_age = max_age.or(row.max_age_seconds.and_then(TimeDelta::try_seconds));
        // Most answers are 304 Not Modified, and each commit waits for the disk: this one ends the job as
        // well.
        let work = engine.begin().await?;
        answered(&*work, engine.now(), row, &row.hints, max_age, &moved).await?;
        if let Some(lease) = lease {
            lease.finish(&work).await?;
        }
        work.commit().await?;
        return Ok(RefreshReport { status: RefreshStatus::NotModified, added: 0, updated: 0, error: None });
    };
    let mut body = body;
    loop {
        let feed = match parse(engine, body).await? {
            Ok((feed, read)) => {
                body = read;
                feed
            }
            Err(why) => return fail(engine, row, FetchTrouble::new(why)).await,
        };
        if let Some(report) = keep(engine, row, feed, &body, max_age, &moved).await? {
            return Ok(report);
        }
    }
}

/// Records that the publisher answered, the time of the next refresh, and a permanent redirect.
async fn answered(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    row: &sources::FeedRow,
    hints: &Hints,
    max_age: Option<TimeDelta>,
    moved: &Option<Url>,
) -> Result<()> {
    let published = sources::publication_times(db, row.id, LATEST).await?;
    let moved = moved.as_ref().map(Url::to_string);
    let moved_times = match &moved {
        Some(_) if moved == row.moved_to => row.moved_times + 1,
        Some(_) => 1,
        None => 0,
    };
    let with = sources::FeedAnswer {
        now,
        next: schedule::next(&published, hints, max_age, now),
        max_age_seconds: max_age.map(|age| age.num_seconds()),
        moved_to: moved.as_deref(),
        moved_times,
    };
    sources::record_poll_success(db, row.id, &with).await?;
    // A password is sent only to the origin it was given for.
    let may_move =
        |to: &String| row.mark.is_none() || logins::origin_of(to) == logins::origin_of(&row.feed_url);
    if let Some(moved) = moved.filter(|to| moved_times >= MOVES && may_move(to))
        && sources::move_to(db, row.id, &moved).await?
    {
        let (from, to) = (host(&row.feed_url), host(&moved));
        tracing::info!(source = %row.id, from, to, "a feed has moved for good");
    }
    Ok(())
}

/// Records a failure. The source is retried later without limit, except for a feed that is gone (HTTP 410),
/// of which followers are notified once.
async fn fail(engine: &Engine, row: &sources::FeedRow, trouble: FetchTrouble) -> Result<RefreshReport> {
    let FetchTrouble { why, is_gone, retry_after } = trouble;
    let health = if is_gone { Health::Gone } else { Health::Failing };
    let (now, mut work) = (engine.now(), engine.begin().await?);
    let next = schedule::after_failure(row.failures, retry_after, now);
    sources::record_poll_failure(&*work, row.id, health, &why, now, next).await?;
    if is_gone && row.health != Health::Gone {
        for follower in subscriptions::followers(&*work, row.id).await? {
            let name = &row.name;
            let message =
                format!("{name} is gone: its publisher has taken the feed away. It is not asked any more.");
            let told = json!({
                "message": message, "level": "warning", "notice": NotificationKind::SourceGone,
                "source_id": row.id, "title": name,
            });
            work.record(follower, None, EventKind::System, told).await?;
        }
    }
    work.commit().await?;
    Ok(RefreshReport { status: RefreshStatus::Failed, added: 0, updated: 0, error: Some(why) })
}

/// Parses off the async threads: a large feed takes a while.
pub(super) async fn parse(engine: &Engine, body: FeedBody) -> Result<Result<(feed::Feed, FeedBody), String>> {
    let now = engine.now();
    let read = move || match feed::read(&body.bytes, body.content_type.as_deref(), &body.url, now) {
        Ok(feed) => Ok((feed, body)),
        Err(why) => Err(why.to_string()),
    };
    tokio::task::spawn_blocking(read).await.map_err(Error::from)
}

/// Stores a feed. None if another process stored items of it in the meantime: the caller must parse it again.
async fn keep(
    engine: &Engine,
    row: &sources::FeedRow,
    mut feed: feed::Feed,
    body: &FeedBody,
    max_age: Option<TimeDelta>,
    moved: &Option<Url>,
) -> Result<Option<RefreshReport>> {
    let now = engine.now();
    let of_all = entry::FeedDefaults::by(&feed);
    // Users rarely state the kind of a feed; the first reading detects it.
    let is_untold = row.origin == Origin::Person && row.health == Health::New && row.kind == Kind::Article;
    let kind = entry::kind(&feed.items).filter(|_| is_untold).unwrap_or(row.kind);
    // A name from a directory is kept; an address in place of a name is not.
    let is_named = row.name != row.feed_url || feed.title.is_empty();
    let name = if is_named { row.name.clone() } else { feed.title.clone() };
    let bytes_most = media::bytes_most(engine);
    let read = std::mem::take(&mut feed.items);
    let read = read.into_iter().map(|item| entry::item(item, &of_all, kind, bytes_most)).collect();
    let known = items::known(&engine.db, row.id).await?;
    let arrivals = prepare(read, known.clone(), name.clone(), feed.details.categories.clone(), now).await?;
    let mut work = engine.begin().await?;
    // Serialises writers: two concurrent readings of the same feed would both find its items new.
    let revision = sources::lock(&*work, row.id).await?;
    if items::known(&*work, row.id).await? != known {
        return Ok(None);
    }
    let mut stored_items = StoredItems::default();
    for ItemArrival { settled: MergedItem { item, content_hash, fate }, words } in arrivals {
        let availability = availability_under(row.policy);
        let stored = logins::stored(&item, row);
        let id = match fate {
            Fate::Same => continue,
            Fate::New | Fate::Newer(_) => {
                let id = items::insert(&*work, revision, &stored, &content_hash, availability, now).await?;
                if let Fate::Newer(before) = fate {
                    media::replace(&*work, revision, before, id, &known, &item, now).await?;
                }
                stored_items.added.push(id);
                id
            }
            Fate::Changed(id) => {
                items::change(&*work, id, revision, &stored, &content_hash, availability).await?;
                let before = known.iter().find(|known| known.id == id);
                let is_readdressed =
                    before.is_some_and(|before| before.media_url.as_deref() != item.media_url());
                stored_items.changed(&work, id, is_readdressed).await?;
                id
            }
        };
        rows::index(&*work, row.id, id, &words).await?;
    }
    let told = sources::FeedMetadata {
        name: &name,
        description: &feed.description,
        site_url: feed.site_url.as_deref(),
        image_url: feed.image_url.as_deref(),
        etag: body.etag.as_deref(),
        last_modified: body.last_modified.as_deref(),
        details: &feed.details,
        hints: &feed.hints,
    };
    sources::save_feed_metadata(&*work, row.id, &told).await?;
    search::index_source(&*work, row.id, &name, &feed.description, &row.feed_url).await?;
    answered(&*work, now, row, &feed.hints, max_age, moved).await?;
    match sources::feed(&*work, row.id).await? {
        Some(present) if present.kind == row.kind => sources::set_kind(&*work, row.id, kind).await?,
        // The kind was changed in the meantime.
        Some(present) => media::choose_anew(&*work, engine, row.id, present.kind, present.policy).await?,
        None => {}
    }
    stored_items.follow_up(&mut work, row.id, &name).await?;
    if let Some(image_url) = &feed.image_url {
        covers::of_feed(&mut work, row, image_url).await?;
    }
    work.commit().await?;
    let StoredItems { added, updated, .. } = stored_items;
    let added = added.len() as i64;
    Ok(Some(RefreshReport { status: RefreshStatus::Updated, added, updated, error: None }))
}
