//! Stored bytes (blobs), by source address and by hash.

use super::sql::{SafeSql, args, execute, listed, one, row, sql, values};
use super::{ConnectionTrait, DbErr};
use crate::{DateTime, Utc};

/// Verified bytes, identified by their SHA-256 in lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    pub sha256: String,
    pub bytes: i64,
    pub mime_type: String,
}
row!(Blob { sha256, bytes, mime_type });

/// Blob of an address, unless it was fetched before the `media_since` of an item with this address.
pub async fn at(db: &impl ConnectionTrait, url: &str) -> Result<Option<Blob>, DbErr> {
    one(
        db,
        "SELECT b.sha256, b.bytes, b.mime_type FROM media m JOIN blob b ON b.sha256 = m.sha256
         WHERE m.url = $1 AND NOT EXISTS (SELECT 1 FROM item i WHERE i.media_url = $1 AND i.media_since > m.fetched_at)",
        args![url],
    )
    .await
}

/// Records that the bytes of an address are stored, with the time of the fetch.
pub async fn keep(
    db: &impl ConnectionTrait,
    url: &str,
    blob: &Blob,
    fetched_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    keep_all(db, &[(url, blob, fetched_at)], fetched_at).await
}

/// Like `keep`, for several addresses.
pub async fn keep_all(
    db: &impl ConnectionTrait,
    kept: &[(&str, &Blob, DateTime<Utc>)],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let (mut blobs, mut media) = (args![now], args![]);
    let (mut blob_rows, mut media_rows) = (Vec::new(), Vec::new());
    for (url, blob, fetched_at) in kept {
        let row = listed(args![blob.sha256.as_str(), blob.bytes, blob.mime_type.as_str()], &mut blobs);
        blob_rows.push(sql!("({row}, $1)"));
        media_rows.push(sql!("({})", listed(args![*url, blob.sha256.as_str(), *fetched_at], &mut media)));
    }
    let sql = sql!(
        "INSERT INTO blob (sha256, bytes, mime_type, created_at) VALUES {} ON CONFLICT (sha256) DO NOTHING",
        SafeSql::join(blob_rows, ", ")
    );
    execute(db, sql, blobs).await?;
    let sql = sql!(
        "INSERT INTO media (url, sha256, fetched_at) VALUES {}
         ON CONFLICT (url) DO UPDATE SET sha256 = excluded.sha256, fetched_at = excluded.fetched_at",
        SafeSql::join(media_rows, ", ")
    );
    execute(db, sql, media).await.map(|_| ())
}

/// Records bytes that belong to no address.
pub async fn keep_blob(db: &impl ConnectionTrait, blob: &Blob, now: DateTime<Utc>) -> Result<(), DbErr> {
    let sql = "INSERT INTO blob (sha256, bytes, mime_type, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (sha256) DO NOTHING";
    let values = args![blob.sha256.as_str(), blob.bytes, blob.mime_type.as_str(), now];
    execute(db, sql, values).await.map(|_| ())
}

/// Blobs from before a time that no download, even a deleted one, picture, export or site holds: those that
/// are not prefetched or, if `even_ahead`, all.
pub async fn unheld(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
    even_ahead: bool,
    limit: i64,
) -> Result<Vec<String>, DbErr> {
    values(
        db,
        "SELECT b.sha256 FROM blob b WHERE b.created_at < $1
           AND NOT EXISTS (SELECT 1 FROM download d WHERE d.sha256 = b.sha256)
           AND NOT EXISTS (SELECT 1 FROM deleted_download d WHERE d.sha256 = b.sha256)
           AND NOT EXISTS (SELECT 1 FROM picture_file f WHERE f.sha256 = b.sha256)
           AND NOT EXISTS (SELECT 1 FROM account_export x WHERE x.sha256 = b.sha256)
           AND NOT EXISTS (SELECT 1 FROM peer_file f WHERE f.sha256 = b.sha256)
           AND ($2 OR NOT EXISTS (SELECT 1 FROM media m JOIN ahead a ON a.media_url = m.url WHERE m.sha256 = b.sha256))
         ORDER BY b.created_at LIMIT $3",
        args![before, even_ahead, limit],
    )
    .await
}

/// Locks a blob's row until the transaction ends, so that it is not dropped. False if it is gone.
pub async fn hold(db: &impl ConnectionTrait, sha256: &str) -> Result<bool, DbErr> {
    Ok(execute(db, "UPDATE blob SET bytes = bytes WHERE sha256 = $1", args![sha256]).await? > 0)
}

/// Drops a blob's rows. False if it is gone, or a download, a picture or an export has claimed it meanwhile.
pub async fn drop_blob(db: &impl ConnectionTrait, sha256: &str) -> Result<bool, DbErr> {
    // A statement of its own: only later statements see the writes of the previous lock holder.
    if !hold(db, sha256).await? {
        return Ok(false);
    }
    execute(
        db,
        "UPDATE item SET availability = 'cacheable' WHERE availability = 'cached'
           AND media_url IN (SELECT url FROM media WHERE sha256 = $1)",
        args![sha256],
    )
    .await?;
    execute(db, "DELETE FROM media WHERE sha256 = $1", args![sha256]).await?;
    let dropped = execute(
        db,
        "DELETE FROM blob WHERE sha256 = $1 AND NOT EXISTS (SELECT 1 FROM download d WHERE d.sha256 = $1)
           AND NOT EXISTS (SELECT 1 FROM picture_file f WHERE f.sha256 = $1)
           AND NOT EXISTS (SELECT 1 FROM account_export x WHERE x.sha256 = $1)
           AND NOT EXISTS (SELECT 1 FROM peer_file f WHERE f.sha256 = $1)",
        args![sha256],
    )
    .await?;
    Ok(dropped > 0)
}
