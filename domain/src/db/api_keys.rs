//! API keys. Only hashes are stored, so that a stolen database grants no access.

use sea_orm::{FromQueryResult, QueryResult};

use super::accounts::USER;
use super::sql::{all, args, execute, json, listed, one, row, sql, to_json, value};
use super::{ConnectionTrait, DbErr};
use crate::account::User;
use crate::api_key::{ApiKey, KeyScope};
use crate::page::PageQuery;
use crate::{ApiKeyId, DateTime, Page, UserId, Utc};

row!(ApiKey {
    id, name, prefix, created_at, expires_at, last_used_at, last_used_from, revoked_at; scopes
});

const SELECT: &str =
    "SELECT id, name, 'smc_' || public_id AS prefix, scopes, created_at, expires_at, last_used_at,
        last_used_from, revoked_at
     FROM api_key WHERE user_id = $1";

/// Lists keys, newest first.
pub async fn list(db: &impl ConnectionTrait, owner: UserId, page: &PageQuery) -> Result<Page<ApiKey>, DbErr> {
    let (limit, from) = (page.limit(), page.after_id().unwrap_or(i64::MAX));
    let sql = sql!("{SELECT} AND id < $2 ORDER BY id DESC LIMIT $3");
    let rows = all(db, sql, args![owner, from, limit + 1]).await?;
    Ok(Page::cut(rows, limit, |row: &ApiKey| row.id.to_string()))
}

pub async fn get(db: &impl ConnectionTrait, owner: UserId, id: ApiKeyId) -> Result<Option<ApiKey>, DbErr> {
    one(db, sql!("{SELECT} AND id = $2"), args![owner, id]).await
}

/// Number of a user's keys that work.
pub async fn count(db: &impl ConnectionTrait, owner: UserId, now: DateTime<Utc>) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) FROM api_key WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2";
    Ok(value(db, sql, args![owner, now]).await?.unwrap_or_default())
}

/// A key by its name.
#[derive(Debug)]
pub struct NamedApiKey {
    pub id: ApiKeyId,
    pub user_id: UserId,
    pub name: String,
}
row!(NamedApiKey { id, user_id, name });

/// Keys of these users that work, newest first.
pub async fn working_of(
    db: &impl ConnectionTrait,
    owners: &[UserId],
    now: DateTime<Utc>,
) -> Result<Vec<NamedApiKey>, DbErr> {
    let mut values = args![now];
    let owners = listed(owners.iter().copied(), &mut values);
    let sql = sql!(
        "SELECT id, user_id, name FROM api_key
         WHERE revoked_at IS NULL AND expires_at > $1 AND user_id IN ({owners}) ORDER BY id DESC"
    );
    all(db, sql, values).await
}

/// Key to insert.
#[derive(Debug)]
pub struct ApiKeyDraft<'a> {
    pub public_id: &'a str,
    /// Hash of the whole key.
    pub hash: &'a str,
    pub name: &'a str,
    pub scopes: &'a [KeyScope],
    pub expires_at: DateTime<Utc>,
}

pub async fn insert(
    db: &impl ConnectionTrait,
    owner: UserId,
    new: ApiKeyDraft<'_>,
    now: DateTime<Utc>,
) -> Result<Option<ApiKeyId>, DbErr> {
    let ApiKeyDraft { public_id, hash, name, scopes, expires_at } = new;
    let sql = "INSERT INTO api_key (user_id, public_id, hash, name, scopes, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
    value(db, sql, args![owner, public_id, hash, name, to_json(&scopes)?, now, expires_at]).await
}

/// Key of a request, with its owner.
#[derive(Debug)]
pub struct ApiKeyLookup {
    pub id: ApiKeyId,
    pub user: User,
    pub scopes: Vec<KeyScope>,
    pub expires_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    /// Time at which the owner's account was disabled.
    pub disabled_at: Option<DateTime<Utc>>,
}

impl FromQueryResult for ApiKeyLookup {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            id: row.try_get(prefix, "key_id")?,
            user: User::from_query_result(row, prefix)?,
            scopes: json(row, prefix, "scopes")?,
            expires_at: row.try_get(prefix, "expires_at")?,
            last_used_at: row.try_get(prefix, "last_used_at")?,
            revoked_at: row.try_get(prefix, "revoked_at")?,
            disabled_at: row.try_get(prefix, "disabled_at")?,
        })
    }
}

/// Key with its owner, also one that has ended. None if the public part or the hash is unknown.
pub async fn by_secret(
    db: &impl ConnectionTrait,
    public_id: &str,
    hash: &str,
) -> Result<Option<ApiKeyLookup>, DbErr> {
    one(
        db,
        sql!(
            "SELECT k.id AS key_id, k.scopes, k.expires_at, k.last_used_at, k.revoked_at, {USER}, account.disabled_at
             FROM api_key k JOIN account ON account.id = k.user_id WHERE k.public_id = $1 AND k.hash = $2"
        ),
        args![public_id, hash],
    )
    .await
}

/// Records the time and network of a request, unless another one was recorded after `before`.
pub async fn record_use(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: ApiKeyId,
    network: &str,
    now: DateTime<Utc>,
    before: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "UPDATE api_key SET last_used_at = $4, last_used_from = $3
         WHERE user_id = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at <= $5)";
    execute(db, sql, args![owner, id, network, now, before]).await.map(|_| ())
}

/// Revokes a key (compare-and-set). Returns its hash; None if the user has no such key, or has revoked it.
pub async fn revoke(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: ApiKeyId,
    now: DateTime<Utc>,
) -> Result<Option<String>, DbErr> {
    let sql = "UPDATE api_key SET revoked_at = $3 WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL
         RETURNING hash";
    value(db, sql, args![owner, id, now]).await
}

/// Revokes all keys of a user.
pub async fn revoke_all_of(
    db: &impl ConnectionTrait,
    owner: UserId,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "UPDATE api_key SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL";
    execute(db, sql, args![owner, now]).await.map(|_| ())
}

/// A key that expires soon, and whose owner was not notified yet.
#[derive(Debug)]
pub struct ExpiringApiKey {
    pub id: ApiKeyId,
    pub user_id: UserId,
    pub name: String,
    pub expires_at: DateTime<Utc>,
}
row!(ExpiringApiKey { id, user_id, name, expires_at });

/// Keys that work and expire before `until`, of which their owners were not notified.
pub async fn expiring(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<ExpiringApiKey>, DbErr> {
    let sql = "SELECT id, user_id, name, expires_at FROM api_key
         WHERE expires_at > $1 AND expires_at <= $2 AND revoked_at IS NULL AND warned_at IS NULL
         ORDER BY id LIMIT 1000";
    all(db, sql, args![now, until]).await
}

/// Records that the owner was notified (compare-and-set). False if that was recorded before.
pub async fn record_warning(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: ApiKeyId,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE api_key SET warned_at = $3
         WHERE user_id = $1 AND id = $2 AND warned_at IS NULL AND revoked_at IS NULL";
    Ok(execute(db, sql, args![owner, id, now]).await? > 0)
}

/// Deletes keys that ended before a time.
pub async fn delete_ended(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    execute(db, "DELETE FROM api_key WHERE expires_at <= $1 OR revoked_at <= $1", args![before]).await
}
