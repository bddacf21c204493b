//! Recovery codes of users. Only hashes are stored.

use super::sql::{args, execute, value};
use super::{ConnectionTrait, DbErr};
use crate::{DateTime, UserId, Utc};

/// Replaces the user's codes by new ones. The caller holds the user's row lock.
pub async fn replace(
    db: &impl ConnectionTrait,
    owner: UserId,
    hashes: &[String],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    delete_all_of(db, owner).await?;
    for hash in hashes {
        let sql = "INSERT INTO recovery_code (user_id, code_hash, made_at) VALUES ($1, $2, $3)";
        execute(db, sql, args![owner, hash, now]).await?;
    }
    Ok(())
}

/// Accepts a code, once (compare-and-set). False if it is unknown or used.
pub async fn accept(
    db: &impl ConnectionTrait,
    owner: UserId,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql =
        "UPDATE recovery_code SET used_at = $3 WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL";
    Ok(execute(db, sql, args![owner, hash, now]).await? > 0)
}

/// Number of codes that have not been used.
pub async fn left(db: &impl ConnectionTrait, owner: UserId) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) FROM recovery_code WHERE user_id = $1 AND used_at IS NULL";
    Ok(value(db, sql, args![owner]).await?.unwrap_or_default())
}

pub async fn delete_all_of(db: &impl ConnectionTrait, owner: UserId) -> Result<(), DbErr> {
    execute(db, "DELETE FROM recovery_code WHERE user_id = $1", args![owner]).await.map(|_| ())
}
