//! Sessions. Only token hashes are stored, so that a stolen database grants no access.

use std::collections::BTreeMap;

use sea_orm::{FromQueryResult, QueryResult};

use super::accounts::USER;
use super::sql::json::entries_of;
use super::sql::{all, args, execute, one, row, sql, to_json, value, values};
use super::{ConnectionTrait, DbErr};
use crate::account::User;
use crate::page::PageQuery;
use crate::session::UserSession;
use crate::{DateTime, Page, SessionId, UserId, Utc};

row!(UserSession { id, current, created_at, last_seen_at, user_agent, network });

/// A session that has ended, or whose user has newer events than its connections know.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionChange {
    pub token_hash: String,
    /// The number of the user's newest event; none where the session has ended.
    pub newest: Option<i64>,
}
row!(SessionChange { token_hash, newest });

/// Client that a session is opened by, for its user to recognise.
#[derive(Debug, Clone, Copy, Default)]
pub struct SessionClient<'a> {
    pub user_agent: &'a str,
    pub network: &'a str,
    /// Whether the OpenID Connect provider has signed the user in.
    pub by_provider: bool,
}

/// User of a session, the recorded time of its last request, and the time of its sign-in.
pub struct SessionUser {
    pub user: User,
    pub last_seen_at: DateTime<Utc>,
    pub opened_at: DateTime<Utc>,
}

impl FromQueryResult for SessionUser {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let (last_seen_at, opened_at) =
            (row.try_get(prefix, "last_seen_at")?, row.try_get(prefix, "opened_at")?);
        Ok(Self { user: User::from_query_result(row, prefix)?, last_seen_at, opened_at })
    }
}

pub async fn insert(
    db: &impl ConnectionTrait,
    owner: UserId,
    token_hash: &str,
    client: SessionClient<'_>,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let SessionClient { user_agent, network, by_provider } = client;
    let sql =
        "INSERT INTO session (token_hash, user_id, created_at, expires_at, last_seen_at, user_agent, network,
            by_provider)
         VALUES ($1, $2, $3, $4, $3, $5, $6, $7)";
    execute(db, sql, args![token_hash, owner, now, expires_at, user_agent, network, by_provider])
        .await
        .map(|_| ())
}

pub async fn user(
    db: &impl ConnectionTrait,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<SessionUser>, DbErr> {
    one(
        db,
        sql!(
            "SELECT {USER}, s.created_at AS opened_at, COALESCE(s.last_seen_at, s.created_at) AS last_seen_at
             FROM session s JOIN account ON account.id = s.user_id
             WHERE s.token_hash = $1 AND s.expires_at > $2 AND account.disabled_at IS NULL"
        ),
        args![token_hash, now],
    )
    .await
}

/// New end of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionEnd {
    pub until: DateTime<Utc>,
    /// A session that ends before this time keeps its end.
    pub unless_before: DateTime<Utc>,
}

/// Records the time of a request and moves the session's end, unless another one was recorded after `before`.
pub async fn record_use(
    db: &impl ConnectionTrait,
    token_hash: &str,
    now: DateTime<Utc>,
    before: DateTime<Utc>,
    end: SessionEnd,
) -> Result<(), DbErr> {
    let sql = "UPDATE session SET last_seen_at = $2,
            expires_at = CASE WHEN expires_at > $4 THEN $5 ELSE expires_at END
         WHERE token_hash = $1 AND (last_seen_at IS NULL OR last_seen_at <= $3)";
    execute(db, sql, args![token_hash, now, before, end.unless_before, end.until]).await.map(|_| ())
}

/// Deletes the user's sessions but the `kept` latest. Returns the hashes of their tokens.
pub async fn delete_oldest_of(
    db: &impl ConnectionTrait,
    owner: UserId,
    kept: i64,
) -> Result<Vec<String>, DbErr> {
    let sql = "DELETE FROM session WHERE user_id = $1 AND id <= (
            SELECT id FROM session WHERE user_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2) RETURNING token_hash";
    values(db, sql, args![owner, kept]).await
}

