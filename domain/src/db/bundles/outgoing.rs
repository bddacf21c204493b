//! Rows that a gateway tells its sites, and what it knows that they have.

use std::collections::BTreeMap;

use crate::bundle::{Epoch, ItemRecord, PeerHave, SourceRecord};
use crate::db::sql::{all, args, execute, one, row, sql, value, values};
use crate::db::{ConnectionTrait, DbErr};
use crate::{DateTime, SourceId, UserId, Utc};

/// A source that a peer follows.
pub struct FollowedSource {
    pub id: SourceId,
    pub followed_as: String,
    pub is_private: bool,
}
row!(FollowedSource { id, followed_as, is_private });

/// Condition: source `s` is public, or belongs to an account that stands for a user of peer `$1`.
const VISIBLE_TO_PEER: &str =
    "(s.private_to IS NULL OR s.private_to IN (SELECT h.id FROM account h WHERE h.home = $1))";

/// Sources that a peer follows, in order. Of private ones, those of its own users.
pub async fn followed(db: &impl ConnectionTrait, peer: &str) -> Result<Vec<FollowedSource>, DbErr> {
    let sql = sql!(
        "SELECT s.id, f.feed_url AS followed_as, s.private_to IS NOT NULL AS is_private
         FROM peer_follow f JOIN source s ON s.id = f.source_id
         WHERE f.peer = $1 AND {VISIBLE_TO_PEER} ORDER BY s.id, f.feed_url"
    );
    all(db, sql, args![peer]).await
}

row!(SourceRecord { key, rev, feed_url, followed_as, name, description, site_url, image_url, kind, policy; details });

/// Columns of a source's record, but for `followed_as`.
const SOURCE: &str =
    "key, rev, COALESCE(private_url, feed_url) AS feed_url, name, description, site_url, image_url, kind,
    policy, details";

pub async fn source_record(
    db: &impl ConnectionTrait,
    source: &FollowedSource,
) -> Result<Option<SourceRecord>, DbErr> {
    let sql = sql!("SELECT {SOURCE}, $2 AS followed_as FROM source WHERE id = $1");
    one(db, sql, args![source.id, source.followed_as.as_str()]).await
}

impl sea_orm::FromQueryResult for ItemRecord {
    fn from_query_result(row: &sea_orm::QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            source: row.try_get(prefix, "source")?,
            key: row.try_get(prefix, "key")?,
            rev: row.try_get(prefix, "rev")?,
            identity: row.try_get(prefix, "identity")?,
            content_hash: row.try_get(prefix, "content_hash")?,
            is_replaced: row.try_get(prefix, "is_replaced")?,
            summary: row.try_get(prefix, "summary")?,
            first_seen_at: row.try_get(prefix, "first_seen_at")?,
            content: crate::db::items::read_content(row, prefix)?,
        })
    }
}

const ITEM: &str = "SELECT i.*, s.key AS source, i.wanted = 'replaced' AS is_replaced, i.id AS position
        FROM item i JOIN source s ON s.id = i.source_id";

/// Items of a source above a position of revision and id, and up to a revision, in order.
pub async fn item_records(
    db: &impl ConnectionTrait,
    source: SourceId,
    above: (i64, i64),
    to: i64,
    limit: i64,
) -> Result<Vec<(i64, ItemRecord)>, DbErr> {
    let sql = sql!(
        "{ITEM} WHERE i.source_id = $1 AND (i.rev > $2 OR (i.rev = $2 AND i.id > $3)) AND i.rev <= $4
         ORDER BY i.rev, i.id LIMIT $5"
    );
    struct Placed(i64, ItemRecord);
    impl sea_orm::FromQueryResult for Placed {
        fn from_query_result(row: &sea_orm::QueryResult, prefix: &str) -> Result<Self, DbErr> {
            Ok(Self(row.try_get(prefix, "position")?, ItemRecord::from_query_result(row, prefix)?))
        }
    }
    let rows: Vec<Placed> = all(db, sql, args![source, above.0, above.1, to, limit]).await?;
    Ok(rows.into_iter().map(|Placed(position, record)| (position, record)).collect())
}

/// An item with its source, whether or not it is followed. Of a private source only if it is of the peer's
/// own users.
pub async fn item_record(
    db: &impl ConnectionTrait,
    peer: &str,
    key: &str,
) -> Result<Option<(SourceRecord, ItemRecord)>, DbErr> {
    let sql = sql!("{ITEM} WHERE i.key = $2 AND {VISIBLE_TO_PEER}");
    let Some(item): Option<ItemRecord> = one(db, sql, args![peer, key]).await? else { return Ok(None) };
    let sql = sql!(
        "SELECT {SOURCE}, CASE WHEN private_to IS NULL THEN feed_url
            ELSE COALESCE((SELECT f.feed_url FROM peer_follow f WHERE f.peer = $1 AND f.source_id = source.id
                ORDER BY f.feed_url LIMIT 1), feed_url) END AS followed_as FROM source WHERE key = $2"
    );
    Ok(one(db, sql, args![peer, item.source.as_str()]).await?.map(|source| (source, item)))
}

/// Revisions that a peer has of the sources, in the epoch that it told.
pub async fn have_of(db: &impl ConnectionTrait, peer: &str, epoch: Epoch) -> Result<PeerHave, DbErr> {
    struct PeerRevision {
        source_key: String,
        rev: i64,
    }
    row!(PeerRevision { source_key, rev });
    let rows: Vec<PeerRevision> =
        all(db, "SELECT source_key, rev FROM peer_source WHERE peer = $1", args![peer]).await?;
    let sources: BTreeMap<_, _> = rows.into_iter().map(|row| (row.source_key, row.rev)).collect();
    Ok(PeerHave { epoch, sources, ..PeerHave::default() })
}

