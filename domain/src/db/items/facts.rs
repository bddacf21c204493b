//! Properties of a source's items that subscription rules and the order of a serial depend on.

use crate::db::dismissals::dismissed;
use crate::db::sql::{all, args, row, sql};
use crate::db::{ConnectionTrait, DbErr};
use crate::item::ItemDetails;
use crate::{DateTime, ItemId, SourceId, UserId, Utc};

/// Properties checked by rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub id: ItemId,
    pub title: String,
    pub duration_seconds: Option<i64>,
    pub media_url: Option<String>,
    pub media_bytes: Option<i64>,
}
row!(Facts { id, title, duration_seconds, media_url, media_bytes });

/// Items of a source that can be fetched now or later and are not dismissed, newest first, after `after` if
/// given.
pub async fn facts(
    db: &impl ConnectionTrait,
    owner: UserId,
    source: SourceId,
    after: Option<DateTime<Utc>>,
    limit: i64,
) -> Result<Vec<Facts>, DbErr> {
    let sql = sql!(
        "SELECT i.id, i.title, i.duration_seconds, i.media_url, i.media_bytes FROM item i
         WHERE i.source_id = $2 AND i.availability <> 'metadata_only' AND i.media_url IS NOT NULL
           AND COALESCE(i.published_at, i.first_seen_at) > $3 AND NOT {dismissed}
         ORDER BY COALESCE(i.published_at, i.first_seen_at) DESC, i.id DESC LIMIT $4",
        dismissed = dismissed("i")
    );
    all(db, sql, args![owner, source, after.unwrap_or(DateTime::UNIX_EPOCH), limit]).await
}

/// Item of a source that is heard part by part.
#[derive(Debug, Clone, PartialEq)]
pub struct SerialPart {
    pub id: ItemId,
    pub title: String,
    pub duration_seconds: Option<i64>,
    pub media_url: Option<String>,
    pub media_bytes: Option<i64>,
    pub season: Option<i64>,
    pub episode: Option<i64>,
    /// Time at which it was published or, without a date, first seen.
    pub at: DateTime<Utc>,
    /// Whether it was played to the end, or begun.
    pub is_played: bool,
    /// Whether the user has dismissed it, or has given it a thumb down.
    pub is_dismissed: bool,
    pub details: ItemDetails,
}
row!(SerialPart {
    id, title, duration_seconds, media_url, media_bytes, season, episode, at, is_played, is_dismissed;
    details
});

impl From<SerialPart> for Facts {
    fn from(part: SerialPart) -> Self {
        let SerialPart { id, title, duration_seconds, media_url, media_bytes, .. } = part;
        Self { id, title, duration_seconds, media_url, media_bytes }
    }
}

/// All parts of a source that can be fetched now or later, oldest first. A use at the moment the file became
/// ready does not count as begun.
pub async fn parts(
    db: &impl ConnectionTrait,
    owner: UserId,
    source: SourceId,
    limit: i64,
) -> Result<Vec<SerialPart>, DbErr> {
    let sql = sql!(
        "SELECT i.id, i.title, i.duration_seconds, i.media_url, i.media_bytes, i.season, i.episode, i.details,
            COALESCE(i.published_at, i.first_seen_at) AS at,
            CASE WHEN d.played_at IS NOT NULL OR d.last_used_at > d.ready_at OR n.reason = 'played'
                THEN TRUE ELSE FALSE END AS is_played,
            {dismissed} AS is_dismissed
         FROM item i LEFT JOIN download d ON d.item_id = i.id AND d.user_id = $1
         LEFT JOIN dismissal n ON n.item_id = i.id AND n.user_id = $1
         WHERE i.source_id = $2 AND i.availability <> 'metadata_only' AND i.media_url IS NOT NULL
         ORDER BY COALESCE(i.published_at, i.first_seen_at), i.id LIMIT $3",
        dismissed = dismissed("i")
    );
    all(db, sql, args![owner, source, limit]).await
}
