//! Eviction of downloads (their order is in `db::downloads::retention`), the notice about each, and pins.

use serde_json::json;

use super::get;
use crate::db::downloads::retention::{self, EvictionCandidate};
use crate::db::{accounts, downloads, evictions, playbacks};
use crate::domain::download::Download;
use crate::domain::event::EventKind;
use crate::domain::eviction::{Cause, Eviction, reason};
use crate::domain::notification::NotificationKind;
use crate::domain::task::TaskChange;
use crate::domain::{DateTime, DownloadId, ItemId, Refusal, RunId, UserId, Utc};
use crate::engine::{Engine, Result, Work, catalog};

/// Number of recent evictions shown by the page and the API.
const SHOWN: i64 = 20;

/// Pins a download: it is exempt from expiry and eviction until its owner unpins it.
pub async fn pin(engine: &Engine, owner: UserId, id: DownloadId) -> Result<Download> {
    set_pinned(engine, owner, id, true).await
}

pub async fn unpin(engine: &Engine, owner: UserId, id: DownloadId) -> Result<Download> {
    set_pinned(engine, owner, id, false).await
}

async fn set_pinned(engine: &Engine, owner: UserId, id: DownloadId, pinned: bool) -> Result<Download> {
    let mut work = engine.begin().await?;
    // Lock order: the user's row before the download's, as in eviction.
    accounts::lock(&*work, owner).await?;
    let known = downloads::get(&*work, owner, id).await?.ok_or_else(|| Refusal::missing("download"))?;
    if pinned && known.status.can_retry() {
        let why = format!("This download is {}, so there is nothing to keep. Retry it first.", known.status);
        return Err(Refusal::conflict(why).into());
    }
    if known.pinned != pinned && retention::set_pinned(&*work, owner, id, pinned).await? {
        let mut told = TaskChange::of_download(id, known.status, known.title).data();
        told["pinned"] = pinned.into();
        work.record(owner, known.run_id, EventKind::TaskUpdate, told).await?;
    }
    work.commit().await?;
    get(engine, owner, id).await
}

/// Marks a download as played to its end, so that it is evicted before unplayed ones when its user's quota is
/// full. On a full disk only the last use counts, and playing is a use.
pub async fn played(engine: &Engine, owner: UserId, id: DownloadId) -> Result<Download> {
    let mut work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    if !retention::played(&*work, owner, id, engine.now()).await? {
        drop(work);
        let status = get(engine, owner, id).await?.status;
        return Err(Refusal::conflict(format!("This download is {status}, not ready.")).into());
    }
    if let Some(known) = downloads::get(&*work, owner, id).await? {
        playbacks::finish(&*work, owner, known.item_id, engine.now()).await?;
        catalog::replan(&mut work, known.item_id).await?;
    }
    work.commit().await?;
    get(engine, owner, id).await
}

/// Marks the ready download of an item as played or as not played, in the transaction that stores the user's
/// position in it. The caller must hold the lock on the user's row.
pub async fn set_played(work: &mut Work<'_>, owner: UserId, item: ItemId, is_played: bool) -> Result<()> {
    let now = work.now();
    let is_changed = match is_played {
        true => retention::item_played(&**work, owner, item, now).await?,
        false => retention::item_reopened(&**work, owner, item).await?,
    };
    if is_changed {
        catalog::replan(work, item).await?;
    }
    Ok(())
}

/// Recent evictions, newest first.
pub async fn list(engine: &Engine, owner: UserId) -> Result<Vec<Eviction>> {
    Ok(evictions::list(&engine.db, owner, SHOWN).await?)
}

/// Evicts a user's own downloads that were ready by `ready_by`, until `needed` bytes are free. Returns the
/// number of bytes freed. If all of them would not be enough, none is evicted. The caller must hold the lock
/// on the user's row.
pub(super) async fn evict_for_quota(
    work: &mut Work<'_>,
    owner: UserId,
    run: Option<RunId>,
    needed: i64,
    ready_by: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<i64> {
    let candidates = retention::eviction_candidates(&**work, owner, run, ready_by).await?;
    if candidates.iter().map(|c| c.bytes).sum::<i64>() < needed {
        return Ok(0);
    }
    let mut freed = 0;
    for download in candidates {
        if freed >= needed {
            break;
        }
        if evict(work, &download, Cause::Limit, now).await? {
            freed += download.bytes;
        }
    }
    Ok(freed)
}

/// Evicts one download: its bytes no longer count, and the owner is notified. Returns false if it was pinned
/// or is no longer ready.
pub(super) async fn evict(
    work: &mut Work<'_>,
    download: &EvictionCandidate,
    cause: Cause,
    now: DateTime<Utc>,
) -> Result<bool> {
    let EvictionCandidate { id, user_id: owner, title, bytes, is_played } = download;
    // Lock order for every eviction: the user's row before the downloads' rows.
    accounts::lock(&**work, *owner).await?;
    if !downloads::expire(&**work, *owner, *id).await? {
        return Ok(false);
    }
    let reason = reason(cause, *is_played, *bytes);
    evictions::insert(&**work, *owner, *id, title, *bytes, &reason, now).await?;
    let message = match cause {
        Cause::Time => format!("“{title}” has expired ({reason})."),
        Cause::Limit | Cause::Disk => format!("“{title}” made room for something new ({reason})."),
    };
    let told = json!({
        "message": message, "level": "info", "download_id": id,
        "notice": NotificationKind::DownloadRemoved, "title": title,
    });
    work.record(*owner, None, EventKind::System, told).await?;
    Ok(true)
}

#[cfg(all(test, feature = "testing"))]
mod tests;
