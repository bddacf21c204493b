//! Downloads: requests for items, their progress, and the prepared files for their owner.

pub mod arrivals;
mod begin;
mod bulk;
pub mod carried;
mod content_type;
mod deletion;
mod disk_space;
mod eviction;
mod fault;
mod feed_text;
mod file;
mod finish;
mod host_connections;
mod housekeeping;
mod judge;
pub(super) mod limits;
mod live_stream;
mod origin;
mod partial_file;
mod prefetch;
mod progress;
mod queue;
mod readdress;
mod refetch;
mod reserve;
mod resume;
mod retry;
mod split;
mod throttle;
mod transfer;
mod urgency;
mod usage;
mod verify;
mod wait_reason;

use blobs::Tier;
use jobs::{self, Job};
use serde_json::json;

pub use arrivals::QueueArrivals;
pub use bulk::{act_on, cancel_all, pause_all, resume_all, retry_all, tally};
pub use deletion::{delete, delete_ready, recently_deleted, restore};
pub use disk_space::{EVERY as ROOM_EVERY, FreeDiskSpace, free, is_full as is_disk_full, shrink_cache};
pub use eviction::{list as evictions, pin, played, set_played, unpin};
pub use file::{StoredFile, file};
pub use finish::CompletionQueue;
pub use host_connections::HostConnections;
pub use housekeeping::{Housekeeping, Leftover, drop_unheld_bytes, leftovers, recover, sweep_incoming};
pub use prefetch::{Prefetch, PrefetchMissing};
use queue::kept;
pub use queue::{queue, queue_planned};
pub use refetch::{Loss, fetch as refetch};
pub use retry::{EVERY as RETRY_EVERY, RetryFailed};
pub use throttle::Throttle;
pub use transfer::Transfer;
pub use urgency::{EVERY as ORDER_EVERY, OrderTransfers, set_priority};

use super::job_names::{FETCH_ARTICLE_PICTURES, PLAN_DEVICES};
use super::{Engine, Result, Work, catalog, history};
use crate::db::copies::{self, AwaitedCopy};
use crate::db::{accounts, dismissals, downloads, items, media, plans, prefetch as ahead_rows};
use crate::domain::copy::change_data;
use crate::domain::dismissal::DismissalReason;
use crate::domain::download::{Download, DownloadStatus, Provider, file_url};
use crate::domain::download_filter::{DownloadFilter, DownloadTotals};
use crate::domain::event::EventKind;
use crate::domain::history::Outcome;
use crate::domain::item::Availability;
use crate::domain::page::PageQuery;
use crate::domain::task::TaskChange;
use crate::domain::{DateTime, DownloadId, ItemId, Page, Refusal, RunId, UserId, Utc};

/// Requests the pictures of a stored page.
async fn push_pictures(work: &mut Work<'_>, sha256: &str, url: &str) -> Result<()> {
    work.push_with(FETCH_ARTICLE_PICTURES, sha256, &json!({ "sha256": sha256, "url": url })).await
}

/// Provider of bytes that a tier of the store holds.
fn provider(tier: Tier) -> Provider {
    match tier {
        Tier::Cache => Provider::Cache,
        Tier::Store => Provider::Store,
    }
}

pub async fn list(
    engine: &Engine,
    owner: UserId,
    filter: &DownloadFilter,
    page: &PageQuery,
) -> Result<Page<Download>> {
    let mut found = downloads::list(&engine.db, owner, filter, page).await?;
    let items: Vec<_> = found.data.iter().map(|download| download.item_id).collect();
    catalog::covers::show_items(engine, &items).await;
    urgency::mark(engine, owner, &mut found.data).await?;
    Ok(found)
}

/// Counts the downloads that match a filter.
pub async fn totals(engine: &Engine, owner: UserId, filter: &DownloadFilter) -> Result<DownloadTotals> {
    Ok(downloads::totals(&engine.db, owner, filter).await?)
}

/// Lists the ready downloads that their owner has not played to the end, newest first.
pub async fn unplayed(engine: &Engine, owner: UserId) -> Result<Vec<Download>> {
    Ok(downloads::unplayed(&engine.db, owner).await?)
}

/// Downloads that a run has queued so far, oldest first.
pub async fn of_run(engine: &Engine, owner: UserId, run: RunId) -> Result<Vec<Download>> {
    let mut found = downloads::of_run(&engine.db, owner, run).await?;
    urgency::mark(engine, owner, &mut found).await?;
    Ok(found)
}

