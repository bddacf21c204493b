//! Delivery history, and the statistics computed from it.

use sea_orm::{FromQueryResult, QueryResult, Value};

use super::downloads::transitions;
use super::sql::{SafeSql, all, args, execute, listed, one, row, sql};
use super::{ConnectionTrait, DbErr};
use crate::history::{Delivery, Figures, ProviderFigures, SourceFigures};
use crate::{DateTime, DownloadId, ItemId, RunId, SourceId, UserId, Utc};

row!(Delivery {
    download_id,
    item_id,
    source_id,
    run_id,
    title,
    source_name,
    outcome,
    provider,
    hit,
    bytes,
    fetched,
    seconds,
    transfer_seconds,
    speed_bps,
    attempts,
    error,
    at
});

row!(Figures {
    downloads,
    ready,
    hits,
    failed,
    cancelled,
    hit_rate,
    failure_rate,
    bytes,
    bytes_fetched,
    bytes_saved,
    mean_speed_bps,
    median_speed_bps
});

impl FromQueryResult for SourceFigures {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let figures = Figures::from_query_result(row, prefix)?;
        Ok(Self { source_id: row.try_get(prefix, "source_id")?, name: row.try_get(prefix, "name")?, figures })
    }
}

row!(ProviderFigures { provider, served, bytes, failures, median_speed_bps });

/// Download about to be recorded as a delivery, with its transfer, if any.
pub struct Ending {
    pub item_id: ItemId,
    pub source_id: SourceId,
    pub run_id: Option<RunId>,
    pub title: String,
    pub source_name: String,
    pub bytes: Option<i64>,
    pub asked_at: DateTime<Utc>,
    pub began_at: Option<DateTime<Utc>>,
    pub attempts: i64,
    pub fetched: i64,
    pub seconds: f64,
    /// Number of other unfinished downloads of the same address.
    pub others: i64,
}
row!(Ending {
    item_id,
    source_id,
    run_id,
    title,
    source_name,
    bytes,
    asked_at,
    began_at,
    attempts,
    fetched,
    seconds,
    others
});

pub async fn ending(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: DownloadId,
) -> Result<Option<Ending>, DbErr> {
    one(
        db,
        sql!(
            "SELECT d.item_id, i.source_id, d.run_id, d.title, s.name AS source_name, d.bytes_total AS bytes,
                d.created_at AS asked_at, t.began_at, COALESCE(t.attempts, 0) AS attempts,
                COALESCE(t.fetched, 0) AS fetched, COALESCE(t.seconds, 0.0) AS seconds,
                (SELECT COUNT(*) FROM download o WHERE o.media_url = d.media_url AND o.id <> d.id
                    AND o.status IN {open}) AS others
         FROM download d JOIN item i ON i.id = d.item_id JOIN source s ON s.id = i.source_id
              LEFT JOIN transfer t ON t.url = d.media_url
         WHERE d.user_id = $1 AND d.id = $2",
            open = transitions::open()
        ),
        args![owner, id],
    )
    .await
}

pub async fn insert(db: &impl ConnectionTrait, owner: UserId, it: &Delivery) -> Result<(), DbErr> {
    let mut args = Vec::new();
    let row = listed(values_of(owner, it), &mut args);
    execute(db, sql!("{INSERT} VALUES ({row})"), args).await.map(|_| ())
}

const INSERT: &str =
    "INSERT INTO delivery (user_id, download_id, item_id, source_id, run_id, title, source_name,
    outcome, provider, hit, bytes, fetched, seconds, transfer_seconds, speed_bps, attempts, error, at)";

fn values_of(owner: UserId, it: &Delivery) -> Vec<Value> {
    args![
        owner,
        it.download_id,
        it.item_id,
        it.source_id,
        it.run_id,
        it.title.as_str(),
        it.source_name.as_str(),
        it.outcome,
        it.provider,
        it.hit,
        it.bytes,
        it.fetched,
        it.seconds,
        it.transfer_seconds,
        it.speed_bps,
        it.attempts,
        it.error.as_deref(),
        it.at
    ]
}

/// Like `insert`, for several downloads of any users.
pub async fn insert_all(db: &impl ConnectionTrait, all: &[(UserId, Delivery)]) -> Result<(), DbErr> {
    for some in all.chunks(100) {
        let mut args = Vec::new();
        let rows: Vec<_> =
            some.iter().map(|(owner, it)| sql!("({})", listed(values_of(*owner, it), &mut args))).collect();
        execute(db, sql!("{INSERT} VALUES {}", SafeSql::join(rows, ", ")), args).await?;
    }
    Ok(())
}

/// Latest deliveries, newest first.
pub async fn latest(db: &impl ConnectionTrait, owner: UserId, limit: i64) -> Result<Vec<Delivery>, DbErr> {
    let sql = "SELECT * FROM delivery WHERE user_id = $1 ORDER BY at DESC, id DESC LIMIT $2";
    all(db, sql, args![owner, limit]).await
}

/// Deletes deliveries that no report covers any more.
pub async fn delete_before(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    execute(db, "DELETE FROM delivery WHERE at < $1", args![before]).await
}

