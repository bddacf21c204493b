//! Downloads: requests for items, their progress, and the prepared files for their owner.

pub mod arrivals;
mod begin;
mod bulk;
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

use std::collections::HashMap;

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
pub use housekeeping::{Housekeeping, Leftover, leftovers, recover, sweep_incoming};
pub use prefetch::{Prefetch, PrefetchMissing};
pub use refetch::{Loss, fetch as refetch};
pub use retry::{EVERY as RETRY_EVERY, RetryFailed};
pub use throttle::Throttle;
pub use transfer::Transfer;
pub use urgency::{EVERY as ORDER_EVERY, OrderTransfers, set_priority};

use super::job_names::{FETCH_ARTICLE_PICTURES, PLAN_DEVICES};
use super::{Engine, Result, Work, catalog, history};
use crate::db::{
    ConnectionTrait, accounts, dismissals, downloads, failures, items, media, plans, prefetch as ahead_rows,
};
use crate::domain::dismissal::DismissalReason;
use crate::domain::download::{Download, DownloadStatus, Provider, file_url};
use crate::domain::download_filter::{DownloadFilter, DownloadTotals};
use crate::domain::event::EventKind;
use crate::domain::history::Outcome;
use crate::domain::item::{Availability, Item};
use crate::domain::page::PageQuery;
use crate::domain::task::TaskChange;
use crate::domain::{DateTime, DownloadId, ItemId, Page, Refusal, RunId, UserId, Utc};

/// Queues a download of an item. Idempotent: returns the existing download if it is open or ready.
pub async fn queue(engine: &Engine, owner: UserId, item: ItemId, run: Option<RunId>) -> Result<Download> {
    request(engine, owner, item, run.map_or(Requester::User, Requester::Run)).await
}

/// Like `queue`, for the plan of a device: under the user's approval limits, and never against a dismissal or
/// a back-off.
pub async fn queue_planned(engine: &Engine, owner: UserId, item: ItemId) -> Result<Download> {
    request(engine, owner, item, Requester::Plan).await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Requester {
    User,
    Run(RunId),
    Plan,
}

async fn request(engine: &Engine, owner: UserId, item: ItemId, by: Requester) -> Result<Download> {
    let run = if let Requester::Run(run) = by { Some(run) } else { None };
    let near = urgency::near_commute(engine, owner).await?;
    let item = items::get(&engine.db, owner, item).await?.ok_or_else(|| Refusal::missing("item"))?;
    let Some(enclosure) = item.media() else {
        let why = item.unavailable_reason.as_deref();
        return Err(Refusal::conflict(why.unwrap_or("This item has nothing to download.")).into());
    };
    let mut work = engine.begin().await?;
    if let Some(run) = run {
        limits::of_run(&*work, owner, run).await?;
    }
    // Lock order: the job's row first, as in a transfer. The job cannot end before it sees this download, and
    // the two cannot deadlock.
    let kept = kept(engine, &*work, &enclosure.url).await?;
    let kept = kept.filter(|(blob, _)| item.wanted.accepts(&blob.mime_type));
    let is_page = item.url.as_ref() == Some(&enclosure.url);
    let size = enclosure.bytes.or(is_page.then_some(urgency::PAGE));
    let is_first =
        kept.is_none() && work.push(&Transfer::of(&engine.config, enclosure.url.clone()).sized(size)).await?;
    accounts::lock(&*work, owner).await?;
    let earlier = downloads::of_item(&*work, owner, item.id).await?;
    // A job that no other download waits for, without a priority of its own, is already at its position in
    // the queue.
    let has_place = is_first && earlier.is_none() && near.is_none();
    if let Some(download) = earlier
        && (download.status.is_open() || download.status == DownloadStatus::Ready)
    {
        return Ok(download);
    }
    if let Some((blob, _)) = &kept
        && !media::hold(&*work, &blob.sha256).await?
    {
        // The blob was deleted a moment ago. Starts again, because the transfer must be pushed before the
        // user's row is locked.
        drop(work);
        return Box::pin(request(engine, owner, item.id, by)).await;
    }
    if by == Requester::User && item.availability == Availability::Unavailable {
        // A request by the user does not wait for the back-off after the last failure.
        failures::forget(&*work, &enclosure.url).await?;
        items::set_availability(&*work, &enclosure.url, Availability::Cacheable, None, None).await?;
    } else {
        may_be_fetched(&item)?;
    }
    let bytes = kept.as_ref().map(|(blob, _)| blob.bytes).or(enclosure.bytes);
    limits::reserve(&mut work, owner, run, bytes, engine.now()).await?;
    match by {
        // A request by the user revokes an earlier dismissal; items queued for followers were not dismissed.
        Requester::User if item.dismissed.is_some() => {
            dismissals::delete(&*work, owner, item.id).await?;
        }
        Requester::Plan if items::get(&*work, owner, item.id).await?.is_none_or(|it| it.is_refused()) => {
            return Err(Refusal::conflict("You have refused this item meanwhile.").into());
        }
        _ => {}
    }
    let queued = downloads::queue(&*work, owner, item.id, run, &enclosure.url, bytes, engine.now()).await?;
    let id = queued.ok_or_else(|| Refusal::conflict("This item was queued a moment ago."))?;
    if by == Requester::Plan {
        downloads::mark_planned(&*work, owner, id).await?;
    }
    let told = json!({ "download_id": id, "item_id": item.id, "title": item.title });
    work.record(owner, run, EventKind::DownloadQueued, told).await?;
    if let Some((blob, provider)) = kept {
        make_ready(&mut work, owner, run, id, &item.title, &blob, provider, engine.now()).await?;
    } else if !has_place {
        urgency::reprioritize(&*work, &enclosure.url, engine.now()).await?;
    }
    work.commit().await?;
    let queued = downloads::get(&engine.db, owner, id).await?;
    let mut queued = queued.ok_or_else(|| Refusal::missing("download"))?;
    let urls = HashMap::from([(id, enclosure.url.clone())]);
    urgency::mark_before(engine, near.as_ref(), std::slice::from_mut(&mut queued), &urls).await?;
    Ok(queued)
}

/// Verified bytes of an address and the tier that holds them, if they are stored in full.
async fn kept(
    engine: &Engine,
    db: &impl ConnectionTrait,
    url: &str,
) -> Result<Option<(media::Blob, Provider)>> {
    let Some(blob) = media::at(db, url).await? else { return Ok(None) };
    Ok(engine.store.nearest(&blob.sha256, blob.bytes).await.map(|tier| (blob, provider(tier))))
}

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

fn may_be_fetched(item: &Item) -> Result<(), Refusal> {
    match item.availability {
        Availability::Cached | Availability::Cacheable | Availability::Caching => Ok(()),
        Availability::MetadataOnly => Err(Refusal::conflict("The source of this item allows no copies.")),
        Availability::Unavailable => {
            let reason = item.unavailable_reason.as_deref().unwrap_or("It could not be fetched.");
            let next = item
                .next_retry_at
                .map(|at| format!(" It is tried again after {}.", at.format("%Y-%m-%d %H:%M UTC")));
            Err(Refusal::conflict(format!("{reason}{}", next.unwrap_or_default())))
        }
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
    plan_anew(work, &[owner]).await?;
    Ok(true)
}
