//! The outbox of a device: events of which each counts once, in order, however often they are sent.

use chrono::TimeDelta;

use super::{drop_copy, want};
use crate::db::devices::DeviceState;
use crate::db::downloads;
use crate::domain::copy::{CopyClaim, CopyReason};
use crate::domain::device::{DeviceEvent, DeviceEventKind, NewContact, next_events};
use crate::domain::playback::{ClockCorrection, PlaybackPosition};
use crate::domain::{DateTime, DownloadId, ItemId, UserId, Utc};
use crate::engine::planner::ContactFacts;
use crate::engine::playback::{DevicePlays, merge_plays};
use crate::engine::{Error, Result, Work, downloads as engine_downloads};

/// Consequences of the events.
#[derive(Debug)]
pub(super) struct OutboxOutcome {
    /// Number of the newest event that counts now.
    pub through: i64,
    /// Time of the latest contact with which the device had sent all of its events.
    pub drained_at: DateTime<Utc>,
    /// Positions that have changed.
    pub changed: Vec<PlaybackPosition>,
    /// Items of all events that were sent.
    pub items: Vec<ItemId>,
    /// Items that were played on the device, with the times by the server's clock.
    pub played: Vec<(ItemId, DateTime<Utc>)>,
    /// Copies that the user has removed on the device, with the times by the server's clock.
    pub removed: Vec<(DownloadId, DateTime<Utc>)>,
}

impl OutboxOutcome {
    /// Facts about past departures, with those of the inventory.
    pub(super) fn facts<'a>(&'a self, copies: &'a [CopyClaim]) -> ContactFacts<'a> {
        ContactFacts { drained_at: self.drained_at, removed: &self.removed, played: &self.played, copies }
    }
}

/// Applies the events that follow the known ones. `skew` is the error of the device's clock. The caller holds
/// the locks on the user's and on the device's row.
pub(super) async fn take(
    work: &mut Work<'_>,
    owner: UserId,
    device: &DeviceState,
    skew: TimeDelta,
    contact: &NewContact,
) -> Result<OutboxOutcome> {
    let items = contact.events.iter().filter_map(|event| event.item_id).collect();
    let newest = contact.events.iter().map(|event| event.seq).max().unwrap_or_default();
    let events = next_events(device.events_through, contact.events.clone());
    let through = events.last().map_or(device.events_through, |event| event.seq);
    let clock = ClockCorrection { skew, previous_contact: Some(device.drained_at) };
    let plays = DevicePlays { device: &device.name, clock, since: device.drained_at, events: &events };
    let changed = merge_plays(work, owner, &plays).await?;
    for event in &events {
        apply_to_copy(work, owner, device, event).await?;
    }
    let removals = events.iter().filter(|event| event.kind == DeviceEventKind::Drop);
    let removal = |event: &DeviceEvent| Some((event.download_id?, clock.apply(event.at, work.now())));
    let removed = removals.filter_map(removal).collect();
    let plays = events.iter().filter(|event| event.kind == DeviceEventKind::Play);
    let played =
        plays.filter_map(|event| Some((event.item_id?, clock.apply(event.at, work.now())))).collect();
    // Events after a gap, or beyond the bound, come with a later contact and are older than this one. A
    // contact that arrives late tells nothing about the outbox.
    let is_drained = contact.is_whole() && newest <= through && contact.rev > device.rev;
    let drained_at = if is_drained { work.now() } else { device.drained_at };
    Ok(OutboxOutcome { through, drained_at, changed, items, played, removed })
}

/// Keeps or drops a copy as the user wished on the device. A wish that cannot be met any more, as for a
/// deleted download, changes nothing.
async fn apply_to_copy(
    work: &mut Work<'_>,
    owner: UserId,
    device: &DeviceState,
    event: &DeviceEvent,
) -> Result<()> {
    let Some(download) = event.download_id else { return Ok(()) };
    match event.kind {
        DeviceEventKind::Keep => match want(work, owner, device.id, download).await {
            Ok(_) | Err(Error::Refused(_)) => Ok(()),
            Err(fault) => Err(fault),
        },
        DeviceEventKind::Drop => {
            drop_copy(work, owner, device.id, download, CopyReason::Removed).await?;
            delete_seen(work, owner, download, event.ready_at).await
        }
        _ => Ok(()),
    }
}

/// Deletes a download that is still the one that the device knew. One that was fetched again is kept.
async fn delete_seen(
    work: &mut Work<'_>,
    owner: UserId,
    download: DownloadId,
    seen: Option<DateTime<Utc>>,
) -> Result<()> {
    let Some(seen) = seen else { return Ok(()) };
    let known = downloads::get(&**work, owner, download).await?;
    let is_seen = |at: DateTime<Utc>| at.timestamp_micros() == seen.timestamp_micros();
    match known.filter(|it| it.ready_at.is_some_and(is_seen)) {
        Some(known) => engine_downloads::delete_ready(work, owner, &known).await,
        None => Ok(()),
    }
}
