//! Time that users spent listening, per item and quarter of an hour.

use super::sql::{SafeSql, all, args, execute, one, row, sql};
use super::{ConnectionTrait, DbErr};
use crate::history::Outcome;
use crate::playback::{BEGUN, ListenedTime, PickListening};
use crate::source::Kind;
use crate::{DateTime, ItemId, SourceId, UserId, Utc};

row!(PickListening { ready, played, ignored });

/// Adds time to a quarter of an hour.
pub async fn add(
    db: &impl ConnectionTrait,
    owner: UserId,
    item: ItemId,
    source: SourceId,
    quarter_hour: i64,
    time: ListenedTime,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO listened (user_id, quarter_hour, item_id, source_id, seconds, saved)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (user_id, quarter_hour, item_id) DO UPDATE SET
            seconds = listened.seconds + excluded.seconds,
            saved = CASE WHEN excluded.saved IS NULL THEN listened.saved
                ELSE COALESCE(listened.saved, 0) + excluded.saved END";
    execute(db, sql, args![owner, quarter_hour, item, source, time.seconds, time.saved]).await.map(|_| ())
}

/// Time listened in a quarter of an hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuarterListening {
    pub quarter_hour: i64,
    pub seconds: f64,
    pub saved: Option<f64>,
}
row!(QuarterListening { quarter_hour, seconds, saved });

pub async fn per_quarter(
    db: &impl ConnectionTrait,
    owner: UserId,
    from: i64,
    to: i64,
) -> Result<Vec<QuarterListening>, DbErr> {
    let sql = "SELECT quarter_hour, SUM(seconds) AS seconds, SUM(saved) AS saved FROM listened
         WHERE user_id = $1 AND quarter_hour >= $2 AND quarter_hour < $3
         GROUP BY quarter_hour ORDER BY quarter_hour";
    all(db, sql, args![owner, from, to]).await
}

/// Time listened to an item, with the source and the topics that it has now.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemListening {
    pub source_id: SourceId,
    pub source_name: Option<String>,
    pub topics: Vec<String>,
    pub seconds: f64,
}
row!(ItemListening { source_id, source_name, seconds; topics });

pub async fn per_item(
    db: &impl ConnectionTrait,
    owner: UserId,
    from: i64,
    to: i64,
) -> Result<Vec<ItemListening>, DbErr> {
    let sql = "SELECT t.source_id, s.name AS source_name, COALESCE(i.topics, '[]') AS topics, t.seconds
         FROM (SELECT item_id, source_id, SUM(seconds) AS seconds FROM listened
               WHERE user_id = $1 AND quarter_hour >= $2 AND quarter_hour < $3 GROUP BY item_id, source_id) t
         LEFT JOIN item i ON i.id = t.item_id LEFT JOIN source s ON s.id = t.source_id
         ORDER BY t.source_id, t.item_id";
    all(db, sql, args![owner, from, to]).await
}

/// Picks of agents that got ready in a span of time, and whether their user began them.
pub async fn picks(
    db: &impl ConnectionTrait,
    owner: UserId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<PickListening, DbErr> {
    let sql = sql!(
        "SELECT COUNT(*) AS ready, COUNT(played) AS played, COUNT(*) - COUNT(played) AS ignored
         FROM (SELECT CASE WHEN p.item_id IS NOT NULL OR d.id IS NOT NULL THEN 1 END AS played
               FROM (SELECT DISTINCT h.item_id FROM delivery h JOIN source s ON s.id = h.source_id
                     WHERE h.user_id = $1 AND h.at >= $2 AND h.at < $3 AND h.outcome = {ready}
                        AND h.run_id IS NOT NULL AND s.kind IN {playable}) picked
               LEFT JOIN playback p ON p.user_id = $1 AND p.item_id = picked.item_id
                    AND (p.finished OR p.seconds >= $4)
               LEFT JOIN download d ON d.user_id = $1 AND d.item_id = picked.item_id
                    AND d.played_at IS NOT NULL) picks",
        ready = SafeSql::word(Outcome::Ready.as_str()),
        playable = SafeSql::words([Kind::Podcast, Kind::Video].map(Kind::as_str))
    );
    Ok(one(db, sql, args![owner, from, to, BEGUN]).await?.unwrap_or_default())
}

/// Deletes time that no report covers any more.
pub async fn delete_before(db: &impl ConnectionTrait, quarter_hour: i64) -> Result<u64, DbErr> {
    execute(db, "DELETE FROM listened WHERE quarter_hour < $1", args![quarter_hour]).await
}
