//! Items: episodes, articles and videos. Users see those of the sources visible to them.

mod candidates;
mod content;
mod facts;
mod listing;
mod media;

use std::ops::{Deref, DerefMut};

use sea_orm::Value;

use super::pictures::item_cover;
use super::sources::{Revision, new_key};
use super::sql::{SafeSql, all, args, execute, json, listed, one, row, sql, to_json, value, values};
use super::visibility::Visibility;
use super::{ConnectionTrait, DbErr};
use crate::dismissal::{Dismissal, DismissalReason};
use crate::feed_login::unmarked;
use crate::item::{Availability, Item, ItemContent};
use crate::media::{Choice, Wanted};
use crate::source::{Kind, SourceDetails};
use crate::{DateTime, ItemId, SourceId, UserId, Utc};

pub use candidates::{Candidate, Collected, candidates, candidates_among, collected};
pub(super) use content::read as read_content;
pub use facts::{Facts, SerialPart, facts, parts};
pub use listing::{list, search, statement};
pub use media::{Offered, choose, offered, set_media_since, with_media};

row!(Item {
    id, source_id, source_name, kind, media_url, media_type, media_bytes, wanted, availability, unavailable_reason,
    next_retry_at, quality_score, summary, first_seen_at;
    topics, quality_reasons;
    dismissed, rating, found, cover;
    content: content::read
});

/// Includes the cover, and the review, the dismissal and the rating of the requesting user.
const SELECT: &str = concat!(
    "SELECT i.*, ",
    item_cover!(),
    " AS cover, s.name AS source_name, s.kind, v.summary AS own_summary,
        v.quality_score AS own_score, v.quality_reasons AS own_reasons, n.reason AS dismissal_reason,
        n.created_at AS dismissed_at, g.verdict AS rating
    FROM item i JOIN source s ON s.id = i.source_id LEFT JOIN review v ON v.item_id = i.id AND v.user_id = $1
    LEFT JOIN dismissal n ON n.item_id = i.id AND n.user_id = $1
    LEFT JOIN rating g ON g.item_id = i.id AND g.user_id = $1"
);

/// Item as seen by one user.
struct SeenItem(Item);

impl sea_orm::FromQueryResult for SeenItem {
    fn from_query_result(row: &sea_orm::QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let mut item = Item::from_query_result(row, prefix)?;
        if let Some(summary) = row.try_get(prefix, "own_summary")? {
            item.summary = Some(summary);
            item.quality_score = row.try_get(prefix, "own_score")?;
            item.quality_reasons = json(row, prefix, "own_reasons")?;
        }
        item.cover = row.try_get(prefix, "cover")?;
        item.rating = row.try_get(prefix, "rating")?;
        let reason: Option<DismissalReason> = row.try_get(prefix, "dismissal_reason")?;
        let created_at: Option<DateTime<Utc>> = row.try_get(prefix, "dismissed_at")?;
        item.dismissed = reason.zip(created_at).map(|(reason, created_at)| Dismissal { reason, created_at });
        Ok(Self(item))
    }
}

/// An item as read from a feed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewItem {
    /// Identity within its source, the same at each poll.
    pub identity: String,
    pub content: ItemContent,
    pub topics: Vec<String>,
    /// File or page of it that a download fetches.
    pub choice: Choice,
}

impl From<ItemContent> for NewItem {
    fn from(content: ItemContent) -> Self {
        Self { content, ..Self::default() }
    }
}

impl Deref for NewItem {
    type Target = ItemContent;

    fn deref(&self) -> &ItemContent {
        &self.content
    }
}

impl DerefMut for NewItem {
    fn deref_mut(&mut self) -> &mut ItemContent {
        &mut self.content
    }
}

impl NewItem {
    /// Address of the file or page to fetch.
    pub fn media_url(&self) -> Option<&str> {
        self.choice.media.as_ref().map(|media| media.url.as_str())
    }

    pub fn media_bytes(&self) -> Option<i64> {
        self.choice.media.as_ref().and_then(|media| media.bytes)
    }
}

/// Fields that tell whether an item of a feed is stored already.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownItem {
    pub id: ItemId,
    pub identity: String,
    pub content_hash: String,
    pub title: String,
    pub url: Option<String>,
    pub media_url: Option<String>,
    pub media_bytes: Option<i64>,
    pub wanted: Wanted,
    pub duration_seconds: Option<i64>,
    pub published_at: Option<DateTime<Utc>>,
    pub first_seen_at: DateTime<Utc>,
}
row!(KnownItem {
    id,
    identity,
    content_hash,
    title,
    url,
    media_url,
    media_bytes,
    wanted,
    duration_seconds,
    published_at,
    first_seen_at
});

pub async fn known(db: &impl ConnectionTrait, source: SourceId) -> Result<Vec<KnownItem>, DbErr> {
    let sql =
        "SELECT id, identity, content_hash, title, url, media_url, media_bytes, wanted, duration_seconds,
            published_at, first_seen_at
        FROM item WHERE source_id = $1";
    let mut all: Vec<KnownItem> = all(db, sql, args![source]).await?;
    // As the feed has it, without the mark of a private source's own files.
    for url in all.iter_mut().filter_map(|known| known.media_url.as_mut()) {
        url.truncate(unmarked(url).len());
    }
    Ok(all)
}

