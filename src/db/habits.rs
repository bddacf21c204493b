//! What a person has made of what they were given, source by source.

use super::sql::{all, args, row};
use super::{ConnectionTrait, DbErr};
use crate::domain::{SourceId, UserId};

/// Of the downloads of one source that became ready.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Habit {
    pub source_id: SourceId,
    pub ready: i64,
    /// Begun, and of those played to the end.
    pub begun: i64,
    pub finished: i64,
    /// Gone without ever having been begun.
    pub skipped: i64,
    /// The mean quality of the items of it that were assessed; null where there were none.
    pub quality: Option<f64>,
}

row!(Habit { source_id, ready, begun, finished, skipped, quality });

pub async fn of(db: &impl ConnectionTrait, owner: UserId) -> Result<Vec<Habit>, DbErr> {
    all(
        db,
        "SELECT i.source_id, COUNT(*) AS ready, COUNT(d.last_used_at) AS begun, COUNT(d.played_at) AS finished,
            COUNT(CASE WHEN d.status = 'expired' AND d.last_used_at IS NULL AND d.played_at IS NULL THEN 1 END)
                AS skipped,
            AVG(COALESCE(v.quality_score, i.quality_score)) AS quality
         FROM download d JOIN item i ON i.id = d.item_id
         LEFT JOIN review v ON v.item_id = d.item_id AND v.user_id = d.user_id
         WHERE d.user_id = $1 AND d.ready_at IS NOT NULL GROUP BY i.source_id",
        args![owner],
    )
    .await
}
