//! Requests of downloads: by a user, by a run, or by the plan of a device.

use std::collections::HashMap;

use serde_json::json;

use super::{Transfer, limits, make_ready, provider, urgency};
use crate::db::{ConnectionTrait, accounts, dismissals, downloads, failures, items, media};
use crate::domain::download::{Download, DownloadStatus, Provider};
use crate::domain::event::EventKind;
use crate::domain::item::{Availability, Item};
use crate::domain::{ItemId, Refusal, RunId, UserId};
use crate::engine::{Engine, Result};

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
pub(super) async fn kept(
    engine: &Engine,
    db: &impl ConnectionTrait,
    url: &str,
) -> Result<Option<(media::Blob, Provider)>> {
    let Some(blob) = media::at(db, url).await? else { return Ok(None) };
    Ok(engine.store.nearest(&blob.sha256, blob.bytes).await.map(|tier| (blob, provider(tier))))
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
