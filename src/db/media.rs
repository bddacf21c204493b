//! Bytes that are here, by the address they came from and by their hash.

use super::sql::{args, execute, listed, one, row, values};
use super::{ConnectionTrait, DbErr};
use crate::domain::{DateTime, Utc};

/// Verified bytes, named by their SHA-256 in lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    pub sha256: String,
    pub bytes: i64,
    pub mime_type: String,
}
row!(Blob { sha256, bytes, mime_type });

/// The bytes of an address, unless an item has come to it since that they do not belong to.
pub async fn at(db: &impl ConnectionTrait, url: &str) -> Result<Option<Blob>, DbErr> {
    one(
        db,
        "SELECT b.sha256, b.bytes, b.mime_type FROM media m JOIN blob b ON b.sha256 = m.sha256
         WHERE m.url = $1 AND NOT EXISTS (SELECT 1 FROM item i WHERE i.media_url = $1 AND i.media_since > m.fetched_at)",
        args![url],
    )
    .await
}

/// Remembers that the bytes of an address are here since a time.
pub async fn keep(
    db: &impl ConnectionTrait,
    url: &str,
    blob: &Blob,
    fetched_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    keep_all(db, &[(url, blob, fetched_at)], fetched_at).await
}

/// The same for several addresses.
pub async fn keep_all(
    db: &impl ConnectionTrait,
    kept: &[(&str, &Blob, DateTime<Utc>)],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let (mut blobs, mut media) = (args![now], args![]);
    let (mut blob_rows, mut media_rows) = (Vec::new(), Vec::new());
    for (url, blob, fetched_at) in kept {
        let row = listed(args![blob.sha256.as_str(), blob.bytes, blob.mime_type.as_str()], &mut blobs);
        blob_rows.push(format!("({row}, $1)"));
        media_rows.push(format!("({})", listed(args![*url, blob.sha256.as_str(), *fetched_at], &mut media)));
    }
    let sql = format!(
        "INSERT INTO blob (sha256, bytes, mime_type, created_at) VALUES {} ON CONFLICT (sha256) DO NOTHING",
        blob_rows.join(", ")
    );
    execute(db, &sql, blobs).await?;
    let sql = format!(
        "INSERT INTO media (url, sha256, fetched_at) VALUES {}
         ON CONFLICT (url) DO UPDATE SET sha256 = excluded.sha256, fetched_at = excluded.fetched_at",
        media_rows.join(", ")
    );
    execute(db, &sql, media).await.map(|_| ())
}

/// Remembers bytes that belong to no address.
pub async fn keep_blob(db: &impl ConnectionTrait, blob: &Blob, now: DateTime<Utc>) -> Result<(), DbErr> {
    let sql = "INSERT INTO blob (sha256, bytes, mime_type, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (sha256) DO NOTHING";
    let values = args![blob.sha256.as_str(), blob.bytes, blob.mime_type.as_str(), now];
    execute(db, sql, values).await.map(|_| ())
}

/// Forgets where bytes came from, so that they are fetched anew.
pub async fn forget(db: &impl ConnectionTrait, url: &str) -> Result<(), DbErr> {
    execute(db, "DELETE FROM media WHERE url = $1", args![url]).await.map(|_| ())
}

/// Bytes that no download holds any more: those that are not kept ahead, or all of them.
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
           AND ($2 OR NOT EXISTS (SELECT 1 FROM media m JOIN ahead a ON a.media_url = m.url WHERE m.sha256 = b.sha256))
         ORDER BY b.created_at LIMIT $3",
        args![before, even_ahead, limit],
    )
    .await
}

/// Keeps others from dropping a blob until the transaction ends. False when it is gone.
pub async fn hold(db: &impl ConnectionTrait, sha256: &str) -> Result<bool, DbErr> {
    Ok(execute(db, "UPDATE blob SET bytes = bytes WHERE sha256 = $1", args![sha256]).await? > 0)
}

/// Drops a blob's rows. False when a download has taken hold of it meanwhile.
pub async fn drop_blob(db: &impl ConnectionTrait, sha256: &str) -> Result<bool, DbErr> {
    // By itself: only the statements after it see what whoever held it has written.
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
        "DELETE FROM blob WHERE sha256 = $1 AND NOT EXISTS (SELECT 1 FROM download d WHERE d.sha256 = $1)",
        args![sha256],
    )
    .await?;
    Ok(dropped > 0)
}
