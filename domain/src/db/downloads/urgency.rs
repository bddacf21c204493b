//! Waiting downloads per address and their priorities, and bulk actions on a user's downloads.

use super::super::sql::{SafeSql, all, args, execute, listed, one, row, sql, values};
use super::super::{ConnectionTrait, DbErr};
use super::transitions;
use crate::download::{DownloadStatus, Tally};
use crate::{DateTime, DownloadId, UserId, Utc};

/// Sets the priority. False if there is no such download.
pub async fn set_priority(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: DownloadId,
    priority: i64,
) -> Result<bool, DbErr> {
    let sql = "UPDATE download SET priority = $3 WHERE user_id = $1 AND id = $2";
    Ok(execute(db, sql, args![owner, id, priority]).await? > 0)
}

/// Waiting download of a user for an address.
pub struct UrgencyRow {
    pub media_url: String,
    pub user_id: UserId,
    pub priority: i64,
    pub bytes_total: Option<i64>,
    /// Whether the address is the item's page, not an enclosure.
    pub is_page: bool,
    /// Next departure for which a device is to hold it, and the last usual contact before that.
    pub departs_at: Option<DateTime<Utc>>,
    pub contact_by: Option<DateTime<Utc>>,
}
row!(UrgencyRow { media_url, user_id, priority, bytes_total, is_page, departs_at, contact_by });

/// All waiting downloads of an address, or of any address.
pub async fn wishes(
    db: &impl ConnectionTrait,
    media_url: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Vec<UrgencyRow>, DbErr> {
    let (place, values) = match media_url {
        Some(url) => ("AND d.media_url = $2", args![now, url]),
        None => ("", args![now]),
    };
    let sql = sql!(
        "SELECT d.media_url, d.user_id, d.priority, d.bytes_total, COALESCE(d.media_url = i.url, FALSE) AS is_page,
            {next_departs} AS departs_at, {next_contact} AS contact_by
         FROM download d JOIN item i ON i.id = d.item_id
         WHERE d.status IN {waiting} {place}",
        next_departs = next("p.departs_at"),
        next_contact = next("p.contact_by"),
        waiting = transitions::awaiting()
    );
    all(db, sql, values).await
}

/// SQL expression: a time of the next plan for download `d` after `$1`.
fn next(time: &'static str) -> SafeSql {
    sql!(
        "(SELECT MIN({time}) FROM plan_item x JOIN plan p ON p.id = x.plan_id
            WHERE x.item_id = d.item_id AND p.user_id = d.user_id AND p.departs_at > $1)"
    )
}

/// Addresses of those of a user's downloads that are queued.
pub async fn queued_urls(
    db: &impl ConnectionTrait,
    owner: UserId,
    ids: &[DownloadId],
) -> Result<Vec<(DownloadId, String)>, DbErr> {
    struct Queued {
        id: DownloadId,
        media_url: String,
    }
    row!(Queued { id, media_url });
    let mut values = args![owner];
    let ids = listed(ids.iter().copied(), &mut values);
    let sql =
        sql!("SELECT id, media_url FROM download WHERE user_id = $1 AND id IN ({ids}) AND status = 'queued'");
    let queued: Vec<Queued> = all(db, sql, values).await?;
    Ok(queued.into_iter().map(|queued| (queued.id, queued.media_url)).collect())
}

/// The user's downloads in these states: state by state, oldest first within each.
pub async fn in_states(
    db: &impl ConnectionTrait,
    owner: UserId,
    states: &[DownloadStatus],
) -> Result<Vec<DownloadId>, DbErr> {
    let mut all = Vec::new();
    for &state in states {
        let sql = "SELECT id FROM download WHERE user_id = $1 AND status = $2 ORDER BY id";
        all.extend(values::<DownloadId>(db, sql, args![owner, state]).await?);
    }
    Ok(all)
}

row!(Tally { waiting, paused, open, ready, failed });

pub async fn tally(db: &impl ConnectionTrait, owner: UserId) -> Result<Tally, DbErr> {
    let sql = sql!(
        "SELECT COUNT(CASE WHEN status IN ('queued', 'downloading') THEN 1 END) AS waiting,
            COUNT(CASE WHEN status = 'paused' THEN 1 END) AS paused,
            COUNT(CASE WHEN status IN {open} THEN 1 END) AS open,
            COUNT(CASE WHEN status = 'ready' THEN 1 END) AS ready,
            COUNT(CASE WHEN status = 'failed' THEN 1 END) AS failed
         FROM download WHERE user_id = $1",
        open = transitions::open()
    );
    Ok(one(db, sql, args![owner]).await?.unwrap_or_default())
}
