//! Planner of a device: the copies that it should hold at each departure, and the reason where it does not.
//! Pure: the engine gathers the facts and passes the time in.

pub mod candidates;
pub mod choose;
pub mod contacts;
pub mod nag;
pub mod need;
pub mod order;
pub mod outcome;
pub mod sentence;
pub mod state;
pub mod view;

use chrono::TimeZone;

use crate::{DateTime, ItemId, TimeDelta, Utc};
use candidates::{CopyLocation, PlanCandidate, SupplyTier};
use choose::{Demand, Selection, choose};
use contacts::ContactHabit;
use need::{Departure, HORIZON, fill};
use order::wire_order;
use sentence::sentence;
use state::{Circumstance, Obstacles, PlanState, WindowPlan};

/// Facts that a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct PlanRequest<'a> {
    pub now: DateTime<Utc>,
    /// From the device's last inventory on, as far as [`ContactHabit::reach`].
    pub departures: &'a [Departure],
    /// Those on the device first, in the order of listening of the plan before.
    pub candidates: &'a [PlanCandidate],
    pub habit: &'a ContactHabit,
    /// Time of the last inventory that was proved.
    pub proved_at: Option<DateTime<Utc>>,
    /// Whether the browser promises to keep the files.
    pub is_persisted: bool,
    pub budget_bytes: i64,
    /// Bytes per second of the last contacts.
    pub down_bps: Option<i64>,
    pub obstacles: Obstacles,
    /// Name of the device in sentences, such as "this phone".
    pub device: &'a str,
}

/// Plan of a device.
#[derive(Debug, Clone, PartialEq)]
pub struct DevicePlan {
    /// Windows of the next 72 hours, in order.
    pub windows: Vec<WindowPlan>,
    /// Items that the device should fetch, in this order. Those that are not on the server are fetched there
    /// in the same order.
    pub wants: Vec<ItemId>,
    /// Items whose copies it should give up.
    pub drops: Vec<ItemId>,
    /// Bytes of everything that it should fetch.
    pub missing_bytes: i64,
}

/// Time for which a proof counts where the browser does not promise to keep files. Safari removes them after
/// seven days without a visit, others the least recently used origins first.
pub const PROOF_LASTS: TimeDelta = TimeDelta::days(4);

/// Percentage of the need that counts as listened in a window since the inventory: users skip items, and
/// listen on after their journey.
const UNSEEN_PERCENT: i64 = 130;

/// Plans all windows of a device together.
pub fn plan<Z: TimeZone>(request: &PlanRequest<'_>, zone: &Z) -> DevicePlan {
    let now = request.now;
    let candidates = remaining(request);
    let ahead = request.departures.iter().filter(|departure| departure.departs_at > now);
    let (near, later): (Vec<_>, Vec<_>) = ahead.partition(|departure| departure.departs_at <= now + HORIZON);
    let demand = Demand {
        needs: near.iter().map(|departure| departure.need_s).collect(),
        reserve_s: reserve(&near, &later),
        budget_bytes: request.budget_bytes,
    };
    let selection = choose(&candidates, &demand);
    let supply = Supply::of(&selection, &candidates, &demand.needs);
    let wants = wire_order(&selection, &candidates, &demand.needs, &supply.on_device);
    let about = Circumstance {
        now,
        down_bps: request.down_bps,
        obstacles: request.obstacles,
        is_budget_spent: selection.is_device_full,
    };
    let windows = near.iter().enumerate().map(|(at, departure)| {
        let contact_by = request.habit.contact_by(departure.departs_at.to_utc(), zone);
        let mut window = supply.window(at, departure, &selection, &candidates);
        window.contact_by = contact_by.with_timezone(&departure.departs_at.timezone());
        window.proved_at = request.proved_at;
        (window.state, window.reason) = window.judge(&about);
        window.sentence = sentence(&window, request.device, now);
        window
    });
    DevicePlan {
        windows: windows.collect(),
        missing_bytes: wants.iter().map(|index| missing_bytes(&candidates[*index])).sum(),
        wants: wants.iter().map(|index| candidates[*index].item_id).collect(),
        drops: selection.drops.iter().map(|index| candidates[*index].item_id).collect(),
    }
}

