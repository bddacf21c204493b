//! Pictures that a site waits for, and the blobs that belong to them.

use crate::bundle::SentPicture;
use crate::db::sql::{all, args, execute, row, value, values};
use crate::db::{ConnectionTrait, DbErr};
use crate::feed_login::MARK;
use crate::{DateTime, Utc};

/// Addresses of pictures that were shown since a time and are not here, the latest first. Those of private
/// sources are left out.
pub async fn missing_pictures(
    db: &impl ConnectionTrait,
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<String>, DbErr> {
    let sql = "SELECT address FROM picture WHERE hash IS NULL AND used_at >= $1 AND address NOT LIKE $3
        ORDER BY used_at DESC, address LIMIT $2";
    values(db, sql, args![since, limit, format!("%{MARK}%")]).await
}

/// Whether an address is the cover of a source of this peer.
pub async fn has_cover(db: &impl ConnectionTrait, peer: &str, address: &str) -> Result<bool, DbErr> {
    let sql = "SELECT id FROM source WHERE peer = $1 AND image_url = $2 AND private_to IS NULL LIMIT 1";
    Ok(value::<i64>(db, sql, args![peer, address]).await?.is_some())
}

/// Whether the picture of an address is here. None if it was not requested.
pub async fn is_kept(db: &impl ConnectionTrait, address: &str) -> Result<Option<bool>, DbErr> {
    value(db, "SELECT hash IS NOT NULL FROM picture WHERE address = $1", args![address]).await
}

/// Expects the blob of a picture. `is_done` if its bytes need not be read: the picture is here.
pub async fn expect_picture(
    db: &impl ConnectionTrait,
    picture: &SentPicture,
    is_done: bool,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO bundle_picture (sha256, address, is_done, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (sha256, address) DO UPDATE SET is_done = excluded.is_done, created_at = excluded.created_at";
    let SentPicture { address, sha256, .. } = picture;
    execute(db, sql, args![sha256.as_str(), address.as_str(), is_done, now]).await.map(|_| ())
}

/// Picture that a blob belongs to.
pub struct ExpectedPicture {
    pub address: String,
    pub is_done: bool,
}
row!(ExpectedPicture { address, is_done });

/// Pictures that a blob belongs to.
pub async fn pictures_of_file(
    db: &impl ConnectionTrait,
    sha256: &str,
) -> Result<Vec<ExpectedPicture>, DbErr> {
    let sql = "SELECT address, is_done FROM bundle_picture WHERE sha256 = $1 ORDER BY address";
    all(db, sql, args![sha256]).await
}

/// Marks the pictures of a blob as done: their bytes were judged.
pub async fn set_pictures_done(db: &impl ConnectionTrait, sha256: &str) -> Result<(), DbErr> {
    execute(db, "UPDATE bundle_picture SET is_done = $2 WHERE sha256 = $1", args![sha256, true])
        .await
        .map(|_| ())
}

/// Forgets which blobs belong to pictures that were named before a time: a bundle names them anew.
pub async fn forget_pictures(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    execute(db, "DELETE FROM bundle_picture WHERE created_at < $1", args![before]).await
}
