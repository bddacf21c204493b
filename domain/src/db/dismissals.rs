//! Items dismissed by users: agents neither pick them nor ask for them. A thumb down has the same effect.

use super::sql::{SafeSql, args, execute, sql};
use super::{ConnectionTrait, DbErr};
use crate::dismissal::DismissalReason;
use crate::{DateTime, ItemId, UserId, Utc};

/// SQL condition: user `$1` has dismissed the item with this alias, or has given it a thumb down. The same as
/// `Item::is_refused` of a row that was read.
pub fn dismissed(item: &'static str) -> SafeSql {
    sql!(
        "(EXISTS (SELECT 1 FROM dismissal n WHERE n.user_id = $1 AND n.item_id = {item}.id)
        OR EXISTS (SELECT 1 FROM rating g WHERE g.user_id = $1 AND g.item_id = {item}.id AND g.verdict = 'down'))"
    )
}

pub async fn insert(
    db: &impl ConnectionTrait,
    owner: UserId,
    item: ItemId,
    reason: DismissalReason,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO dismissal (user_id, item_id, reason, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (user_id, item_id) DO UPDATE SET reason = excluded.reason, created_at = excluded.created_at";
    execute(db, sql, args![owner, item, reason, now]).await.map(|_| ())
}

/// Deletes a dismissal. False if there was none.
pub async fn delete(db: &impl ConnectionTrait, owner: UserId, item: ItemId) -> Result<bool, DbErr> {
    let sql = "DELETE FROM dismissal WHERE user_id = $1 AND item_id = $2";
    Ok(execute(db, sql, args![owner, item]).await? > 0)
}
