//! Transfers that are under way, or were: how far each is, and what its bytes belong to.

use std::collections::HashMap;

use super::media::Blob;
use super::sql::{all, args, execute, listed, one, row, value, values};
use super::{ConnectionTrait, DbErr};
use crate::domain::{DateTime, Utc};

/// What is known of the bytes of an address that have arrived so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arrival {
    /// The name of the file in the directory of half-arrived files.
    pub part: Option<String>,
    /// The strong validator (RFC 9110, 8.8.1) of the version that the bytes belong to; without one they are of no use
    /// to another attempt.
    pub etag: Option<String>,
    pub bytes_total: Option<i64>,
    pub content_type: Option<String>,
    /// Bytes that even a power failure leaves on the disk.
    pub synced: i64,
    /// Which boot of which machine wrote the file: within it, everything that was written is there.
    pub boot: Option<String>,
    /// Once everything is here and was judged.
    pub sha256: Option<String>,
    pub mime_type: Option<String>,
}
row!(Arrival { part, etag, bytes_total, content_type, synced, boot, sha256, mime_type });

/// Counts an attempt that has `bytes` to go on from. Returns how many there were since bytes last moved, this one
/// included.
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

pub async fn get(db: &impl ConnectionTrait, url: &str) -> Result<Option<Arrival>, DbErr> {
    let sql = "SELECT part, etag, bytes_total, content_type, synced, boot, sha256, mime_type
        FROM transfer WHERE url = $1";
    one(db, sql, args![url]).await
}

/// Keeps what is known now.
pub async fn learn(
    db: &impl ConnectionTrait,
    url: &str,
    arrival: &Arrival,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let Arrival { part, etag, bytes_total, content_type, synced, boot, sha256, mime_type } = arrival.clone();
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

/// Everything is here, and is what was asked for.
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

/// Notes how far the bytes are, and how many of them are safe on the disk. Further than ever before, earlier failures
/// count no more.
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

/// Adds what was fetched lately, and the seconds that took.
pub async fn spent(db: &impl ConnectionTrait, url: &str, fetched: i64, seconds: f64) -> Result<(), DbErr> {
    let sql = "UPDATE transfer SET fetched = fetched + $2, seconds = seconds + $3 WHERE url = $1";
    execute(db, sql, args![url, fetched, seconds]).await.map(|_| ())
}

/// What a transfer has cost so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cost {
    pub began_at: Option<DateTime<Utc>>,
    pub attempts: i64,
    pub fetched: i64,
    pub seconds: f64,
}

impl Cost {
    /// Both together, as far as there is an earlier one.
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

/// What the transfers of these addresses have cost, as far as there are any, by address.
pub async fn costs(db: &impl ConnectionTrait, urls: &[&str]) -> Result<HashMap<String, Cost>, DbErr> {
    struct Row {
        url: String,
        began_at: Option<DateTime<Utc>>,
        attempts: i64,
        fetched: i64,
        seconds: f64,
    }
    row!(Row { url, began_at, attempts, fetched, seconds });
    if urls.is_empty() {
        return Ok(HashMap::new());
    }
    let mut values = Vec::new();
    let urls = listed(urls.iter().copied(), &mut values);
    let sql = format!("SELECT url, began_at, attempts, fetched, seconds FROM transfer WHERE url IN ({urls})");
    let rows: Vec<Row> = all(db, &sql, values).await?;
    let cost = |Row { url, began_at, attempts, fetched, seconds }| {
        (url, Cost { began_at, attempts, fetched, seconds })
    };
    Ok(rows.into_iter().map(cost).collect())
}

/// Attempts since bytes last moved.
pub async fn tries(db: &impl ConnectionTrait, url: &str) -> Result<i64, DbErr> {
    Ok(value(db, "SELECT tries FROM transfer WHERE url = $1", args![url]).await?.unwrap_or_default())
}

/// A round of attempts has failed: what has come stays for the next round, which counts its tries anew.
pub async fn rest(db: &impl ConnectionTrait, url: &str) -> Result<(), DbErr> {
    execute(db, "UPDATE transfer SET tries = 0 WHERE url = $1", args![url]).await.map(|_| ())
}

/// The cost so far has been booked to a download.
pub async fn booked(db: &impl ConnectionTrait, url: &str) -> Result<(), DbErr> {
    execute(db, "UPDATE transfer SET fetched = 0, seconds = 0 WHERE url = $1", args![url]).await.map(|_| ())
}

/// The transfer has ended, well or not: the next one begins from nothing.
pub async fn end(db: &impl ConnectionTrait, url: &str) -> Result<(), DbErr> {
    execute(db, "DELETE FROM transfer WHERE url = $1", args![url]).await.map(|_| ())
}

/// The same for several addresses.
pub async fn end_all(db: &impl ConnectionTrait, urls: &[&str]) -> Result<(), DbErr> {
    if urls.is_empty() {
        return Ok(());
    }
    let mut values = Vec::new();
    let urls = listed(urls.iter().copied(), &mut values);
    execute(db, &format!("DELETE FROM transfer WHERE url IN ({urls})"), values).await.map(|_| ())
}

/// Ends transfers that nobody has waited for since `before`.
pub async fn end_unwanted(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let sql = "DELETE FROM transfer WHERE updated_at < $1 AND NOT EXISTS (
        SELECT 1 FROM download d WHERE d.media_url = transfer.url
        AND (d.status IN ('queued', 'downloading', 'verifying', 'paused')
            OR (d.status = 'failed' AND d.next_attempt_at IS NOT NULL)))";
    execute(db, sql, args![before]).await
}

/// The files that transfers still go on from.
pub async fn parts(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    values(db, "SELECT part FROM transfer WHERE part IS NOT NULL", args![]).await
}
