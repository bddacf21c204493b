//! Playback of items by users: merged positions, and items as the player shows them.

use sea_orm::{FromQueryResult, QueryResult, Value};

use super::pictures::item_cover;
use super::sql::json::numbers_in;
use super::sql::{SafeSql, all, args, execute, one, row, sql, to_json};
use super::visibility::Visibility;
use super::{ConnectionTrait, DbErr};
use crate::playback::{ABANDONED_AFTER, BEGUN, OtherPosition, PlayableItem, Playback};
use crate::{DateTime, ItemId, UserId, Utc};

row!(Playback {
    seconds, at, device, finished_at, reopened_at, played_from, rev, updated_at; ; ;
    other: read_other
});

fn read_other(row: &QueryResult, prefix: &str) -> Result<Option<OtherPosition>, DbErr> {
    let seconds: Option<f64> = row.try_get(prefix, "other_seconds")?;
    let at: Option<DateTime<Utc>> = row.try_get(prefix, "other_at")?;
    let until: Option<DateTime<Utc>> = row.try_get(prefix, "other_until")?;
    let device = row.try_get(prefix, "other_from")?;
    let times = seconds.zip(at).zip(until);
    Ok(times.map(|((seconds, at), until)| OtherPosition { seconds, at, device, until }))
}

row!(PlayableItem {
    item_id,
    title,
    source_id,
    source_name,
    kind,
    cover,
    duration_seconds,
    seconds,
    finished,
    at,
    download_id,
    mime_type
});

/// SQL columns and tables of [`PlayableItem`] for user `$1`.
pub(super) const PLAYABLE: &str = concat!(
    "SELECT ",
    item_cover!(),
    " AS cover, i.id AS item_id, COALESCE(d.title, i.title) AS title, i.source_id,
        s.name AS source_name, s.kind, i.duration_seconds, COALESCE(p.seconds, 0.0) AS seconds,
        COALESCE(p.finished, FALSE) AS finished, p.at, d.id AS download_id, d.mime_type
    FROM item i JOIN source s ON s.id = i.source_id
    LEFT JOIN playback p ON p.item_id = i.id AND p.user_id = $1
    LEFT JOIN download d ON d.item_id = i.id AND d.user_id = $1 AND d.status = 'ready'"
);

/// SQL condition: user `$1` sees item `i` of source `s`, or holds a download of it. A listener reaches no
/// explicit items either way.
pub(super) async fn reachable(db: &impl ConnectionTrait, owner: UserId) -> Result<SafeSql, DbErr> {
    let visibility = Visibility::of(db, owner).await?;
    let owned = "EXISTS (SELECT 1 FROM download o WHERE o.user_id = $1 AND o.item_id = i.id)";
    let (visible, not_explicit) = (visibility.source(), visibility.explicit().unwrap_or("TRUE"));
    Ok(sql!("(({visible} OR {owned}) AND {not_explicit})"))
}

/// Item as the user's player shows it. None if the user does not reach it.
pub async fn playable(
    db: &impl ConnectionTrait,
    owner: UserId,
    item: ItemId,
) -> Result<Option<PlayableItem>, DbErr> {
    let sql = sql!("{PLAYABLE} WHERE i.id = $2 AND {}", reachable(db, owner).await?);
    one(db, sql, args![owner, item]).await
}

pub async fn get(db: &impl ConnectionTrait, owner: UserId, item: ItemId) -> Result<Option<Playback>, DbErr> {
    let sql = "SELECT * FROM playback WHERE user_id = $1 AND item_id = $2";
    one(db, sql, args![owner, item]).await
}

/// Playback of one of several items.
pub struct ItemPlayback {
    pub item_id: ItemId,
    pub duration_seconds: Option<i64>,
    pub playback: Playback,
}

impl FromQueryResult for ItemPlayback {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let playback = Playback::from_query_result(row, prefix)?;
        let duration_seconds = row.try_get(prefix, "duration_seconds")?;
        Ok(Self { item_id: row.try_get(prefix, "item_id")?, duration_seconds, playback })
    }
}

