//! Knapsacks over the candidates of a device whose budget does not suffice for the best minutes.

use crate::plan::candidates::PlanCandidate;

/// Step of bytes. A larger budget has larger ones.
const STEP: i64 = 5_000_000;
/// Most steps of bytes for most minutes, and for the best ones.
const MAX_STEPS: i64 = 1_000;
const MAX_STEPS_OF_TWO: i64 = 100;
/// Most cells of the table for the best minutes, and most candidates.
const MAX_CELLS: i64 = 24_000;
const MAX_OPTIONS: usize = 40;

/// Candidates that are not on the device, and the bytes that are free for them.
pub(super) struct Options<'a> {
    candidates: &'a [PlanCandidate],
    free: Vec<usize>,
    free_bytes: i64,
}

impl<'a> Options<'a> {
    pub fn of(candidates: &'a [PlanCandidate], free_bytes: i64, without: &[usize]) -> Self {
        let is_option = |index: &usize| {
            let candidate = &candidates[*index];
            let is_here = candidate.location.is_on_device() || without.contains(index);
            !is_here && candidate.listening_s > 0 && missing(candidate) <= free_bytes
        };
        Self { candidates, free: (0..candidates.len()).filter(is_option).collect(), free_bytes }
    }

    /// The most listening time: exact 0/1 knapsack in steps of 5 MB. Sizes are rounded up, so that they fit.
    pub fn most_minutes(&self) -> Vec<usize> {
        let step = STEP.max(self.free_bytes / MAX_STEPS);
        let steps = self.steps(step);
        // A score of at most 1 decides between equals.
        let value = |it: &PlanCandidate| it.listening_s as f64 * (1.0 + it.score.clamp(0.0, 1.0) / 1e6);
        let mut best = vec![0.0_f64; steps + 1];
        let mut is_taken = vec![false; self.free.len() * (steps + 1)];
        for (row, index) in self.free.iter().enumerate() {
            let (size, value) = (self.size(*index, step), value(&self.candidates[*index]));
            for space in (size..=steps).rev() {
                if best[space - size] + value > best[space] {
                    best[space] = best[space - size] + value;
                    is_taken[row * (steps + 1) + space] = true;
                }
            }
        }
        let mut space = steps;
        let taken = self.free.iter().enumerate().rev().filter(|(row, index)| {
            let is_taken = is_taken[row * (steps + 1) + space];
            space -= if is_taken { self.size(**index, step) } else { 0 };
            is_taken
        });
        taken.map(|(_, index)| *index).collect()
    }

    /// The highest score of the minutes up to a need, among the choices with most minutes: 0/1 knapsack over
    /// minutes and bytes, in steps that keep its table small. The lowest score may overhang.
    pub fn best_minutes(&self, need_s: i64) -> Vec<usize> {
        let step = STEP.max(self.free_bytes / MAX_STEPS_OF_TWO);
        let width = self.steps(step) + 1;
        let grain = (need_s * width as i64 / MAX_CELLS).max(60);
        let Ok(need) = usize::try_from(need_s / grain) else { return Vec::new() };
        // Sum of scores, and the last node of the list of taken candidates.
        let mut best = vec![(f64::NEG_INFINITY, 0_usize); (need + 1) * width];
        best[..width].fill((0.0, 0));
        let mut nodes = vec![(0, 0)];
        for index in self.promising() {
            let candidate = &self.candidates[index];
            let size = self.size(index, step);
            let length = usize::try_from(candidate.listening_s / grain).unwrap_or_default();
            for before in (0..need).rev() {
                let after = (before + length).min(need);
                let gain = candidate.score * (after - before) as f64;
                for space in (size..width).rev() {
                    let (value, node) = best[before * width + space - size];
                    let known = &mut best[after * width + space];
                    if value + gain > known.0 {
                        nodes.push((index, node));
                        *known = (value + gain, nodes.len() - 1);
                    }
                }
            }
        }
        let ends = best.iter().skip(width - 1).step_by(width).rev().find(|(value, _)| value.is_finite());
        let mut node = ends.map_or(0, |(_, node)| *node);
        let mut taken = Vec::new();
        while node > 0 {
            taken.push(nodes[node].0);
            node = nodes[node].1;
        }
        taken
    }

    /// Options with the highest score, and those with the most minutes per byte; by their scores.
    fn promising(&self) -> Vec<usize> {
        let rate = |index: &usize| {
            let candidate = &self.candidates[*index];
            candidate.listening_s as f64 / missing(candidate).max(1) as f64
        };
        let by_score = |one: &usize, other: &usize| {
            let (one, other) = (&self.candidates[*one], &self.candidates[*other]);
            other.score.total_cmp(&one.score).then(one.item_id.cmp(&other.item_id))
        };
        let mut all = self.free.clone();
        all.sort_by(by_score);
        if all.len() > MAX_OPTIONS {
            let mut small = all.split_off(MAX_OPTIONS / 2);
            small.sort_by(|one, other| rate(other).total_cmp(&rate(one)).then(by_score(one, other)));
            all.extend(&small[..MAX_OPTIONS / 2]);
            all.sort_by(by_score);
        }
        all
    }

    fn steps(&self, step: i64) -> usize {
        usize::try_from(self.free_bytes / step).unwrap_or_default()
    }

    fn size(&self, index: usize, step: i64) -> usize {
        usize::try_from((missing(&self.candidates[index]) + step - 1) / step).unwrap_or(usize::MAX)
    }
}

/// Bytes that the device would have to fetch.
fn missing(candidate: &PlanCandidate) -> i64 {
    (candidate.bytes - candidate.fetched_bytes).max(0)
}
