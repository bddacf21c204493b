//! Personal feeds of users. Only the hash of an address's secret is stored.

use super::sql::{args, execute, one, row, value};
use super::{ConnectionTrait, DbErr};
use crate::personal_feed::PersonalFeed;
use crate::{DateTime, UserId, Utc};

row!(PersonalFeed { created_at, last_read_at });

pub async fn get(db: &impl ConnectionTrait, owner: UserId) -> Result<Option<PersonalFeed>, DbErr> {
    one(db, "SELECT created_at, last_read_at FROM personal_feed WHERE user_id = $1", args![owner]).await
}

/// Replaces the secret of a user's feed. The previous address becomes invalid.
pub async fn replace(
    db: &impl ConnectionTrait,
    owner: UserId,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO personal_feed (user_id, token_hash, created_at) VALUES ($1, $2, $3)
        ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash, created_at = excluded.created_at,
            last_read_at = NULL";
    execute(db, sql, args![owner, token_hash, now]).await.map(|_| ())
}

/// Deletes a feed. False if there was none.
pub async fn delete(db: &impl ConnectionTrait, owner: UserId) -> Result<bool, DbErr> {
    Ok(execute(db, "DELETE FROM personal_feed WHERE user_id = $1", args![owner]).await? > 0)
}

/// Owner of a feed by the hash of its secret. None for a disabled account.
pub async fn owner(db: &impl ConnectionTrait, token_hash: &str) -> Result<Option<UserId>, DbErr> {
    let sql = "SELECT f.user_id FROM personal_feed f JOIN account a ON a.id = f.user_id
         WHERE f.token_hash = $1 AND a.disabled_at IS NULL";
    value(db, sql, args![token_hash]).await
}

pub async fn read(db: &impl ConnectionTrait, owner: UserId, now: DateTime<Utc>) -> Result<(), DbErr> {
    let sql = "UPDATE personal_feed SET last_read_at = $2 WHERE user_id = $1";
    execute(db, sql, args![owner, now]).await.map(|_| ())
}
