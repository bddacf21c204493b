//! Keys and revisions of the catalogue, by which other nodes name rows and learn of their changes. Each
//! source counts its changes. Numbers and commits have one order: a writer holds the source's row.

use crate::db::sql::{args, execute, one, row, value};
use crate::db::{ConnectionTrait, DbErr};
use crate::source::SourceDetails;
use crate::{DateTime, SourceId, Utc};

/// Revision of a source, for the changes of one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision {
    pub source: SourceId,
    pub number: i64,
}

/// Name and categories of a source, from which the search words and topics of its items are derived.
pub async fn words(db: &impl ConnectionTrait, id: SourceId) -> Result<(String, Vec<String>), DbErr> {
    struct Words {
        name: String,
        details: SourceDetails,
    }
    row!(Words { name; details });
    let found: Option<Words> = one(db, "SELECT name, details FROM source WHERE id = $1", args![id]).await?;
    Ok(found.map(|found| (found.name, found.details.categories)).unwrap_or_default())
}

/// New key of a source or an item: a random UUID (RFC 9562) of 32 hexadecimal digits.
pub fn new_key() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// Locks the source's row until the transaction ends, so that concurrent refreshes of the feed wait. Returns
/// the revision for the changes of this transaction.
pub async fn lock(db: &impl ConnectionTrait, id: SourceId) -> Result<Revision, DbErr> {
    let number = value(db, "UPDATE source SET rev = rev + 1 WHERE id = $1 RETURNING rev", args![id]).await?;
    // A source that was deleted in the meantime has no rows to change.
    Ok(Revision { source: id, number: number.unwrap_or_default() })
}

/// Leaves tombstones of deleted sources, which tell other nodes of the deletion.
pub async fn bury(db: &impl ConnectionTrait, keys: &[String], now: DateTime<Utc>) -> Result<(), DbErr> {
    for key in keys {
        let sql = "INSERT INTO tombstone (source_key, deleted_at) VALUES ($1, $2) ON CONFLICT (source_key) DO NOTHING";
        execute(db, sql, args![key.as_str(), now]).await?;
    }
    Ok(())
}
