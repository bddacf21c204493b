//! Lists of a user's downloads by filter and order, and their totals.

use super::super::sql::{SafeSql, all, anywhere, args, listed, one, row, sql};
use super::super::transitions::those;
use super::super::{ConnectionTrait, DbErr};
use super::{SELECT, transitions};
use crate::download::{Download, DownloadStatus};
use crate::download_filter::{DownloadFilter, DownloadOrder, DownloadPosition, DownloadTotals};
use crate::item_position::SortValue;
use crate::page::PageQuery;
use crate::{DateTime, Page, SourceId, UserId, Utc};

/// Length of an item that has none, in the order of the shortest.
const NO_LENGTH: i64 = 9_000_000_000;

/// Expiry of a ready download that is not pinned; for all others [`NEVER`].
const EXPIRY: &str = "COALESCE(CASE WHEN d.status = 'ready' AND NOT d.pinned THEN d.expires_at END, '9999-12-31T00:00:00+00:00')";

fn never() -> DateTime<Utc> {
    DateTime::from_timestamp(NEVER, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// 9999-12-31T00:00:00Z, in seconds.
const NEVER: i64 = 253_402_214_400;

/// Conditions of a filter on `d`, `i` and `s`: owner `$1`, words `$2`, kind `$3`.
fn conditions(filter: &DownloadFilter) -> SafeSql {
    let status = match filter.status {
        Some(filter) => sql!("d.status IN {}", those(|status: DownloadStatus| filter.includes(status))),
        None => SafeSql::new("TRUE"),
    };
    sql!(
        "d.user_id = $1 AND (LOWER(d.title) LIKE $2 ESCAPE '!' OR LOWER(s.name) LIKE $2 ESCAPE '!')
           AND (CAST($3 AS TEXT) IS NULL OR s.kind = $3) AND {status}"
    )
}

pub async fn list(
    db: &impl ConnectionTrait,
    owner: UserId,
    filter: &DownloadFilter,
    page: &PageQuery,
) -> Result<Page<Download>, DbErr> {
    let order = filter.order.unwrap_or_default();
    let limit = page.limit();
    let mut values = args![owner, anywhere(filter.q.as_deref()), filter.kind, limit + 1];
    let (key, direction, sign) = sort_key(order);
    let (after, by) = match (key, filter.position(page)) {
        (None, _) => {
            values.push(page.after_id().unwrap_or(i64::MAX).into());
            (SafeSql::new("d.id < $5"), SafeSql::new("d.id DESC"))
        }
        (Some(key), at) => {
            let after = match at {
                Some(at) => {
                    values.push(match at.key {
                        SortValue::Time(at) => at.into(),
                        SortValue::Number(number) => number.into(),
                        SortValue::None => i64::MAX.into(),
                    });
                    values.push(at.id.into());
                    sql!("({key} {sign} $5 OR ({key} = $5 AND d.id < $6))")
                }
                None => SafeSql::new("TRUE"),
            };
            (after, sql!("{key} {direction}, d.id DESC"))
        }
    };
    let conditions = conditions(filter);
    let rows =
        all(db, sql!("{SELECT} WHERE {conditions} AND {after} ORDER BY {by} LIMIT $4"), values).await?;
    Ok(Page::cut(rows, limit, |download| cursor(order, download)))
}

/// Expression that an order sorts by, its direction, and the comparison for the rows that follow. Ties are
/// broken by id, the latest request first.
fn sort_key(order: DownloadOrder) -> (Option<SafeSql>, &'static str, &'static str) {
    let (down, up) = (("DESC", "<"), ("ASC", ">"));
    let (key, (direction, sign)) = match order {
        DownloadOrder::Added => (None, down),
        DownloadOrder::Newest => (Some(SafeSql::new("COALESCE(d.ready_at, d.created_at)")), down),
        DownloadOrder::Shortest => (Some(sql!("COALESCE(i.duration_seconds, {NO_LENGTH})")), up),
        DownloadOrder::Longest => (Some(SafeSql::new("COALESCE(i.duration_seconds, -1)")), down),
        DownloadOrder::Largest => (Some(SafeSql::new("COALESCE(d.bytes_total, -1)")), down),
        DownloadOrder::Expiring => (Some(SafeSql::new(EXPIRY)), up),
    };
    (key, direction, sign)
}

fn cursor(order: DownloadOrder, download: &Download) -> String {
    let key = match order {
        DownloadOrder::Added => return download.id.to_string(),
        DownloadOrder::Newest => SortValue::Time(download.ready_at.unwrap_or(download.created_at)),
        DownloadOrder::Shortest => SortValue::Number(download.duration_seconds.unwrap_or(NO_LENGTH)),
        DownloadOrder::Longest => SortValue::Number(download.duration_seconds.unwrap_or(-1)),
        DownloadOrder::Largest => SortValue::Number(download.bytes_total.unwrap_or(-1)),
        DownloadOrder::Expiring => {
            let is_due = download.status == DownloadStatus::Ready && !download.pinned;
            SortValue::Time(download.expires_at.filter(|_| is_due).unwrap_or_else(never))
        }
    };
    DownloadPosition { order, key, id: download.id.0 }.to_string()
}

row!(DownloadTotals { ready, on_the_way, failed, ended, ready_seconds, ready_bytes });

/// Totals of the downloads that match a filter, whatever its order.
pub async fn totals(
    db: &impl ConnectionTrait,
    owner: UserId,
    filter: &DownloadFilter,
) -> Result<DownloadTotals, DbErr> {
    let sql = sql!(
        "SELECT COUNT(CASE WHEN d.status = 'ready' THEN 1 END) AS ready,
            COUNT(CASE WHEN d.status IN {open} THEN 1 END) AS on_the_way,
            COUNT(CASE WHEN d.status = 'failed' THEN 1 END) AS failed,
            COUNT(CASE WHEN d.status IN ('cancelled', 'expired') THEN 1 END) AS ended,
            CAST(COALESCE(SUM(CASE WHEN d.status = 'ready' THEN i.duration_seconds END), 0) AS BIGINT) AS ready_seconds,
            CAST(COALESCE(SUM(CASE WHEN d.status = 'ready' THEN d.bytes_total END), 0) AS BIGINT) AS ready_bytes
         FROM download d JOIN item i ON i.id = d.item_id JOIN source s ON s.id = i.source_id
         WHERE {conditions}",
        open = transitions::open(),
        conditions = conditions(filter)
    );
    let values = args![owner, anywhere(filter.q.as_deref()), filter.kind];
    Ok(one(db, sql, values).await?.unwrap_or_default())
}

/// Number of a user's ready, unplayed downloads of a source.
pub struct Unplayed {
    pub source_id: SourceId,
    pub number: i64,
}
row!(Unplayed { source_id, number });

/// Ready downloads that were not played, by source. Sources without any are left out.
pub async fn unplayed_of(
    db: &impl ConnectionTrait,
    owner: UserId,
    sources: &[SourceId],
) -> Result<Vec<Unplayed>, DbErr> {
    let mut values = args![owner, DownloadStatus::Ready];
    let sources = listed(sources.iter().copied(), &mut values);
    let sql = sql!(
        "SELECT i.source_id, COUNT(*) AS number FROM download d JOIN item i ON i.id = d.item_id
         WHERE d.user_id = $1 AND d.status = $2 AND d.played_at IS NULL AND i.source_id IN ({sources})
         GROUP BY i.source_id"
    );
    all(db, sql, values).await
}
