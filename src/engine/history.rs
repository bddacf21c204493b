//! History of a user's downloads: recorded when one ends, without ever failing it, and aggregated on request.

use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, TransactionTrait};

use super::local_time::{last_days, zone};
use super::{Engine, Result};
use crate::db::{accounts, history as rows};
use crate::domain::download::Provider;
use crate::domain::history::{DayFigures, Delivery, Outcome, Report, check_days};
use crate::domain::{DateTime, DownloadId, UserId, Utc};

/// End of a download.
#[derive(Debug, Clone, Copy)]
pub struct DownloadEnd<'a> {
    outcome: Outcome,
    provider: Option<Provider>,
    error: Option<&'a str>,
    cost: DeliveryCost,
}

/// Part of a transfer's cost that is booked to a download: each byte once, however many downloads wait for
/// it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryCost {
    All,
    Nothing,
    /// All, unless another open download wants the same bytes, which then bears the cost.
    IfAlone,
}

impl<'a> DownloadEnd<'a> {
    /// Failure of a download. `asked` is the last provider tried, unless the failure was not its fault.
    pub fn failed(asked: Option<Provider>, why: &'a str) -> Self {
        Self { outcome: Outcome::Failed, provider: asked, error: Some(why), cost: DeliveryCost::All }
    }

    pub fn at(self, cost: DeliveryCost) -> Self {
        Self { cost, ..self }
    }
}

impl From<Provider> for DownloadEnd<'_> {
    /// Ready, with the bytes of this provider.
    fn from(provider: Provider) -> Self {
        let cost = if provider.is_hit() { DeliveryCost::Nothing } else { DeliveryCost::All };
        Self { outcome: Outcome::Ready, provider: Some(provider), error: None, cost }
    }
}

impl From<Outcome> for DownloadEnd<'_> {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, provider: None, error: None, cost: DeliveryCost::IfAlone }
    }
}

/// Records the end of a download, in the transaction that ended it. An error is logged and undone by itself,
/// and the download still ends.
pub async fn record(
    txn: &DatabaseTransaction,
    owner: UserId,
    id: DownloadId,
    end: DownloadEnd<'_>,
    now: DateTime<Utc>,
) {
    if let Err(error) = write(txn, owner, id, end, now).await {
        tracing::error!(%error, download = %id, "how a download ended was not recorded");
    }
}

async fn write(
    txn: &DatabaseTransaction,
    owner: UserId,
    id: DownloadId,
    end: DownloadEnd<'_>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let note = async |db: &DatabaseTransaction| match rows::ending(db, owner, id).await? {
        Some(ending) => rows::insert(db, owner, &delivery(ending, id, end, now)).await,
        None => Ok(()),
    };
    match savepoint(txn).await? {
        None => note(txn).await,
        Some(savepoint) => {
            let noted = note(&savepoint).await;
            keep_or_undo(savepoint, noted).await
        }
    }
}

/// Creates a savepoint on PostgreSQL, where a failed statement aborts the whole transaction; on SQLite it
/// undoes only itself.
async fn savepoint(txn: &DatabaseTransaction) -> Result<Option<DatabaseTransaction>, DbErr> {
    if txn.get_database_backend() == DbBackend::Sqlite { Ok(None) } else { txn.begin().await.map(Some) }
}

async fn keep_or_undo(savepoint: DatabaseTransaction, noted: Result<(), DbErr>) -> Result<(), DbErr> {
    match noted {
        Ok(()) => savepoint.commit().await,
        Err(error) => {
            savepoint.rollback().await?;
            Err(error)
        }
    }
}

/// Like `record`, for several downloads whose data is known.
pub async fn record_all(
    txn: &DatabaseTransaction,
    ends: Vec<(UserId, DownloadId, DownloadEnd<'_>, rows::Ending)>,
    now: DateTime<Utc>,
) {
    let ends: Vec<_> =
        ends.into_iter().map(|(owner, id, end, it)| (owner, delivery(it, id, end, now))).collect();
    if let Err(error) = write_all(txn, &ends).await {
        for (_, unwritten) in &ends {
            let download = unwritten.download_id;
            tracing::error!(%error, %download, "how a download ended was not recorded");
        }
    }
}

async fn write_all(txn: &DatabaseTransaction, ends: &[(UserId, Delivery)]) -> Result<(), DbErr> {
    match savepoint(txn).await? {
        None => rows::insert_all(txn, ends).await,
        Some(savepoint) => {
            let noted = rows::insert_all(&savepoint, ends).await;
            keep_or_undo(savepoint, noted).await
        }
    }
}

fn delivery(it: rows::Ending, id: DownloadId, end: DownloadEnd<'_>, now: DateTime<Utc>) -> Delivery {
    let hit = end.provider.is_some_and(Provider::is_hit) && end.outcome == Outcome::Ready;
    let pays = match end.cost {
        DeliveryCost::All => true,
        DeliveryCost::Nothing => false,
        DeliveryCost::IfAlone => it.others == 0,
    };
    let (fetched, spent) = if pays { (it.fetched, it.seconds) } else { (0, 0.0) };
    let attempts = if hit { 0 } else { it.attempts };
    let began_at = it.began_at.filter(|_| !hit).map_or(it.asked_at, |at| at.max(it.asked_at));
    let transfer_seconds = Some(spent).filter(|seconds| *seconds > 0.0);
    Delivery {
        download_id: id,
        item_id: it.item_id,
        source_id: it.source_id,
        run_id: it.run_id,
        title: it.title,
        source_name: it.source_name,
        outcome: end.outcome,
        provider: end.provider,
        hit,
        bytes: it.bytes.filter(|_| end.outcome == Outcome::Ready).unwrap_or_default(),
        fetched,
        seconds: in_seconds((now - began_at).max(TimeDelta::zero())),
        transfer_seconds,
        speed_bps: transfer_seconds.map(|seconds| (fetched as f64 / seconds).round() as i64),
        attempts,
        error: end.error.map(str::to_owned),
        at: now,
    }
}

fn in_seconds(time: TimeDelta) -> f64 {
    time.to_std().map_or(0.0, |time| time.as_secs_f64())
}

/// Figures of the last days, today included, in the user's time zone.
pub async fn report(engine: &Engine, owner: UserId, days: Option<i64>) -> Result<Report> {
    let days = check_days(days)?;
    let zone = zone(&accounts::preferences(&engine.db, owner).await?);
    let calendar = last_days(zone, engine.now(), days);
    let bounds: Vec<_> = calendar.iter().map(|(_, begin)| *begin).collect();
    let (from, to) = (bounds[0], bounds[bounds.len() - 1]);
    let per_day = rows::per_day(&engine.db, owner, &bounds).await?;
    Ok(Report {
        days,
        totals: rows::totals(&engine.db, owner, from, to).await?,
        per_day: calendar
            .into_iter()
            .zip(per_day)
            .map(|((day, _), figures)| DayFigures { day, figures })
            .collect(),
        per_source: rows::per_source(&engine.db, owner, from, to).await?,
        per_provider: rows::per_provider(&engine.db, owner, from, to).await?,
    })
}

/// Downloads that ended last, newest first.
pub async fn latest(engine: &Engine, owner: UserId, limit: i64) -> Result<Vec<Delivery>> {
    Ok(rows::latest(&engine.db, owner, limit).await?)
}

#[cfg(all(test, feature = "testing"))]
mod tests;
