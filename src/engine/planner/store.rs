//! Storage of a plan: rows that have changed, in the caller's transaction.

use serde_json::json;

use super::candidates::CandidateSet;
use crate::db::plans::{self, NewPlan, NewPlanItem};
use crate::domain::event::EventKind;
use crate::domain::plan::DevicePlan;
use crate::domain::plan::candidates::CopyLocation;
use crate::domain::plan::state::{PlanState, WindowPlan};
use crate::domain::{DeviceId, DownloadId, UserId};
use crate::engine::{Result, Work};

/// Stores the windows that differ from the stored ones, and removes those that are no longer planned. Records
/// the event `plan_changed` if anything was written: one for each window that has become ready, or one.
/// Its `has_more` lets an open page of the device make contact.
pub(super) async fn store(
    work: &mut Work<'_>,
    owner: UserId,
    device: DeviceId,
    plan: &DevicePlan,
    set: &CandidateSet,
) -> Result<()> {
    let now = work.now();
    let mut known = plans::list(&**work, owner, device, now).await?;
    let known_items = plans::items(&**work, owner, device, now).await?;
    let copies = proved(set);
    let (mut is_changed, mut has_more, mut settled) = (false, false, Vec::new());
    for window in &plan.windows {
        let new = row(window, &copies);
        let items: Vec<_> = window.items.iter().filter_map(|item| planned(set, *item)).collect();
        let is_it = |known: &plans::PlanRow| {
            (known.plan.window_id, known.plan.departs_at) == (new.window_id, new.departs_at)
        };
        let before = known.iter().position(is_it).map(|at| known.swap_remove(at));
        let same_items = before.as_ref().is_some_and(|before| {
            let own = known_items.iter().filter(|item| item.plan_id == before.id);
            own.map(as_new).eq(items.iter().copied())
        });
        if same_items && before.as_ref().is_some_and(|before| before.plan == new) {
            continue;
        }
        has_more |= new.on_server_s > before.as_ref().map_or(0, |before| before.plan.on_server_s);
        let was_ready = before.is_some_and(|before| before.plan.state == PlanState::Ready);
        if new.state == PlanState::Ready && !was_ready {
            settled.push(Some(super::remind::group(new.window_id, new.departs_at)));
        }
        let id = plans::put(&**work, owner, device, &new).await?;
        if !same_items {
            plans::put_items(&**work, owner, id, &items).await?;
        }
        is_changed = true;
    }
    for gone in known {
        plans::delete(&**work, owner, gone.id).await?;
        is_changed = true;
    }
    if is_changed {
        settled.resize(settled.len().max(1), None);
        for ready in settled {
            let data = json!({ "device_id": device, "has_more": has_more, "ready": ready });
            work.record_later(owner, None, EventKind::PlanChanged, data).await?;
        }
    }
    Ok(())
}

/// Copies that count as minutes on the device.
fn proved(set: &CandidateSet) -> Vec<(DownloadId, i64)> {
    let proved = set.all.iter().filter(|candidate| candidate.location == CopyLocation::Proved);
    let mut copies: Vec<_> = proved
        .filter_map(|candidate| {
            Some((set.downloads.get(&candidate.item_id)?.download_id, candidate.listening_s))
        })
        .collect();
    copies.sort_unstable();
    copies
}

fn planned(set: &CandidateSet, item: crate::domain::ItemId) -> Option<NewPlanItem> {
    let candidate = set.get(item)?;
    Some(NewPlanItem {
        item_id: item,
        seconds: candidate.listening_s,
        bytes: candidate.bytes,
        location: candidate.location,
    })
}

fn as_new(item: &plans::PlanItemRow) -> NewPlanItem {
    NewPlanItem { item_id: item.item_id, seconds: item.seconds, bytes: item.bytes, location: item.location }
}

fn row(window: &WindowPlan, copies: &[(DownloadId, i64)]) -> NewPlan {
    NewPlan {
        window_id: window.window_id,
        label: window.label.clone(),
        departs_at: window.departs_at.to_utc(),
        contact_by: window.contact_by.to_utc(),
        need_s: window.need_s,
        on_device_s: window.on_device_s,
        proved_at: window.proved_at,
        on_server_s: window.on_server_s,
        on_the_way_s: window.on_the_way_s,
        at_origin_s: window.at_origin_s,
        missing_bytes: window.missing_bytes,
        state: window.state,
        reason: window.reason,
        sentence: window.sentence.clone(),
        copies: copies.to_vec(),
    }
}
