//! Pictures that a site does not have, on its gateway.

use crate::bundle::{BundlePosition, SentPicture};
use crate::db::sql::{all, args, execute, row};
use crate::db::{ConnectionTrait, DbErr};
use crate::picture::LARGEST;

/// Replaces the addresses whose pictures a peer waits for. False if its bundle of this position has replaced
/// them before.
pub async fn set_wanted_pictures(
    db: &impl ConnectionTrait,
    peer: &str,
    position: BundlePosition,
    addresses: &[String],
) -> Result<bool, DbErr> {
    let BundlePosition { epoch, seq } = position;
    let sql = "UPDATE peer SET wanted_epoch = $2, wanted_seq = $3
        WHERE name = $1 AND (wanted_epoch <> $2 OR wanted_seq <> $3)";
    if execute(db, sql, args![peer, epoch, seq]).await? == 0 {
        return Ok(false);
    }
    execute(db, "DELETE FROM peer_picture WHERE peer = $1", args![peer]).await?;
    for address in addresses {
        want_picture(db, peer, address).await?;
    }
    Ok(true)
}

/// Adds an address whose picture the peer does not have.
pub async fn want_picture(db: &impl ConnectionTrait, peer: &str, address: &str) -> Result<(), DbErr> {
    let sql = "INSERT INTO peer_picture (peer, address) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    execute(db, sql, args![peer, address]).await.map(|_| ())
}

row!(SentPicture { address, sha256, bytes });

/// Pictures that the peer waits for and that are here.
pub async fn sendable_pictures(db: &impl ConnectionTrait, peer: &str) -> Result<Vec<SentPicture>, DbErr> {
    let sql =
        "SELECT w.address, b.sha256, b.bytes FROM peer_picture w JOIN picture p ON p.address = w.address
        JOIN picture_file f ON f.hash = p.hash AND f.size = $2 JOIN blob b ON b.sha256 = f.sha256
        WHERE w.peer = $1 ORDER BY w.address";
    all(db, sql, args![peer, LARGEST]).await
}

/// Ends the waiting for a picture that is in a bundle. If the bundle is lost, the site asks again.
pub async fn picture_sent(db: &impl ConnectionTrait, peer: &str, address: &str) -> Result<(), DbErr> {
    execute(db, "DELETE FROM peer_picture WHERE peer = $1 AND address = $2", args![peer, address])
        .await
        .map(|_| ())
}
