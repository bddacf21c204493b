//! Downloads of a user by item or run.

use super::super::sql::{all, args, listed, one, sql};
use super::super::{ConnectionTrait, DbErr};
use super::SELECT;
use crate::download::Download;
use crate::{ItemId, RunId, UserId};

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
