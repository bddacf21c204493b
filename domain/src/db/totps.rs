//! Authenticator apps of users. Seeds are sealed.

use super::sql::{args, execute, one, row};
use super::{ConnectionTrait, DbErr};
use crate::{DateTime, UserId, Utc};

/// Authenticator app of a user.
pub struct TotpRow {
    /// Its seed, sealed.
    pub secret: String,
    pub begun_at: DateTime<Utc>,
    /// Hash of the session that has begun the enrolment.
    pub begun_by: String,
    /// None until a first code has confirmed it.
    pub confirmed_at: Option<DateTime<Utc>>,
}
row!(TotpRow { secret, begun_at, begun_by, confirmed_at });

pub async fn get(db: &impl ConnectionTrait, owner: UserId) -> Result<Option<TotpRow>, DbErr> {
    let sql = "SELECT secret, begun_at, begun_by, confirmed_at FROM totp WHERE user_id = $1";
    one(db, sql, args![owner]).await
}

/// Begins an enrolment. Replaces one that is not confirmed. False if the user has a confirmed app.
pub async fn begin(
    db: &impl ConnectionTrait,
    owner: UserId,
    secret: &str,
    begun_by: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "INSERT INTO totp (user_id, secret, begun_at, begun_by) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id) DO UPDATE SET secret = $2, begun_at = $3, begun_by = $4, last_step = 0
         WHERE totp.confirmed_at IS NULL";
    Ok(execute(db, sql, args![owner, secret, now, begun_by]).await? > 0)
}

/// Confirms an enrolment with the step of its first code (compare-and-set). False if it is confirmed already,
/// or has another seed.
pub async fn confirm(
    db: &impl ConnectionTrait,
    owner: UserId,
    secret: &str,
    step: i64,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE totp SET confirmed_at = $4, last_step = $3
         WHERE user_id = $1 AND secret = $2 AND confirmed_at IS NULL";
    Ok(execute(db, sql, args![owner, secret, step, now]).await? > 0)
}

/// Accepts the code of a step, once (compare-and-set). False if this or a later step was accepted before.
pub async fn accept(
    db: &impl ConnectionTrait,
    owner: UserId,
    secret: &str,
    step: i64,
) -> Result<bool, DbErr> {
    let sql = "UPDATE totp SET last_step = $3
         WHERE user_id = $1 AND secret = $2 AND last_step < $3 AND confirmed_at IS NOT NULL";
    Ok(execute(db, sql, args![owner, secret, step]).await? > 0)
}

/// Deletes the user's app. False if there is none.
pub async fn delete(db: &impl ConnectionTrait, owner: UserId) -> Result<bool, DbErr> {
    Ok(execute(db, "DELETE FROM totp WHERE user_id = $1", args![owner]).await? > 0)
}
