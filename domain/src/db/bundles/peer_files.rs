//! Files of the answers to a site, on its gateway: all that the site waits for.

use super::PeerRequest;
use crate::db::media::Blob;
use crate::db::sql::{all, args, execute, row, sql};
use crate::db::{ConnectionTrait, DbErr};
use crate::{DateTime, ItemId, SourceId, Utc};

/// A file of an answer.
#[derive(Debug, Clone)]
pub struct PeerFile {
    pub request: String,
    pub item_id: ItemId,
    pub source_id: SourceId,
    /// Key of the item.
    pub item: String,
    pub sha256: String,
    pub bytes: i64,
    /// Time at which its bytes were sent last, for this answer or another one.
    pub sent_at: Option<DateTime<Utc>>,
}
row!(PeerFile { request, item_id, source_id, item, sha256, bytes, sent_at });

/// Adds a file to an answer.
pub async fn add_file(
    db: &impl ConnectionTrait,
    request: &PeerRequest,
    item: ItemId,
    blob: &Blob,
) -> Result<(), DbErr> {
    // Its bytes may be under way for another answer.
    let sql = "INSERT INTO peer_file (peer, request, item_id, sha256, bytes, mime_type, sent_bundle, sent_at)
        SELECT $1, $2, $3, $4, $5, $6,
            (SELECT MAX(f.sent_bundle) FROM peer_file f WHERE f.peer = $1 AND f.sha256 = $4),
            (SELECT MAX(f.sent_at) FROM peer_file f WHERE f.peer = $1 AND f.sha256 = $4)
        ON CONFLICT DO NOTHING";
    let PeerRequest { peer, id, .. } = request;
    let Blob { sha256, bytes, mime_type } = blob;
    let values = args![peer.as_str(), id.as_str(), item, sha256.as_str(), *bytes, mime_type.as_str()];
    execute(db, sql, values).await.map(|_| ())
}

const FILES: &str = "SELECT f.request, f.item_id, i.source_id, i.key AS item, f.sha256, f.bytes, f.sent_at
     FROM peer_file f JOIN item i ON i.id = f.item_id
     JOIN peer_request q ON q.peer = f.peer AND q.id = f.request";

/// Files of an answer.
pub async fn files_of(db: &impl ConnectionTrait, peer: &str, request: &str) -> Result<Vec<PeerFile>, DbErr> {
    let sql = sql!("{FILES} WHERE f.peer = $1 AND f.request = $2 ORDER BY f.item_id");
    all(db, sql, args![peer, request]).await
}

/// Files that a peer waits for: those of single items first, and of each the oldest.
pub async fn awaited_files(db: &impl ConnectionTrait, peer: &str) -> Result<Vec<PeerFile>, DbErr> {
    let sql =
        sql!("{FILES} WHERE f.peer = $1 ORDER BY q.kind = 'item' DESC, q.created_at, f.request, f.item_id");
    all(db, sql, args![peer]).await
}

/// Deletes the files that a peer waits for no longer: those of items that its bundle of this number does not
/// name, and those of other answers that it has.
pub async fn forget_unwanted(
    db: &impl ConnectionTrait,
    peer: &str,
    seq: i64,
    has: i64,
) -> Result<u64, DbErr> {
    let sql = "DELETE FROM peer_file WHERE peer = $1 AND EXISTS (SELECT 1 FROM peer_request q
        WHERE q.peer = $1 AND q.id = peer_file.request
          AND ((q.kind = 'item' AND q.seq <> $2) OR (q.kind <> 'item' AND q.rev <= $3)))";
    execute(db, sql, args![peer, seq, has]).await
}

/// Forgets a file that is not in the store any more.
pub async fn forget_lost(db: &impl ConnectionTrait, peer: &str, file: &PeerFile) -> Result<(), DbErr> {
    let sql = "DELETE FROM peer_file WHERE peer = $1 AND request = $2 AND item_id = $3";
    execute(db, sql, args![peer, file.request.as_str(), file.item_id]).await.map(|_| ())
}

/// Stores that a file is in a bundle, for all answers with its bytes.
pub async fn set_file_sent(
    db: &impl ConnectionTrait,
    peer: &str,
    file: &PeerFile,
    bundle: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "UPDATE peer_file SET sent_bundle = $3, sent_at = $4 WHERE peer = $1 AND sha256 = $2";
    execute(db, sql, args![peer, file.sha256.as_str(), bundle, now]).await.map(|_| ())
}

/// Forgets that files were sent in a bundle that came, whose files are still asked for.
pub async fn send_again(db: &impl ConnectionTrait, peer: &str, bundle: &str) -> Result<u64, DbErr> {
    let sql = "UPDATE peer_file SET sent_at = NULL WHERE peer = $1 AND sent_bundle = $2";
    execute(db, sql, args![peer, bundle]).await
}