/// Lists a user's sessions that last beyond `until`, the latest sign-in first. `current` is the hash of the
/// caller's token.
pub async fn list(
    db: &impl ConnectionTrait,
    owner: UserId,
    current: &str,
    until: DateTime<Utc>,
    page: &PageQuery,
) -> Result<Page<UserSession>, DbErr> {
    let (limit, from) = (page.limit(), page.after_id().unwrap_or(i64::MAX));
    let sql = "SELECT id, token_hash = $2 AS current, created_at,
            COALESCE(last_seen_at, created_at) AS last_seen_at, user_agent, network
         FROM session WHERE user_id = $1 AND expires_at > $3 AND id < $4 ORDER BY id DESC LIMIT $5";
    let rows = all(db, sql, args![owner, current, until, from, limit + 1]).await?;
    Ok(Page::cut(rows, limit, |row: &UserSession| row.id.to_string()))
}

/// Compares sessions, or API keys, and the event numbers that their connections know with the database. Those
/// where nothing has changed are left out, so that an idle process reads no rows.
pub async fn changes(
    db: &impl ConnectionTrait,
    known: &BTreeMap<String, i64>,
    now: DateTime<Utc>,
) -> Result<Vec<SessionChange>, DbErr> {
    let known_sessions = entries_of(db, 1);
    let sql = sql!(
        "SELECT k.key AS token_hash, a.event_seq AS newest FROM {known_sessions} k
         LEFT JOIN session s ON s.token_hash = k.key AND s.expires_at > $2
         LEFT JOIN api_key y ON y.hash = k.key AND y.expires_at > $2 AND y.revoked_at IS NULL
         LEFT JOIN account a ON a.id = COALESCE(s.user_id, y.user_id) AND a.disabled_at IS NULL
         WHERE a.id IS NULL OR a.event_seq > CAST(k.value AS BIGINT)"
    );
    all(db, sql, args![to_json(known)?, now]).await
}

/// A session that was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndedSession {
    pub user_id: UserId,
    pub by_provider: bool,
}
row!(EndedSession { user_id, by_provider });

/// Deletes a session. None if there is no such session.
pub async fn delete(db: &impl ConnectionTrait, token_hash: &str) -> Result<Option<EndedSession>, DbErr> {
    let sql = "DELETE FROM session WHERE token_hash = $1 RETURNING user_id, by_provider";
    one(db, sql, args![token_hash]).await
}

/// Deletes one of a user's sessions. Returns the hash of its token; None if the user has no such session.
pub async fn delete_one_of(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: SessionId,
) -> Result<Option<String>, DbErr> {
    let sql = "DELETE FROM session WHERE user_id = $1 AND id = $2 RETURNING token_hash";
    value(db, sql, args![owner, id]).await
}

/// Deletes a user's sessions but one. Returns the hashes of their tokens.
pub async fn delete_others_of(
    db: &impl ConnectionTrait,
    owner: UserId,
    kept: &str,
) -> Result<Vec<String>, DbErr> {
    let sql = "DELETE FROM session WHERE user_id = $1 AND token_hash <> $2 RETURNING token_hash";
    values(db, sql, args![owner, kept]).await
}

/// Deletes all sessions of a user.
pub async fn delete_all_of(db: &impl ConnectionTrait, owner: UserId) -> Result<(), DbErr> {
    execute(db, "DELETE FROM session WHERE user_id = $1", args![owner]).await.map(|_| ())
}

/// Lets a session end at this time. Returns whether the provider had signed its user in; None if it has ended
/// already.
pub async fn expire(
    db: &impl ConnectionTrait,
    owner: UserId,
    token_hash: &str,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<Option<bool>, DbErr> {
    let sql = "UPDATE session SET expires_at = $4 WHERE user_id = $1 AND token_hash = $2 AND expires_at > $3
         RETURNING by_provider";
    value(db, sql, args![owner, token_hash, now, expires_at]).await
}

/// Whether a session of the user ends after a time.
pub async fn lasts_beyond(
    db: &impl ConnectionTrait,
    owner: UserId,
    token_hash: &str,
    until: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "SELECT id FROM session WHERE user_id = $1 AND token_hash = $2 AND expires_at > $3";
    Ok(value::<i64>(db, sql, args![owner, token_hash, until]).await?.is_some())
}

pub async fn delete_expired(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, DbErr> {
    execute(db, "DELETE FROM session WHERE expires_at <= $1", args![now]).await
}