/// Columns and values of an item as read from a feed.
fn columns(item: &NewItem, content_hash: &str) -> Result<Vec<(&'static str, Value)>, DbErr> {
    let media = item.choice.media.as_ref();
    let mut columns = content::columns(&item.content)?;
    columns.extend([
        ("identity", item.identity.as_str().into()),
        ("content_hash", content_hash.into()),
        ("topics", to_json(&item.topics)?.into()),
        ("media_url", media.map(|media| media.url.clone()).into()),
        ("media_type", media.and_then(|media| media.mime_type.clone()).into()),
        ("media_bytes", media.and_then(|media| media.bytes).into()),
        ("wanted", item.choice.wanted.into()),
    ]);
    Ok(columns)
}

/// Inserts an item. The caller holds the source's lock.
pub async fn insert(
    db: &impl ConnectionTrait,
    revision: Revision,
    item: &NewItem,
    content_hash: &str,
    availability: Availability,
    now: DateTime<Utc>,
) -> Result<ItemId, DbErr> {
    let mut columns = columns(item, content_hash)?;
    let availability = if item.choice.media.is_some() { availability } else { Availability::MetadataOnly };
    columns.extend([
        ("source_id", revision.source.into()),
        ("key", new_key().into()),
        ("rev", revision.number.into()),
        ("availability", availability.into()),
        ("unavailable_reason", item.choice.reason.map(str::to_owned).into()),
        ("first_seen_at", now.into()),
    ]);
    let (names, values): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    let (names, placeholders) = (SafeSql::join(names, ", "), SafeSql::placeholders(1, values.len()));
    let sql = sql!("INSERT INTO item ({names}) VALUES ({placeholders}) RETURNING id");
    value(db, sql, values).await?.ok_or(DbErr::RecordNotInserted)
}

/// Updates a stored item from its feed. `availability` is that of items under the source's policy.
pub async fn change(
    db: &impl ConnectionTrait,
    id: ItemId,
    revision: Revision,
    item: &NewItem,
    content_hash: &str,
    availability: Availability,
) -> Result<(), DbErr> {
    choose(db, id, &item.choice, availability).await?;
    let mut columns = columns(item, content_hash)?;
    columns.push(("rev", revision.number.into()));
    let (names, mut values): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    values.extend(args![id]);
    let set = SafeSql::join(names.iter().zip(1_usize..).map(|(name, n)| sql!("{name} = ${n}")), ", ");
    let sql = sql!("UPDATE item SET {set} WHERE id = ${}", values.len());
    execute(db, sql, values).await.map(|_| ())
}

pub async fn get(db: &impl ConnectionTrait, owner: UserId, id: ItemId) -> Result<Option<Item>, DbErr> {
    let visible = Visibility::of(db, owner).await?.item();
    let seen: Option<SeenItem> =
        one(db, sql!("{SELECT} WHERE i.id = $2 AND {visible}"), args![owner, id]).await?;
    Ok(seen.map(|seen| seen.0))
}

/// Time at which the oldest item of a source was published or, without a date, first seen.
pub async fn oldest(db: &impl ConnectionTrait, source: SourceId) -> Result<Option<DateTime<Utc>>, DbErr> {
    let sql =
        "SELECT COALESCE(published_at, first_seen_at) FROM item WHERE source_id = $1 ORDER BY 1 LIMIT 1";
    value(db, sql, args![source]).await
}

/// Address of an item's file. None if it has none.
pub async fn media_url(db: &impl ConnectionTrait, id: ItemId) -> Result<Option<String>, DbErr> {
    let sql = "SELECT media_url FROM item WHERE id = $1 AND media_url IS NOT NULL";
    value(db, sql, args![id]).await
}

pub async fn source_of(db: &impl ConnectionTrait, id: ItemId) -> Result<Option<SourceId>, DbErr> {
    value(db, "SELECT source_id FROM item WHERE id = $1", args![id]).await
}

/// Texts from which an item's search words and topics are derived.
pub struct ItemWords {
    pub id: ItemId,
    pub source_id: SourceId,
    pub kind: Kind,
    pub title: String,
    pub source_name: String,
    pub summary_html: String,
    pub content_html: String,
    pub categories: Vec<String>,
    pub of_source: SourceDetails,
}
row!(ItemWords { id, source_id, kind, title, source_name, summary_html, content_html; categories, of_source });

pub async fn texts(db: &impl ConnectionTrait, ids: &[ItemId]) -> Result<Vec<ItemWords>, DbErr> {
    let mut asked = args![];
    let sql = sql!(
        "SELECT i.id, i.source_id, s.kind, i.title, s.name AS source_name, i.summary_html, i.content_html, i.categories,
            s.details AS of_source
         FROM item i JOIN source s ON s.id = i.source_id WHERE i.id IN ({})",
        listed(ids.iter().copied(), &mut asked)
    );
    all(db, sql, asked).await
}

