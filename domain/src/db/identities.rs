//! Identities of users at an OpenID Connect provider, and the flows that lead there and back.

use super::sql::{all, args, execute, one, row, sql, value};
use super::{ConnectionTrait, DbErr};
use crate::identity::{FlowPurpose, Identity};
use crate::{DateTime, IdentityId, UserId, Utc};

row!(Identity { id, issuer, name, created_at, last_used_at });

const COLUMNS: &str = "id, issuer, name, created_at, last_used_at";

/// Lists a user's identities, oldest first.
pub async fn list(db: &impl ConnectionTrait, owner: UserId) -> Result<Vec<Identity>, DbErr> {
    all(db, sql!("SELECT {COLUMNS} FROM identity WHERE user_id = $1 ORDER BY id"), args![owner]).await
}

/// User whom an identity belongs to.
pub async fn user(db: &impl ConnectionTrait, issuer: &str, subject: &str) -> Result<Option<UserId>, DbErr> {
    let sql = "SELECT user_id FROM identity WHERE issuer = $1 AND subject = $2";
    value(db, sql, args![issuer, subject]).await
}

/// Adds an identity. False if it belongs to a user already.
pub async fn insert(
    db: &impl ConnectionTrait,
    owner: UserId,
    issuer: &str,
    subject: &str,
    name: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "INSERT INTO identity (user_id, issuer, subject, name, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (issuer, subject) DO NOTHING";
    Ok(execute(db, sql, args![owner, issuer, subject, name, now]).await? > 0)
}

pub async fn record_use(
    db: &impl ConnectionTrait,
    owner: UserId,
    issuer: &str,
    subject: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "UPDATE identity SET last_used_at = $4 WHERE user_id = $1 AND issuer = $2 AND subject = $3";
    execute(db, sql, args![owner, issuer, subject, now]).await.map(|_| ())
}

/// Removes an identity. False if the user has none with this id.
pub async fn delete(db: &impl ConnectionTrait, owner: UserId, id: IdentityId) -> Result<bool, DbErr> {
    let sql = "DELETE FROM identity WHERE user_id = $1 AND id = $2";
    Ok(execute(db, sql, args![owner, id]).await? > 0)
}

/// A flow that a browser has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcFlow {
    pub purpose: FlowPurpose,
    /// User who began it; none for a sign-in.
    pub user_id: Option<UserId>,
    /// Path to open then.
    pub next: String,
    /// Hash of the invitation that a sign-up uses.
    pub invite_hash: Option<String>,
}
row!(OidcFlow { purpose, user_id, next, invite_hash });

pub async fn insert_flow(
    db: &impl ConnectionTrait,
    state_hash: &str,
    flow: &OidcFlow,
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO oidc_flow (state_hash, purpose, user_id, next, invite_hash, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)";
    let OidcFlow { purpose, user_id, next, invite_hash } = flow;
    execute(db, sql, args![state_hash, *purpose, *user_id, next, invite_hash.clone(), expires_at])
        .await
        .map(|_| ())
}

/// Takes a flow out, so that it ends once.
pub async fn take_flow(
    db: &impl ConnectionTrait,
    state_hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<OidcFlow>, DbErr> {
    let sql = "DELETE FROM oidc_flow WHERE state_hash = $1 AND expires_at > $2
         RETURNING purpose, user_id, next, invite_hash";
    one(db, sql, args![state_hash, now]).await
}

pub async fn delete_expired(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, DbErr> {
    execute(db, "DELETE FROM oidc_flow WHERE expires_at <= $1", args![now]).await
}
