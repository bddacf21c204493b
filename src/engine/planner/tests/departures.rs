//! Claims at departures, and their outcomes.

use sha2::{Digest, Sha256};

use super::*;
use crate::domain::device::{Challenge, DeviceEventKind, NewProof};

pub(super) async fn outcome_of(ada: &Commuter<'_>) -> WindowOutcome {
    outcomes(&ada.t.engine, ada.owner, 14).await.unwrap().remove(0)
}

/// A device that is ready, ten minutes before the departure and at it.
pub(super) async fn departed(t: &TestEngine) -> Commuter<'_> {
    let mut ada = Commuter::new(t).await;
    ada.stored("one").await;
    ada.stored("two").await;
    ada.sync().await;
    ada.advance(111);
    ada.plan_due().await;
    let claim = outcome_of(&ada).await;
    assert_eq!((claim.at_minus_10, claim.at_departure, claim.confirmed), (50, None, None));
    ada
}

/// Answers a challenge with the digest over the device's bytes, or with a wrong one, and those that follow.
pub(super) async fn prove(ada: &Commuter<'_>, challenge: Challenge, is_right: bool) {
    let mut next = Some(challenge);
    while let Some(challenge) = next {
        let mut hash = Sha256::new();
        hash.update(&challenge.nonce);
        for slice in &challenge.slices {
            let file = ada.files.iter().find(|file| file.download_id == slice.download_id).unwrap();
            let bytes =
                ["one", "two"].into_iter().find(|name| sha256(name.as_bytes()) == file.sha256).unwrap();
            hash.update(&bytes[slice.offset as usize..(slice.offset + slice.length) as usize]);
        }
        let digest = if is_right { hex::encode(hash.finalize()) } else { "0".repeat(64) };
        let proof = NewProof { nonce: challenge.nonce, digest };
        let result = engine_devices::prove(&ada.t.engine, ada.owner, ada.phone, proof).await.unwrap();
        next = result.challenge;
    }
}

#[both_databases]
async fn a_claim_is_confirmed_by_the_next_contact(t: &TestEngine) {
    let mut ada = departed(t).await;
    ada.advance(10);
    ada.plan_due().await;
    assert_eq!(outcome_of(&ada).await.at_departure, Some(50));
    ada.advance(60);
    let answer = ada.contact().await;
    assert_eq!(outcome_of(&ada).await.confirmed, None, "the bytes are not proved");
    prove(&ada, answer.challenge.unwrap(), true).await;
    let outcome = outcome_of(&ada).await;
    assert_eq!((outcome.is_ready, outcome.confirmed), (true, Some(true)));
    assert_eq!((outcome.confirmed_minutes, outcome.is_contradicted()), (Some(50), false));
}

#[both_databases]
async fn copies_that_vanish_before_the_departure_contradict_the_claim(t: &TestEngine) {
    let mut ada = departed(t).await;
    ada.files.clear();
    ada.advance(40);
    // The contact itself settles the departure, by what was known until then.
    ada.contact().await;
    let outcome = outcome_of(&ada).await;
    assert_eq!((outcome.at_minus_10, outcome.at_departure), (50, Some(50)));
    assert!(outcome.is_contradicted() && outcome.confirmed_minutes == Some(0));
    let counted = t.engine.metrics.plan_outcomes.of(["contradicted"]).get();
    assert_eq!(counted, 1);
    ada.contact().await;
    assert_eq!(t.engine.metrics.plan_outcomes.of(["contradicted"]).get(), 1, "once");
}

#[both_databases]
async fn a_loss_that_is_known_before_the_departure_contradicts_the_claim(t: &TestEngine) {
    let mut ada = departed(t).await;
    ada.files.clear();
    ada.advance(5);
    ada.contact().await;
    ada.advance(40);
    ada.contact().await;
    let outcome = outcome_of(&ada).await;
    assert_eq!((outcome.at_minus_10, outcome.at_departure), (50, Some(0)));
    assert!(outcome.is_ready && outcome.is_contradicted());
}

#[both_databases]
async fn a_window_that_is_moved_after_its_claim_keeps_the_outcome(t: &TestEngine) {
    let mut ada = departed(t).await;
    let window = commute::list(&t.engine, ada.owner).await.unwrap()[0].id;
    let later = TypedPlan { start: Some("08:05".into()), end: Some("08:50".into()), ..TypedPlan::default() };
    commute::change(&t.engine, ada.owner, window, later).await.unwrap();
    ada.plan_due().await;
    ada.plan_due().await;
    let shown = windows(&t.engine, ada.owner, ada.phone).await.unwrap();
    assert_eq!(
        shown.iter().map(|it| it.departs_at.to_rfc3339()).collect::<Vec<_>>(),
        ["2026-11-21T08:05:00+00:00"]
    );
    ada.files.clear();
    ada.advance(40);
    ada.contact().await;
    let all = outcomes(&t.engine, ada.owner, 14).await.unwrap();
    assert_eq!(all.iter().filter(|it| it.is_contradicted()).count(), 2, "both times were said to be ready");
}

/// Whether a claim is contradicted if the user has removed all copies so many minutes before the contact.
async fn is_contradicted(ada: &mut Commuter<'_>, minutes_ago: i64) -> bool {
    let now = ada.t.engine.now();
    let event = |(seq, file): (i64, CopyClaim)| DeviceEvent {
        seq,
        kind: DeviceEventKind::Drop,
        item_id: None,
        download_id: Some(file.download_id),
        from: None,
        to: None,
        at: now - TimeDelta::minutes(minutes_ago),
        ready_at: None,
    };
    let events = (1..).zip(ada.files.drain(..)).map(event).collect();
    ada.contact_with(events).await;
    outcome_of(ada).await.is_contradicted()
}

#[both_databases]
async fn a_copy_that_the_user_removed_before_the_departure_was_not_there(t: &TestEngine) {
    let mut ada = departed(t).await;
    ada.advance(40);
    assert!(is_contradicted(&mut ada, 35).await, "at 07:56");
}

#[both_databases]
async fn a_copy_that_the_user_removed_on_the_way_was_there(t: &TestEngine) {
    let mut ada = departed(t).await;
    ada.advance(40);
    assert!(!is_contradicted(&mut ada, 20).await, "at 08:11");
}

#[both_databases]
async fn outcomes_are_forgotten_with_their_plans(t: &TestEngine) {
    let ada = departed(t).await;
    plans::delete_before(&t.engine.db, t.engine.now()).await.unwrap();
    assert_eq!(ada.count("SELECT COUNT(*) FROM outcome").await, 1);
    ada.advance(11);
    plans::delete_before(&t.engine.db, t.engine.now()).await.unwrap();
    assert_eq!(ada.count("SELECT COUNT(*) FROM outcome").await, 0);
}
