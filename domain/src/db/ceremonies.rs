//! Ceremonies: sign-ins that wait for a second factor, and challenges of passkeys. Only hashes of their
//! tokens are stored.

use super::sql::{args, execute, one, row, value};
use super::{ConnectionTrait, DbErr};
use crate::{DateTime, UserId, Utc};

/// Sign-in whose password was verified.
pub struct CeremonyRow {
    pub user_id: UserId,
    /// SHA-256 of the password hash that was verified.
    pub password_digest: String,
    /// Whether the OpenID Connect provider has authenticated the user, in place of the password.
    pub by_provider: bool,
}
row!(CeremonyRow { user_id, password_digest, by_provider });

/// Inserts a sign-in that waits for a second factor.
pub async fn insert(
    db: &impl ConnectionTrait,
    owner: UserId,
    token_hash: &str,
    password_digest: &str,
    by_provider: bool,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql =
        "INSERT INTO ceremony (user_id, token_hash, password_digest, by_provider, created_at, expires_at, kind)
         VALUES ($1, $2, $3, $4, $5, $6, 'sign_in')";
    execute(db, sql, args![owner, token_hash, password_digest, by_provider, now, expires_at])
        .await
        .map(|_| ())
}

/// Ceremony of a signed-in user with a passkey.
#[derive(Debug, Clone, Copy)]
pub enum PasskeyCeremony {
    Registration,
    StepUp,
}

impl PasskeyCeremony {
    fn kind(self) -> &'static str {
        match self {
            Self::Registration => "passkey_registration",
            Self::StepUp => "passkey_step_up",
        }
    }
}

/// Inserts a ceremony of a signed-in user. `state` is what the relying party knows of it.
pub async fn insert_passkey(
    db: &impl ConnectionTrait,
    owner: UserId,
    ceremony: PasskeyCeremony,
    token_hash: &str,
    state: &str,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO ceremony (user_id, token_hash, state, created_at, expires_at, kind)
         VALUES ($1, $2, $3, $4, $5, $6)";
    execute(db, sql, args![owner, token_hash, state, now, expires_at, ceremony.kind()]).await.map(|_| ())
}

/// Inserts the sign-in with a passkey of whichever user.
pub async fn insert_passkey_sign_in(
    db: &impl ConnectionTrait,
    token_hash: &str,
    state: &str,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO ceremony (token_hash, state, created_at, expires_at, kind)
         VALUES ($1, $2, $3, $4, 'passkey_sign_in')";
    execute(db, sql, args![token_hash, state, now, expires_at]).await.map(|_| ())
}

/// Takes an open ceremony of a signed-in user, once. Returns its state.
pub async fn take_passkey(
    db: &impl ConnectionTrait,
    owner: UserId,
    ceremony: PasskeyCeremony,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<String>, DbErr> {
    let sql = "DELETE FROM ceremony WHERE user_id = $1 AND token_hash = $2 AND expires_at > $3
         AND kind = $4 RETURNING state";
    value(db, sql, args![owner, token_hash, now, ceremony.kind()]).await
}

/// Takes an open sign-in with a passkey, once. Returns its state.
pub async fn take_passkey_sign_in(
    db: &impl ConnectionTrait,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<String>, DbErr> {
    let sql = "DELETE FROM ceremony WHERE token_hash = $1 AND expires_at > $2
         AND kind = 'passkey_sign_in' RETURNING state";
    value(db, sql, args![token_hash, now]).await
}

/// Deletes the user's ceremonies but the `kept` newest, so that their number stays bounded.
pub async fn delete_oldest_of(db: &impl ConnectionTrait, owner: UserId, kept: i64) -> Result<(), DbErr> {
    let sql = "DELETE FROM ceremony WHERE user_id = $1 AND created_at <= (
            SELECT created_at FROM ceremony WHERE user_id = $1 ORDER BY created_at DESC LIMIT 1 OFFSET $2)";
    execute(db, sql, args![owner, kept]).await.map(|_| ())
}

/// Open sign-in of a token, whose password was verified.
pub async fn by_token(
    db: &impl ConnectionTrait,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<CeremonyRow>, DbErr> {
    let sql = "SELECT user_id, password_digest, by_provider FROM ceremony
         WHERE token_hash = $1 AND expires_at > $2 AND kind = 'sign_in'";
    one(db, sql, args![token_hash, now]).await
}

/// Ends an open ceremony, once (compare-and-set). False if it has ended before.
pub async fn finish(
    db: &impl ConnectionTrait,
    owner: UserId,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "DELETE FROM ceremony WHERE user_id = $1 AND token_hash = $2 AND expires_at > $3";
    Ok(execute(db, sql, args![owner, token_hash, now]).await? > 0)
}

/// Counts a wrong code. The last one that is allowed ends the ceremony.
pub async fn count_wrong(
    db: &impl ConnectionTrait,
    owner: UserId,
    token_hash: &str,
    allowed: i64,
) -> Result<(), DbErr> {
    let count = "UPDATE ceremony SET wrong_codes = wrong_codes + 1 WHERE user_id = $1 AND token_hash = $2";
    execute(db, count, args![owner, token_hash]).await?;
    let end = "DELETE FROM ceremony WHERE user_id = $1 AND token_hash = $2 AND wrong_codes >= $3";
    execute(db, end, args![owner, token_hash, allowed]).await.map(|_| ())
}

pub async fn delete_all_of(db: &impl ConnectionTrait, owner: UserId) -> Result<(), DbErr> {
    execute(db, "DELETE FROM ceremony WHERE user_id = $1", args![owner]).await.map(|_| ())
}

pub async fn delete_expired(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, DbErr> {
    execute(db, "DELETE FROM ceremony WHERE expires_at <= $1", args![now]).await
}
