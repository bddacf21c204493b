//! Sources due for a poll: by their own schedule, or before a follower's departure.

use crate::db::sql::{all, args, row};
use crate::db::{ConnectionTrait, DbErr};
use crate::{DateTime, SourceId, UserId, Utc};

pub struct DueSource {
    pub id: SourceId,
    pub feed_url: String,
}
row!(DueSource { id, feed_url });

/// Due sources with at least one follower, here or on a site.
pub async fn due(db: &impl ConnectionTrait, now: DateTime<Utc>, limit: i64) -> Result<Vec<DueSource>, DbErr> {
    all(
        db,
        "SELECT s.id, COALESCE(s.private_url, s.feed_url) AS feed_url FROM source s WHERE (s.next_refresh_at IS NULL OR s.next_refresh_at <= $1)
           AND s.health <> 'gone' AND (EXISTS (SELECT 1 FROM subscription b WHERE b.source_id = s.id)
             OR EXISTS (SELECT 1 FROM peer_follow f WHERE f.source_id = s.id))
         ORDER BY s.next_refresh_at LIMIT $2",
        args![now, limit],
    )
    .await
}

/// Sources that a user follows and that were not polled since `moment`.
pub async fn not_asked_since(
    db: &impl ConnectionTrait,
    owner: UserId,
    moment: DateTime<Utc>,
) -> Result<Vec<DueSource>, DbErr> {
    all(
        db,
        "SELECT s.id, COALESCE(s.private_url, s.feed_url) AS feed_url FROM source s JOIN subscription b ON b.source_id = s.id
         WHERE b.user_id = $1 AND s.health <> 'gone' AND (s.last_asked_at IS NULL OR s.last_asked_at < $2)
         ORDER BY s.id",
        args![owner, moment],
    )
    .await
}
