//! When the true size of bytes becomes known: it is held against the limits of everybody who waits for them.

use serde_json::{Value, json};

use super::limits;
use crate::db::downloads::{self, Waiting};
use crate::db::{ConnectionTrait, DbErr, accounts, ahead};
use crate::domain::download::DownloadStatus;
use crate::domain::event::EventKind;
use crate::domain::{DateTime, DownloadId, Utc};
use crate::engine::history::{self, Cost, End};
use crate::engine::{Error, Result, Work};

/// Whether somebody waits who was promised another size, or has it kept ahead without the room for it.
pub async fn is_due(db: &impl ConnectionTrait, url: &str, bytes: i64) -> Result<bool, DbErr> {
    let is_promised_other = downloads::waiting(db, url).await?.iter().any(|w| w.bytes_total != Some(bytes));
    Ok(is_promised_other || ahead::is_too_large(db, url, bytes).await?)
}

/// What came of it.
pub struct Settled {
    /// Who still waits; their persons' rows are locked until the work ends.
    pub left: Vec<Waiting>,
    /// Some were turned away, and nobody is left, nor is it kept ahead for anybody.
    pub is_deserted: bool,
}

/// Counts the true size for everybody who waits. The downloads of those who have no room for it, or want to be asked
/// first, fail with the reason.
pub async fn settle(work: &mut Work<'_>, url: &str, bytes: i64) -> Result<Settled> {
    // All persons' rows come before any download's, as everywhere.
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
    let left_out = ahead::leave_out(&**work, url, bytes).await?;
    let is_deserted = (waited || left_out > 0) && left.is_empty() && !ahead::is_planned(&**work, url).await?;
    Ok(Settled { left, is_deserted })
}

/// Fails one download, while others that wait for the same bytes go on.
pub async fn turn_away(work: &mut Work<'_>, w: &Waiting, why: &str, now: DateTime<Utc>) -> Result<()> {
    if downloads::failed(&**work, w.id, why, None).await? {
        history::record(work, w.user_id, w.id, End::failed(None, why).at(Cost::IfAlone), now).await;
        work.tell(w.user_id, w.run_id, EventKind::DownloadFailed, failure_data(w, why, None)).await?;
    }
    Ok(())
}

/// The download that caused the transfer: the first of those who wait.
pub fn first_to_ask(waiting: &[Waiting]) -> Option<DownloadId> {
    waiting.iter().min_by_key(|w| (w.created_at, w.id)).map(|w| w.id)
}

/// The data of the event that a download has failed, and when it is tried again by itself, if it is.
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
