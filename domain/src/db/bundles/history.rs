//! History of volumes, sent and received.

use crate::bundle::{BundleDirection, BundlePosition, Epoch, MAX_SEEN, VolumeStatus};
use crate::db::sql::{all, args, execute, listed, one, row, sql, value, values};
use crate::db::{ConnectionTrait, DbErr};
use crate::{DateTime, Utc};

/// A volume as stored.
#[derive(Debug, Clone)]
pub struct VolumeRow {
    pub peer: String,
    pub direction: BundleDirection,
    pub bundle: String,
    pub seq: i64,
    pub volume: i64,
    pub volumes: i64,
    pub status: VolumeStatus,
    /// Parts that are applied.
    pub parts: i64,
    pub records: i64,
    /// Blobs of a received volume that are taken in.
    pub files: i64,
    pub bytes: i64,
    pub error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}
row!(VolumeRow {
    peer,
    direction,
    bundle,
    seq,
    volume,
    volumes,
    status,
    parts,
    records,
    files,
    bytes,
    error,
    created_at,
    finished_at
});

const COLUMNS: &str =
    "peer, direction, bundle, seq, volume, volumes, status, parts, records, files, bytes, error, created_at,
    finished_at";

/// A volume that begins.
pub struct NewVolume<'a> {
    pub peer: &'a str,
    pub direction: BundleDirection,
    pub bundle: &'a str,
    pub position: BundlePosition,
    pub volume: i64,
    pub volumes: i64,
}

/// Inserts a volume that is under way, or leaves the known one.
pub async fn begin_volume(
    db: &impl ConnectionTrait,
    new: &NewVolume<'_>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO bundle (peer, direction, bundle, epoch, seq, volume, volumes, status, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (peer, direction, bundle, volume) DO NOTHING";
    let NewVolume { peer, direction, bundle, position, volume, volumes } = *new;
    let (epoch, seq, status) = (position.epoch, position.seq, VolumeStatus::UnderWay);
    execute(db, sql, args![peer, direction, bundle, epoch, seq, volume, volumes, status, now])
        .await
        .map(|_| ())
}

/// A known volume.
pub async fn volume(
    db: &impl ConnectionTrait,
    peer: &str,
    direction: BundleDirection,
    bundle: &str,
    volume: i64,
) -> Result<Option<VolumeRow>, DbErr> {
    let sql = sql!(
        "SELECT {COLUMNS} FROM bundle WHERE peer = $1 AND direction = $2 AND bundle = $3 AND volume = $4"
    );
    one(db, sql, args![peer, direction, bundle, volume]).await
}

/// Counts a part of a received volume as applied.
pub async fn count_part(
    db: &impl ConnectionTrait,
    of: &NewVolume<'_>,
    parts: i64,
    records: i64,
    files: i64,
) -> Result<(), DbErr> {
    let sql = "UPDATE bundle SET parts = $5, records = records + $6, files = files + $7
        WHERE peer = $1 AND direction = $2 AND bundle = $3 AND volume = $4 AND parts < $5";
    execute(db, sql, args![of.peer, of.direction, of.bundle, of.volume, parts, records, files])
        .await
        .map(|_| ())
}

/// End of a volume.
pub struct VolumeEnd {
    pub status: VolumeStatus,
    pub volumes: i64,
    pub records: Option<i64>,
    pub bytes: i64,
    pub error: Option<String>,
}

pub async fn end_volume(
    db: &impl ConnectionTrait,
    of: &NewVolume<'_>,
    end: &VolumeEnd,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "UPDATE bundle SET status = $5, volumes = $6, records = COALESCE($7, records), bytes = $8, error = $9,
            finished_at = $10
        WHERE peer = $1 AND direction = $2 AND bundle = $3 AND volume = $4";
    let VolumeEnd { status, volumes, records, bytes, error } = end;
    let values = args![
        of.peer,
        of.direction,
        of.bundle,
        of.volume,
        *status,
        *volumes,
        *records,
        *bytes,
        error.clone(),
        now
    ];
    execute(db, sql, values).await.map(|_| ())
}

