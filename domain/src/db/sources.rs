//! Sources (feeds). Every query for a user checks which sources are visible to that user.

mod due;
mod listing;
pub mod managed;
pub mod private;
mod revisions;
mod statistics;

use super::pictures::source_cover;
use super::sql::{args, execute, listed, one, row, sql, to_json, value, values};
use super::visibility::Visibility;
use super::{ConnectionTrait, DbErr};
use crate::source::{Health, Hints, Kind, Listing, Origin, Policy, Source, SourceDetails};
use crate::{DateTime, SourceId, TimeDelta, UserId, Utc};

pub use due::{DueSource, due, not_asked_since};
pub use listing::{SourceOutline, list, outlines, search, to_suggest};
pub use revisions::{Revision, bury, lock, new_key, words};
pub use statistics::{AvailabilityCount, counts, publication_times, troubles};

row!(Source {
    id,
    feed_url,
    name,
    description,
    site_url,
    image_url,
    kind,
    policy,
    origin,
    health,
    last_error,
    last_success_at,
    last_asked_at,
    next_refresh_at,
    failures,
    items,
    items_lately,
    has_older,
    has_login,
    subscription_id,
    cover,
    created_at;
    details;
    unplayed,
    found
});

const COLUMNS: &str = concat!(
    source_cover!(),
    " AS cover, s.id, COALESCE(s.private_url, s.feed_url) AS feed_url, s.credential IS NOT NULL AS has_login, s.name, s.description, s.site_url, s.image_url, s.kind, s.policy, s.origin,
    s.health, s.last_error, s.last_success_at, s.last_asked_at, s.next_refresh_at, s.failures, s.details, s.created_at,
    (SELECT COUNT(*) FROM item i WHERE i.source_id = s.id) AS items,
    (SELECT COUNT(*) FROM item i WHERE i.source_id = s.id AND i.published_at > $2) AS items_lately,
    CASE WHEN NOT s.older_ended AND (s.older_url IS NOT NULL OR s.details LIKE '%\"next_url\":\"%')
        THEN TRUE ELSE FALSE END AS has_older,
    (SELECT b.id FROM subscription b WHERE b.source_id = s.id AND b.user_id = $1) AS subscription_id"
);

/// Period of `items_lately`: four weeks.
const LATELY: TimeDelta = TimeDelta::weeks(4);

/// SQL query: sources that user `$1` follows.
pub(super) const FOLLOWED: &str = "SELECT f.source_id FROM subscription f WHERE f.user_id = $1";

/// Data that a refresh needs.
pub struct FeedRow {
    pub id: SourceId,
    pub feed_url: String,
    pub name: String,
    pub kind: Kind,
    pub policy: Policy,
    pub origin: Origin,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    pub failures: i64,
    pub health: Health,
    /// Permanent redirect target of the last polls, and how many polls in a row had it.
    pub moved_to: Option<String>,
    pub moved_times: i64,
    pub hints: Hints,
    pub max_age_seconds: Option<i64>,
    pub next_refresh_at: Option<DateTime<Utc>>,
    pub last_asked_at: Option<DateTime<Utc>>,
    /// For a private source: its owner, the mark of its own addresses, and its sealed name and password.
    pub private_to: Option<UserId>,
    pub mark: Option<String>,
    pub credential: Option<String>,
}
row!(FeedRow {
    id, feed_url, name, kind, policy, origin, etag, last_modified, failures, health, moved_to, moved_times,
    max_age_seconds, next_refresh_at, last_asked_at, private_to, mark, credential;
    hints
});

pub struct NewSource<'a> {
    pub feed_url: &'a str,
    pub name: &'a str,
    pub kind: Kind,
    pub policy: Policy,
    pub origin: Origin,
    pub added_by: Option<UserId>,
}

impl<'a> NewSource<'a> {
    /// Source that a user adds by its address, which replaces a missing name.
    pub fn by(owner: UserId, feed_url: &'a str, name: &'a str) -> Self {
        Self {
            feed_url,
            name: if name.is_empty() { feed_url } else { name },
            kind: Kind::Article,
            policy: Policy::CacheAllowed,
            origin: Origin::Person,
            added_by: Some(owner),
        }
    }
}

/// Adds a source, or finds the one with the same address. True if it is new.
pub async fn insert(
    db: &impl ConnectionTrait,
    new: &NewSource<'_>,
    now: DateTime<Utc>,
) -> Result<(SourceId, bool), DbErr> {
    let inserted: Option<SourceId> = value(
        db,
        "INSERT INTO source (feed_url, name, kind, policy, origin, added_by, next_refresh_at, created_at, key)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8) ON CONFLICT (feed_url) DO NOTHING RETURNING id",
        args![new.feed_url, new.name, new.kind, new.policy, new.origin, new.added_by, now, revisions::new_key()],
    )
    .await?;
    if let Some(id) = inserted {
        return Ok((id, true));
    }
    let id = at(db, new.feed_url).await?;
    id.map(|id| (id, false)).ok_or_else(|| DbErr::RecordNotFound(new.feed_url.to_owned()))
}

