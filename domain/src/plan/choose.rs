//! Choice of the copies for a device: windows are covered in their order, and a reserve follows.

mod draft;
mod knapsack;

use super::candidates::PlanCandidate;
use draft::Draft;
use knapsack::Options;

/// Amounts to choose for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// Seconds for each window, in the order of departures.
    pub needs: Vec<i64>,
    /// Seconds beyond them.
    pub reserve_s: i64,
    /// Bytes that the device may hold.
    pub budget_bytes: i64,
}

/// Chosen candidates, by their indices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// In the order of listening, for each window.
    pub windows: Vec<Vec<usize>>,
    pub reserve: Vec<usize>,
    /// Copies that the device should give up, because its budget became smaller.
    pub drops: Vec<usize>,
    /// Whether a need stays uncovered although more candidates would cover it in a larger budget.
    pub is_device_full: bool,
}

/// Chooses candidates. Copies on the device cost nothing and are preferred, unless another one is a fifth
/// better; as many minutes as possible are covered, and among such choices one of a high score is taken.
pub fn choose(candidates: &[PlanCandidate], demand: &Demand) -> Selection {
    let drops = drops(candidates, demand.budget_bytes);
    let mut draft = Draft::new(candidates, demand, &drops);
    draft.cover();
    if draft.is_short_of_bytes() {
        let options = Options::of(candidates, draft.bytes_at_start(), &drops);
        for begin in [options.most_minutes(), options.best_minutes(draft.fetched_s())] {
            let mut other = Draft::new(candidates, demand, &drops);
            other.begin_with(&begin);
            other.cover();
            draft = better(draft, other);
        }
        draft.improve();
    }
    draft.into_selection(drops)
}

fn better<'a>(one: Draft<'a>, other: Draft<'a>) -> Draft<'a> {
    let is_better = other.covered().cmp(&one.covered()).then(other.value().total_cmp(&one.value())).is_gt();
    if is_better { other } else { one }
}

/// Copies beyond the budget: those of the lowest score first, and those that the user has asked for last.
fn drops(candidates: &[PlanCandidate], budget_bytes: i64) -> Vec<usize> {
    let mut held: Vec<_> =
        (0..candidates.len()).filter(|index| candidates[*index].location.is_on_device()).collect();
    let mut bytes: i64 = held.iter().map(|index| candidates[*index].bytes).sum();
    if bytes <= budget_bytes {
        return Vec::new();
    }
    held.sort_by(|one, other| {
        let (one, other) = (&candidates[*one], &candidates[*other]);
        let asked = one.is_asked.cmp(&other.is_asked);
        asked.then(one.score.total_cmp(&other.score)).then(other.item_id.cmp(&one.item_id))
    });
    let mut drops = Vec::new();
    for index in held {
        if bytes <= budget_bytes {
            break;
        }
        bytes -= candidates[index].bytes;
        drops.push(index);
    }
    drops
}

#[cfg(test)]
mod tests;
