//! Ratings of items by users.

use super::sql::{all, args, execute, one, row, sql};
use super::{ConnectionTrait, DbErr};
use crate::rating::{Rating, Thumb};
use crate::{DateTime, ItemId, UserId, Utc};

row!(Rating { verdict, created_at });

/// Rates an item. The same verdict again keeps its time (idempotent).
pub async fn put(
    db: &impl ConnectionTrait,
    owner: UserId,
    item: ItemId,
    verdict: Thumb,
    now: DateTime<Utc>,
) -> Result<Rating, DbErr> {
    let sql = "INSERT INTO rating (user_id, item_id, verdict, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (user_id, item_id) DO UPDATE SET verdict = excluded.verdict,
            created_at = CASE WHEN rating.verdict = excluded.verdict THEN rating.created_at ELSE excluded.created_at END
        RETURNING verdict, created_at";
    one(db, sql, args![owner, item, verdict, now]).await?.ok_or(DbErr::RecordNotInserted)
}

/// Deletes a rating. False if there was none.
pub async fn delete(db: &impl ConnectionTrait, owner: UserId, item: ItemId) -> Result<bool, DbErr> {
    let sql = "DELETE FROM rating WHERE user_id = $1 AND item_id = $2";
    Ok(execute(db, sql, args![owner, item]).await? > 0)
}

/// Item with the user's verdict on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatedItem {
    pub title: String,
    pub verdict: Thumb,
}
row!(RatedItem { title, verdict });

/// Items rated last, the latest first.
pub async fn latest(db: &impl ConnectionTrait, owner: UserId, limit: i64) -> Result<Vec<RatedItem>, DbErr> {
    let sql = sql!(
        "SELECT i.title, g.verdict FROM rating g JOIN item i ON i.id = g.item_id
         WHERE g.user_id = $1 ORDER BY g.created_at DESC, g.item_id DESC LIMIT {limit}"
    );
    all(db, sql, args![owner]).await
}
