//! Deletion of downloads, and its undoing within [`UNDO_GRACE`]. The bytes are kept at least until then.

use super::{Transfer, dismiss, get, let_go, tell_task, urgency};
use crate::db::downloads::deleted;
use crate::db::{accounts, dismissals, downloads, media};
use crate::domain::deleted::DeletedDownload;
use crate::domain::dismissal::DismissalReason;
use crate::domain::download::{Download, DownloadStatus};
use crate::domain::history::Outcome;
use crate::domain::{DownloadId, Refusal, UserId};
use crate::engine::catalog::{self, UNDO_GRACE};
use crate::engine::{Engine, Result, Work, history};

/// Deletes a download in any state and returns it as it was. It can be restored for a while; bytes that no
/// download holds are deleted after that.
pub async fn delete(engine: &Engine, owner: UserId, id: DownloadId) -> Result<Download> {
    let mut work = engine.begin().await?;
    let known = downloads::get(&*work, owner, id).await?.ok_or_else(|| Refusal::missing("download"))?;
    let_go(&mut work, owner, id).await?;
    // Lock order: the user's row before the download's, as in eviction.
    accounts::lock(&*work, owner).await?;
    if known.status.is_open() {
        history::record(&work, owner, id, Outcome::Cancelled.into(), engine.now()).await;
    }
    forget(&mut work, owner, &known).await?;
    work.commit().await?;
    Ok(known)
}

/// Deletes a ready download in a larger transaction. It has no transfer that could end. The caller holds the
/// lock on the user's row.
pub async fn delete_ready(work: &mut Work<'_>, owner: UserId, known: &Download) -> Result<()> {
    if known.status != DownloadStatus::Ready {
        return Ok(());
    }
    forget(work, owner, known).await
}

/// Moves a download to the deleted ones, and dismisses its item.
async fn forget(work: &mut Work<'_>, owner: UserId, known: &Download) -> Result<()> {
    deleted::delete(&**work, owner, known.id, work.now()).await?;
    let is_played = known.played_at.is_some();
    let reason = if is_played { DismissalReason::Played } else { DismissalReason::Removed };
    dismiss(work, owner, known.item_id, reason).await?;
    let status = if known.status.is_open() { DownloadStatus::Cancelled } else { known.status };
    tell_task(work, owner, known, status).await
}

/// Restores a download that was deleted a moment ago, as it was. One that was under way continues, and one
/// whose bytes are lost is fetched again.
pub async fn restore(engine: &Engine, owner: UserId, id: DownloadId) -> Result<Download> {
    let mut work = engine.begin().await?;
    let gone = || Refusal::conflict("The time to undo this is over. Get the item again on its page.");
    let Some(known) = deleted::restorable(&*work, owner, id).await? else {
        return match downloads::get(&*work, owner, id).await? {
            Some(_) => get(engine, owner, id).await,
            None => Err(gone().into()),
        };
    };
    let is_lost = match &known.sha256 {
        Some(sha256) => !media::hold(&*work, sha256).await?,
        None => false,
    };
    let is_waiting = is_lost || known.status.awaits_bytes();
    if is_waiting {
        // Lock order: the job's row before the user's, as in a transfer.
        work.push(&Transfer::of(&engine.config, known.media_url.clone())).await?;
    }
    accounts::lock(&*work, owner).await?;
    if is_waiting {
        deleted::requeue(&*work, owner, id).await?;
    }
    if !deleted::restore(&*work, owner, id).await? {
        return Err(Refusal::conflict("You have asked for this item again meanwhile.").into());
    }
    match known.status {
        // As before the deletion, agents do not pick it again.
        DownloadStatus::Cancelled => {
            dismiss(&mut work, owner, known.item_id, DismissalReason::Cancelled).await?
        }
        _ => {
            dismissals::delete(&*work, owner, known.item_id).await?;
            catalog::replan(&mut work, known.item_id).await?;
        }
    }
    if is_waiting {
        urgency::reprioritize(&*work, &known.media_url, engine.now()).await?;
    }
    let back = downloads::get(&*work, owner, id).await?.ok_or_else(gone)?;
    tell_task(&mut work, owner, &back, back.status).await?;
    work.commit().await?;
    get(engine, owner, id).await
}

/// Downloads that can still be restored, the latest deletion first.
pub async fn recently_deleted(engine: &Engine, owner: UserId) -> Result<Vec<DeletedDownload>> {
    Ok(deleted::since(&engine.db, owner, engine.now() - UNDO_GRACE).await?)
}

#[cfg(all(test, feature = "testing"))]
mod tests;
