//! Play queues: the items that users play next, in their order.

use super::downloads::transitions;
use super::playbacks::{PLAYABLE, reachable};
use super::sql::{SafeSql, all, args, execute, listed, row, sql};
use super::{ConnectionTrait, DbErr};
use crate::item::Availability;
use crate::media::Wanted;
use crate::playback::PlayableItem;
use crate::{ItemId, UserId};

/// Number of rows per statement.
const SLICE: usize = 100;

/// The queue, without items that the user no longer reaches.
pub async fn list(db: &impl ConnectionTrait, owner: UserId) -> Result<Vec<PlayableItem>, DbErr> {
    let sql = sql!(
        "{PLAYABLE} JOIN play_queue q ON q.item_id = i.id AND q.user_id = $1 WHERE {} ORDER BY q.place",
        reachable(db, owner).await?
    );
    all(db, sql, args![owner]).await
}

/// Replaces the queue. The caller must hold the lock on the user's row.
pub async fn replace(db: &impl ConnectionTrait, owner: UserId, items: &[ItemId]) -> Result<(), DbErr> {
    execute(db, "DELETE FROM play_queue WHERE user_id = $1", args![owner]).await?;
    let places: Vec<(i64, ItemId)> = (0..).zip(items.iter().copied()).collect();
    for some in places.chunks(SLICE) {
        let mut args = args![owner];
        let rows: Vec<_> = some
            .iter()
            .map(|(place, item)| sql!("($1, {})", listed(args![*place, *item], &mut args)))
            .collect();
        let rows = SafeSql::join(rows, ", ");
        execute(db, sql!("INSERT INTO play_queue (user_id, place, item_id) VALUES {rows}"), args).await?;
    }
    Ok(())
}

/// Facts that decide whether an item can be queued for playing.
#[derive(Debug, Clone, PartialEq)]
pub struct Queueable {
    pub item_id: ItemId,
    pub title: String,
    pub availability: Availability,
    pub wanted: Wanted,
    /// Whether the user has a download of it that is ready or on its way.
    pub is_held: bool,
    pub is_queued: bool,
}
row!(Queueable { item_id, title, availability, wanted, is_held, is_queued });

/// Those of the items that the user reaches, in no particular order.
pub async fn queueable(
    db: &impl ConnectionTrait,
    owner: UserId,
    items: &[ItemId],
) -> Result<Vec<Queueable>, DbErr> {
    let mut args = args![owner];
    let ids = listed(items.iter().copied(), &mut args);
    let sql = sql!(
        "SELECT i.id AS item_id, i.title, i.availability, i.wanted,
            EXISTS (SELECT 1 FROM download h WHERE h.user_id = $1 AND h.item_id = i.id
                AND (h.status = 'ready' OR h.status IN {open})) AS is_held,
            EXISTS (SELECT 1 FROM play_queue q WHERE q.user_id = $1 AND q.item_id = i.id) AS is_queued
         FROM item i JOIN source s ON s.id = i.source_id WHERE i.id IN ({ids}) AND {reachable}",
        open = transitions::open(),
        reachable = reachable(db, owner).await?
    );
    all(db, sql, args).await
}
