//! Transfers in progress or interrupted: the progress of each, and the version that its bytes belong to.

use std::collections::HashMap;

use super::downloads::transitions;
use super::media::Blob;
use super::sql::{all, args, execute, listed, one, row, sql, value, values};
use super::{ConnectionTrait, DbErr};
use crate::{DateTime, Utc};

/// State of the bytes of an address that have arrived so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredArrival {
    /// Name of the file in the directory of partial files.
    pub part: Option<String>,
    /// Strong validator (RFC 9110, 8.8.1) of the bytes' version. Without one they cannot be resumed.
    pub etag: Option<String>,
    pub bytes_total: Option<i64>,
    pub content_type: Option<String>,
    /// Bytes synced to disk, which survive a power failure.
    pub synced: i64,
    /// Machine and boot that wrote the file: within it, everything written is still there.
    pub boot: Option<String>,
    /// Set once all bytes have arrived and were verified.
    pub sha256: Option<String>,
    pub mime_type: Option<String>,
}
row!(StoredArrival { part, etag, bytes_total, content_type, synced, boot, sha256, mime_type });

/// Counts an attempt that resumes from `bytes`. Returns the count since the last progress, this one included.
pub async fn begin(
    db: &impl ConnectionTrait,
    url: &str,
    bytes: i64,
    now: DateTime<Utc>,
) -> Result<i64, DbErr> {
    let sql = "INSERT INTO transfer (url, tries, furthest, updated_at, began_at, attempts) VALUES ($1, 1, $2, $3, $3, 1)
        ON CONFLICT (url) DO UPDATE SET attempts = transfer.attempts + 1,
            tries = CASE WHEN excluded.furthest > transfer.furthest THEN 1 ELSE transfer.tries + 1 END,
            furthest = CASE WHEN excluded.furthest > transfer.furthest THEN excluded.furthest ELSE transfer.furthest END,
            updated_at = excluded.updated_at
        RETURNING tries";
    Ok(value(db, sql, args![url, bytes, now]).await?.unwrap_or(1))
}

pub async fn get(db: &impl ConnectionTrait, url: &str) -> Result<Option<StoredArrival>, DbErr> {
    let sql = "SELECT part, etag, bytes_total, content_type, synced, boot, sha256, mime_type
        FROM transfer WHERE url = $1";
    one(db, sql, args![url]).await
}

/// Stores the current state.
pub async fn learn(
    db: &impl ConnectionTrait,
    url: &str,
    arrival: &StoredArrival,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let StoredArrival { part, etag, bytes_total, content_type, synced, boot, sha256, mime_type } =
        arrival.clone();
    execute(
        db,
        "UPDATE transfer SET part = $2, etag = $3, bytes_total = $4, content_type = $5, synced = $6, boot = $7,
                sha256 = $8, mime_type = $9, updated_at = $10
         WHERE url = $1",
        args![url, part, etag, bytes_total, content_type, synced, boot, sha256, mime_type, now],
    )
    .await
    .map(|_| ())
}

/// Records the verified result of a transfer.
pub async fn judged(
    db: &impl ConnectionTrait,
    url: &str,
    blob: &Blob,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql =
        "UPDATE transfer SET sha256 = $2, mime_type = $3, bytes_total = $4, updated_at = $5 WHERE url = $1";
    let known = args![url, blob.sha256.as_str(), blob.mime_type.as_str(), blob.bytes, now];
    execute(db, sql, known).await.map(|_| ())
}

/// Stores the progress, and the number of bytes synced to disk. Progress beyond the furthest so far resets
/// the count of failures.
pub async fn moved(
    db: &impl ConnectionTrait,
    url: &str,
    bytes: i64,
    synced: i64,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "UPDATE transfer SET tries = CASE WHEN $2 > furthest THEN 1 ELSE tries END,
            furthest = CASE WHEN $2 > furthest THEN $2 ELSE furthest END, synced = $3, updated_at = $4
        WHERE url = $1";
    execute(db, sql, args![url, bytes, synced, now]).await.map(|_| ())
}

