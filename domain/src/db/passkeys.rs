//! Passkeys of users. A credential holds a public key and no secret.

use super::sql::{all, args, execute, one, row, value, values};
use super::{ConnectionTrait, DbErr};
use crate::passkey::Passkey;
use crate::{DateTime, PasskeyId, UserId, Utc};

row!(Passkey { id, name, created_at, last_used_at });

/// Passkey that an authenticator has answered with.
pub struct PasskeyLookup {
    pub id: PasskeyId,
    pub user_id: UserId,
    pub user_handle: String,
    /// Public key, counter and flags, as JSON.
    pub credential: String,
}
row!(PasskeyLookup { id, user_id, user_handle, credential });

/// Passkey to insert.
#[derive(Debug)]
pub struct PasskeyDraft<'a> {
    pub user_handle: &'a str,
    pub credential_id: &'a str,
    pub credential: &'a str,
    pub name: &'a str,
}

/// Lists passkeys, newest first. A user has few.
pub async fn list(db: &impl ConnectionTrait, owner: UserId) -> Result<Vec<Passkey>, DbErr> {
    let sql = "SELECT id, name, created_at, last_used_at FROM passkey WHERE user_id = $1 ORDER BY id DESC";
    all(db, sql, args![owner]).await
}

pub async fn count(db: &impl ConnectionTrait, owner: UserId) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) FROM passkey WHERE user_id = $1";
    Ok(value(db, sql, args![owner]).await?.unwrap_or_default())
}

/// Handle by which authenticators know the user. None before the first passkey.
pub async fn user_handle(db: &impl ConnectionTrait, owner: UserId) -> Result<Option<String>, DbErr> {
    value(db, "SELECT user_handle FROM passkey WHERE user_id = $1 LIMIT 1", args![owner]).await
}

/// Ids of the user's credentials, which an authenticator must not register again.
pub async fn credential_ids(db: &impl ConnectionTrait, owner: UserId) -> Result<Vec<String>, DbErr> {
    values(db, "SELECT credential_id FROM passkey WHERE user_id = $1", args![owner]).await
}

/// Inserts a passkey. None if its credential is registered already.
pub async fn insert(
    db: &impl ConnectionTrait,
    owner: UserId,
    new: PasskeyDraft<'_>,
    now: DateTime<Utc>,
) -> Result<Option<Passkey>, DbErr> {
    let PasskeyDraft { user_handle, credential_id, credential, name } = new;
    let sql = "INSERT INTO passkey (user_id, user_handle, credential_id, credential, name, created_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (credential_id) DO NOTHING
         RETURNING id, name, created_at, last_used_at";
    one(db, sql, args![owner, user_handle, credential_id, credential, name, now]).await
}

/// Passkey by the id of its credential.
pub async fn by_credential(
    db: &impl ConnectionTrait,
    credential_id: &str,
) -> Result<Option<PasskeyLookup>, DbErr> {
    let sql = "SELECT id, user_id, user_handle, credential FROM passkey WHERE credential_id = $1";
    one(db, sql, args![credential_id]).await
}

/// Records a use with the new counter (compare-and-set). False if the credential is no longer `from`.
pub async fn record_use(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: PasskeyId,
    from: &str,
    to: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE passkey SET credential = $4, last_used_at = $5
         WHERE user_id = $1 AND id = $2 AND credential = $3";
    Ok(execute(db, sql, args![owner, id, from, to, now]).await? > 0)
}

/// Renames a passkey. None if the user has no such passkey.
pub async fn rename(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: PasskeyId,
    name: &str,
) -> Result<Option<Passkey>, DbErr> {
    let sql = "UPDATE passkey SET name = $3 WHERE user_id = $1 AND id = $2
         RETURNING id, name, created_at, last_used_at";
    one(db, sql, args![owner, id, name]).await
}

/// Deletes a passkey. False if the user has no such passkey.
pub async fn delete(db: &impl ConnectionTrait, owner: UserId, id: PasskeyId) -> Result<bool, DbErr> {
    Ok(execute(db, "DELETE FROM passkey WHERE user_id = $1 AND id = $2", args![owner, id]).await? > 0)
}

pub async fn delete_all_of(db: &impl ConnectionTrait, owner: UserId) -> Result<(), DbErr> {
    execute(db, "DELETE FROM passkey WHERE user_id = $1", args![owner]).await.map(|_| ())
}
