//! Behaviour of the user towards delivered items, per source and per topic.

use std::collections::{BTreeMap, HashMap};

use super::sql::{all, args, row, sql};
use super::{ConnectionTrait, DbErr};
use crate::rating::Thumb;
use crate::{SourceId, UserId};

/// Counts for one source, over ready downloads and items that the user dismissed or rated lately.
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
    /// Items with a thumb up and with a thumb down, among the user's latest ratings.
    pub liked: i64,
    pub disliked: i64,
    /// Mean quality of its assessed items; null if there are none.
    pub quality: Option<f64>,
}

row!(Habit { source_id, ready, begun, finished, skipped, dismissed, liked, disliked, quality });

/// Habits per source. An item that was played and then deleted counts as ready and finished.
pub async fn of(db: &impl ConnectionTrait, owner: UserId) -> Result<Vec<Habit>, DbErr> {
    let sql = sql!(
        "WITH rated AS (SELECT item_id, verdict FROM rating WHERE user_id = $1
            ORDER BY created_at DESC, item_id DESC LIMIT {LATEST})
         SELECT i.source_id,
            COUNT(CASE WHEN d.ready_at IS NOT NULL OR n.reason = 'played' THEN 1 END) AS ready,
            COUNT(CASE WHEN d.played_at IS NOT NULL OR d.last_used_at > d.ready_at OR n.reason = 'played' THEN 1 END)
                AS begun,
            COUNT(CASE WHEN d.played_at IS NOT NULL OR n.reason = 'played' THEN 1 END) AS finished,
            COUNT(CASE WHEN d.status = 'expired' AND d.played_at IS NULL
                AND (d.last_used_at IS NULL OR d.last_used_at <= d.ready_at) AND n.reason IS NULL THEN 1 END) AS skipped,
            COUNT(CASE WHEN n.reason <> 'played' THEN 1 END) AS dismissed,
            COUNT(CASE WHEN g.verdict = 'up' THEN 1 END) AS liked,
            COUNT(CASE WHEN g.verdict = 'down' THEN 1 END) AS disliked,
            AVG(COALESCE(v.quality_score, i.quality_score)) AS quality
         FROM (SELECT item_id FROM download WHERE user_id = $1 AND ready_at IS NOT NULL
               UNION SELECT item_id FROM dismissal WHERE user_id = $1
               UNION SELECT item_id FROM rated) t
         JOIN item i ON i.id = t.item_id
         LEFT JOIN download d ON d.item_id = i.id AND d.user_id = $1
         LEFT JOIN dismissal n ON n.item_id = i.id AND n.user_id = $1
         LEFT JOIN rated g ON g.item_id = i.id
         LEFT JOIN review v ON v.item_id = i.id AND v.user_id = $1
         GROUP BY i.source_id"
    );
    all(db, sql, args![owner]).await
}

/// Number of latest dismissed items considered, of played ones, and of rated ones.
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

/// Ratings of a topic's items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatedTopic {
    /// In small letters.
    pub topic: String,
    pub liked: i64,
    pub disliked: i64,
}

/// Topics of the items rated last, in alphabetical order.
pub async fn rated_topics(db: &impl ConnectionTrait, owner: UserId) -> Result<Vec<RatedTopic>, DbErr> {
    struct TopicVerdict {
        verdict: Thumb,
        topics: Vec<String>,
    }
    row!(TopicVerdict { verdict; topics });
    let sql = sql!(
        "SELECT g.verdict, i.topics FROM rating g JOIN item i ON i.id = g.item_id
         WHERE g.user_id = $1 ORDER BY g.created_at DESC, g.item_id DESC LIMIT {LATEST}"
    );
    let rated: Vec<TopicVerdict> = all(db, sql, args![owner]).await?;
    let mut topics: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for TopicVerdict { verdict, topics: of } in rated {
        for topic in of {
            let (liked, disliked) = topics.entry(topic.to_lowercase()).or_default();
            match verdict {
                Thumb::Up => *liked += 1,
                Thumb::Down => *disliked += 1,
            }
        }
    }
    let rated = |(topic, (liked, disliked))| RatedTopic { topic, liked, disliked };
    Ok(topics.into_iter().map(rated).collect())
}
