//! The legal moves of a copy, and the judgement of inventories: examples, and properties over arbitrary ones.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::CopyState::*;
use super::*;
use crate::TimeDelta;

const ID: DownloadId = DownloadId(7);
const FILE: ServerFile = ServerFile { sha256: "new", bytes: 100 };

fn time(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn claim(sha256: &str, bytes: i64, checked: Option<i64>) -> CopyClaim {
    CopyClaim {
        download_id: ID,
        sha256: sha256.into(),
        bytes,
        checked_at: checked.map(time),
        is_planned: false,
    }
}

fn known(state: CopyState) -> KnownCopy {
    let bytes = if matches!(state, Held | Stale) { 100 } else { 0 };
    let sha256 = (bytes > 0).then(|| "new".to_owned());
    KnownCopy { state, sha256, bytes, checked_at: None, reason: None }
}

fn state(state: CopyState, claim: &CopyClaim) -> (CopyState, Option<CopyReason>) {
    let verdict = judged(&known(state), Some(claim), Some(FILE));
    (verdict.copy.state, verdict.drop)
}

#[test]
fn nothing_is_held_without_being_checked() {
    for from in [Wanted, OnItsWay, Stale, Lost, Dropped] {
        assert!(!from.may_become(Held), "{from}");
    }
    assert!(Checking.may_become(Held) && !Dropped.may_become(Held) && !Dropped.may_become(Dropped));
    assert!(CopyState::ALL.iter().all(|from| *from == Dropped || from.may_become(Dropped)));
}

#[test]
fn a_copy_is_fetched_checked_and_held() {
    assert_eq!(state(Wanted, &claim("new", 40, None)), (OnItsWay, None));
    assert_eq!(state(OnItsWay, &claim("new", 100, None)), (Checking, None));
    assert_eq!(state(Checking, &claim("new", 100, Some(1))), (Held, None));
    assert_eq!(state(Wanted, &claim("new", 100, Some(1))), (Held, None), "all since the last contact");
    assert_eq!(state(Checking, &claim("new", 0, None)), (OnItsWay, None), "the check has failed");
    assert_eq!(state(Held, &claim("new", 99, Some(1))), (OnItsWay, None), "a checked file is whole");
}

#[test]
fn an_inventory_without_a_copy_loses_it() {
    let lacking = |from| judged(&known(from), None, Some(FILE)).copy;
    for from in [Held, Stale] {
        assert_eq!((lacking(from).state, lacking(from).reason), (Lost, Some(CopyReason::Missing)));
    }
    for from in [Wanted, OnItsWay, Checking, Lost] {
        assert_eq!(lacking(from), KnownCopy::WANTED);
    }
    assert_eq!(lacking(Dropped).state, Dropped);
}

#[test]
fn a_copy_is_stale_when_the_server_has_another_file() {
    let old = KnownCopy { sha256: Some("old".into()), ..known(Held) };
    let verdict = judged(&old, Some(&claim("old", 100, Some(1))), Some(FILE));
    assert_eq!((verdict.copy.state, verdict.drop), (Stale, None), "it is played until the new one is there");
    assert_eq!(verdict.copy.sha256.as_deref(), Some("old"));
    assert_eq!(state(Stale, &claim("new", 3, None)), (OnItsWay, None));
}

#[test]
fn a_hash_that_the_server_does_not_know_is_refused() {
    let wrong = claim("evil", 100, Some(1));
    assert_eq!(state(Held, &wrong), (Lost, Some(CopyReason::WrongHash)));
    for from in [Wanted, OnItsWay, Checking, Lost] {
        assert_eq!(state(from, &wrong), (Wanted, Some(CopyReason::WrongHash)), "{from}");
    }
}

#[test]
fn bytes_that_failed_a_proof_are_not_held_until_checked_again() {
    let refuted = KnownCopy {
        state: Lost,
        checked_at: Some(time(5)),
        reason: Some(CopyReason::ProofFailed),
        ..KnownCopy::WANTED
    };
    let again = |checked| {
        let verdict = judged(&refuted, Some(&claim("new", 100, Some(checked))), Some(FILE));
        (verdict.copy.state, verdict.drop)
    };
    assert_eq!(again(5), (Lost, Some(CopyReason::ProofFailed)));
    assert_eq!(again(6), (Held, None));
}

#[test]
fn a_dropped_copy_is_removed_from_the_device() {
    let dropped = KnownCopy { reason: Some(CopyReason::Deleted), ..known(Dropped) };
    let verdict = judged(&dropped, Some(&claim("new", 100, Some(1))), None);
    assert_eq!((verdict.copy.state, verdict.drop), (Dropped, Some(CopyReason::Deleted)));
}

#[test]
fn a_file_that_is_being_fetched_again_changes_nothing() {
    for from in [Wanted, Held, Stale] {
        let verdict = judged(&known(from), Some(&claim("new", 100, Some(1))), None);
        assert_eq!((verdict.copy, verdict.drop), (known(from), None));
    }
}

/// An inventory with its number: for each of three downloads an entry or none.
#[derive(Debug, Clone)]
struct Inventory {
    rev: i64,
    entries: BTreeMap<u8, CopyClaim>,
}

prop_compose! {
    fn any_claim()(
        sha256 in prop::sample::select(vec!["new", "old", "evil"]),
        bytes in prop::sample::select(vec![0, 40, 100]),
        checked in prop::option::of(0..3_i64),
    ) -> CopyClaim {
        claim(sha256, bytes, checked)
    }
}

fn inventories() -> impl Strategy<Value = Vec<Inventory>> {
    let entries = prop::collection::btree_map(0..3_u8, any_claim(), 0..=3);
    prop::collection::vec(entries, 1..8)
        .prop_map(|all| (1..).zip(all).map(|(rev, entries)| Inventory { rev, entries }).collect())
}

/// Final copies after inventories, of which late and repeated ones are ignored.
fn applied<'a>(all: impl IntoIterator<Item = &'a Inventory>) -> BTreeMap<u8, KnownCopy> {
    let mut copies: BTreeMap<u8, KnownCopy> = (0..3).map(|id| (id, KnownCopy::WANTED)).collect();
    let mut rev = 0;
    for inventory in all {
        if inventory.rev <= rev {
            continue;
        }
        rev = inventory.rev;
        for (id, copy) in &mut copies {
            let next = judged(copy, inventory.entries.get(id), Some(FILE)).copy;
            assert!(next.state == copy.state || copy.state.may_reach(next.state), "{copy:?} {next:?}");
            *copy = next;
        }
    }
    copies
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn late_and_repeated_inventories_change_nothing(
        all in inventories(),
        again in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..12),
    ) {
        let mut sent: Vec<_> = all.iter().collect();
        for (which, after) in again {
            // A repetition arrives at some time after the first arrival.
            let first = which.index(all.len());
            let known_by = sent.iter().position(|one| one.rev == all[first].rev).unwrap_or(0);
            let at = known_by + 1 + after.index(sent.len() - known_by);
            sent.insert(at, &all[first]);
        }
        prop_assert_eq!(applied(sent), applied(&all));
    }

    #[test]
    fn only_the_file_of_the_server_is_held(all in inventories()) {
        for copy in applied(&all).into_values() {
            if copy.state == Held {
                prop_assert_eq!((copy.sha256.as_deref(), copy.bytes), (Some("new"), 100));
                prop_assert!(copy.checked_at.is_some());
            }
        }
    }
}
