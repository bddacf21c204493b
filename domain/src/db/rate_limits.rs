//! Rate limits (sliding window log): one row per key with the times of its recent requests.

use super::sql::{args, execute, to_json, value};
use super::{ConnectionTrait, DbErr};
use crate::{DateTime, Utc};

/// Counted requests of a key in Unix microseconds, oldest first.
pub async fn hits(db: &impl ConnectionTrait, key: &str) -> Result<Vec<i64>, DbErr> {
    let text: Option<String> = value(db, "SELECT hits FROM rate_limit WHERE key = $1", args![key]).await?;
    text.map_or(Ok(Vec::new()), |text| read(&text))
}

/// Locks the key's row until the transaction ends, and returns its counted requests.
pub async fn lock(db: &impl ConnectionTrait, key: &str, now: DateTime<Utc>) -> Result<Vec<i64>, DbErr> {
    let lock = "INSERT INTO rate_limit (key, hits, expires_at) VALUES ($1, '[]', $2)
                ON CONFLICT (key) DO UPDATE SET expires_at = rate_limit.expires_at RETURNING hits";
    let text: Option<String> = value(db, lock, args![key, now]).await?;
    text.map_or(Ok(Vec::new()), |text| read(&text))
}

/// Replaces the counted requests of a key whose row is locked.
pub async fn replace(
    db: &impl ConnectionTrait,
    key: &str,
    hits: &[i64],
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let update = "UPDATE rate_limit SET hits = $2, expires_at = $3 WHERE key = $1";
    execute(db, update, args![key, to_json(&hits)?, expires_at]).await.map(|_| ())
}

pub async fn delete_expired(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, DbErr> {
    execute(db, "DELETE FROM rate_limit WHERE expires_at <= $1", args![now]).await
}

fn read(text: &str) -> Result<Vec<i64>, DbErr> {
    serde_json::from_str(text).map_err(|error| DbErr::Json(error.to_string()))
}
