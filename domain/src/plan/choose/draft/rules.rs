//! Preferences between candidates: variety, order of serials, and copies that are there already.

use std::cmp::Ordering;

use super::Draft;
use crate::plan::candidates::PlanCandidate;

/// Factor of a copy on the device: another one has to be a fifth better to be chosen instead.
const STAYS: f64 = 1.2;
/// Percentage of a window that further items of one source may fill.
const SOURCE_PERCENT: i64 = 40;

/// Rules that are given up one after the other while nothing else is left.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Strictness {
    Varied,
    Monotonous,
    /// Fetches beyond the amount that is needed together with copies on the device.
    Excessive,
}

impl Draft<'_> {
    pub(super) fn is_better(&self, one: usize, other: usize) -> bool {
        let (one, other) = (&self.candidates[one], &self.candidates[other]);
        let worth = |it: &PlanCandidate| it.score * if it.location.is_on_device() { STAYS } else { 1.0 };
        let order = tier(other).cmp(&tier(one)).then(worth(one).total_cmp(&worth(other)));
        order.then(other.item_id.cmp(&one.item_id)).is_gt()
    }

    /// Whether a candidate is on the device, or may be fetched as part of the amount that is needed.
    pub(super) fn is_fetched(&self, candidate: &PlanCandidate, how: Strictness) -> bool {
        let is_needed = candidate.is_asked || self.open_s > 0 || how == Strictness::Excessive;
        candidate.location.is_on_device() || is_needed
    }

    /// At most two of one source in a row, and further ones of a source only up to a part of the window.
    pub(super) fn is_varied(&self, candidate: &PlanCandidate, window: usize) -> bool {
        let is_same = |index: &&usize| self.candidates[**index].source_id == candidate.source_id;
        let before = self.windows[..=window].iter().rev().flat_map(|chosen| chosen.iter().rev());
        if before.take(2).filter(is_same).count() == 2 {
            return false;
        }
        let given = self.seconds_of(window, candidate.source_id);
        let most = self.demand.needs[window] * SOURCE_PERCENT / 100;
        given == 0 || given + candidate.listening_s <= most
    }

    pub(super) fn replacements(&self, old: usize, window: usize) -> impl Iterator<Item = usize> {
        let was = &self.candidates[old];
        (0..self.candidates.len()).filter(move |new| {
            let candidate = &self.candidates[*new];
            let is_varied =
                was.source_id == candidate.source_id || self.seconds_of(window, candidate.source_id) == 0;
            self.is_free[*new]
                && candidate.part.is_none()
                && (candidate.score > was.score || candidate.listening_s > was.listening_s)
                && tier(candidate) <= tier(was)
                && is_varied
                && self.cost(candidate) <= self.free_bytes + self.cost(was)
        })
    }

    pub(super) fn by_megabyte(&self, one: usize, other: usize) -> Ordering {
        let (one, other) = (&self.candidates[one], &self.candidates[other]);
        let rate = |candidate: &PlanCandidate| candidate.score / (self.cost(candidate).max(1) as f64);
        tier(other)
            .cmp(&tier(one))
            .then(rate(one).total_cmp(&rate(other)))
            .then(other.item_id.cmp(&one.item_id))
    }
}

/// A copy on the device costs nothing, so it counts as supply of the first tier.
fn tier(candidate: &PlanCandidate) -> usize {
    if candidate.location.is_on_device() { 0 } else { candidate.tier as usize }
}

/// For each part of a serial the part before it.
pub(super) fn previous_parts(candidates: &[PlanCandidate]) -> Vec<Option<usize>> {
    let mut previous = vec![None; candidates.len()];
    let mut parts: Vec<_> = (0..candidates.len()).filter(|index| candidates[*index].part.is_some()).collect();
    parts.sort_by_key(|index| {
        (candidates[*index].source_id, candidates[*index].part, candidates[*index].item_id)
    });
    for pair in parts.windows(2) {
        if candidates[pair[0]].source_id == candidates[pair[1]].source_id {
            previous[pair[1]] = Some(pair[0]);
        }
    }
    previous
}