/// Sets the availability of every item with this media address; the next attempt is made at `retry`.
pub async fn set_availability(
    db: &impl ConnectionTrait,
    media_url: &str,
    availability: Availability,
    reason: Option<&str>,
    retry: Option<DateTime<Utc>>,
) -> Result<(), DbErr> {
    execute(
        db,
        "UPDATE item SET availability = $2, unavailable_reason = $3, next_retry_at = $4
         WHERE media_url = $1 AND availability <> 'metadata_only'",
        args![media_url, availability, reason.map(str::to_owned), retry],
    )
    .await
    .map(|_| ())
}

/// Time at which the latest item with this media address was published or, without a date, first seen.
pub async fn published_with(
    db: &impl ConnectionTrait,
    media_url: &str,
) -> Result<Option<DateTime<Utc>>, DbErr> {
    let sql =
        "SELECT COALESCE(published_at, first_seen_at) FROM item WHERE media_url = $1 ORDER BY 1 DESC LIMIT 1";
    value(db, sql, args![media_url]).await
}

/// First item with this media address.
pub async fn title_with(
    db: &impl ConnectionTrait,
    media_url: &str,
) -> Result<Option<(ItemId, String)>, DbErr> {
    struct Titled {
        id: ItemId,
        title: String,
    }
    row!(Titled { id, title });
    let sql = "SELECT id, title FROM item WHERE media_url = $1 ORDER BY id LIMIT 1";
    let found: Option<Titled> = one(db, sql, args![media_url]).await?;
    Ok(found.map(|found| (found.id, found.title)))
}

/// Sources of the items with this media address.
pub async fn sources_with(
    db: &impl ConnectionTrait,
    media_url: &str,
    limit: i64,
) -> Result<Vec<SourceId>, DbErr> {
    let sql = "SELECT DISTINCT source_id FROM item WHERE media_url = $1 ORDER BY source_id LIMIT $2";
    values(db, sql, args![media_url, limit]).await
}

/// Resets the availability after a change of the media address: failures and copies of the old do not count.
pub async fn readdressed(db: &impl ConnectionTrait, id: ItemId) -> Result<(), DbErr> {
    let sql = "UPDATE item SET unavailable_reason = NULL, next_retry_at = NULL,
            availability = CASE WHEN EXISTS (SELECT 1 FROM media m WHERE m.url = item.media_url) THEN 'cached'
                ELSE 'cacheable' END
        WHERE id = $1 AND availability <> 'metadata_only'";
    execute(db, sql, args![id]).await.map(|_| ())
}

/// Marks items as cached, because the bytes of these addresses are stored.
pub async fn cached(db: &impl ConnectionTrait, media_urls: &[&str]) -> Result<(), DbErr> {
    let mut values = Vec::new();
    let urls = listed(media_urls.iter().copied(), &mut values);
    let sql = sql!(
        "UPDATE item SET availability = 'cached', unavailable_reason = NULL, next_retry_at = NULL
         WHERE media_url IN ({urls}) AND availability <> 'metadata_only'"
    );
    execute(db, sql, values).await.map(|_| ())
}

/// Makes unavailable items cacheable again once their retry time has come.
pub async fn recheck(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, DbErr> {
    execute(
        db,
        "UPDATE item SET availability = 'cacheable', unavailable_reason = NULL, next_retry_at = NULL
         WHERE availability = 'unavailable' AND next_retry_at <= $1",
        args![now],
    )
    .await
}

pub async fn set_policy_of_source(
    db: &impl ConnectionTrait,
    source: SourceId,
    availability: Availability,
) -> Result<(), DbErr> {
    execute(
        db,
        "UPDATE item SET availability = $2 WHERE source_id = $1 AND availability IN ('metadata_only', 'cacheable')
           AND media_url IS NOT NULL",
        args![source, availability],
    )
    .await
    .map(|_| ())
}

pub async fn set_topics(db: &impl ConnectionTrait, id: ItemId, topics: &[String]) -> Result<(), DbErr> {
    execute(db, "UPDATE item SET topics = $2 WHERE id = $1", args![id, to_json(&topics)?]).await.map(|_| ())
}

/// Stores the summary. The caller holds the source's lock.
pub async fn set_summary(
    db: &impl ConnectionTrait,
    id: ItemId,
    revision: Revision,
    summary: &str,
) -> Result<(), DbErr> {
    let sql = "UPDATE item SET summary = $2, rev = $3 WHERE id = $1";
    execute(db, sql, args![id, summary, revision.number]).await.map(|_| ())
}

/// Marks an item as changed. The caller holds the source's lock.
pub async fn touch(db: &impl ConnectionTrait, id: ItemId, revision: Revision) -> Result<(), DbErr> {
    execute(db, "UPDATE item SET rev = $2 WHERE id = $1", args![id, revision.number]).await.map(|_| ())
}

pub async fn set_quality(
    db: &impl ConnectionTrait,
    id: ItemId,
    score: f64,
    reasons: &[String],
) -> Result<(), DbErr> {
    let sql = "UPDATE item SET quality_score = $2, quality_reasons = $3 WHERE id = $1";
    execute(db, sql, args![id, score, to_json(&reasons)?]).await.map(|_| ())
}
