//! A choice in the making: greedy cover of the windows in order, improved by one pass of pair swaps.

mod rules;

use super::{Demand, Selection};
use crate::SourceId;
use crate::plan::candidates::PlanCandidate;
use rules::{Strictness, previous_parts};

pub(super) struct Draft<'a> {
    candidates: &'a [PlanCandidate],
    demand: &'a Demand,
    is_free: Vec<bool>,
    is_first: Vec<bool>,
    /// Part of the same serial that comes before.
    previous_part: Vec<Option<usize>>,
    windows: Vec<Vec<usize>>,
    free_bytes: i64,
    /// Seconds that may still be fetched.
    open_s: i64,
    has_refused_bytes: bool,
}

impl<'a> Draft<'a> {
    pub fn new(candidates: &'a [PlanCandidate], demand: &'a Demand, drops: &[usize]) -> Self {
        let mut is_free = vec![true; candidates.len()];
        for index in drops {
            is_free[*index] = false;
        }
        let mut free_bytes = demand.budget_bytes;
        let mut open_s = demand.needs.iter().sum::<i64>() + demand.reserve_s;
        for (candidate, is_free) in candidates.iter().zip(&is_free) {
            let is_held = candidate.location.is_on_device();
            free_bytes -= if is_held && *is_free { candidate.bytes } else { candidate.fetched_bytes };
            open_s -= if is_held && *is_free { candidate.listening_s } else { 0 };
        }
        let previous_part = previous_parts(candidates);
        let windows = vec![Vec::new(); demand.needs.len()];
        let is_first = vec![true; candidates.len()];
        Self {
            candidates,
            demand,
            is_free,
            is_first,
            previous_part,
            windows,
            free_bytes,
            open_s,
            has_refused_bytes: false,
        }
    }

    /// Bytes that were free before anything was chosen.
    pub fn bytes_at_start(&self) -> i64 {
        let chosen = self.windows.iter().flatten().map(|index| self.cost(&self.candidates[*index]));
        self.free_bytes + chosen.sum::<i64>()
    }

    /// Seconds of need that copies on the device leave open.
    pub fn fetched_s(&self) -> i64 {
        let chosen = self.windows.iter().flatten().map(|index| &self.candidates[*index]);
        let held = chosen.filter(|candidate| candidate.location.is_on_device());
        (self.needed() - held.map(|candidate| candidate.listening_s).sum::<i64>()).max(0)
    }

    /// Restricts the first cover to these and to copies on the device.
    pub fn begin_with(&mut self, chosen: &[usize]) {
        for (index, candidate) in self.candidates.iter().enumerate() {
            self.is_first[index] = candidate.location.is_on_device() || chosen.contains(&index);
        }
    }

    /// Covers the windows in order, each pick by its score.
    pub fn cover(&mut self) {
        use Strictness::{Excessive, Monotonous, Varied};
        self.cover_by(&[Varied, Monotonous, Excessive]);
        if self.is_first.contains(&false) {
            self.is_first.fill(true);
            self.cover_by(&[Varied, Monotonous, Excessive]);
        }
    }

    fn cover_by(&mut self, strictness: &[Strictness]) {
        let mut overhang = 0;
        for window in 0..self.demand.needs.len() {
            let mut missing = self.demand.needs[window] - overhang - self.seconds(&self.windows[window]);
            while missing > 0 {
                let Some(index) = strictness.iter().find_map(|how| self.best(window, *how)) else { break };
                self.take(index);
                self.windows[window].push(index);
                missing -= self.candidates[index].listening_s;
            }
            overhang = (-missing).max(0);
        }
    }

    /// Swaps each fetched pick once for the candidate that raises the value most, without losing minutes.
    pub fn improve(&mut self) {
        for window in 0..self.windows.len() {
            for place in 0..self.windows[window].len() {
                let old = self.windows[window][place];
                if self.candidates[old].location.is_on_device() || self.candidates[old].part.is_some() {
                    continue;
                }
                let mut best = (self.covered(), self.value(), old);
                let options: Vec<_> = self.replacements(old, window).collect();
                for new in options {
                    self.windows[window][place] = new;
                    let (covered, value) = (self.covered(), self.value());
                    if covered > best.0 || (covered == best.0 && value > best.1) {
                        best = (covered, value, new);
                    }
                }
                self.windows[window][place] = best.2;
                if best.2 != old {
                    self.put_back(old);
                    self.take(best.2);
                }
            }
        }
    }

