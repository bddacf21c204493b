//! When the true size of bytes becomes known: it is held against the limits of everybody who waits for them.

use serde_json::{Value, json};

use super::limits;
use crate::db::downloads::{self, Waiting};
use crate::db::{ConnectionTrait, DbErr, accounts, ahead};
use crate::domain::event::EventKind;
use crate::domain::{DateTime, Refusal, Utc};
use crate::engine::{Error, Result, Work, history};

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
            Err(Error::Refused(why)) => turn_away(work, &w, &why, now).await?,
            Err(fault) => return Err(fault),
        }
    }
    let left_out = ahead::leave_out(&**work, url, bytes).await?;
    let is_deserted = (waited || left_out > 0) && left.is_empty() && !ahead::is_planned(&**work, url).await?;
    Ok(Settled { left, is_deserted })
}

async fn turn_away(work: &mut Work<'_>, w: &Waiting, why: &Refusal, now: DateTime<Utc>) -> Result<()> {
    let why = why.to_string();
    if downloads::failed(&**work, w.id, &why).await? {
        history::record(work, w.user_id, w.id, history::End::failed(None, &why), now).await;
        work.tell(w.user_id, w.run_id, EventKind::DownloadFailed, failure(w, &why)).await?;
    }
    Ok(())
}

/// What somebody is told whose download has failed for good.
pub fn failure(w: &Waiting, why: &str) -> Value {
    json!({ "download_id": w.id, "title": w.title, "error": why, "will_retry": false })
}

#[cfg(all(test, feature = "testing"))]
mod tests;