/// Source with this address, unless it is private.
pub async fn at(db: &impl ConnectionTrait, feed_url: &str) -> Result<Option<SourceId>, DbErr> {
    value(db, "SELECT id FROM source WHERE feed_url = $1", args![feed_url]).await
}

/// Adds a row of a directory without scheduling its refresh, so that feeds without followers are not polled.
/// None if it exists: then its kind is updated.
pub async fn seed(
    db: &impl ConnectionTrait,
    listing: &Listing,
    now: DateTime<Utc>,
) -> Result<Option<SourceId>, DbErr> {
    // The feed's own categories replace those of the directory when it is read.
    let details = SourceDetails { categories: listing.topics.clone(), ..SourceDetails::default() };
    let inserted = value(
        db,
        "INSERT INTO source (feed_url, name, kind, policy, origin, details, created_at, key)
         VALUES ($1, $2, $3, 'cache_allowed', 'directory', $4, $5, $6)
         ON CONFLICT (feed_url) DO NOTHING RETURNING id",
        args![
            listing.feed_url.as_str(),
            listing.name.as_str(),
            listing.kind,
            to_json(&details)?,
            now,
            revisions::new_key()
        ],
    )
    .await?;
    if inserted.is_none() {
        let sql = "UPDATE source SET kind = $2, rev = rev + 1
            WHERE feed_url = $1 AND origin = 'directory' AND kind <> $2";
        execute(db, sql, args![listing.feed_url.as_str(), listing.kind]).await?;
    }
    Ok(inserted)
}

/// Those of these addresses that belong to sources visible to the user.
pub async fn visible_addresses<'a>(
    db: &impl ConnectionTrait,
    owner: UserId,
    addresses: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<String>, DbErr> {
    let mut asked = args![owner];
    let listed = listed(addresses, &mut asked);
    let visible = Visibility::of(db, owner).await?.source();
    let sql = sql!("SELECT s.feed_url FROM source s WHERE {visible} AND s.feed_url IN ({listed})");
    values(db, sql, asked).await
}

pub async fn get(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: SourceId,
    now: DateTime<Utc>,
) -> Result<Option<Source>, DbErr> {
    let visible = Visibility::of(db, owner).await?.source();
    let sql = sql!("SELECT {COLUMNS} FROM source s WHERE s.id = $3 AND {visible}");
    one(db, sql, args![owner, now - LATELY, id]).await
}

const FEED: &str =
    "SELECT id, COALESCE(private_url, feed_url) AS feed_url, SUBSTR(feed_url, LENGTH(private_url) + 1) AS mark,
    private_to, credential, name, kind, policy, origin, etag, last_modified, failures, health, moved_to,
    moved_times, max_age_seconds, next_refresh_at, last_asked_at, hints FROM source";

pub async fn feed(db: &impl ConnectionTrait, id: SourceId) -> Result<Option<FeedRow>, DbErr> {
    one(db, sql!("{FEED} WHERE id = $1"), args![id]).await
}

pub async fn description(db: &impl ConnectionTrait, id: SourceId) -> Result<String, DbErr> {
    Ok(value(db, "SELECT description FROM source WHERE id = $1", args![id]).await?.unwrap_or_default())
}

/// Metadata that a feed gives about itself.
pub struct FeedMetadata<'a> {
    pub name: &'a str,
    pub description: &'a str,
    pub site_url: Option<&'a str>,
    pub image_url: Option<&'a str>,
    pub etag: Option<&'a str>,
    pub last_modified: Option<&'a str>,
    pub details: &'a SourceDetails,
    pub hints: &'a Hints,
}

/// Stores the metadata of a feed that was read.
pub async fn save_feed_metadata(
    db: &impl ConnectionTrait,
    id: SourceId,
    told: &FeedMetadata<'_>,
) -> Result<(), DbErr> {
    let (details, hints) = (to_json(told.details)?, to_json(told.hints)?);
    execute(
        db,
        "UPDATE source SET name = $2, description = $3, site_url = $4, image_url = $5, etag = $6, last_modified = $7,
                details = $8, hints = $9, is_serial = $10,
                older_ended = older_ended AND EXISTS (SELECT 1 FROM feed_page f WHERE f.source_id = $1 AND f.url = $11)
         WHERE id = $1",
        args![
            id,
            told.name,
            told.description,
            told.site_url,
            told.image_url,
            told.etag,
            told.last_modified,
            details,
            hints,
            told.details.is_serial(),
            told.details.next_url.clone().unwrap_or_default()
        ],
    )
    .await
    .map(|_| ())
}