/// Columns of `Figures`, aggregated over rows `d` of [`ranked`].
const FIGURES: &str = "COUNT(d.outcome) AS downloads,
    COUNT(CASE WHEN d.outcome = 'ready' THEN 1 END) AS ready,
    COUNT(CASE WHEN d.hit THEN 1 END) AS hits,
    COUNT(CASE WHEN d.outcome = 'failed' THEN 1 END) AS failed,
    COUNT(CASE WHEN d.outcome = 'cancelled' THEN 1 END) AS cancelled,
    CAST(COUNT(CASE WHEN d.hit THEN 1 END) AS DOUBLE PRECISION)
        / NULLIF(COUNT(CASE WHEN d.outcome = 'ready' THEN 1 END), 0) AS hit_rate,
    CAST(COUNT(CASE WHEN d.outcome = 'failed' THEN 1 END) AS DOUBLE PRECISION)
        / NULLIF(COUNT(CASE WHEN d.outcome IN ('ready', 'failed') THEN 1 END), 0) AS failure_rate,
    CAST(COALESCE(SUM(d.bytes), 0) AS BIGINT) AS bytes,
    CAST(COALESCE(SUM(d.fetched), 0) AS BIGINT) AS bytes_fetched,
    CAST(COALESCE(SUM(CASE WHEN d.hit THEN d.bytes END), 0) AS BIGINT) AS bytes_saved,
    CAST(ROUND(CAST(SUM(CASE WHEN d.speed IS NOT NULL THEN d.fetched END) AS DOUBLE PRECISION)
        / SUM(CASE WHEN d.speed IS NOT NULL THEN d.transfer_seconds END)) AS BIGINT) AS mean_speed_bps";

/// Median of the speeds in a group of [`ranked`]; of two in the middle, their mean.
const MEDIAN: &str = "CAST(ROUND(AVG(CASE WHEN d.place IN ((d.measured + 1) / 2, (d.measured + 2) / 2)
    THEN d.speed END)) AS BIGINT) AS median_speed_bps";

/// Deliveries ranked by speed within their group, the slowest first. A hit has no speed, and unsuccessful
/// transfers do not count.
fn ranked(group: &'static str, from: &'static str) -> SafeSql {
    let speed = "CASE WHEN e.outcome = 'ready' THEN e.speed_bps END";
    sql!(
        "(SELECT e.*, {speed} AS speed, COUNT({speed}) OVER (PARTITION BY {group}) AS measured,
            ROW_NUMBER() OVER (PARTITION BY {group} ORDER BY CASE WHEN {speed} IS NULL THEN 1 ELSE 0 END, {speed}) AS place
         FROM {from})"
    )
}

const SPAN: &str = "delivery e WHERE e.user_id = $1 AND e.at >= $2 AND e.at < $3";

pub async fn totals(
    db: &impl ConnectionTrait,
    owner: UserId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Figures, DbErr> {
    let sql = sql!("SELECT {FIGURES}, {MEDIAN} FROM {} d", ranked("e.user_id", SPAN));
    Ok(one(db, sql, args![owner, from, to]).await?.unwrap_or_default())
}

/// Statistics of each day. A day ends where the next begins, and the last one with the last of `bounds`.
pub async fn per_day(
    db: &impl ConnectionTrait,
    owner: UserId,
    bounds: &[DateTime<Utc>],
) -> Result<Vec<Figures>, DbErr> {
    if bounds.len() < 2 {
        return Ok(Vec::new());
    }
    let day = |n: usize| sql!("({n}, ${}, ${})", n + 2, n + 3);
    let days: Vec<_> = (0..bounds.len() - 1).map(day).collect();
    let of_days = "(SELECT day.n, x.* FROM day JOIN delivery x ON x.user_id = $1 AND x.at >= day.first AND x.at < day.past) e";
    let sql = sql!(
        "WITH day (n, first, past) AS (VALUES {})
         SELECT {FIGURES}, {MEDIAN} FROM day LEFT JOIN {} d ON d.n = day.n GROUP BY day.n ORDER BY day.n",
        SafeSql::join(days, ", "),
        ranked("e.n", of_days)
    );
    let mut args = args![owner];
    args.extend(bounds.iter().map(|at| sea_orm::Value::from(*at)));
    all(db, sql, args).await
}

pub async fn per_source(
    db: &impl ConnectionTrait,
    owner: UserId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<SourceFigures>, DbErr> {
    let sql = sql!(
        "SELECT d.source_id, COALESCE(MAX(s.name), MAX(d.source_name)) AS name, {FIGURES}, {MEDIAN}
         FROM {} d LEFT JOIN source s ON s.id = d.source_id
         GROUP BY d.source_id ORDER BY downloads DESC, d.source_id",
        ranked("e.source_id", SPAN)
    );
    all(db, sql, args![owner, from, to]).await
}

/// Statistics of the providers that had deliveries, busiest first.
pub async fn per_provider(
    db: &impl ConnectionTrait,
    owner: UserId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<ProviderFigures>, DbErr> {
    let sql = sql!(
        "SELECT d.provider, COUNT(CASE WHEN d.outcome = 'ready' THEN 1 END) AS served,
                CAST(COALESCE(SUM(d.bytes), 0) AS BIGINT) AS bytes,
                COUNT(CASE WHEN d.outcome = 'failed' THEN 1 END) AS failures, {MEDIAN}
         FROM {} d WHERE d.provider IS NOT NULL GROUP BY d.provider ORDER BY COUNT(*) DESC, d.provider",
        ranked("e.provider", SPAN)
    );
    all(db, sql, args![owner, from, to]).await
}
