//! Channels of users, with what their addresses need, sealed.

use super::sql::{all, args, execute, one, row, sql, to_json, value};
use super::{ConnectionTrait, DbErr};
use crate::channel::{ChannelKind, NotificationChannel};
use crate::notification::NotificationKind;
use crate::{ChannelId, DateTime, UserId, Utc};

row!(NotificationChannel {
    id, kind, name, target, confirmed, created_at, verified_at, failing_since, last_error, waiting, failed; kinds
});

/// Channels of user `$1`, with the messages that wait, and those that were given up since `$2`.
const SELECT: &str = "SELECT c.id, c.kind, c.name, c.target, c.kinds, c.confirmed, c.created_at, c.verified_at, c.failing_since,
        c.last_error,
        (SELECT COUNT(*) FROM channel_delivery d WHERE d.channel_id = c.id AND d.state = 'waiting') AS waiting,
        (SELECT COUNT(*) FROM channel_delivery d WHERE d.channel_id = c.id AND d.state = 'failed'
            AND d.ended_at > $2) AS failed
    FROM channel c WHERE c.user_id = $1";

/// Lists channels, the oldest first. `since` bounds the failures that are counted.
pub async fn list(
    db: &impl ConnectionTrait,
    owner: UserId,
    since: DateTime<Utc>,
) -> Result<Vec<NotificationChannel>, DbErr> {
    all(db, sql!("{SELECT} ORDER BY c.id"), args![owner, since]).await
}

pub async fn get(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: ChannelId,
    since: DateTime<Utc>,
) -> Result<Option<NotificationChannel>, DbErr> {
    one(db, sql!("{SELECT} AND c.id = $3"), args![owner, since, id]).await
}

pub async fn count(db: &impl ConnectionTrait, owner: UserId) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) FROM channel WHERE user_id = $1";
    Ok(value(db, sql, args![owner]).await?.unwrap_or_default())
}

/// Channel to insert.
#[derive(Debug)]
pub struct NotificationChannelDraft<'a> {
    pub kind: ChannelKind,
    pub name: &'a str,
    pub target: &'a str,
    /// Hash of the address.
    pub hash: &'a str,
    /// Address and tokens, sealed.
    pub sealed: &'a str,
    pub kinds: &'a [NotificationKind],
    pub confirmed: bool,
}

/// Inserts a channel. None if the user has one with this address.
pub async fn insert(
    db: &impl ConnectionTrait,
    owner: UserId,
    new: NotificationChannelDraft<'_>,
    now: DateTime<Utc>,
) -> Result<Option<ChannelId>, DbErr> {
    let NotificationChannelDraft { kind, name, target, hash, sealed, kinds, confirmed } = new;
    let sql = "INSERT INTO channel (user_id, kind, name, target, hash, sealed, kinds, confirmed, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (user_id, kind, hash) DO NOTHING RETURNING id";
    let kinds = to_json(&kinds)?;
    value(db, sql, args![owner, kind, name, target, hash, sealed, kinds, confirmed, now]).await
}

/// Replaces the sealed address of a channel with the same hash, because a browser has renewed its keys.
/// Returns the channel.
pub async fn reseal(
    db: &impl ConnectionTrait,
    owner: UserId,
    kind: ChannelKind,
    hash: &str,
    sealed: &str,
) -> Result<Option<ChannelId>, DbErr> {
    let sql = "UPDATE channel SET sealed = $4 WHERE user_id = $1 AND kind = $2 AND hash = $3 RETURNING id";
    value(db, sql, args![owner, kind, hash, sealed]).await
}

/// Deletes the channels of other users with this push endpoint: a browser belongs to the user who turned push
/// on last.
pub async fn take_over(db: &impl ConnectionTrait, owner: UserId, hash: &str) -> Result<(), DbErr> {
    let sql = "DELETE FROM channel WHERE user_id <> $1 AND kind = $2 AND hash = $3";
    execute(db, sql, args![owner, ChannelKind::Push, hash]).await.map(|_| ())
}

/// Changes the name or the kinds. False if the user has no such channel.
pub async fn change(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: ChannelId,
    name: Option<&str>,
    kinds: Option<&[NotificationKind]>,
) -> Result<bool, DbErr> {
    let kinds = kinds.map(|kinds| to_json(&kinds)).transpose()?;
    let sql = "UPDATE channel SET name = COALESCE(CAST($3 AS TEXT), name), kinds = COALESCE(CAST($4 AS TEXT), kinds)
         WHERE user_id = $1 AND id = $2";
    Ok(execute(db, sql, args![owner, id, name.map(str::to_owned), kinds]).await? > 0)
}

/// Records that the user has entered the code of a mail address.
pub async fn confirm(db: &impl ConnectionTrait, owner: UserId, id: ChannelId) -> Result<(), DbErr> {
    let sql = "UPDATE channel SET confirmed = TRUE WHERE user_id = $1 AND id = $2";
    execute(db, sql, args![owner, id]).await.map(|_| ())
}

/// Deletes a channel with its deliveries. False if the user has no such channel.
pub async fn delete(db: &impl ConnectionTrait, owner: UserId, id: ChannelId) -> Result<bool, DbErr> {
    let sql = "DELETE FROM channel WHERE user_id = $1 AND id = $2";
    Ok(execute(db, sql, args![owner, id]).await? > 0)
}

/// Data needed to send on a channel.
pub struct ChannelRow {
    pub kind: ChannelKind,
    pub hash: String,
    pub sealed: String,
    pub confirmed: bool,
}
row!(ChannelRow { kind, hash, sealed, confirmed });

pub async fn sealed(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: ChannelId,
) -> Result<Option<ChannelRow>, DbErr> {
    let sql = "SELECT kind, hash, sealed, confirmed FROM channel WHERE user_id = $1 AND id = $2";
    one(db, sql, args![owner, id]).await
}

/// Records that a message was accepted.
pub async fn succeeded(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: ChannelId,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "UPDATE channel SET verified_at = $3, failing_since = NULL, last_error = NULL
         WHERE user_id = $1 AND id = $2";
    execute(db, sql, args![owner, id, now]).await.map(|_| ())
}

/// Records a failure with its reason in words.
pub async fn failed(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: ChannelId,
    why: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "UPDATE channel SET failing_since = COALESCE(failing_since, $3), last_error = $4
         WHERE user_id = $1 AND id = $2";
    execute(db, sql, args![owner, id, now, why]).await.map(|_| ())
}

/// The key of push messages, sealed. None before the first.
pub async fn push_key(db: &impl ConnectionTrait) -> Result<Option<String>, DbErr> {
    value(db, "SELECT sealed FROM push_key WHERE id = 1", Vec::new()).await
}

/// Stores the first key of push messages. Concurrent processes read the one that is stored.
pub async fn add_push_key(db: &impl ConnectionTrait, sealed: &str) -> Result<(), DbErr> {
    let sql = "INSERT INTO push_key (id, sealed) VALUES (1, $1) ON CONFLICT (id) DO NOTHING";
    execute(db, sql, args![sealed]).await.map(|_| ())
}
