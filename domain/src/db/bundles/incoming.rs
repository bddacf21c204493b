//! Rows of the catalogue that came from a gateway.

use std::collections::BTreeMap;

use crate::bundle::{Epoch, SourceMark, SourceRecord};
use crate::db::sql::{all, args, execute, one, row, to_json, value};
use crate::db::{ConnectionTrait, DbErr};
use crate::source::{Kind, Policy};
use crate::{DateTime, ItemId, SourceId, Utc};

/// A source as its peer's records find it.
#[derive(Debug, Clone, Copy)]
pub struct PeerSource {
    pub id: SourceId,
    pub kind: Kind,
    pub policy: Policy,
    pub mark: SourceMark,
    /// Revision of its metadata.
    pub rev: i64,
}

struct PeerSourceRow {
    id: SourceId,
    kind: Kind,
    policy: Policy,
    peer_epoch: Epoch,
    peer_mark: i64,
    peer_rev: i64,
}
row!(PeerSourceRow { id, kind, policy, peer_epoch, peer_mark, peer_rev });

impl From<PeerSourceRow> for PeerSource {
    fn from(row: PeerSourceRow) -> Self {
        let PeerSourceRow { id, kind, policy, peer_epoch, peer_mark, peer_rev } = row;
        Self { id, kind, policy, mark: SourceMark { epoch: peer_epoch, rev: peer_mark }, rev: peer_rev }
    }
}

/// Locks the source with this key, if it came from this peer.
pub async fn lock_peer_source(
    db: &impl ConnectionTrait,
    peer: &str,
    key: &str,
) -> Result<Option<PeerSource>, DbErr> {
    let sql = "UPDATE source SET peer_rev = peer_rev WHERE key = $1 AND peer = $2
        RETURNING id, kind, policy, peer_epoch, peer_mark, peer_rev";
    let row: Option<PeerSourceRow> = one(db, sql, args![key, peer]).await?;
    Ok(row.map(PeerSource::from))
}

/// Gives the peer's key to a source that was entered here under one of these addresses and that no peer has
/// named yet. True if there is one.
pub async fn adopt_source(db: &impl ConnectionTrait, peer: &str, told: &SourceRecord) -> Result<bool, DbErr> {
    let sql = "UPDATE source SET key = $1, peer = $2, peer_epoch = 0, peer_mark = 0, peer_rev = 0
        WHERE id = (SELECT id FROM source WHERE feed_url IN ($3, $4) AND private_to IS NULL
            AND (peer IS NULL OR peer = $2) ORDER BY feed_url = $3 DESC LIMIT 1)
          AND NOT EXISTS (SELECT 1 FROM source o WHERE o.key = $1)";
    let values = args![told.key.as_str(), peer, told.followed_as.as_str(), told.feed_url.as_str()];
    Ok(execute(db, sql, values).await? > 0)
}

/// Gives the peer's key to the private source that it follows for a user of this node. True if there is
/// one.
pub async fn adopt_private(
    db: &impl ConnectionTrait,
    peer: &str,
    told: &SourceRecord,
) -> Result<bool, DbErr> {
    let sql = "UPDATE source SET key = $1, peer = $2, peer_epoch = 0, peer_mark = 0, peer_rev = 0
        WHERE feed_url = $3 AND private_to IS NOT NULL AND (peer IS NULL OR peer = $2)
          AND NOT EXISTS (SELECT 1 FROM source o WHERE o.key = $1)";
    Ok(execute(db, sql, args![told.key.as_str(), peer, told.followed_as.as_str()]).await? > 0)
}

/// Inserts a source of a peer. Nothing is inserted if the key or the address is taken.
pub async fn insert_source(
    db: &impl ConnectionTrait,
    peer: &str,
    told: &SourceRecord,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO source (feed_url, name, kind, policy, origin, created_at, key, peer)
        VALUES ($1, $2, $3, $4, 'directory', $5, $6, $7) ON CONFLICT DO NOTHING";
    let SourceRecord { feed_url, name, kind, policy, key, .. } = told;
    execute(db, sql, args![feed_url.as_str(), name.as_str(), *kind, *policy, now, key.as_str(), peer])
        .await
        .map(|_| ())
}

