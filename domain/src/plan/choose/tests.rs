//! Examples of choices, and their properties beside an exact knapsack.

use proptest::prelude::*;

use super::*;
use crate::plan::candidates::{CopyLocation, SupplyTier};
use crate::{ItemId, SourceId};

const MB: i64 = 1_000_000;
const AMPLE: i64 = 10_000 * MB;

fn candidate(id: i64, minutes: i64, megabytes: i64, score: f64) -> PlanCandidate {
    PlanCandidate {
        item_id: ItemId(id),
        source_id: SourceId(id),
        tier: SupplyTier::Followed,
        location: CopyLocation::OnServer,
        listening_s: minutes * 60,
        bytes: megabytes * MB,
        fetched_bytes: 0,
        part: None,
        is_asked: false,
        score,
    }
}

fn held(id: i64, minutes: i64, megabytes: i64, score: f64) -> PlanCandidate {
    PlanCandidate { location: CopyLocation::Proved, ..candidate(id, minutes, megabytes, score) }
}

fn demand(minutes: &[i64], reserve: i64, budget_bytes: i64) -> Demand {
    Demand { needs: minutes.iter().map(|it| it * 60).collect(), reserve_s: reserve * 60, budget_bytes }
}

/// Item ids of each window, and of the reserve.
fn chosen(candidates: &[PlanCandidate], demand: &Demand) -> (Vec<Vec<i64>>, Vec<i64>) {
    let selection = choose(candidates, demand);
    let ids =
        |chosen: &Vec<usize>| chosen.iter().map(|index| candidates[*index].item_id.0).collect::<Vec<_>>();
    (selection.windows.iter().map(ids).collect(), ids(&selection.reserve))
}

#[test]
fn copies_on_the_device_stay_unless_another_one_is_a_fifth_better() {
    let fair = [held(1, 30, 30, 0.5), candidate(2, 30, 30, 0.59)];
    assert_eq!(chosen(&fair, &demand(&[30], 30, AMPLE)), (vec![vec![1]], vec![2]));
    let better = [held(1, 30, 30, 0.5), candidate(2, 30, 30, 0.61)];
    assert_eq!(chosen(&better, &demand(&[30], 30, AMPLE)), (vec![vec![2]], vec![1]));
}

#[test]
fn nothing_is_fetched_while_the_device_holds_enough() {
    let full = [held(1, 30, 30, 0.2), held(2, 30, 30, 0.2), candidate(3, 30, 30, 0.9)];
    assert_eq!(
        chosen(&full, &demand(&[30], 30, AMPLE)),
        (vec![vec![2]], vec![1]).min((vec![vec![1]], vec![2]))
    );
    let mut asked = full;
    asked[2].is_asked = true;
    assert_eq!(chosen(&asked, &demand(&[30], 30, AMPLE)).0, [[3]], "the user wants it");
}

#[test]
fn one_source_fills_no_more_than_a_part_of_a_window_while_others_are_there() {
    let mut daily: Vec<_> = (1..=4).map(|id| candidate(id, 10, 10, 0.9)).collect();
    daily.iter_mut().for_each(|it| it.source_id = SourceId(1));
    daily.push(candidate(5, 25, 25, 0.3));
    let (windows, _) = chosen(&daily, &demand(&[40], 0, AMPLE));
    assert_eq!(windows, [[1, 5, 2]], "two in a row would be 50 %, and then nothing else is left");
    daily.pop();
    assert_eq!(chosen(&daily, &demand(&[40], 0, AMPLE)).0, [[1, 2, 3, 4]]);
}

#[test]
fn parts_of_a_serial_come_in_order() {
    let mut serial: Vec<_> =
        [(1, 0.9), (2, 0.5), (3, 0.7)].map(|(id, score)| candidate(id, 20, 20, score)).into();
    for (candidate, part) in serial.iter_mut().zip([3, 1, 2]) {
        (candidate.source_id, candidate.part) = (SourceId(1), Some(part));
    }
    assert_eq!(chosen(&serial, &demand(&[20, 20, 20], 0, AMPLE)).0, [[2], [3], [1]]);
}

#[test]
fn other_supply_is_used_only_when_new_episodes_do_not_suffice() {
    let mut all: Vec<_> = (1..=4).map(|id| candidate(id, 10, 10, 0.2 * id as f64)).collect();
    all[1].tier = SupplyTier::BackCatalogue;
    all[2].tier = SupplyTier::Article;
    all[3].tier = SupplyTier::Directory;
    assert_eq!(chosen(&all, &demand(&[40], 0, AMPLE)).0, [[1, 2, 3, 4]]);
    assert_eq!(chosen(&all, &demand(&[20], 0, AMPLE)).0, [[1, 2]]);
}

