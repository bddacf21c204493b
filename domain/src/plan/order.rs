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

/// Distance of places, so that others fit between them.
const GAP: i64 = 1 << 20;

/// Ascending places, the first above 0, for copies in an order. A known place stays if all before it that
/// stay are smaller, and all known ones after it are greater.
pub fn places(known: &[Option<i64>]) -> Vec<i64> {
    let mut least_after = vec![i64::MAX; known.len() + 1];
    for (index, place) in known.iter().enumerate().rev() {
        least_after[index] = least_after[index + 1].min(place.unwrap_or(i64::MAX));
    }
    let stays = |index: usize, last: i64| {
        known[index].filter(|place| *place > last && *place < least_after[index + 1])
    };
    let mut places = Vec::with_capacity(known.len());
    let mut last = 0;
    while places.len() < known.len() {
        let begin = places.len();
        let next = (begin..known.len()).find_map(|index| Some((index, stays(index, last)?)));
        let count = next.map_or(known.len(), |(index, _)| index) - begin;
        let steps = i64::try_from(count).unwrap_or(i64::MAX).saturating_add(1);
        let end = next.map_or(last.saturating_add(GAP.saturating_mul(steps)), |(_, place)| place);
        let step = (end - last) / steps;
        if step == 0 && count > 0 {
            return (1..).take(known.len()).map(|index: i64| index * GAP).collect();
        }
        places.extend((1..steps).map(|index| last + step * index));
        places.extend(next.map(|(_, place)| place));
        last = end;
    }
    places
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

#[cfg(test)]
mod tests {
    use super::{GAP, places};

    #[test]
    fn known_places_stay_where_they_can() {
        assert_eq!(places(&[]), [0_i64; 0]);
        assert_eq!(places(&[None, None]), [GAP, 2 * GAP]);
        assert_eq!(places(&[Some(2), Some(3), Some(7)]), [2, 3, 7], "the first has come");
        assert_eq!(places(&[Some(GAP), None, Some(2 * GAP)]), [GAP, GAP + GAP / 2, 2 * GAP]);
        assert_eq!(places(&[Some(50), Some(10), Some(20)]), [5, 10, 20], "one is moved to the front");
        assert_eq!(places(&[Some(10), Some(20), Some(5)]), [1, 2, 5]);
    }

    #[test]
    fn without_a_gap_all_are_numbered_anew() {
        assert_eq!(places(&[Some(1), None, Some(2)]), [GAP, 2 * GAP, 3 * GAP]);
    }

    #[test]
    fn places_always_ascend() {
        let mut state = 7_u64;
        let mut next = move |most: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % most
        };
        for _ in 0..2_000 {
            let known: Vec<_> = (0..next(9))
                .map(|_| (next(3) > 0).then(|| i64::try_from(next(12)).unwrap_or_default()))
                .collect();
            let made = places(&known);
            assert_eq!(made.len(), known.len());
            assert!(
                made.first().is_none_or(|first| *first > 0) && made.is_sorted_by(|one, two| one < two),
                "{known:?}: {made:?}"
            );
        }
    }
}
