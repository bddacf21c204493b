//! Files that a site waits for, by the items that they belong to.

use crate::ItemId;
use crate::db::sql::{all, args, execute, listed, row, sql, value, values};
use crate::db::{ConnectionTrait, DbErr};

/// Item with this key, of a source of this peer.
pub async fn item_of_peer(db: &impl ConnectionTrait, peer: &str, key: &str) -> Result<Option<ItemId>, DbErr> {
    let sql = "SELECT i.id FROM item i JOIN source s ON s.id = i.source_id WHERE i.key = $2 AND s.peer = $1";
    value(db, sql, args![peer, key]).await
}

/// Items with these keys, that this node has.
pub async fn items_by_key(
    db: &impl ConnectionTrait,
    keys: &[String],
) -> Result<Vec<(String, ItemId)>, DbErr> {
    struct ItemKey {
        key: String,
        id: ItemId,
    }
    row!(ItemKey { key, id });
    let mut asked = args![];
    let listed = listed(keys.iter().map(String::as_str), &mut asked);
    let rows: Vec<ItemKey> = all(db, sql!("SELECT key, id FROM item WHERE key IN ({listed})"), asked).await?;
    Ok(rows.into_iter().map(|row| (row.key, row.id)).collect())
}

/// Expects the blob of an item.
pub async fn expect_file(
    db: &impl ConnectionTrait,
    sha256: &str,
    item: ItemId,
    bytes: i64,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO bundle_file (sha256, item_id, bytes) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    execute(db, sql, args![sha256, item, bytes]).await.map(|_| ())
}

/// Items that a blob belongs to.
pub async fn items_of_file(db: &impl ConnectionTrait, sha256: &str) -> Result<Vec<ItemId>, DbErr> {
    values(db, "SELECT item_id FROM bundle_file WHERE sha256 = $1 ORDER BY item_id", args![sha256]).await
}

/// Whether a blob was taken in before.
pub async fn is_delivered(db: &impl ConnectionTrait, sha256: &str) -> Result<bool, DbErr> {
    Ok(value::<i64>(db, "SELECT bytes FROM blob WHERE sha256 = $1", args![sha256]).await?.is_some())
}

/// Ends the expectation of a blob.
pub async fn forget_file(db: &impl ConnectionTrait, sha256: &str, item: ItemId) -> Result<(), DbErr> {
    execute(db, "DELETE FROM bundle_file WHERE sha256 = $1 AND item_id = $2", args![sha256, item])
        .await
        .map(|_| ())
}
