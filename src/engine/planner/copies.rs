//! Wanted and dropped copies of a plan. A copy that the user keeps by hand, or has removed, is left alone.

use std::collections::HashMap;

use super::Replanned;
use super::candidates::{CandidateSet, is_there};
use crate::db::copies::{self, PlannedPosition};
use crate::db::plans::SupplyRow;
use crate::domain::copy::{CopyReason, CopyState, KnownCopy, MAX_COPIES, change_data};
use crate::domain::device::DroppedCopy;
use crate::domain::event::EventKind;
use crate::domain::plan::DevicePlan;
use crate::domain::plan::order::places;
use crate::domain::{DateTime, DeviceId, DownloadId, ItemId, TimeDelta, UserId, Utc};
use crate::engine::{Result, Work};

/// Time since its last play for which a copy may still be played on.
const PLAYING: TimeDelta = TimeDelta::hours(1);

/// Turns a plan into wanted and dropped copies.
pub(super) async fn apply(
    work: &mut Work<'_>,
    owner: UserId,
    device: DeviceId,
    plan: &DevicePlan,
    set: &CandidateSet,
) -> Result<Replanned> {
    let mut made = Replanned::default();
    let departures = departures(plan);
    let mut room = MAX_COPIES.saturating_sub(set.downloads.values().filter(|row| is_wanted(row)).count());
    made.missing.extend(plan.wants.iter().filter(|item| !set.downloads.contains_key(item)));
    let mut wanted: Vec<_> = plan.wants.iter().filter_map(|item| set.downloads.get(item)).collect();
    wanted.retain(|row| !is_wanted(row) || row.is_planned == Some(true));
    let known: Vec<_> = wanted.iter().map(|row| row.copy_place.filter(|_| is_wanted(row))).collect();
    for (row, place) in wanted.into_iter().zip(places(&known)) {
        let position = PlannedPosition { place, departs_at: departures.get(&row.item_id).copied() };
        if is_wanted(row) && is_at(row, position) {
            continue;
        }
        if !is_wanted(row) && room == 0 {
            break;
        }
        let copy = (device, row.download_id);
        if copies::want_planned(&**work, owner, copy, position, work.now()).await? {
            room -= 1;
            record(work, owner, copy, CopyState::Wanted).await?;
        }
    }
    for row in set.downloads.values() {
        let Some(reason) = drop_reason(row, plan, set, work.now()) else { continue };
        if give_up(work, owner, (device, row.download_id), reason).await? {
            made.drops.push(DroppedCopy { download_id: row.download_id, reason });
        }
    }
    made.drops.sort_by_key(|drop| drop.download_id);
    Ok(made)
}

/// Departure of the window in which each item is planned.
fn departures(plan: &DevicePlan) -> HashMap<ItemId, DateTime<Utc>> {
    let of = |window: &crate::domain::plan::state::WindowPlan| {
        let departs_at = window.departs_at.to_utc();
        window.items.iter().map(move |item| (*item, departs_at)).collect::<Vec<_>>()
    };
    plan.windows.iter().flat_map(of).collect()
}

fn is_wanted(row: &SupplyRow) -> bool {
    row.copy_state.is_some_and(|state| state != CopyState::Dropped)
}

fn is_at(row: &SupplyRow, position: PlannedPosition) -> bool {
    (row.copy_place, row.departs_at) == (Some(position.place), position.departs_at)
}

/// Reason for which the plan gives a planned copy up, if it does. Begun transfers and copies on the device
/// stay, unless the user is done with the item or the storage does not suffice.
fn drop_reason(
    row: &SupplyRow,
    plan: &DevicePlan,
    set: &CandidateSet,
    now: DateTime<Utc>,
) -> Option<CopyReason> {
    let is_played_now = row.played_at.is_some_and(|at| at > now - PLAYING);
    if !is_wanted(row) || row.is_planned != Some(true) || is_played_now {
        return None;
    }
    if row.finished {
        return Some(CopyReason::Played);
    }
    let is_candidate = set.get(row.item_id).is_some();
    // A copy that cannot be proved any more can still be played.
    let is_begun = is_there(row) && (is_candidate || row.copy_state == Some(CopyState::Held));
    let is_superfluous = !is_begun && !plan.wants.contains(&row.item_id);
    (row.is_refused || plan.drops.contains(&row.item_id) || is_superfluous).then_some(CopyReason::Unplanned)
}

/// Drops a copy (compare-and-set). False if it has changed meanwhile.
async fn give_up(
    work: &mut Work<'_>,
    owner: UserId,
    copy: (DeviceId, DownloadId),
    reason: CopyReason,
) -> Result<bool> {
    let known = copies::get(&**work, owner, copy.0, copy.1).await?;
    let Some(known) = known.filter(|it| it.state != CopyState::Dropped) else { return Ok(false) };
    let from = known.state;
    let dropped = KnownCopy { state: CopyState::Dropped, reason: Some(reason), ..known };
    let is_dropped = copies::advance(&**work, owner, copy, from, &dropped, work.now()).await?;
    if is_dropped {
        record(work, owner, copy, CopyState::Dropped).await?;
    }
    Ok(is_dropped)
}

async fn record(
    work: &mut Work<'_>,
    owner: UserId,
    (device, download): (DeviceId, DownloadId),
    state: CopyState,
) -> Result<()> {
    let data = change_data(device, download, state);
    work.record_later(owner, None, EventKind::CopyChanged, data).await
}
