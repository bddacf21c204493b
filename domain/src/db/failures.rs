//! Failed addresses: number of failed rounds in a row, and when the next one is due (back-off).

use super::sql::{args, execute, listed, one, row, sql};
use super::{ConnectionTrait, DbErr};
use crate::failure::RetrySchedule;
use crate::{DateTime, Utc};

/// Failed round of attempts at one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    pub schedule: RetrySchedule,
    /// Failed rounds in a row on this schedule, this one included.
    pub rounds: i64,
    pub next_attempt_at: DateTime<Utc>,
}
row!(Round { schedule, rounds, next_attempt_at });

/// Counts a failed round and sets the time of the next. The caller holds a lock on the transfer's job row.
pub async fn record(
    db: &impl ConnectionTrait,
    url: &str,
    schedule: RetrySchedule,
    now: DateTime<Utc>,
) -> Result<Round, DbErr> {
    let before = get(db, url).await?.filter(|before| before.schedule == schedule);
    let rounds = before.map_or(0, |before| before.rounds) + 1;
    let next_attempt_at = now + schedule.backoff(rounds);
    execute(
        db,
        "INSERT INTO media_failure (url, schedule, rounds, next_attempt_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (url) DO UPDATE SET schedule = excluded.schedule, rounds = excluded.rounds,
            next_attempt_at = excluded.next_attempt_at",
        args![url, schedule, rounds, next_attempt_at],
    )
    .await?;
    Ok(Round { schedule, rounds, next_attempt_at })
}

pub async fn get(db: &impl ConnectionTrait, url: &str) -> Result<Option<Round>, DbErr> {
    one(db, "SELECT schedule, rounds, next_attempt_at FROM media_failure WHERE url = $1", args![url]).await
}

/// Resets the back-off, after the bytes have arrived or the user has requested them again.
pub async fn forget(db: &impl ConnectionTrait, url: &str) -> Result<(), DbErr> {
    execute(db, "DELETE FROM media_failure WHERE url = $1", args![url]).await.map(|_| ())
}

/// Like `forget`, for several addresses.
pub async fn forget_all(db: &impl ConnectionTrait, urls: &[&str]) -> Result<(), DbErr> {
    let mut values = Vec::new();
    let urls = listed(urls.iter().copied(), &mut values);
    execute(db, sql!("DELETE FROM media_failure WHERE url IN ({urls})"), values).await.map(|_| ())
}

/// Deletes addresses that no item has any more.
pub async fn forget_unused(db: &impl ConnectionTrait) -> Result<u64, DbErr> {
    let sql = "DELETE FROM media_failure
        WHERE NOT EXISTS (SELECT 1 FROM item i WHERE i.media_url = media_failure.url)";
    execute(db, sql, args![]).await
}