/// Stores the metadata of a peer's source, and that it was told at this time.
pub async fn save_source(
    db: &impl ConnectionTrait,
    id: SourceId,
    told: &SourceRecord,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "UPDATE source SET name = $2, description = $3, site_url = $4, image_url = $5, kind = $6, policy = $7,
            details = $8, is_serial = $9, peer_rev = $10, health = 'ok', last_error = NULL, failures = 0,
            last_success_at = $11, rev = rev + 1
        WHERE id = $1";
    let values = args![
        id,
        told.name.as_str(),
        told.description.as_str(),
        told.site_url.clone(),
        told.image_url.clone(),
        told.kind,
        told.policy,
        to_json(&told.details)?,
        told.details.is_serial(),
        told.rev,
        now
    ];
    execute(db, sql, values).await.map(|_| ())
}

/// Enters the peer's epoch: rows of the epoch before lose against all rows of this one.
pub async fn enter_epoch(db: &impl ConnectionTrait, id: SourceId, epoch: Epoch) -> Result<(), DbErr> {
    let source =
        "UPDATE source SET peer_epoch = $2, peer_mark = 0, peer_rev = 0 WHERE id = $1 AND peer_epoch < $2";
    if execute(db, source, args![id, epoch]).await? > 0 {
        execute(db, "UPDATE item SET peer_rev = 0 WHERE source_id = $1", args![id]).await?;
    }
    Ok(())
}

pub async fn set_mark(db: &impl ConnectionTrait, id: SourceId, mark: SourceMark) -> Result<(), DbErr> {
    let sql = "UPDATE source SET peer_mark = $3 WHERE id = $1 AND peer_epoch = $2 AND peer_mark < $3";
    execute(db, sql, args![id, mark.epoch, mark.rev]).await.map(|_| ())
}

/// An item that a record is about.
#[derive(Debug, Clone)]
pub struct PeerItem {
    pub id: ItemId,
    pub peer_rev: i64,
    pub media_url: Option<String>,
}
row!(PeerItem { id, peer_rev, media_url });

/// The item of a source with this key, or else with this identity.
pub async fn peer_item(
    db: &impl ConnectionTrait,
    source: SourceId,
    key: &str,
    identity: &str,
) -> Result<Option<PeerItem>, DbErr> {
    let sql = "SELECT id, peer_rev, media_url FROM item WHERE source_id = $1 AND (key = $2 OR identity = $3)
        ORDER BY key = $2 DESC LIMIT 1";
    one(db, sql, args![source, key, identity]).await
}

/// Whether an item of another source has this key, or another item than `known` of this source this identity.
pub async fn is_taken(
    db: &impl ConnectionTrait,
    source: SourceId,
    known: Option<ItemId>,
    (key, identity): (&str, &str),
) -> Result<bool, DbErr> {
    let sql = "SELECT id FROM item WHERE (key = $2 AND source_id <> $1)
        OR (source_id = $1 AND identity = $3 AND id <> COALESCE(CAST($4 AS BIGINT), 0)
            AND CAST($4 AS BIGINT) IS NOT NULL) LIMIT 1";
    Ok(value::<i64>(db, sql, args![source, key, identity, known]).await?.is_some())
}

/// Stores key and revision of the peer, and the summary if there is none here.
pub async fn mark_item(
    db: &impl ConnectionTrait,
    id: ItemId,
    key: &str,
    peer_rev: i64,
    summary: Option<&str>,
) -> Result<(), DbErr> {
    let sql = "UPDATE item SET key = $2, peer_rev = $3, summary = COALESCE(summary, $4) WHERE id = $1";
    execute(db, sql, args![id, key, peer_rev, summary.map(str::to_owned)]).await.map(|_| ())
}

/// Marks of the sources of a peer's epoch, by their keys.
pub async fn marks(
    db: &impl ConnectionTrait,
    peer: &str,
    epoch: Epoch,
) -> Result<BTreeMap<String, i64>, DbErr> {
    struct Marked {
        key: String,
        peer_mark: i64,
    }
    row!(Marked { key, peer_mark });
    let sql = "SELECT key, peer_mark FROM source WHERE peer = $1 AND peer_epoch = $2 AND peer_mark > 0";
    let rows: Vec<Marked> = all(db, sql, args![peer, epoch]).await?;
    Ok(rows.into_iter().map(|row| (row.key, row.peer_mark)).collect())
}

/// Marks a peer's source as gone, as after 410 (RFC 9110 §15.5.11). Its items stay.
pub async fn set_gone(db: &impl ConnectionTrait, peer: &str, key: &str, why: &str) -> Result<(), DbErr> {
    let sql = "UPDATE source SET health = 'gone', last_error = $3 WHERE peer = $1 AND key = $2 AND health <> 'gone'";
    execute(db, sql, args![peer, key, why]).await.map(|_| ())
}