#[test]
fn the_last_item_may_overhang_and_its_rest_serves_the_next_window() {
    let long = [candidate(1, 60, 60, 0.5), candidate(2, 10, 10, 0.1)];
    assert_eq!(chosen(&long, &demand(&[30, 30], 0, AMPLE)).0, [vec![1], vec![]]);
}

#[test]
fn the_reserve_is_filled_by_score_per_megabyte() {
    let all = [candidate(1, 30, 30, 0.9), candidate(2, 30, 90, 0.6), candidate(3, 30, 30, 0.5)];
    assert_eq!(chosen(&all, &demand(&[30], 30, AMPLE)), (vec![vec![1]], vec![3]));
    assert_eq!(
        chosen(&all, &demand(&[30], 90, 70 * MB)),
        (vec![vec![1]], vec![3]),
        "it ends with the budget"
    );
}

#[test]
fn a_smaller_budget_drops_the_worst_copies() {
    let all = [held(1, 30, 40, 0.2), held(2, 30, 40, 0.9), held(3, 30, 40, 0.5)];
    assert_eq!(choose(&all, &demand(&[30], 0, 100 * MB)).drops, [0]);
    let selection = choose(&[candidate(1, 30, 60, 0.5)], &demand(&[30], 0, 50 * MB));
    assert!(selection.is_device_full);
}

#[test]
fn begun_files_need_only_their_rest() {
    let begun = PlanCandidate { fetched_bytes: 50 * MB, ..candidate(1, 30, 60, 0.5) };
    assert_eq!(chosen(&[begun], &demand(&[30], 0, 60 * MB)).0, [[1]]);
}

/// Minutes, steps of 5 MB, and score in hundredths.
type Offer = (usize, usize, usize);

/// Most minutes up to the need, and the highest value of a choice with so many. A minute counts with the
/// score of its item, and the item of the lowest score may overhang. Exact 0/1 knapsack over minutes and
/// steps of 5 MB.
fn exact(offers: &[Offer], need: usize, steps: usize) -> (usize, usize) {
    let mut sorted = offers.to_vec();
    sorted.sort_by_key(|(_, _, score)| std::cmp::Reverse(*score));
    let mut best = vec![vec![None; steps + 1]; need];
    best[0] = vec![Some(0_usize); steps + 1];
    let mut result = (0, 0);
    for (minutes, size, score) in sorted {
        for before in (0..need).rev() {
            let after = (before + minutes).min(need);
            for space in (size..=steps).rev() {
                let Some(value) = best[before][space - size] else { continue };
                let value = value + score * (after - before);
                result = result.max((after, value));
                if after < need {
                    let known = &mut best[after][space];
                    *known = (*known).max(Some(value));
                }
            }
        }
    }
    result
}

fn check(offers: &[Offer], needs: &[i64], steps: usize) -> Result<(), TestCaseError> {
    let offer = |(id, (minutes, size, score)): (usize, &Offer)| {
        candidate(id as i64, *minutes as i64, *size as i64 * 5, *score as f64 / 100.0)
    };
    let candidates: Vec<_> = offers.iter().enumerate().map(offer).collect();
    let selection = choose(&candidates, &demand(needs, 0, steps as i64 * 5 * MB));
    let mut picked: Vec<_> = selection.windows.iter().flatten().map(|index| offers[*index]).collect();
    picked.sort_by_key(|(_, _, score)| std::cmp::Reverse(*score));
    let need = needs.iter().sum::<i64>() as usize;
    let (mut minutes, mut value, mut size) = (0, 0, 0);
    for (length, steps, score) in picked {
        let part = length.min(need - minutes);
        (minutes, value, size) = (minutes + part, value + score * part, size + steps);
    }
    let (most, best) = exact(offers, need, steps);
    prop_assert!(size <= steps, "{} of {} steps", size, steps);
    prop_assert_eq!(minutes, most);
    prop_assert!(value * 10 >= best * 9, "value {} of {}", value, best);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_minute_is_lost_and_nine_tenths_of_the_value_are_reached(
        offers in proptest::collection::vec((2_usize..90, 1_usize..20, 10_usize..100), 1..40),
        needs in proptest::collection::vec(10_i64..80, 1..4),
        steps in 1_usize..100,
    ) {
        check(&offers, &needs, steps)?;
    }

    #[test]
    fn so_it_is_with_sizes_in_proportion_to_minutes(
        offers in proptest::collection::vec((2_usize..90, 3_usize..7, 20_usize..90), 1..40),
        needs in proptest::collection::vec(10_i64..80, 1..4),
        steps in 1_usize..100,
    ) {
        let sized = |(minutes, pace, score): &Offer| (*minutes, (minutes * pace).div_ceil(25), *score);
        check(&offers.iter().map(sized).collect::<Vec<_>>(), &needs, steps)?;
    }
}