/// Those of these bundles that this node has sent to the peer, as far as its database knows.
pub async fn sent_among(
    db: &impl ConnectionTrait,
    peer: &str,
    bundles: &[String],
) -> Result<Vec<String>, DbErr> {
    let mut asked = args![peer];
    let listed = listed(bundles.iter().map(String::as_str), &mut asked);
    let sql =
        sql!("SELECT bundle FROM bundle WHERE peer = $1 AND direction = 'sent' AND bundle IN ({listed})");
    values(db, sql, asked).await
}

/// Whether all volumes before this one of a received bundle are applied. Records are in the first ones.
pub async fn are_earlier_applied(db: &impl ConnectionTrait, of: &NewVolume<'_>) -> Result<bool, DbErr> {
    let sql = "SELECT COUNT(*) FROM bundle WHERE peer = $1 AND direction = 'received' AND bundle = $2
        AND volume < $3 AND status = 'done'";
    let applied: Option<i64> = value(db, sql, args![of.peer, of.bundle, of.volume]).await?;
    Ok(applied == Some(of.volume - 1))
}

/// Bundles of the peer's epoch that came, the latest first, at most `MAX_SEEN`.
pub async fn seen(db: &impl ConnectionTrait, peer: &str, epoch: Epoch) -> Result<Vec<String>, DbErr> {
    let sql = "SELECT bundle FROM bundle WHERE peer = $1 AND direction = 'received' AND epoch = $2
        GROUP BY bundle ORDER BY MAX(id) DESC LIMIT $3";
    values(db, sql, args![peer, epoch, MAX_SEEN as i64]).await
}

/// Bundles of the peer's epoch of which all volumes are applied, the latest first, at most `MAX_SEEN`.
pub async fn applied(db: &impl ConnectionTrait, peer: &str, epoch: Epoch) -> Result<Vec<String>, DbErr> {
    let sql = "SELECT bundle FROM bundle
        WHERE peer = $1 AND direction = 'received' AND epoch = $2 AND status = $3
        GROUP BY bundle HAVING COUNT(*) = MAX(volumes) ORDER BY MAX(id) DESC LIMIT $4";
    values(db, sql, args![peer, epoch, VolumeStatus::Done, MAX_SEEN as i64]).await
}

/// Marks bundles to the peer as applied there.
pub async fn set_applied(db: &impl ConnectionTrait, peer: &str, bundles: &[String]) -> Result<(), DbErr> {
    let mut marked = args![peer];
    let listed = listed(bundles.iter().map(String::as_str), &mut marked);
    let sql = sql!(
        "UPDATE bundle SET is_applied = TRUE
         WHERE peer = $1 AND direction = 'sent' AND NOT is_applied AND bundle IN ({listed})"
    );
    execute(db, sql, marked).await.map(|_| ())
}

/// Whether the peer has applied all volumes of a bundle to it.
pub async fn is_applied(db: &impl ConnectionTrait, peer: &str, bundle: &str) -> Result<bool, DbErr> {
    let sql = "SELECT is_applied FROM bundle WHERE peer = $1 AND direction = 'sent' AND bundle = $2";
    Ok(value(db, sql, args![peer, bundle]).await?.unwrap_or_default())
}

/// Peer and number of each sent bundle that its peer has applied.
pub async fn applied_sent(db: &impl ConnectionTrait) -> Result<Vec<(String, i64)>, DbErr> {
    struct SentBundle {
        peer: String,
        seq: i64,
    }
    row!(SentBundle { peer, seq });
    let sql = "SELECT DISTINCT peer, seq FROM bundle WHERE direction = 'sent' AND is_applied";
    let rows: Vec<SentBundle> = all(db, sql, args![]).await?;
    Ok(rows.into_iter().map(|row| (row.peer, row.seq)).collect())
}

/// Time at which the last bundle for the peer was written.
pub async fn last_sent_at(db: &impl ConnectionTrait, peer: &str) -> Result<Option<DateTime<Utc>>, DbErr> {
    let sql = "SELECT finished_at FROM bundle WHERE peer = $1 AND direction = 'sent' AND status = $2
        ORDER BY id DESC LIMIT 1";
    value(db, sql, args![peer, VolumeStatus::Done]).await
}

/// The latest volumes of all peers.
pub async fn latest_volumes(db: &impl ConnectionTrait, limit: i64) -> Result<Vec<VolumeRow>, DbErr> {
    let sql = sql!("SELECT {COLUMNS} FROM bundle ORDER BY id DESC LIMIT $1");
    all(db, sql, args![limit]).await
}
