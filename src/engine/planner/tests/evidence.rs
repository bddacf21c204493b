//! Evidence for claims: what the device itself shows after a departure.

use super::departures::{departed, outcome_of, prove};
use super::*;
use crate::domain::device::DeviceEventKind;

#[both_databases]
async fn bytes_that_fail_their_proof_contradict_the_claim(t: &TestEngine) {
    let mut ada = departed(t).await;
    ada.advance(40);
    let answer = ada.contact().await;
    prove(&ada, answer.challenge.unwrap(), false).await;
    let outcome = outcome_of(&ada).await;
    assert!(outcome.is_ready && outcome.is_contradicted());
    assert_eq!(outcome.confirmed_minutes, Some(0));
    assert_eq!(t.engine.metrics.plan_outcomes.of(["contradicted"]).get(), 1);
}

#[both_databases]
async fn items_that_were_finished_elsewhere_are_no_evidence(t: &TestEngine) {
    let mut ada = departed(t).await;
    ada.advance(40);
    let play = "INSERT INTO playback (user_id, item_id, seconds, finished, at, device, finished_at, played_from, rev, updated_at)
        SELECT user_id, item_id, 1800.0, TRUE, $1, 'Laptop', $1, 0.0, 1, $1 FROM download";
    sql::execute(&t.engine.db, play, args![t.engine.now()]).await.unwrap();
    ada.files.clear();
    ada.contact().await;
    assert!(outcome_of(&ada).await.is_contradicted());
}

#[both_databases]
async fn items_that_were_finished_on_the_device_were_there(t: &TestEngine) {
    let mut ada = departed(t).await;
    let items: Vec<ItemId> =
        sql::values(&t.engine.db, "SELECT item_id FROM download ORDER BY id", args![]).await.unwrap();
    ada.advance(70);
    ada.files.clear();
    let at = t.engine.now() - TimeDelta::minutes(5);
    let play = |(seq, item)| DeviceEvent {
        seq,
        kind: DeviceEventKind::Play,
        item_id: Some(item),
        download_id: None,
        from: Some(0.0),
        to: Some(1_800.0),
        at,
        ready_at: None,
    };
    ada.contact_with((1..).zip(items).map(play).collect()).await;
    assert_eq!(outcome_of(&ada).await.confirmed, Some(true));
}

#[both_databases]
async fn evidence_of_several_contacts_counts_together(t: &TestEngine) {
    let mut ada = departed(t).await;
    ada.advance(70);
    // One file was played to its end and removed by itself; the other one is listed, and not proved yet.
    let gone = ada.files.remove(0).download_id;
    let item = "SELECT item_id FROM download WHERE id = $1";
    let item: ItemId = sql::value(&t.engine.db, item, args![gone]).await.unwrap().unwrap();
    let play = DeviceEvent {
        seq: 1,
        kind: DeviceEventKind::Play,
        item_id: Some(item),
        download_id: None,
        from: Some(0.0),
        to: Some(1_800.0),
        at: t.engine.now() - TimeDelta::minutes(5),
        ready_at: None,
    };
    let answer = ada.contact_with(vec![play]).await;
    assert_eq!(outcome_of(&ada).await.confirmed, None);
    prove(&ada, answer.challenge.unwrap(), true).await;
    assert_eq!(outcome_of(&ada).await.confirmed, Some(true));
}

/// Confirmation of a claim whose copies the server has given up after the departure, where the device still
/// has them or not.
async fn after_drop(ada: &mut Commuter<'_>, is_there: bool) -> Option<bool> {
    ada.advance(40);
    let drop = "UPDATE copy SET state = 'dropped', reason = 'deleted', ended_at = $1";
    sql::execute(&ada.t.engine.db, drop, args![ada.t.engine.now()]).await.unwrap();
    if !is_there {
        ada.files.clear();
    }
    ada.contact().await;
    outcome_of(ada).await.confirmed
}

#[both_databases]
async fn copies_that_the_server_gave_up_count_if_the_device_lists_them(t: &TestEngine) {
    let mut ada = departed(t).await;
    assert_eq!(after_drop(&mut ada, true).await, Some(true));
}

#[both_databases]
async fn copies_that_the_server_gave_up_do_not_count_unseen(t: &TestEngine) {
    let mut ada = departed(t).await;
    assert_eq!(after_drop(&mut ada, false).await, Some(false));
}

#[both_databases]
async fn a_claim_that_no_contact_judges_is_closed_after_a_week(t: &TestEngine) {
    let ada = departed(t).await;
    ada.advance(10);
    ada.plan_due().await;
    t.clock.advance(TimeDelta::days(6));
    ada.plan_due().await;
    assert!(!outcome_of(&ada).await.is_unconfirmed);
    t.clock.advance(TimeDelta::days(1));
    for _ in 0..2 {
        ada.plan_due().await;
    }
    let all = outcomes(&t.engine, ada.owner, 14).await.unwrap();
    let closed = all.last().unwrap();
    assert!(closed.is_ready && closed.is_unconfirmed && closed.confirmed.is_none());
    assert_eq!(t.engine.metrics.plan_outcomes.of(["unconfirmed"]).get(), 1, "once");
}

#[both_databases]
async fn a_claim_of_a_revoked_device_is_closed_at_once(t: &TestEngine) {
    let ada = departed(t).await;
    ada.advance(10);
    ada.plan_due().await;
    engine_devices::revoke(&t.engine, ada.owner, ada.phone).await.unwrap();
    ada.plan_due().await;
    assert!(outcome_of(&ada).await.is_unconfirmed);
}