/// Playbacks of items, of those that were ever played.
pub async fn of_items(
    db: &impl ConnectionTrait,
    owner: UserId,
    items: &[ItemId],
) -> Result<Vec<ItemPlayback>, DbErr> {
    let listed = numbers_in(db, 2);
    let sql = sql!(
        "SELECT p.*, i.duration_seconds FROM playback p JOIN item i ON i.id = p.item_id
         WHERE p.user_id = $1 AND p.item_id IN ({listed}) ORDER BY p.item_id"
    );
    all(db, sql, args![owner, to_json(&items)?]).await
}

/// Stores a merged playback. The caller must hold the lock on the user's row.
pub async fn put(db: &impl ConnectionTrait, owner: UserId, item: ItemId, it: &Playback) -> Result<(), DbErr> {
    const SQL: &str = "INSERT INTO playback (user_id, item_id, seconds, finished, at, device, finished_at,
            reopened_at, played_from, rev, other_seconds, other_at, other_from, other_until, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT (user_id, item_id) DO UPDATE SET seconds = excluded.seconds, finished = excluded.finished,
            at = excluded.at, device = excluded.device, finished_at = excluded.finished_at,
            reopened_at = excluded.reopened_at, played_from = excluded.played_from, rev = excluded.rev,
            other_seconds = excluded.other_seconds, other_at = excluded.other_at,
            other_from = excluded.other_from, other_until = excluded.other_until,
            updated_at = excluded.updated_at";
    execute(db, SQL, values_of(owner, item, it)).await.map(|_| ())
}

fn values_of(owner: UserId, item: ItemId, it: &Playback) -> Vec<Value> {
    let other = it.other.as_ref();
    args![
        owner,
        item,
        it.seconds,
        it.is_finished(),
        it.at,
        it.device.as_deref(),
        it.finished_at,
        it.reopened_at,
        it.played_from,
        it.rev,
        other.map(|other| other.seconds),
        other.map(|other| other.at),
        other.and_then(|other| other.device.as_deref()),
        other.map(|other| other.until),
        it.updated_at
    ]
}

/// Marks a begun item as finished, where that was told without a position.
pub async fn finish(
    db: &impl ConnectionTrait,
    owner: UserId,
    item: ItemId,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "UPDATE playback SET finished = TRUE, finished_at = $3, played_from = seconds, rev = rev + 1,
            other_seconds = NULL, updated_at = $3
         WHERE user_id = $1 AND item_id = $2 AND NOT finished";
    execute(db, sql, args![owner, item, now]).await.map(|_| ())
}

/// Begun and unfinished items, the last played first.
pub async fn unfinished(
    db: &impl ConnectionTrait,
    owner: UserId,
    limit: i64,
) -> Result<Vec<PlayableItem>, DbErr> {
    let sql = sql!(
        "{PLAYABLE} WHERE p.user_id = $1 AND NOT p.finished AND p.seconds >= $2 AND {}
         ORDER BY p.at DESC, i.id DESC LIMIT $3",
        reachable(db, owner).await?
    );
    all(db, sql, args![owner, BEGUN, limit]).await
}

/// Numbers of items that ended in a span of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlaybackEnds {
    pub finished: i64,
    pub abandoned: i64,
}
row!(PlaybackEnds { finished, abandoned });

/// Items that ended since `from`, as of now.
pub async fn ends(
    db: &impl ConnectionTrait,
    owner: UserId,
    from: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<PlaybackEnds, DbErr> {
    let sql = "SELECT (SELECT COUNT(*) FROM playback p WHERE p.user_id = $1 AND p.finished
                AND p.finished_at >= $2 AND p.finished_at <= $3) AS finished,
            (SELECT COUNT(*) FROM playback p WHERE p.user_id = $1 AND NOT p.finished AND p.seconds >= $4
                AND p.updated_at >= $5 AND p.updated_at <= $6) AS abandoned";
    let args = args![owner, from, now, BEGUN, from - ABANDONED_AFTER, now - ABANDONED_AFTER];
    Ok(one(db, sql, args).await?.unwrap_or_default())
}