/// Adds recently fetched bytes, and the seconds that took.
pub async fn spent(db: &impl ConnectionTrait, url: &str, fetched: i64, seconds: f64) -> Result<(), DbErr> {
    let sql = "UPDATE transfer SET fetched = fetched + $2, seconds = seconds + $3 WHERE url = $1";
    execute(db, sql, args![url, fetched, seconds]).await.map(|_| ())
}

/// Cost of a transfer so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TransferCost {
    pub began_at: Option<DateTime<Utc>>,
    pub attempts: i64,
    pub fetched: i64,
    pub seconds: f64,
}

impl TransferCost {
    /// Sums this cost and an earlier one, if any.
    pub fn after(&self, earlier: Option<&Self>) -> Self {
        let Some(earlier) = earlier else { return self.clone() };
        Self {
            began_at: earlier.began_at.or(self.began_at),
            attempts: earlier.attempts + self.attempts,
            fetched: earlier.fetched + self.fetched,
            seconds: earlier.seconds + self.seconds,
        }
    }
}

/// Costs of the transfers of these addresses, by address. Addresses without a transfer are left out.
pub async fn costs(db: &impl ConnectionTrait, urls: &[&str]) -> Result<HashMap<String, TransferCost>, DbErr> {
    struct CostRow {
        url: String,
        began_at: Option<DateTime<Utc>>,
        attempts: i64,
        fetched: i64,
        seconds: f64,
    }
    row!(CostRow { url, began_at, attempts, fetched, seconds });
    if urls.is_empty() {
        return Ok(HashMap::new());
    }
    let mut values = Vec::new();
    let urls = listed(urls.iter().copied(), &mut values);
    let sql = sql!("SELECT url, began_at, attempts, fetched, seconds FROM transfer WHERE url IN ({urls})");
    let rows: Vec<CostRow> = all(db, sql, values).await?;
    let cost = |CostRow { url, began_at, attempts, fetched, seconds }| {
        (url, TransferCost { began_at, attempts, fetched, seconds })
    };
    Ok(rows.into_iter().map(cost).collect())
}

/// Number of attempts since the last progress.
pub async fn tries(db: &impl ConnectionTrait, url: &str) -> Result<i64, DbErr> {
    Ok(value(db, "SELECT tries FROM transfer WHERE url = $1", args![url]).await?.unwrap_or_default())
}

/// Resets the attempts after a failed round. The bytes are kept for the next round.
pub async fn rest(db: &impl ConnectionTrait, url: &str) -> Result<(), DbErr> {
    execute(db, "UPDATE transfer SET tries = 0 WHERE url = $1", args![url]).await.map(|_| ())
}

/// Resets the cost, after it was booked to a download.
pub async fn booked(db: &impl ConnectionTrait, url: &str) -> Result<(), DbErr> {
    execute(db, "UPDATE transfer SET fetched = 0, seconds = 0 WHERE url = $1", args![url]).await.map(|_| ())
}

/// Deletes a transfer that has ended, successfully or not. The next one starts from nothing.
pub async fn end(db: &impl ConnectionTrait, url: &str) -> Result<(), DbErr> {
    execute(db, "DELETE FROM transfer WHERE url = $1", args![url]).await.map(|_| ())
}

/// Like `end`, for several addresses.
pub async fn end_all(db: &impl ConnectionTrait, urls: &[&str]) -> Result<(), DbErr> {
    if urls.is_empty() {
        return Ok(());
    }
    let mut values = Vec::new();
    let urls = listed(urls.iter().copied(), &mut values);
    execute(db, sql!("DELETE FROM transfer WHERE url IN ({urls})"), values).await.map(|_| ())
}

/// Deletes transfers without a waiting download that were not updated since `before`.
pub async fn end_unwanted(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let sql = sql!(
        "DELETE FROM transfer WHERE updated_at < $1 AND NOT EXISTS (
        SELECT 1 FROM download d WHERE d.media_url = transfer.url
        AND (d.status IN {open}
            OR (d.status = 'failed' AND d.next_attempt_at IS NOT NULL)))",
        open = transitions::open()
    );
    execute(db, sql, args![before]).await
}

/// Partial files that transfers still resume from.
pub async fn parts(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    values(db, "SELECT part FROM transfer WHERE part IS NOT NULL", args![]).await
}
