//! Numbers of rows, for monitoring. Each statement reads a whole table.

use super::sql::{all, one, row};
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

/// Number of the files in the storage, and of their bytes, as the database knows them.
pub async fn stored(db: &impl ConnectionTrait) -> Result<StoredFiles, DbErr> {
    let sql = "SELECT COUNT(*) AS files, CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes FROM blob";
    Ok(one(db, sql, Vec::new()).await?.unwrap_or_default())
}

/// Files in the storage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoredFiles {
    pub files: i64,
    pub bytes: i64,
}
row!(StoredFiles { files, bytes });
