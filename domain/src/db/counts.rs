//! Numbers of rows, for monitoring. Each statement reads a whole table.

use super::sql::{all, row, value};
use super::{ConnectionTrait, DbErr};

/// Number of rows with a word, such as a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordCount {
    pub word: String,
    pub number: i64,
}
row!(WordCount { word, number });

/// Downloads by status.
pub async fn downloads(db: &impl ConnectionTrait) -> Result<Vec<WordCount>, DbErr> {
    let sql = "SELECT status AS word, COUNT(*) AS number FROM download GROUP BY status ORDER BY status";
    all(db, sql, Vec::new()).await
}

/// Sources by health.
pub async fn sources(db: &impl ConnectionTrait) -> Result<Vec<WordCount>, DbErr> {
    let sql = "SELECT health AS word, COUNT(*) AS number FROM source GROUP BY health ORDER BY health";
    all(db, sql, Vec::new()).await
}

/// Bytes in the storage, as the database knows them.
pub async fn stored_bytes(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let bytes: Option<i64> =
        value(db, "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM blob", Vec::new()).await?;
    Ok(bytes.unwrap_or_default())
}
