//! Sessions. Only token hashes are stored, so that a stolen database grants no access.

use std::collections::BTreeMap;

use super::sql::json::entries_of;
use super::sql::{all, args, execute, one, row, sql, to_json};
use super::{ConnectionTrait, DbErr};
use crate::account::User;
use crate::{DateTime, UserId, Utc};

/// A session that has ended, or whose user has newer events than its connections know.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionChange {
    pub token_hash: String,
    /// The number of the user's newest event; none where the session has ended.
    pub newest: Option<i64>,
}
row!(SessionChange { token_hash, newest });

pub async fn insert(
    db: &impl ConnectionTrait,
    owner: UserId,
    token_hash: &str,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO session (token_hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)";
    execute(db, sql, args![token_hash, owner, now, expires_at]).await.map(|_| ())
}

pub async fn user(
    db: &impl ConnectionTrait,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<User>, DbErr> {
    one(
        db,
        "SELECT a.id, a.username, a.is_admin, a.created_at FROM session s JOIN account a ON a.id = s.user_id
         WHERE s.token_hash = $1 AND s.expires_at > $2",
        args![token_hash, now],
    )
    .await
}

/// Compares sessions and the event numbers that their connections know with the database. Sessions where
/// nothing has changed are left out, so that an idle process reads no rows.
pub async fn changes(
    db: &impl ConnectionTrait,
    known: &BTreeMap<String, i64>,
    now: DateTime<Utc>,
) -> Result<Vec<SessionChange>, DbErr> {
    let known_sessions = entries_of(db, 1);
    let sql = sql!(
        "SELECT k.key AS token_hash, a.event_seq AS newest FROM {known_sessions} k
         LEFT JOIN session s ON s.token_hash = k.key AND s.expires_at > $2
         LEFT JOIN account a ON a.id = s.user_id
         WHERE a.id IS NULL OR a.event_seq > CAST(k.value AS BIGINT)"
    );
    all(db, sql, args![to_json(known)?, now]).await
}

pub async fn delete(db: &impl ConnectionTrait, token_hash: &str) -> Result<(), DbErr> {
    execute(db, "DELETE FROM session WHERE token_hash = $1", args![token_hash]).await.map(|_| ())
}

pub async fn delete_all_of(db: &impl ConnectionTrait, owner: UserId) -> Result<(), DbErr> {
    execute(db, "DELETE FROM session WHERE user_id = $1", args![owner]).await.map(|_| ())
}

pub async fn delete_expired(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, DbErr> {
    execute(db, "DELETE FROM session WHERE expires_at <= $1", args![now]).await
}
