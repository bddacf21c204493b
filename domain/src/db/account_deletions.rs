//! Accounts that are to be deleted, and the deletion of what no other row refers to.

use super::sql::{args, execute, value, values};
use super::{ConnectionTrait, DbErr, sources};
use crate::cache::CacheScope;
use crate::{DateTime, UserId, Utc};

/// Marks an account that is to be deleted after a time.
pub async fn insert(
    db: &impl ConnectionTrait,
    owner: UserId,
    now: DateTime<Utc>,
    delete_after: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO account_deletion (user_id, requested_at, delete_after) VALUES ($1, $2, $3)
         ON CONFLICT (user_id) DO UPDATE SET requested_at = excluded.requested_at,
            delete_after = excluded.delete_after";
    execute(db, sql, args![owner, now, delete_after]).await.map(|_| ())
}

/// Lets an account stay.
pub async fn delete_of(db: &impl ConnectionTrait, owner: UserId) -> Result<(), DbErr> {
    execute(db, "DELETE FROM account_deletion WHERE user_id = $1", args![owner]).await.map(|_| ())
}

/// Accounts whose time is over.
pub async fn due(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<UserId>, DbErr> {
    let sql = "SELECT user_id FROM account_deletion WHERE delete_after <= $1 ORDER BY delete_after LIMIT 100";
    values(db, sql, args![now]).await
}

/// Whether the account is still to be deleted. The caller holds the lock on the user's row.
pub async fn is_due(db: &impl ConnectionTrait, owner: UserId, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = "SELECT d.user_id FROM account_deletion d JOIN account a ON a.id = d.user_id
         WHERE d.user_id = $1 AND d.delete_after <= $2 AND a.disabled_at IS NOT NULL";
    Ok(value::<i64>(db, sql, args![owner, now]).await?.is_some())
}

/// Deletes an account with all rows that belong to it (cascade), the sources that the user has added and that
/// no other user follows, and the user's name where it is written without the id.
pub async fn delete_account(
    db: &impl ConnectionTrait,
    owner: UserId,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let named = "UPDATE agent_version SET changed_by = NULL
         WHERE changed_by = (SELECT username FROM account WHERE id = $1)";
    execute(db, named, args![owner]).await?;
    let cached = CacheScope::User(owner).to_string();
    execute(db, "DELETE FROM cache_epoch WHERE scope = $1", args![cached]).await?;
    let sources = "DELETE FROM source WHERE origin = 'person' AND added_by = $1 AND NOT EXISTS (
            SELECT 1 FROM subscription b WHERE b.source_id = source.id AND b.user_id <> $1)
          AND NOT EXISTS (SELECT 1 FROM peer_follow f WHERE f.source_id = source.id) RETURNING key";
    let deleted: Vec<String> = values(db, sources, args![owner]).await?;
    sources::bury(db, &deleted, now).await?;
    execute(db, "DELETE FROM account WHERE id = $1", args![owner]).await.map(|_| ())
}
