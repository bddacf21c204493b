//! Pictures of other servers by their address, and their files in several sizes.
//!
//! A picture that a private source names has the source's mark at the end of its address (`feed_login`), so
//! that it belongs to this source alone.

use super::sql::{all, args, execute, listed, one, row, sql, value, values};
use super::{ConnectionTrait, DbErr};
use crate::{DateTime, ItemId, SourceId, Utc};

/// SQL expression: address of a picture that is named by source `s` or by an item of it.
macro_rules! marked {
    ($address:literal) => {
        concat!($address, " || COALESCE(SUBSTR(s.feed_url, LENGTH(s.private_url) + 1), '')")
    };
}

/// SQL expression: hash of the cover of source `s`.
macro_rules! source_cover {
    () => {
        concat!(
            "(SELECT p.hash FROM picture p WHERE p.address = ",
            $crate::db::pictures::marked!("s.image_url"),
            ")"
        )
    };
}

/// SQL expression: hash of the cover of item `i`, else of its source `s`.
macro_rules! item_cover {
    () => {
        concat!(
            "COALESCE((SELECT p.hash FROM picture p WHERE p.address = ",
            $crate::db::pictures::marked!("i.image_url"),
            "), ",
            $crate::db::pictures::source_cover!(),
            ")"
        )
    };
}
pub(in crate::db) use {item_cover, marked, source_cover};

/// Addresses of these items' own pictures that are unknown, or were not used since a time. A picture that is
/// its source's as well is left to the source.
pub async fn unused_of_items(
    db: &impl ConnectionTrait,
    ids: &[ItemId],
    since: DateTime<Utc>,
) -> Result<Vec<String>, DbErr> {
    let mut asked = args![since];
    let sql = sql!(
        "SELECT DISTINCT {address} FROM item i JOIN source s ON s.id = i.source_id
         WHERE i.id IN ({}) AND i.image_url IS NOT NULL AND i.image_url <> COALESCE(s.image_url, '')
           AND NOT EXISTS (SELECT 1 FROM picture p WHERE p.address = {address} AND p.used_at >= $1)",
        listed(ids.iter().copied(), &mut asked),
        address = marked!("i.image_url")
    );
    values(db, sql, asked).await
}

/// Like `unused_of_items`, for the pictures of sources.
pub async fn unused_of_sources(
    db: &impl ConnectionTrait,
    ids: &[SourceId],
    since: DateTime<Utc>,
) -> Result<Vec<String>, DbErr> {
    let mut asked = args![since];
    let sql = sql!(
        "SELECT DISTINCT {address} FROM source s WHERE s.id IN ({}) AND s.image_url IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM picture p WHERE p.address = {address} AND p.used_at >= $1)",
        listed(ids.iter().copied(), &mut asked),
        address = marked!("s.image_url")
    );
    values(db, sql, asked).await
}

/// Those of the addresses that are known and were used since a time.
pub async fn used_since(
    db: &impl ConnectionTrait,
    addresses: &[String],
    since: DateTime<Utc>,
) -> Result<Vec<String>, DbErr> {
    let mut asked = args![since];
    let addresses = listed(addresses.iter().map(String::as_str), &mut asked);
    let sql = sql!("SELECT address FROM picture WHERE used_at >= $1 AND address IN ({addresses})");
    values(db, sql, asked).await
}

/// Those of the addresses whose pictures were never kept and did not fail yet.
pub async fn untried(db: &impl ConnectionTrait, addresses: &[String]) -> Result<Vec<String>, DbErr> {
    let mut asked = args![];
    let addresses = listed(addresses.iter().map(String::as_str), &mut asked);
    let sql =
        sql!("SELECT address FROM picture WHERE hash IS NULL AND failures = 0 AND address IN ({addresses})");
    values(db, sql, asked).await
}

/// Requests pictures. For those that are known, only records that they are used.
pub async fn want(db: &impl ConnectionTrait, addresses: &[String], now: DateTime<Utc>) -> Result<(), DbErr> {
    // In one order, so that two transactions cannot deadlock.
    let mut addresses: Vec<_> = addresses.iter().collect();
    addresses.sort_unstable();
    for address in addresses {
        let sql = "INSERT INTO picture (address, next_attempt_at, used_at) VALUES ($1, $2, $2)
            ON CONFLICT (address) DO UPDATE SET used_at = excluded.used_at";
        execute(db, sql, args![address.as_str(), now]).await?;
    }
    Ok(())
}

/// Pictures whose next request is due, the longest waiting first.
pub async fn due(db: &impl ConnectionTrait, now: DateTime<Utc>, limit: i64) -> Result<Vec<String>, DbErr> {
    let sql =
        "SELECT address FROM picture WHERE next_attempt_at <= $1 ORDER BY next_attempt_at, address LIMIT $2";
    values(db, sql, args![now, limit]).await
}

