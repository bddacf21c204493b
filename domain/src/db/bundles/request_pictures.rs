//! Pictures that a site waits for, and the blobs that belong to them.

use crate::bundle::SentPicture;
use crate::db::sql::{all, args, execute, row, value, values};
use crate::db::{ConnectionTrait, DbErr};
use crate::{DateTime, Utc};

/// Addresses of pictures that were shown since a time and are not here, the latest first.
pub async fn missing_pictures(
    db: &impl ConnectionTrait,
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<String>, DbErr> {
    let sql = "SELECT address FROM picture WHERE hash IS NULL AND used_at >= $1 ORDER BY used_at DESC, address LIMIT $2";
    values(db, sql, args![since, limit]).await
}

/// Whether the picture of an address is here.
pub async fn has_picture(db: &impl ConnectionTrait, address: &str) -> Result<bool, DbErr> {
    let sql = "SELECT address FROM picture WHERE address = $1 AND hash IS NOT NULL";
    Ok(value::<String>(db, sql, args![address]).await?.is_some())
}

/// Expects the blob of a picture. `is_taken` if the picture is here.
pub async fn expect_picture(
    db: &impl ConnectionTrait,
    picture: &SentPicture,
    is_taken: bool,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO bundle_picture (sha256, address, is_taken, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (sha256, address) DO UPDATE SET is_taken = excluded.is_taken, created_at = excluded.created_at";
    let SentPicture { address, sha256, .. } = picture;
    execute(db, sql, args![sha256.as_str(), address.as_str(), is_taken, now]).await.map(|_| ())
}

/// Picture that a blob belongs to.
pub struct ExpectedPicture {
    pub address: String,
    pub is_taken: bool,
}
row!(ExpectedPicture { address, is_taken });

/// Pictures that a blob belongs to.
pub async fn pictures_of_file(
    db: &impl ConnectionTrait,
    sha256: &str,
) -> Result<Vec<ExpectedPicture>, DbErr> {
    let sql = "SELECT address, is_taken FROM bundle_picture WHERE sha256 = $1 ORDER BY address";
    all(db, sql, args![sha256]).await
}

/// Marks the pictures of a blob as taken in.
pub async fn take_pictures(db: &impl ConnectionTrait, sha256: &str) -> Result<(), DbErr> {
    execute(db, "UPDATE bundle_picture SET is_taken = $2 WHERE sha256 = $1", args![sha256, true])
        .await
        .map(|_| ())
}

/// Forgets which blobs belong to pictures that were named before a time: a bundle names them anew.
pub async fn forget_pictures(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    execute(db, "DELETE FROM bundle_picture WHERE created_at < $1", args![before]).await
}
