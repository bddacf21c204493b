//! Reset links of users, found by the hash of their secret. One per user.

use super::sql::{args, execute, one, row, sql, value};
use super::{ConnectionTrait, DbErr};
use crate::{DateTime, UserId, Utc};

/// User that a link belongs to.
pub struct ResetLinkOwner {
    pub user_id: UserId,
    pub username: String,
    pub expires_at: DateTime<Utc>,
}
row!(ResetLinkOwner { user_id, username, expires_at });

/// Stores the link of a user. It replaces an earlier one. `made_by` is None for the command line.
pub async fn replace(
    db: &impl ConnectionTrait,
    owner: UserId,
    token_hash: &str,
    made_by: Option<UserId>,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO reset_link (user_id, token_hash, made_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash,
            made_by = excluded.made_by, created_at = excluded.created_at, expires_at = excluded.expires_at";
    execute(db, sql, args![owner, token_hash, made_by, now, expires_at]).await.map(|_| ())
}

/// Owner of a link. None if it is unknown, used, replaced or expired, or its owner is disabled.
pub async fn owner(
    db: &impl ConnectionTrait,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<ResetLinkOwner>, DbErr> {
    let sql = sql!(
        "SELECT r.user_id, a.username, r.expires_at FROM reset_link r JOIN account a ON a.id = r.user_id
         WHERE r.token_hash = $1 AND r.expires_at > $2 AND a.disabled_at IS NULL"
    );
    one(db, sql, args![token_hash, now]).await
}

/// Uses up a link (compare-and-set): of several transactions, one gets true.
pub async fn take(
    db: &impl ConnectionTrait,
    owner: UserId,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "DELETE FROM reset_link WHERE user_id = $1 AND token_hash = $2 AND expires_at > $3
         RETURNING user_id";
    Ok(value::<i64>(db, sql, args![owner, token_hash, now]).await?.is_some())
}

/// Ends the link of a user, if there is one.
pub async fn delete_of(db: &impl ConnectionTrait, owner: UserId) -> Result<(), DbErr> {
    execute(db, "DELETE FROM reset_link WHERE user_id = $1", args![owner]).await.map(|_| ())
}

pub async fn delete_expired(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, DbErr> {
    execute(db, "DELETE FROM reset_link WHERE expires_at <= $1", args![now]).await
}
