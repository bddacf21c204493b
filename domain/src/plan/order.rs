//! Order of copies on the wire: a contact of half a minute must leave something whole.

use super::candidates::PlanCandidate;
use super::choose::Selection;

/// Chosen candidates that are not on the device, in the order in which it fetches them: the next window first
/// and the reserve last. Within a window, begun files come first and then the smallest, while its need is not
/// covered by `on_device`; otherwise those with the highest score.
pub fn wire_order(
    selection: &Selection,
    candidates: &[PlanCandidate],
    needs: &[i64],
    on_device: &[i64],
) -> Vec<usize> {
    let is_missing = |index: &usize| !candidates[*index].location.is_on_device();
    let mut order = Vec::new();
    for (window, chosen) in selection.windows.iter().enumerate() {
        let mut here: Vec<_> = chosen.iter().copied().filter(is_missing).collect();
        let is_covered = on_device.get(window) >= needs.get(window);
        here.sort_by(|one, other| {
            let (one, other) = (&candidates[*one], &candidates[*other]);
            let begun = (other.fetched_bytes > 0).cmp(&(one.fetched_bytes > 0));
            let small = (one.bytes - one.fetched_bytes).cmp(&(other.bytes - other.fetched_bytes));
            let next = if is_covered { other.score.total_cmp(&one.score) } else { small };
            begun.then(next).then(one.item_id.cmp(&other.item_id))
        });
        put_parts_in_order(&mut here, candidates);
        order.extend(here);
    }
    order.extend(selection.reserve.iter().copied().filter(is_missing));
    order
}

/// Puts the parts of each serial into their order, in the positions that they have together.
fn put_parts_in_order(here: &mut [usize], candidates: &[PlanCandidate]) {
    let mut serials: Vec<_> = here.iter().map(|index| &candidates[*index]).collect();
    serials.retain(|candidate| candidate.part.is_some());
    let mut sources: Vec<_> = serials.iter().map(|candidate| candidate.source_id).collect();
    sources.sort();
    sources.dedup();
    for source in sources {
        let is_part = |index: &usize| {
            let candidate = &candidates[*index];
            candidate.source_id == source && candidate.part.is_some()
        };
        let positions: Vec<_> = (0..here.len()).filter(|position| is_part(&here[*position])).collect();
        let mut parts: Vec<_> = positions.iter().map(|position| here[*position]).collect();
        parts.sort_by_key(|index| (candidates[*index].part, candidates[*index].item_id));
        for (position, index) in positions.into_iter().zip(parts) {
            here[position] = index;
        }
    }
}
