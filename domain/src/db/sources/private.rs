//! Private sources: each belongs to one user, who alone has its name and password.

use super::super::sql::{all, args, execute, one, row, value, values};
use super::super::{ConnectionTrait, DbErr};
use super::NewSource;
use crate::{DateTime, ItemId, SourceId, UserId, Utc};

/// Data needed for a request to a private source's own address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Private {
    pub private_to: UserId,
    /// Address of the feed.
    pub private_url: String,
    /// Sealed name and password.
    pub credential: String,
}
row!(Private { private_to, private_url, credential });

/// Private source by its mark. None if there is no such source, or it has no password any more.
pub async fn of_mark(db: &impl ConnectionTrait, mark: &str) -> Result<Option<Private>, DbErr> {
    let sql = "SELECT private_to, private_url, credential FROM source
        WHERE private_to IS NOT NULL AND credential IS NOT NULL AND feed_url = private_url || $1";
    one(db, sql, args![mark]).await
}

/// Address of a private source, and the mark of the addresses that are its own.
pub struct Mark {
    pub private_url: String,
    pub mark: String,
}
row!(Mark { private_url, mark });

pub async fn mark_of(db: &impl ConnectionTrait, id: SourceId) -> Result<Option<Mark>, DbErr> {
    let sql = "SELECT private_url, SUBSTR(feed_url, LENGTH(private_url) + 1) AS mark FROM source
        WHERE id = $1 AND private_url IS NOT NULL";
    one(db, sql, args![id]).await
}

/// Private source of the user with this address.
pub async fn find(db: &impl ConnectionTrait, owner: UserId, url: &str) -> Result<Option<SourceId>, DbErr> {
    let sql = "SELECT id FROM source WHERE private_to = $1 AND private_url = $2 ORDER BY id LIMIT 1";
    value(db, sql, args![owner, url]).await
}

/// Inserts a private source. The caller holds the user's row lock, so that there is one per address.
pub async fn insert(
    db: &impl ConnectionTrait,
    owner: UserId,
    new: &NewSource<'_>,
    mark: &str,
    credential: &str,
    now: DateTime<Utc>,
) -> Result<SourceId, DbErr> {
    let id = value(
        db,
        "INSERT INTO source (feed_url, name, kind, policy, origin, added_by, private_to, private_url, credential,
                next_refresh_at, created_at, key)
         VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $9, $10) RETURNING id",
        args![
            format!("{}{mark}", new.feed_url),
            new.name,
            new.kind,
            new.policy,
            new.origin,
            owner,
            new.feed_url,
            credential,
            now,
            super::new_key()
        ],
    )
    .await?;
    id.ok_or(DbErr::RecordNotInserted)
}

/// Sealed name and password of a user's private source. None if it has none any more.
pub async fn credential(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: SourceId,
) -> Result<Option<String>, DbErr> {
    let sql = "SELECT credential FROM source WHERE private_to = $1 AND id = $2 AND credential IS NOT NULL";
    value(db, sql, args![owner, id]).await
}

/// Replaces or removes the name and password of a private source. False if it is not this user's.
pub async fn set_credential(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: SourceId,
    credential: Option<&str>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE source SET credential = $3, etag = NULL, last_modified = NULL
        WHERE private_to = $1 AND id = $2";
    Ok(execute(db, sql, args![owner, id, credential.map(str::to_owned)]).await? > 0)
}

/// Makes a source private that a user has added and no other user follows. False for any other.
pub async fn take(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: SourceId,
    mark: &str,
    credential: &str,
) -> Result<bool, DbErr> {
    let sql = "UPDATE source SET private_to = $1, private_url = feed_url, feed_url = feed_url || $3, credential = $4,
            etag = NULL, last_modified = NULL, rev = rev + 1
        WHERE id = $2 AND origin = 'person' AND added_by = $1 AND private_to IS NULL
          AND NOT EXISTS (SELECT 1 FROM subscription b WHERE b.source_id = $2 AND b.user_id <> $1)";
    Ok(execute(db, sql, args![owner, id, mark, credential]).await? > 0)
}

/// Ends what a gateway may write into a source that has become private, and into its items: it follows the
/// public one under their keys.
pub async fn leave_peer(db: &impl ConnectionTrait, id: SourceId) -> Result<(), DbErr> {
    let source =
        "UPDATE source SET key = $2, peer = NULL, peer_epoch = 0, peer_mark = 0, peer_rev = 0 WHERE id = $1
            AND peer IS NOT NULL";
    if execute(db, source, args![id, super::new_key()]).await? == 0 {
        return Ok(());
    }
    for item in values::<ItemId>(db, "SELECT id FROM item WHERE source_id = $1", args![id]).await? {
        let sql = "UPDATE item SET key = $2, peer_rev = 0 WHERE id = $1";
        execute(db, sql, args![item, super::new_key()]).await?;
    }
    Ok(())
}

/// Item whose file may belong to the private source itself.
pub struct Filed {
    pub id: ItemId,
    pub media_url: String,
}
row!(Filed { id, media_url });

pub async fn files(db: &impl ConnectionTrait, id: SourceId) -> Result<Vec<Filed>, DbErr> {
    let sql = "SELECT id, media_url FROM item WHERE source_id = $1 AND media_url IS NOT NULL ORDER BY id";
    all(db, sql, args![id]).await
}

pub async fn set_file(db: &impl ConnectionTrait, item: ItemId, media_url: &str) -> Result<(), DbErr> {
    execute(db, "UPDATE item SET media_url = $2 WHERE id = $1", args![item, media_url]).await.map(|_| ())
}

/// Resets unavailable items and makes failed downloads due at once, after the name and password have changed.
pub async fn forgive(db: &impl ConnectionTrait, id: SourceId, now: DateTime<Utc>) -> Result<(), DbErr> {
    let items = "UPDATE item SET availability = 'cacheable', unavailable_reason = NULL, next_retry_at = NULL
        WHERE source_id = $1 AND availability = 'unavailable'";
    execute(db, items, args![id]).await?;
    let downloads =
        "UPDATE download SET next_attempt_at = $2 WHERE status = 'failed' AND next_attempt_at IS NOT NULL
        AND item_id IN (SELECT id FROM item WHERE source_id = $1)";
    execute(db, downloads, args![id, now]).await.map(|_| ())
}