/// Existing downloads of some items, in no particular order.
pub async fn of_items(engine: &Engine, owner: UserId, items: &[ItemId]) -> Result<Vec<Download>> {
    let mut found = downloads::of_items(&engine.db, owner, items).await?;
    urgency::mark(engine, owner, &mut found).await?;
    Ok(found)
}

pub async fn get(engine: &Engine, owner: UserId, id: DownloadId) -> Result<Download> {
    let mut found =
        downloads::get(&engine.db, owner, id).await?.ok_or_else(|| Refusal::missing("download"))?;
    urgency::mark(engine, owner, std::slice::from_mut(&mut found)).await?;
    Ok(found)
}

/// Cancels an open download. The transfer continues if another download waits for the same bytes.
pub async fn cancel(engine: &Engine, owner: UserId, id: DownloadId) -> Result<Download> {
    stop(engine, owner, id, DownloadStatus::Cancelled).await
}

/// Pauses a download. The transfer stops unless another download waits for the same bytes.
pub async fn pause(engine: &Engine, owner: UserId, id: DownloadId) -> Result<Download> {
    stop(engine, owner, id, DownloadStatus::Paused).await
}

async fn stop(engine: &Engine, owner: UserId, id: DownloadId, to: DownloadStatus) -> Result<Download> {
    let mut work = engine.begin().await?;
    let url = downloads::media_url(&*work, owner, id).await?.ok_or_else(|| Refusal::missing("download"))?;
    jobs::hold(&*work, Transfer::KIND, &url).await?;
    let_go(&mut work, owner, id).await?;
    accounts::lock(&*work, owner).await?;
    let item = downloads::get(&*work, owner, id).await?.map(|download| download.item_id);
    if let Err(status) = move_to(&mut work, owner, id, to).await? {
        return Err(Refusal::conflict(format!("This download is {status} and cannot be {to}.")).into());
    }
    if let Some(item) = item.filter(|_| to == DownloadStatus::Cancelled) {
        dismiss(&mut work, owner, item, DismissalReason::Cancelled).await?;
    }
    // If other downloads wait for the same bytes, their urgency alone counts now.
    urgency::reprioritize(&*work, &url, engine.now()).await?;
    work.commit().await?;
    get(engine, owner, id).await
}

/// Cancels within a larger transaction. Returns false if the download is not open.
pub async fn cancel_in(work: &mut Work<'_>, owner: UserId, id: DownloadId) -> Result<bool> {
    let_go(work, owner, id).await?;
    let moved = move_to(work, owner, id, DownloadStatus::Cancelled).await?;
    Ok(moved.is_ok())
}

/// Pauses within a larger transaction. Returns false if the download cannot be paused.
pub async fn pause_in(work: &mut Work<'_>, owner: UserId, id: DownloadId) -> Result<bool> {
    let_go(work, owner, id).await?;
    let moved = move_to(work, owner, id, DownloadStatus::Paused).await?;
    Ok(moved.is_ok())
}

/// Changes a download's state by compare-and-set, repeated if a transfer changes the state in between.
/// The inner error is the current state, if the transition is not allowed.
async fn move_to(
    work: &mut Work<'_>,
    owner: UserId,
    id: DownloadId,
    to: DownloadStatus,
) -> Result<std::result::Result<(), DownloadStatus>> {
    loop {
        let download =
            downloads::get(&**work, owner, id).await?.ok_or_else(|| Refusal::missing("download"))?;
        if !download.status.may_become(to) {
            return Ok(Err(download.status));
        }
        if downloads::advance(&**work, owner, id, download.status, to).await? {
            tell_task(work, owner, &download, to).await?;
            if to == DownloadStatus::Cancelled {
                history::record(work, owner, id, Outcome::Cancelled.into(), work.now()).await;
            }
            return Ok(Ok(()));
        }
    }
}

/// Queues a failed, cancelled or expired download again, under the same limits as a new one.
pub async fn retry(engine: &Engine, owner: UserId, id: DownloadId) -> Result<Download> {
    let known = get(engine, owner, id).await?;
    if !known.status.can_retry() {
        return Err(
            Refusal::conflict(format!("This download is {} and needs no retry.", known.status)).into()
        );
    }
    queue(engine, owner, known.item_id, None).await
}

