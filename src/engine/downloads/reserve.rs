//! Check of the true size against the limits of all waiting downloads, once it is known.

use serde_json::{Value, json};

use super::limits;
use crate::db::downloads::{self, Waiting};
use crate::db::{ConnectionTrait, DbErr, accounts, prefetch};
use crate::domain::download::DownloadStatus;
use crate::domain::event::EventKind;
use crate::domain::{DateTime, DownloadId, Utc};
use crate::engine::history::{self, DeliveryCost, DownloadEnd};
use crate::engine::{Error, Result, Work};

/// Whether a waiting download was promised another size, or a prefetch plan has too little space for this
/// one.
pub async fn is_due(db: &impl ConnectionTrait, url: &str, bytes: i64) -> Result<bool, DbErr> {
    let is_promised_other = downloads::waiting(db, url).await?.iter().any(|w| w.bytes_total != Some(bytes));
    Ok(is_promised_other || prefetch::is_too_large(db, url, bytes).await?)
}

/// Result of `settle`.
pub struct ReservedSizes {
    /// Downloads that still wait. Their users' rows are locked until the transaction ends.
    pub left: Vec<Waiting>,
    /// Whether downloads or prefetch plans were dropped, no download waits any more, and no plan contains the
    /// address.
    pub is_deserted: bool,
}

/// Counts the true size for all waiting downloads. Those that exceed their owner's limits or need approval
/// fail with the reason.
pub async fn reserve(work: &mut Work<'_>, url: &str, bytes: i64) -> Result<ReservedSizes> {
    // Lock order: all users' rows before any download's row.
    for w in downloads::waiting(&**work, url).await? {
        accounts::lock(&**work, w.user_id).await?;
    }
    let now = work.now();
    let waiting = downloads::waiting(&**work, url).await?;
    let (mut left, waited) = (Vec::new(), !waiting.is_empty());
    for w in waiting {
        let fits = match w.bytes_total == Some(bytes) {
            true => Ok(()),
            false => limits::resize(work, &w, bytes, now).await,
        };
        match fits {
            Ok(()) => left.push(w),
            Err(Error::Refused(why)) => turn_away(work, &w, &why.to_string(), now).await?,
            Err(fault) => return Err(fault),
        }
    }
    let left_out = prefetch::leave_out(&**work, url, bytes).await?;
    let is_deserted =
        (waited || left_out > 0) && left.is_empty() && !prefetch::is_planned(&**work, url).await?;
    Ok(ReservedSizes { left, is_deserted })
}

/// Fails one download, while others that wait for the same bytes continue.
pub async fn turn_away(work: &mut Work<'_>, w: &Waiting, why: &str, now: DateTime<Utc>) -> Result<()> {
    if downloads::failed(&**work, w.id, why, None).await? {
        history::record(work, w.user_id, w.id, DownloadEnd::failed(None, why).at(DeliveryCost::IfAlone), now)
            .await;
        work.record(w.user_id, w.run_id, EventKind::DownloadFailed, failure_data(w, why, None)).await?;
    }
    Ok(())
}

/// Download that caused the transfer: the earliest of those that wait.
pub fn first_to_ask(waiting: &[Waiting]) -> Option<DownloadId> {
    waiting.iter().min_by_key(|w| (w.created_at, w.id)).map(|w| w.id)
}

/// Payload of the event that a download failed, with the time of the next automatic attempt, if any.
pub fn failure_data(w: &Waiting, why: &str, next: Option<DateTime<Utc>>) -> Value {
    json!({
        "download_id": w.id,
        "title": w.title,
        "status": DownloadStatus::Failed,
        "error": why,
        "will_retry": next.is_some(),
        "next_attempt_at": next,
    })
}

#[cfg(all(test, feature = "testing"))]
mod tests;
