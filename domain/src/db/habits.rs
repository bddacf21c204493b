//! Behaviour of the user towards delivered items, per source and per topic.

use std::collections::HashMap;

use super::sql::{all, args, row};
use super::{ConnectionTrait, DbErr};
use crate::{SourceId, UserId};

/// Counts for one source, over ready downloads and items that the user dismissed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Habit {
    pub source_id: SourceId,
    pub ready: i64,
    /// Begun, and of those played to the end. A use at the moment the file became ready does not count.
    pub begun: i64,
    pub finished: i64,
    /// Expired without ever having been begun.
    pub skipped: i64,
    /// Deleted unplayed, cancelled, or rejected.
    pub dismissed: i64,
    /// Mean quality of its assessed items; null if there are none.
    pub quality: Option<f64>,
}

row!(Habit { source_id, ready, begun, finished, skipped, dismissed, quality });

/// Habits per source. An item that was played and then deleted counts as ready and finished.
pub async fn of(db: &impl ConnectionTrait, owner: UserId) -> Result<Vec<Habit>, DbErr> {
    all(
        db,
        "SELECT i.source_id,
            COUNT(CASE WHEN d.ready_at IS NOT NULL OR n.reason = 'played' THEN 1 END) AS ready,
            COUNT(CASE WHEN d.played_at IS NOT NULL OR d.last_used_at > d.ready_at OR n.reason = 'played' THEN 1 END)
                AS begun,
            COUNT(CASE WHEN d.played_at IS NOT NULL OR n.reason = 'played' THEN 1 END) AS finished,
            COUNT(CASE WHEN d.status = 'expired' AND d.played_at IS NULL
                AND (d.last_used_at IS NULL OR d.last_used_at <= d.ready_at) AND n.reason IS NULL THEN 1 END) AS skipped,
            COUNT(CASE WHEN n.reason <> 'played' THEN 1 END) AS dismissed,
            AVG(COALESCE(v.quality_score, i.quality_score)) AS quality
         FROM (SELECT item_id FROM download WHERE user_id = $1 AND ready_at IS NOT NULL
               UNION SELECT item_id FROM dismissal WHERE user_id = $1) t
         JOIN item i ON i.id = t.item_id
         LEFT JOIN download d ON d.item_id = i.id AND d.user_id = $1
         LEFT JOIN dismissal n ON n.item_id = i.id AND n.user_id = $1
         LEFT JOIN review v ON v.item_id = i.id AND v.user_id = $1
         GROUP BY i.source_id",
        args![owner],
    )
    .await
}

/// Number of latest dismissed items considered, and of played ones.
const LATEST: i64 = 200;

/// Topics with more dismissed than played items, each with the difference, the largest first.
pub async fn refused_topics(db: &impl ConnectionTrait, owner: UserId) -> Result<Vec<(String, i64)>, DbErr> {
    struct Topics {
        topics: Vec<String>,
    }
    row!(Topics {; topics});
    let dismissed: Vec<Topics> = all(
        db,
        "SELECT i.topics FROM dismissal n JOIN item i ON i.id = n.item_id
         WHERE n.user_id = $1 AND n.reason <> 'played' ORDER BY n.created_at DESC LIMIT $2",
        args![owner, LATEST],
    )
    .await?;
    if dismissed.is_empty() {
        return Ok(Vec::new());
    }
    let played: Vec<Topics> = all(
        db,
        "SELECT i.topics FROM download d JOIN item i ON i.id = d.item_id
         WHERE d.user_id = $1 AND d.played_at IS NOT NULL ORDER BY d.id DESC LIMIT $2",
        args![owner, LATEST],
    )
    .await?;
    let mut more: HashMap<String, i64> = HashMap::new();
    for (of, counts) in [(dismissed, 1), (played, -1)] {
        for topic in of.into_iter().flat_map(|row| row.topics) {
            *more.entry(topic.to_lowercase()).or_default() += counts;
        }
    }
    let mut refused: Vec<_> = more.into_iter().filter(|(_, more)| *more > 0).collect();
    refused.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(refused)
}