    /// Seconds of need that are covered, the overhang of a window counted for the next ones.
    pub fn covered(&self) -> i64 {
        let mut overhang = 0;
        let parts = self.windows.iter().zip(&self.demand.needs).map(|(chosen, need)| {
            let given = overhang + self.seconds(chosen);
            overhang = (given - need).max(0);
            given.min(*need)
        });
        parts.sum()
    }

    pub fn needed(&self) -> i64 {
        self.demand.needs.iter().sum()
    }

    /// Score of the listening time within the needs: each minute counts with the score of its item, and the
    /// part of an item that overhangs does not.
    pub fn value(&self) -> f64 {
        let mut chosen: Vec<_> =
            self.windows.iter().flatten().map(|index| &self.candidates[*index]).collect();
        chosen.sort_by(|one, other| other.score.total_cmp(&one.score));
        let mut missing = self.needed();
        let heard = chosen.into_iter().map(|candidate| {
            let part = candidate.listening_s.min(missing);
            missing -= part;
            candidate.score * part as f64
        });
        heard.sum()
    }

    /// Whether candidates were passed over because they do not fit.
    pub fn is_short_of_bytes(&self) -> bool {
        self.has_refused_bytes
    }

    /// Adds the reserve: copies on the device, then by score per megabyte.
    pub fn into_selection(mut self, drops: Vec<usize>) -> Selection {
        let is_covered = self.covered() >= self.needed();
        let mut reserve = Vec::new();
        let overhang = self.windows.iter().map(|chosen| self.seconds(chosen)).sum::<i64>() - self.needed();
        let mut missing = self.demand.reserve_s - overhang.max(0);
        while missing > 0 {
            let options = (0..self.candidates.len())
                .filter(|index| self.is_left(*index) && self.fits(&self.candidates[*index]));
            let best = options.max_by(|one, other| self.by_megabyte(*one, *other));
            let Some(index) = best else { break };
            self.take(index);
            missing -= self.candidates[index].listening_s;
            reserve.push(index);
        }
        let is_device_full = !is_covered && self.has_refused_bytes;
        Selection { windows: self.windows, reserve, drops, is_device_full }
    }

    fn best(&mut self, window: usize, how: Strictness) -> Option<usize> {
        let mut best: Option<usize> = None;
        for index in 0..self.candidates.len() {
            let candidate = &self.candidates[index];
            if !self.is_left(index) || !self.is_first[index] {
                continue;
            }
            if !self.fits(candidate) {
                self.has_refused_bytes = true;
                continue;
            }
            let is_varied = how != Strictness::Varied || self.is_varied(candidate, window);
            if is_varied
                && self.is_fetched(candidate, how)
                && best.is_none_or(|other| self.is_better(index, other))
            {
                best = Some(index);
            }
        }
        best
    }

    fn is_left(&self, index: usize) -> bool {
        self.is_free[index] && self.candidates[index].listening_s > 0 && !self.waits_for_part(index)
    }

    fn waits_for_part(&self, index: usize) -> bool {
        self.previous_part[index].is_some_and(|previous| self.is_free[previous])
    }

    fn fits(&self, candidate: &PlanCandidate) -> bool {
        self.cost(candidate) <= self.free_bytes
    }

    /// Bytes that the device has to find for it.
    fn cost(&self, candidate: &PlanCandidate) -> i64 {
        if candidate.location.is_on_device() { 0 } else { (candidate.bytes - candidate.fetched_bytes).max(0) }
    }

    fn seconds(&self, chosen: &[usize]) -> i64 {
        chosen.iter().map(|index| self.candidates[*index].listening_s).sum()
    }

    fn seconds_of(&self, window: usize, source: SourceId) -> i64 {
        let given = self.windows[window].iter().map(|index| &self.candidates[*index]);
        given.filter(|candidate| candidate.source_id == source).map(|candidate| candidate.listening_s).sum()
    }

    fn take(&mut self, index: usize) {
        self.book(index, 1);
    }

    fn put_back(&mut self, index: usize) {
        self.book(index, -1);
    }

    fn book(&mut self, index: usize, sign: i64) {
        self.is_free[index] = sign < 0;
        let candidate = &self.candidates[index];
        if !candidate.location.is_on_device() {
            self.free_bytes -= sign * self.cost(candidate);
            self.open_s -= sign * candidate.listening_s;
        }
    }
}
