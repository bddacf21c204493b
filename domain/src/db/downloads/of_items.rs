//! Downloads of a user by item, run or id.

use super::super::sql::json::numbers_in;
use super::super::sql::{all, args, listed, one, sql, to_json, values};
use super::super::{ConnectionTrait, DbErr};
use super::SELECT;
use crate::download::Download;
use crate::{DownloadId, ItemId, RunId, UserId};

pub async fn of_item(
    db: &impl ConnectionTrait,
    owner: UserId,
    item: ItemId,
) -> Result<Option<Download>, DbErr> {
    one(db, sql!("{SELECT} WHERE d.user_id = $1 AND d.item_id = $2"), args![owner, item]).await
}

/// Downloads of these items in no particular order. Items without a download are left out.
pub async fn of_items(
    db: &impl ConnectionTrait,
    owner: UserId,
    items: &[ItemId],
) -> Result<Vec<Download>, DbErr> {
    let mut asked = args![owner];
    let ids = listed(items.iter().copied(), &mut asked);
    let sql = sql!("{SELECT} WHERE d.user_id = $1 AND d.item_id IN ({ids})");
    all(db, sql, asked).await
}

/// Downloads that these runs have queued, oldest first.
pub async fn of_runs(
    db: &impl ConnectionTrait,
    owner: UserId,
    runs: &[RunId],
) -> Result<Vec<Download>, DbErr> {
    let mut asked = args![owner];
    let ids = listed(runs.iter().copied(), &mut asked);
    all(db, sql!("{SELECT} WHERE d.user_id = $1 AND d.run_id IN ({ids}) ORDER BY d.id"), asked).await
}

/// Those of these downloads that the user has.
pub async fn own_among(
    db: &impl ConnectionTrait,
    owner: UserId,
    ids: &[DownloadId],
) -> Result<Vec<DownloadId>, DbErr> {
    let numbers = numbers_in(db, 2);
    let sql = sql!("SELECT d.id FROM download d WHERE d.user_id = $1 AND d.id IN ({numbers})");
    values(db, sql, args![owner, to_json(&ids)?]).await
}
