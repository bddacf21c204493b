//! Reviews of items by models, each for one user alone.

use super::sql::{args, execute, one, row, to_json};
use super::{ConnectionTrait, DbErr};
use crate::review::Review;
use crate::{DateTime, ItemId, UserId, Utc};

row!(Review { summary, quality_score, model, text_sha256; quality_reasons });

pub async fn get(db: &impl ConnectionTrait, owner: UserId, item: ItemId) -> Result<Option<Review>, DbErr> {
    one(db, "SELECT * FROM review WHERE user_id = $1 AND item_id = $2", args![owner, item]).await
}

/// Stores a review, in place of the previous one of the item.
pub async fn keep(
    db: &impl ConnectionTrait,
    owner: UserId,
    item: ItemId,
    review: &Review,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let Review { summary, quality_score, quality_reasons, model, text_sha256 } = review;
    let sql = "INSERT INTO review (user_id, item_id, model, text_sha256, summary, quality_score, quality_reasons, made_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (user_id, item_id) DO UPDATE SET model = excluded.model, text_sha256 = excluded.text_sha256,
            summary = excluded.summary, quality_score = excluded.quality_score,
            quality_reasons = excluded.quality_reasons, made_at = excluded.made_at";
    let values = args![
        owner,
        item,
        model.as_str(),
        text_sha256.as_str(),
        summary.as_str(),
        *quality_score,
        to_json(quality_reasons)?,
        now
    ];
    execute(db, sql, values).await.map(|_| ())
}