/// Replaces what a peer has.
pub async fn set_have(db: &impl ConnectionTrait, peer: &str, have: &PeerHave) -> Result<(), DbErr> {
    let sql = "UPDATE peer SET has_epoch = $2, has_requests = $3 WHERE name = $1";
    execute(db, sql, args![peer, have.epoch, have.answers]).await?;
    execute(db, "DELETE FROM peer_source WHERE peer = $1", args![peer]).await?;
    for (key, rev) in &have.sources {
        let sql = "INSERT INTO peer_source (peer, source_key, rev) VALUES ($1, $2, $3)";
        execute(db, sql, args![peer, key.as_str(), *rev]).await?;
    }
    Ok(())
}

/// Keys of deleted sources that the peer has.
pub async fn gone(db: &impl ConnectionTrait, peer: &str) -> Result<Vec<String>, DbErr> {
    let sql = "SELECT t.source_key FROM tombstone t JOIN peer_source p ON p.source_key = t.source_key
        WHERE p.peer = $1 ORDER BY t.source_key";
    values(db, sql, args![peer]).await
}

/// Stores that a peer follows a feed, told by its bundle of this number.
pub async fn follow(
    db: &impl ConnectionTrait,
    peer: &str,
    feed_url: &str,
    source: SourceId,
    seq: i64,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO peer_follow (peer, feed_url, source_id, seq) VALUES ($1, $2, $3, $4)
        ON CONFLICT (peer, feed_url) DO UPDATE SET source_id = excluded.source_id, seq = excluded.seq";
    execute(db, sql, args![peer, feed_url, source, seq]).await.map(|_| ())
}

/// Number of feeds that the peer's bundle of this number has named so far.
pub async fn follows(db: &impl ConnectionTrait, peer: &str, seq: i64) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) FROM peer_follow WHERE peer = $1 AND seq = $2";
    Ok(value(db, sql, args![peer, seq]).await?.unwrap_or_default())
}

/// Removes the feeds of a peer that its bundle of this number does not name.
pub async fn end_follows(db: &impl ConnectionTrait, peer: &str, seq: i64) -> Result<u64, DbErr> {
    execute(db, "DELETE FROM peer_follow WHERE peer = $1 AND seq <> $2", args![peer, seq]).await
}

/// Feeds that users of this node follow, without private ones.
pub async fn own_follows(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let sql = "SELECT DISTINCT s.feed_url FROM source s JOIN subscription b ON b.source_id = s.id
        WHERE s.private_to IS NULL ORDER BY s.feed_url";
    values(db, sql, args![]).await
}

/// A private feed that its user follows here.
pub struct OwnPrivateFollow {
    pub feed_url: String,
    pub private_url: String,
    pub private_to: UserId,
    /// Sealed name and password.
    pub credential: Option<String>,
}
row!(OwnPrivateFollow { feed_url, private_url, private_to, credential });

/// Private feeds that users of this node follow.
pub async fn own_private_follows(db: &impl ConnectionTrait) -> Result<Vec<OwnPrivateFollow>, DbErr> {
    let sql = "SELECT s.feed_url, s.private_url, s.private_to, s.credential FROM source s
        WHERE s.private_to IS NOT NULL AND EXISTS (SELECT 1 FROM subscription b
            WHERE b.source_id = s.id AND b.user_id = s.private_to) ORDER BY s.feed_url";
    all(db, sql, args![]).await
}

/// The private source of an account that a peer follows under this address.
pub async fn followed_private(
    db: &impl ConnectionTrait,
    peer: &str,
    followed_as: &str,
    owner: UserId,
) -> Result<Option<SourceId>, DbErr> {
    let sql = "SELECT s.id FROM peer_follow f JOIN source s ON s.id = f.source_id
        WHERE f.peer = $1 AND f.feed_url = $2 AND s.private_to = $3";
    value(db, sql, args![peer, followed_as, owner]).await
}

/// Number of private sources of accounts that stand for users of a peer.
pub async fn private_sources(db: &impl ConnectionTrait, peer: &str) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) FROM source s JOIN account h ON h.id = s.private_to WHERE h.home = $1";
    Ok(value(db, sql, args![peer]).await?.unwrap_or_default())
}

/// Forgets all feeds that a peer follows.
pub async fn unfollow_all(db: &impl ConnectionTrait, peer: &str) -> Result<u64, DbErr> {
    execute(db, "DELETE FROM peer_follow WHERE peer = $1", args![peer]).await
}

/// A private source of an account that stands for a user of a site, which the site follows no more.
pub struct OrphanedSource {
    pub owner: UserId,
    pub id: SourceId,
}
row!(OrphanedSource { owner, id });

/// Private sources of the accounts that stand for users of a peer, which the peer follows no more.
pub async fn orphaned_private(db: &impl ConnectionTrait, peer: &str) -> Result<Vec<OrphanedSource>, DbErr> {
    let sql = "SELECT s.private_to AS owner, s.id FROM source s JOIN account h ON h.id = s.private_to
        WHERE h.home = $1 AND NOT EXISTS (SELECT 1 FROM peer_follow f WHERE f.source_id = s.id) ORDER BY s.id";
    all(db, sql, args![peer]).await
}

/// Deletes old tombstones: a peer that missed them is told everything anew.
pub async fn delete_tombstones(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    execute(db, "DELETE FROM tombstone WHERE deleted_at < $1", args![before]).await
}