pub async fn resume(engine: &Engine, owner: UserId, id: DownloadId) -> Result<Download> {
    let missing = || Refusal::missing("download");
    let mut work = engine.begin().await?;
    // Lock order: the job's row first, as in a transfer.
    let url = downloads::media_url(&*work, owner, id).await?.ok_or_else(missing)?;
    work.push(&Transfer::of(&engine.config, url.clone())).await?;
    accounts::lock(&*work, owner).await?;
    let known = downloads::get(&*work, owner, id).await?.ok_or_else(missing)?;
    let from = DownloadStatus::Paused;
    if !downloads::advance(&*work, owner, id, from, DownloadStatus::Queued).await? {
        return Err(Refusal::conflict(format!("This download is {}, not paused.", known.status)).into());
    }
    tell_task(&mut work, owner, &known, DownloadStatus::Queued).await?;
    urgency::reprioritize(&*work, &url, engine.now()).await?;
    work.commit().await?;
    get(engine, owner, id).await
}

/// Records that the user is done with an item, and updates the prefetch plan of its source.
pub async fn dismiss(
    work: &mut Work<'_>,
    owner: UserId,
    item: ItemId,
    reason: DismissalReason,
) -> Result<()> {
    let now = work.now();
    dismissals::insert(&**work, owner, item, reason, now).await?;
    catalog::replan(work, item).await
}

/// Revokes a dismissal, so that agents can pick the item again, unless it has a thumb down. An item that the
/// user cannot see counts as missing.
pub async fn take_back(engine: &Engine, owner: UserId, item: ItemId) -> Result<()> {
    let mut work = engine.begin().await?;
    items::get(&*work, owner, item).await?.ok_or_else(|| Refusal::missing("item"))?;
    if dismissals::delete(&*work, owner, item).await? {
        catalog::replan(&mut work, item).await?;
    }
    work.commit().await
}

/// Stops the transfer of this download, if no other download waits for it and no prefetch plan contains the
/// bytes. Must precede the other writes of its transaction: a transfer locks its job's row first too, so the
/// two cannot deadlock.
async fn let_go(work: &mut Work<'_>, owner: UserId, id: DownloadId) -> Result<()> {
    let Some(url) = downloads::media_url(&**work, owner, id).await? else { return Ok(()) };
    let waiting = downloads::waiting(&**work, &url).await?;
    let is_last = waiting.iter().any(|w| w.id == id) && waiting.len() == 1;
    if is_last && !ahead_rows::is_planned(&**work, &url).await? {
        jobs::request_cancel(&**work, Transfer::KIND, &url).await?;
        items::set_availability(&**work, &url, Availability::Cacheable, None, None).await?;
    }
    Ok(())
}

async fn tell_task(
    work: &mut Work<'_>,
    owner: UserId,
    download: &Download,
    status: DownloadStatus,
) -> Result<()> {
    let change = TaskChange::of_download(download.id, status, &download.title);
    work.record(owner, download.run_id, EventKind::TaskUpdate, change.data()).await
}

/// Tells devices that wait for downloads which are ready now, so that open pages of theirs make contact, and
/// makes the plans of these users' devices due.
async fn offer_to_devices(work: &mut Work<'_>, owners: &[UserId], ready: &[DownloadId]) -> Result<()> {
    for AwaitedCopy { user_id, device_id, download_id, state } in
        copies::awaited_among(&**work, ready).await?
    {
        let mut data = change_data(device_id, download_id, state);
        data["has_more"] = true.into();
        work.record_later(user_id, None, EventKind::CopyChanged, data).await?;
    }
    plan_anew(work, owners).await
}

/// Makes the plans of these users' devices due, because there is something new to hand over.
async fn plan_anew(work: &mut Work<'_>, owners: &[UserId]) -> Result<()> {
    if plans::make_due(&**work, owners).await? > 0 {
        work.push_named(PLAN_DEVICES).await?;
    }
    Ok(())
}

/// Payload of the event that a download is ready.
fn ready_data(id: DownloadId, title: &str, bytes: i64) -> serde_json::Value {
    json!({ "download_id": id, "title": title, "file_url": file_url(id), "bytes": bytes })
}

/// Makes a download ready with verified bytes from the store, sets its expiry and notifies the owner. Returns
/// false if the download could not become ready.
#[allow(clippy::too_many_arguments, reason = "each is a column of the row that is made ready")]
async fn make_ready(
    work: &mut Work<'_>,
    owner: UserId,
    run: Option<RunId>,
    id: DownloadId,
    title: &str,
    blob: &media::Blob,
    provider: Provider,
    now: DateTime<Utc>,
) -> Result<bool> {
    let expires_at = now + housekeeping::lifetime(blob.bytes);
    if !downloads::ready(&**work, id, blob, provider, now, expires_at).await? {
        return Ok(false);
    }
    work.record(owner, run, EventKind::DownloadReady, ready_data(id, title, blob.bytes)).await?;
    history::record(work, owner, id, provider.into(), now).await;
    offer_to_devices(work, &[owner], &[id]).await?;
    Ok(true)
}
