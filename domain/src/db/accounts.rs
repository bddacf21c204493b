//! User accounts.

use sea_orm::{DbBackend, FromQueryResult, QueryResult};

use super::sql::{args, execute, listed, one, row, sql, to_json, value};
use super::{ConnectionTrait, DbErr};
use crate::account::{Stats, User};
use crate::preference::Preferences;
use crate::{DateTime, UserId, Utc};

row!(User { id, username, role, is_admin, created_at });
row!(Stats { subscriptions, downloads, ready, bytes });

/// Columns of [`User`], of the table `account` without an alias.
pub(super) const USER: &str =
    "account.id, account.username, account.role, account.role = 'admin' AS is_admin,
    account.created_at";

/// User with the password hash to verify against.
pub struct AccountRow {
    pub user: User,
    pub password_hash: String,
    pub disabled_at: Option<DateTime<Utc>>,
}

impl FromQueryResult for AccountRow {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let password_hash = row.try_get(prefix, "password_hash")?;
        let disabled_at = row.try_get(prefix, "disabled_at")?;
        Ok(Self { user: User::from_query_result(row, prefix)?, password_hash, disabled_at })
    }
}

/// Inserts an account. None if the name is taken, ignoring case.
pub async fn insert(
    db: &impl ConnectionTrait,
    username: &str,
    password_hash: &str,
    preferences: &Preferences,
    now: DateTime<Utc>,
) -> Result<Option<User>, DbErr> {
    one(
        db,
        sql!(
            "INSERT INTO account (username, username_key, password_hash, preferences, created_at)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (username_key) DO NOTHING RETURNING {USER}"
        ),
        args![username, username.to_lowercase(), password_hash, to_json(preferences)?, now],
    )
    .await
}

/// Runs the same statement whether or not the name exists, so that both cases take the same time.
pub async fn by_name(db: &impl ConnectionTrait, username: &str) -> Result<Option<AccountRow>, DbErr> {
    let sql = sql!("SELECT {USER}, password_hash, disabled_at FROM account WHERE username_key = $1");
    one(db, sql, args![username.to_lowercase()]).await
}

/// User with the password hash, by id.
pub async fn by_id(db: &impl ConnectionTrait, owner: UserId) -> Result<Option<AccountRow>, DbErr> {
    let sql = sql!("SELECT {USER}, password_hash, disabled_at FROM account WHERE id = $1");
    one(db, sql, args![owner]).await
}

pub async fn get(db: &impl ConnectionTrait, owner: UserId) -> Result<Option<User>, DbErr> {
    one(db, sql!("SELECT {USER} FROM account WHERE id = $1"), args![owner]).await
}

pub async fn set_password(db: &impl ConnectionTrait, owner: UserId, hash: &str) -> Result<(), DbErr> {
    execute(db, "UPDATE account SET password_hash = $2 WHERE id = $1", args![owner, hash]).await.map(|_| ())
}

/// Replaces a password hash (compare-and-set). False if it is no longer `from`.
pub async fn change_password(
    db: &impl ConnectionTrait,
    owner: UserId,
    from: &str,
    to: &str,
) -> Result<bool, DbErr> {
    let sql = "UPDATE account SET password_hash = $3 WHERE id = $1 AND password_hash = $2";
    Ok(execute(db, sql, args![owner, from, to]).await? > 0)
}

pub async fn display_name(db: &impl ConnectionTrait, owner: UserId) -> Result<Option<String>, DbErr> {
    let name: Option<Option<String>> =
        value(db, "SELECT display_name FROM account WHERE id = $1", args![owner]).await?;
    Ok(name.flatten())
}

pub async fn set_display_name(
    db: &impl ConnectionTrait,
    owner: UserId,
    name: Option<String>,
) -> Result<(), DbErr> {
    execute(db, "UPDATE account SET display_name = $2 WHERE id = $1", args![owner, name]).await.map(|_| ())
}

pub async fn preferences(db: &impl ConnectionTrait, owner: UserId) -> Result<Preferences, DbErr> {
    let text: Option<String> =
        value(db, "SELECT preferences FROM account WHERE id = $1", args![owner]).await?;
    let text = text.ok_or_else(|| DbErr::RecordNotFound(format!("account {owner}")))?;
    serde_json::from_str(&text).map_err(|e| DbErr::Json(e.to_string()))
}

pub async fn set_preferences(
    db: &impl ConnectionTrait,
    owner: UserId,
    preferences: &Preferences,
) -> Result<(), DbErr> {
    let sql = "UPDATE account SET preferences = $2 WHERE id = $1";
    execute(db, sql, args![owner, to_json(preferences)?]).await.map(|_| ())
}

/// Whether the user has finished or skipped the first steps at Home.
pub async fn is_onboarded(db: &impl ConnectionTrait, owner: UserId) -> Result<bool, DbErr> {
    let sql = "SELECT onboarded FROM account WHERE id = $1";
    Ok(value(db, sql, args![owner]).await?.unwrap_or_default())
}

pub async fn set_onboarded(db: &impl ConnectionTrait, owner: UserId) -> Result<(), DbErr> {
    execute(db, "UPDATE account SET onboarded = TRUE WHERE id = $1", args![owner]).await.map(|_| ())
}

/// Locks the user's row until the transaction ends, so that concurrent changes to the user's usage wait. Does
/// nothing on SQLite, where a writing transaction is alone anyway.
pub async fn lock(db: &impl ConnectionTrait, owner: UserId) -> Result<(), DbErr> {
    if db.get_database_backend() == DbBackend::Sqlite {
        return Ok(());
    }
    execute(db, "UPDATE account SET event_seq = event_seq WHERE id = $1", args![owner]).await.map(|_| ())
}

/// Like `lock`, for several users in order of id. False if no lock was needed.
pub async fn lock_all(db: &impl ConnectionTrait, owners: &[UserId]) -> Result<bool, DbErr> {
    if db.get_database_backend() == DbBackend::Sqlite || owners.is_empty() {
        return Ok(false);
    }
    let mut values = Vec::new();
    let owners = listed(owners.iter().copied(), &mut values);
    let sql = sql!("SELECT id FROM account WHERE id IN ({owners}) ORDER BY id FOR UPDATE");
    execute(db, sql, values).await.map(|_| true)
}

pub async fn stats(db: &impl ConnectionTrait, owner: UserId) -> Result<Stats, DbErr> {
    let stats = one(
        db,
        "SELECT (SELECT COUNT(*) FROM subscription WHERE user_id = $1) AS subscriptions,
                COUNT(*) AS downloads,
                COUNT(CASE WHEN status = 'ready' THEN 1 END) AS ready,
                CAST(COALESCE(SUM(CASE WHEN status = 'ready' THEN bytes_total END), 0) AS BIGINT) AS bytes
         FROM download WHERE user_id = $1",
        args![owner],
    )
    .await?;
    Ok(stats.unwrap_or_default())
}