/// Moves the next request of pictures to a later time.
pub async fn postpone(
    db: &impl ConnectionTrait,
    addresses: &[String],
    next: DateTime<Utc>,
) -> Result<(), DbErr> {
    let mut values = args![next];
    let addresses = listed(addresses.iter().map(String::as_str), &mut values);
    let sql = sql!("UPDATE picture SET next_attempt_at = $1 WHERE address IN ({addresses})");
    execute(db, sql, values).await.map(|_| ())
}

/// Records that a picture is kept, and when it is checked for a newer one.
pub async fn ready(
    db: &impl ConnectionTrait,
    address: &str,
    hash: &str,
    next: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql =
        "UPDATE picture SET hash = $2, error = NULL, failures = 0, next_attempt_at = $3 WHERE address = $1";
    execute(db, sql, args![address, hash, next]).await.map(|_| ())
}

/// Records a failed request. A picture that was kept before stays.
pub async fn failed(
    db: &impl ConnectionTrait,
    address: &str,
    error: &str,
    next: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql =
        "UPDATE picture SET error = $2, failures = failures + 1, next_attempt_at = $3 WHERE address = $1";
    execute(db, sql, args![address, error, next]).await.map(|_| ())
}

/// Failed requests since the last successful one.
pub async fn failures(db: &impl ConnectionTrait, address: &str) -> Result<i64, DbErr> {
    let sql = "SELECT failures FROM picture WHERE address = $1";
    Ok(value(db, sql, args![address]).await?.unwrap_or_default())
}

/// File of a picture in one size, by the SHA-256 of its blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureFile {
    pub size: i64,
    pub sha256: String,
    pub width: i64,
    pub height: i64,
}

/// Records the files of a picture, unless it has some. The caller holds the rows of their blobs.
pub async fn keep_files(db: &impl ConnectionTrait, hash: &str, files: &[PictureFile]) -> Result<(), DbErr> {
    for PictureFile { size, sha256, width, height } in files {
        let sql = "INSERT INTO picture_file (hash, size, sha256, width, height) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (hash, size) DO NOTHING";
        execute(db, sql, args![hash, *size, sha256.as_str(), *width, *height]).await?;
    }
    Ok(())
}

/// Blob of a picture's file.
pub async fn blob(
    db: &impl ConnectionTrait,
    hash: &str,
    size: i64,
) -> Result<Option<super::media::Blob>, DbErr> {
    let sql = "SELECT b.sha256, b.bytes, b.mime_type FROM picture_file f JOIN blob b ON b.sha256 = f.sha256
        WHERE f.hash = $1 AND f.size = $2";
    one(db, sql, args![hash, size]).await
}

/// A kept picture, with the pixels of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPicture {
    pub address: String,
    pub hash: String,
    pub width: i64,
    pub height: i64,
}
row!(KeptPicture { address, hash, width, height });

/// Those of the addresses whose pictures are kept in a size.
pub async fn kept(
    db: &impl ConnectionTrait,
    addresses: &[String],
    size: i64,
) -> Result<Vec<KeptPicture>, DbErr> {
    let mut asked = args![size];
    let addresses = listed(addresses.iter().map(String::as_str), &mut asked);
    let sql = sql!(
        "SELECT p.address, p.hash, f.width, f.height FROM picture p JOIN picture_file f ON f.hash = p.hash AND f.size = $1
         WHERE p.address IN ({addresses})"
    );
    all(db, sql, asked).await
}

/// Forgets the pictures that have a lost blob among their files, so that they are requested again.
pub async fn lose(db: &impl ConnectionTrait, sha256: &str, now: DateTime<Utc>) -> Result<(), DbErr> {
    let hashes = "SELECT hash FROM picture_file WHERE sha256 = $1";
    let sql = sql!("UPDATE picture SET hash = NULL, next_attempt_at = $2 WHERE hash IN ({hashes})");
    execute(db, sql, args![sha256, now]).await?;
    let sql = sql!("DELETE FROM picture_file WHERE hash IN ({hashes})");
    execute(db, sql, args![sha256]).await.map(|_| ())
}

/// Forgets pictures that were not used since a time, and the files of pictures that no address has any more.
pub async fn forget_unused(db: &impl ConnectionTrait, since: DateTime<Utc>) -> Result<(), DbErr> {
    execute(db, "DELETE FROM picture WHERE used_at < $1", args![since]).await?;
    let sql = "DELETE FROM picture_file WHERE NOT EXISTS (SELECT 1 FROM picture p WHERE p.hash = picture_file.hash)";
    execute(db, sql, args![]).await.map(|_| ())
}