/// Result of a successful poll, with the time of the next one and a permanent redirect, if any.
pub struct FeedAnswer<'a> {
    pub now: DateTime<Utc>,
    pub next: DateTime<Utc>,
    pub max_age_seconds: Option<i64>,
    pub moved_to: Option<&'a str>,
    pub moved_times: i64,
}

/// Records a successful poll: a feed, or the answer that it has not changed (304).
pub async fn record_poll_success(
    db: &impl ConnectionTrait,
    id: SourceId,
    with: &FeedAnswer<'_>,
) -> Result<(), DbErr> {
    let FeedAnswer { now, next, max_age_seconds, moved_to, moved_times } = *with;
    execute(
        db,
        "UPDATE source SET health = 'ok', last_error = NULL, failures = 0, last_success_at = $2, last_asked_at = $2,
                next_refresh_at = $3, max_age_seconds = $4, moved_to = $5, moved_times = $6
         WHERE id = $1",
        args![id, now, next, max_age_seconds, moved_to, moved_times],
    )
    .await
    .map(|_| ())
}

pub async fn record_poll_failure(
    db: &impl ConnectionTrait,
    id: SourceId,
    health: Health,
    error: &str,
    now: DateTime<Utc>,
    next: DateTime<Utc>,
) -> Result<(), DbErr> {
    execute(
        db,
        "UPDATE source SET health = $2, last_error = $3, failures = failures + 1, last_asked_at = $4,
                next_refresh_at = $5
         WHERE id = $1",
        args![id, health, error, now, next],
    )
    .await
    .map(|_| ())
}

/// Changes the address of a source that has moved. False if another source has that address already.
pub async fn move_to(db: &impl ConnectionTrait, id: SourceId, feed_url: &str) -> Result<bool, DbErr> {
    let sql = "UPDATE source SET rev = rev + 1, feed_url = $2 || COALESCE(SUBSTR(feed_url, LENGTH(private_url) + 1), ''),
            private_url = CASE WHEN private_url IS NOT NULL THEN $2 END, moved_to = NULL, moved_times = 0
        WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM source o
            WHERE o.feed_url = $2 || COALESCE(SUBSTR(source.feed_url, LENGTH(source.private_url) + 1), ''))";
    Ok(execute(db, sql, args![id, feed_url]).await? > 0)
}

/// Stores the detected kind. The caller holds the source's lock.
pub async fn set_kind(db: &impl ConnectionTrait, id: SourceId, kind: Kind) -> Result<(), DbErr> {
    execute(db, "UPDATE source SET kind = $2 WHERE id = $1", args![id, kind]).await.map(|_| ())
}

/// Address of the feed of an origin with this suffix.
pub async fn feed_url_of(
    db: &impl ConnectionTrait,
    origin: Origin,
    suffix: &str,
) -> Result<Option<String>, DbErr> {
    let find = "SELECT feed_url FROM source WHERE origin = $1 AND feed_url LIKE $2";
    value(db, find, args![origin, format!("%{suffix}")]).await
}

/// Changes the address of a source (the Demo Station's follows the listening address).
pub async fn relocate(
    db: &impl ConnectionTrait,
    origin: Origin,
    old_suffix: &str,
    feed_url: &str,
) -> Result<bool, DbErr> {
    let moved = execute(
        db,
        "UPDATE source SET feed_url = $3, etag = NULL, last_modified = NULL
         WHERE origin = $1 AND feed_url LIKE $2 AND feed_url <> $3",
        args![origin, format!("%{old_suffix}"), feed_url],
    )
    .await?;
    Ok(moved > 0)
}

pub async fn change(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: SourceId,
    name: Option<&str>,
    kind: Option<Kind>,
    policy: Option<Policy>,
) -> Result<bool, DbErr> {
    let changed = execute(
        db,
        "UPDATE source SET name = COALESCE($3, name), kind = COALESCE($4, kind), policy = COALESCE($5, policy),
                rev = rev + 1
         WHERE id = $2 AND origin = 'person' AND added_by = $1",
        args![owner, id, name.map(str::to_owned), kind, policy],
    )
    .await?;
    Ok(changed > 0)
}

/// Deletes a source that the user added, unless another user or a site follows it, and leaves its tombstone.
pub async fn delete(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: SourceId,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let deleted: Option<String> = value(
        db,
        "DELETE FROM source WHERE id = $2 AND origin = 'person' AND added_by = $1
           AND NOT EXISTS (SELECT 1 FROM subscription b WHERE b.source_id = $2 AND b.user_id <> $1)
           AND NOT EXISTS (SELECT 1 FROM peer_follow f WHERE f.source_id = $2)
         RETURNING key",
        args![owner, id],
    )
    .await?;
    revisions::bury(db, deleted.as_slice(), now).await?;
    Ok(deleted.is_some())
}
