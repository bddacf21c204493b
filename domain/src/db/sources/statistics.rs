//! Counts of a source's items, and the times of their publication.

use crate::db::sql::{all, args, row, values};
use crate::db::{ConnectionTrait, DbErr};
use crate::item::Availability;
use crate::source_health::Trouble;
use crate::{DateTime, SourceId, Utc};

/// Publication times of a source's latest items, newest first.
pub async fn publication_times(
    db: &impl ConnectionTrait,
    id: SourceId,
    latest: i64,
) -> Result<Vec<DateTime<Utc>>, DbErr> {
    let sql = "SELECT published_at FROM item WHERE source_id = $1 AND published_at IS NOT NULL
        ORDER BY published_at DESC LIMIT $2";
    values(db, sql, args![id, latest]).await
}

/// Number of items of a source per availability.
pub struct AvailabilityCount {
    pub availability: Availability,
    pub items: i64,
}
row!(AvailabilityCount { availability, items });

pub async fn counts(db: &impl ConnectionTrait, id: SourceId) -> Result<Vec<AvailabilityCount>, DbErr> {
    let sql = "SELECT availability, COUNT(*) AS items FROM item WHERE source_id = $1 GROUP BY availability";
    all(db, sql, args![id]).await
}

row!(Trouble { reason, items, next_retry_at });

/// Reasons why items of a source are unavailable, the most frequent first.
pub async fn troubles(db: &impl ConnectionTrait, id: SourceId) -> Result<Vec<Trouble>, DbErr> {
    let sql = "SELECT COALESCE(unavailable_reason, 'It could not be fetched.') AS reason, COUNT(*) AS items,
            MIN(next_retry_at) AS next_retry_at
        FROM item WHERE source_id = $1 AND availability = 'unavailable'
        GROUP BY unavailable_reason ORDER BY items DESC, reason LIMIT 20";
    all(db, sql, args![id]).await
}
