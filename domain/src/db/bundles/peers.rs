//! Peers: nodes whose keys an administrator trusts.

use crate::bundle::{BundlePosition, Epoch, SourceMark};
use crate::db::sql::{all, args, execute, one, row};
use crate::db::{ConnectionTrait, DbErr};
use crate::{DateTime, Utc};

/// A peer as stored.
#[derive(Debug, Clone)]
pub struct PeerRow {
    pub name: String,
    /// Line with its public keys.
    pub public_keys: String,
    /// Line with its keys before the last rotation, which count until `previous_until`.
    pub previous_keys: Option<String>,
    pub previous_until: Option<DateTime<Utc>>,
    pub trusted_at: DateTime<Utc>,
    pub revoked_at: Option<DateTime<Utc>>,
    /// Number of the last bundle to it.
    pub sent_seq: i64,
    /// Position and time of the latest bundle from it.
    pub received_epoch: Epoch,
    pub received_seq: i64,
    pub received_at: Option<DateTime<Utc>>,
    /// Epoch of this node to which its marks belong.
    pub has_epoch: Epoch,
    /// Number up to which it has all answers of this node, in that epoch.
    pub has_requests: i64,
    /// Epoch and number up to which all of its answers are applied here.
    pub request_epoch: Epoch,
    pub request_mark: i64,
    /// Time of the last bundle to it that told everything.
    pub full_at: Option<DateTime<Utc>>,
}
row!(PeerRow {
    name,
    public_keys,
    previous_keys,
    previous_until,
    trusted_at,
    revoked_at,
    sent_seq,
    received_epoch,
    received_seq,
    received_at,
    has_epoch,
    has_requests,
    request_epoch,
    request_mark,
    full_at
});

impl PeerRow {
    /// Position of the latest bundle from it.
    pub fn position(&self) -> BundlePosition {
        BundlePosition { epoch: self.received_epoch, seq: self.received_seq }
    }

    /// Mark of its answers.
    pub fn answer_mark(&self) -> SourceMark {
        SourceMark { epoch: self.request_epoch, rev: self.request_mark }
    }
}

/// Trusts a peer, or trusts other keys of a peer that was known.
pub async fn trust(
    db: &impl ConnectionTrait,
    name: &str,
    public_keys: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO peer (name, public_keys, trusted_at) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE SET public_keys = excluded.public_keys, trusted_at = excluded.trusted_at,
            previous_keys = NULL, previous_until = NULL, revoked_at = NULL";
    execute(db, sql, args![name, public_keys, now]).await.map(|_| ())
}

/// Replaces the keys of a trusted peer by compare-and-set; the old ones count until a time. False if the peer
/// has others, or is not trusted.
pub async fn rotate(
    db: &impl ConnectionTrait,
    name: &str,
    (old, new): (&str, &str),
    until: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE peer SET public_keys = $3, previous_keys = $2, previous_until = $4
        WHERE name = $1 AND public_keys = $2 AND revoked_at IS NULL";
    Ok(execute(db, sql, args![name, old, new, until]).await? > 0)
}

/// Ends the trust. False if there is no trusted peer of this name.
pub async fn revoke(db: &impl ConnectionTrait, name: &str, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = "UPDATE peer SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL";
    Ok(execute(db, sql, args![name, now]).await? > 0)
}

/// All peers, by name.
pub async fn peers(db: &impl ConnectionTrait) -> Result<Vec<PeerRow>, DbErr> {
    all(db, "SELECT * FROM peer ORDER BY name", args![]).await
}

pub async fn peer(db: &impl ConnectionTrait, name: &str) -> Result<Option<PeerRow>, DbErr> {
    one(db, "SELECT * FROM peer WHERE name = $1", args![name]).await
}

/// Counts a bundle to the peer.
pub async fn set_sent(db: &impl ConnectionTrait, name: &str, seq: i64) -> Result<(), DbErr> {
    execute(db, "UPDATE peer SET sent_seq = $2 WHERE name = $1", args![name, seq]).await.map(|_| ())
}

/// Stores that a bundle with everything was written for the peer.
pub async fn set_full(db: &impl ConnectionTrait, name: &str, now: DateTime<Utc>) -> Result<(), DbErr> {
    execute(db, "UPDATE peer SET full_at = $2 WHERE name = $1", args![name, now]).await.map(|_| ())
}

/// Stores the position of the latest bundle from the peer.
pub async fn set_received(
    db: &impl ConnectionTrait,
    name: &str,
    position: BundlePosition,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let BundlePosition { epoch, seq } = position;
    let sql = "UPDATE peer SET received_epoch = $2, received_seq = $3, received_at = $4 WHERE name = $1";
    execute(db, sql, args![name, epoch, seq, now]).await.map(|_| ())
}
