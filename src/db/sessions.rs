//! Sessions. Only token hashes are stored, so that a stolen database grants no access.

use std::collections::HashMap;

use super::sql::{all, args, execute, listed, one, row};
use super::{ConnectionTrait, DbErr};
use crate::domain::account::User;
use crate::domain::{DateTime, UserId, Utc};

struct Alive {
    token_hash: String,
    user_id: UserId,
    event_seq: i64,
}
row!(Alive { token_hash, user_id, event_seq });

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

/// Unexpired ones of these sessions, each with its user and the number of that user's newest event.
pub async fn alive(
    db: &impl ConnectionTrait,
    token_hashes: &[String],
    now: DateTime<Utc>,
) -> Result<HashMap<String, (UserId, i64)>, DbErr> {
    let mut values = args![now];
    let listed = listed(token_hashes.iter().map(String::as_str), &mut values);
    let sql = format!(
        "SELECT s.token_hash, s.user_id, a.event_seq FROM session s JOIN account a ON a.id = s.user_id
         WHERE s.expires_at > $1 AND s.token_hash IN ({listed})"
    );
    let rows: Vec<Alive> = all(db, &sql, values).await?;
    Ok(rows.into_iter().map(|row| (row.token_hash, (row.user_id, row.event_seq))).collect())
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