/// Seconds for later windows, and for what may be listened unseen before.
fn reserve(near: &[&Departure], later: &[&Departure]) -> i64 {
    let seconds =
        |departures: &[&Departure]| departures.iter().map(|departure| departure.need_s).sum::<i64>();
    (seconds(near) + seconds(later)) * UNSEEN_PERCENT / 100 - seconds(near)
}

fn missing_bytes(candidate: &PlanCandidate) -> i64 {
    if candidate.location.is_on_device() { 0 } else { (candidate.bytes - candidate.fetched_bytes).max(0) }
}

/// Candidates less the listening of windows that have begun since the inventory, in the order of the plan
/// before. Old proofs no longer count where files may vanish.
fn remaining(request: &PlanRequest<'_>) -> Vec<PlanCandidate> {
    let begun = request.departures.iter().filter(|departure| departure.departs_at <= request.now);
    let mut listened: i64 = begun.map(|departure| departure.need_s * UNSEEN_PERCENT / 100).sum();
    let is_old = request.proved_at.is_none_or(|at| at < request.now - PROOF_LASTS) && !request.is_persisted;
    let mut all = request.candidates.to_vec();
    for candidate in all.iter_mut().filter(|candidate| candidate.location.is_on_device()) {
        let part = candidate.listening_s.min(listened);
        candidate.listening_s -= part;
        listened -= part;
        if is_old {
            candidate.location = CopyLocation::Unproved;
        }
    }
    all
}

/// Seconds per window by their location. All copies on the device count, in whatever window they were
/// planned, because listening goes on with what is there.
struct Supply {
    on_device: Vec<i64>,
    on_server: Vec<i64>,
    on_the_way: Vec<i64>,
    at_origin: Vec<i64>,
}

impl Supply {
    /// Window without its times and words.
    fn window(
        &self,
        at: usize,
        departure: &Departure,
        selection: &Selection,
        candidates: &[PlanCandidate],
    ) -> WindowPlan {
        let chosen = selection.windows[at].iter().map(|index| &candidates[*index]);
        let of_tier = |tier| chosen.clone().filter(|it| it.tier == tier).map(|it| it.listening_s).sum();
        WindowPlan {
            window_id: departure.window_id,
            label: departure.label.clone(),
            departs_at: departure.departs_at,
            contact_by: departure.departs_at,
            need_s: departure.need_s,
            on_device_s: self.on_device[at],
            proved_at: None,
            on_server_s: self.on_server[at],
            on_the_way_s: self.on_the_way[at],
            at_origin_s: self.at_origin[at],
            missing_bytes: chosen.clone().map(missing_bytes).sum(),
            items: chosen.clone().map(|candidate| candidate.item_id).collect(),
            older_s: of_tier(SupplyTier::BackCatalogue),
            articles_s: of_tier(SupplyTier::Article),
            directory_s: of_tier(SupplyTier::Directory),
            state: PlanState::Planned,
            reason: None,
            sentence: String::new(),
        }
    }

    fn of(selection: &Selection, candidates: &[PlanCandidate], needs: &[i64]) -> Self {
        let proved = candidates.iter().filter(|it| it.location == CopyLocation::Proved);
        let on_device = fill(needs, proved.map(|candidate| candidate.listening_s).sum());
        let mut missing: Vec<_> = needs.iter().zip(&on_device).map(|(need, part)| need - part).collect();
        let chosen = selection.windows.iter().flatten().chain(&selection.reserve);
        let chosen: Vec<_> = chosen.map(|index| &candidates[*index]).collect();
        let mut next = |locations: &[CopyLocation]| {
            let here = chosen.iter().filter(|candidate| locations.contains(&candidate.location));
            let parts = fill(&missing, here.map(|candidate| candidate.listening_s).sum());
            missing.iter_mut().zip(&parts).for_each(|(missing, part)| *missing -= part);
            parts
        };
        // The server keeps the bytes of planned copies until they are proved.
        let on_server = next(&[CopyLocation::OnServer, CopyLocation::Unproved]);
        let on_the_way = next(&[CopyLocation::OnTheWay]);
        Self { on_device, on_server, on_the_way, at_origin: next(&[CopyLocation::Origin]) }
    }
}

#[cfg(test)]
mod tests;
