//! Proofs: by whom, when, and how often they count.

use sha2::{Digest, Sha256};

use super::*;
use crate::domain::device::{Challenge, NewProof, ProofResult};

/// 200,000 bytes that differ by seed.
fn bytes(seed: u8) -> Vec<u8> {
    (0..200_000_u32).map(|n| (n % 251) as u8 ^ seed).collect()
}

/// Answers a challenge with these bytes of the downloads.
fn answer(challenge: &Challenge, files: &[(DownloadId, Vec<u8>)]) -> NewProof {
    let mut hash = Sha256::new();
    hash.update(&challenge.nonce);
    for slice in &challenge.slices {
        let file = &files.iter().find(|(id, _)| *id == slice.download_id).unwrap().1;
        hash.update(&file[slice.offset as usize..(slice.offset + slice.length) as usize]);
    }
    NewProof { nonce: challenge.nonce.clone(), digest: hex::encode(hash.finalize()) }
}

/// A phone that says to hold these files.
async fn phone_with(t: &TestEngine, owner: UserId, seeds: &[u8]) -> (Phone, Vec<(DownloadId, Vec<u8>)>) {
    let mut phone = Phone::register(t, owner, "Phone").await;
    let mut files = Vec::new();
    for seed in seeds {
        let id = t.stock(&[owner], &format!("file{seed}"), &bytes(*seed)).await[0];
        phone.keep(t, id).await;
        phone.hold(t, id, &bytes(*seed));
        files.push((id, bytes(*seed)));
    }
    (phone, files)
}

async fn try_prove(t: &TestEngine, phone: &Phone, proof: NewProof) -> Result<ProofResult> {
    prove(&t.engine, phone.owner, phone.id, proof).await
}

#[both_databases]
async fn only_a_proof_counts_as_minutes(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (mut phone, files) = phone_with(t, ada, &[1]).await;
    sql::execute(&t.engine.db, "UPDATE item SET duration_seconds = 600", args![]).await.unwrap();
    let challenge = phone.contact(t).await.challenge.unwrap();
    assert!(challenge.slices.iter().all(|slice| slice.length == 65_536) && challenge.slices.len() == 32);
    let id = phone.id;
    let held = async || get(&t.engine, ada, id).await.unwrap().held;
    let before = held().await;
    assert_eq!((before.copies, before.bytes, before.minutes, before.proved_at), (1, 200_000, 0.0, None));
    t.clock.advance(TimeDelta::seconds(60));
    let result = try_prove(t, &phone, answer(&challenge, &files)).await.unwrap();
    assert_eq!((result.proved, result.failed.is_empty()), (vec![files[0].0], true));
    let after = held().await;
    assert_eq!((after.minutes, after.proved_at), (10.0, Some(t.engine.now())));
    phone.contact(t).await;
    assert_eq!(held().await, after, "the same bytes stay proved");
    phone.copies.clear();
    phone.contact(t).await;
    assert_eq!(held().await.proved_at, None);
}

#[both_databases]
async fn a_nonce_counts_once_in_time_for_its_device_and_owner(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let (mut phone, files) = phone_with(t, ada, &[1, 2]).await;
    let of_eve = Phone::register(t, eve, "Phone").await;
    let tablet = Phone::register(t, ada, "Tablet").await;
    let challenge = phone.contact(t).await.challenge.unwrap();
    let right = answer(&challenge, &files);
    let over = refusal(try_prove(t, &tablet, right.clone()).await);
    assert!(matches!(over, Refusal::Conflict { .. }), "another device");
    assert_eq!(refusal(try_prove(t, &of_eve, right.clone()).await), over);
    assert_eq!(refusal(prove(&t.engine, eve, phone.id, right.clone()).await), missing());
    let other = NewProof { nonce: "0".repeat(64), ..right.clone() };
    assert_eq!(refusal(try_prove(t, &phone, other).await), over);
    assert_eq!(try_prove(t, &phone, right.clone()).await.unwrap().proved.len(), 2);
    assert_eq!(refusal(try_prove(t, &phone, right).await), over, "a replay");
    let late = answer(&phone.contact(t).await.challenge.unwrap(), &files);
    t.clock.advance(TimeDelta::minutes(2));
    assert_eq!(refusal(try_prove(t, &phone, late).await), over);
    let first = answer(&phone.contact(t).await.challenge.unwrap(), &files);
    let second = answer(&phone.contact(t).await.challenge.unwrap(), &files);
    assert_eq!(refusal(try_prove(t, &phone, first).await), over, "a newer one has replaced it");
    assert_eq!(try_prove(t, &phone, second).await.unwrap().proved.len(), 2);
    let hash = NewProof { nonce: "x".into(), digest: String::new() };
    let fields = refusal(try_prove(t, &phone, hash).await).fields().to_vec();
    assert_eq!(fields.iter().map(|it| it.field.as_str()).collect::<Vec<_>>(), ["nonce", "digest"]);
}

#[both_databases]
async fn the_damaged_one_of_several_copies_is_found_and_fetched_again(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (mut phone, files) = phone_with(t, ada, &[1, 2, 3]).await;
    let mut damaged = files.clone();
    damaged[1].1.iter_mut().for_each(|byte| *byte ^= 1);
    let bad = files[1].0;
    let mut challenge = phone.contact(t).await.challenge;
    let (mut proved, mut failed) = (Vec::new(), Vec::new());
    while let Some(next) = challenge.take() {
        let result = try_prove(t, &phone, answer(&next, &damaged)).await.unwrap();
        proved.extend(result.proved);
        failed.extend(result.failed);
        challenge = result.challenge;
    }
    proved.sort();
    assert_eq!((proved, failed), (vec![files[0].0, files[2].0], vec![bad]));
    assert_eq!(phone.state(t, bad).await, CopyState::Lost);
    let again = phone.contact(t).await;
    assert_eq!((again.drop[0].download_id, again.drop[0].reason), (bad, CopyReason::ProofFailed));
    assert_eq!(again.want[0].download_id, bad);
    t.clock.advance(TimeDelta::seconds(9));
    phone.copies.retain(|copy| copy.download_id != bad);
    phone.hold(t, bad, &files[1].1);
    let challenge = phone.contact(t).await.challenge.unwrap();
    assert_eq!(phone.state(t, bad).await, CopyState::Held);
    assert_eq!(try_prove(t, &phone, answer(&challenge, &files)).await.unwrap().proved.len(), 3);
}

#[both_databases]
async fn a_file_that_the_server_has_lost_proves_nothing_and_is_fetched_again(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (mut phone, files) = phone_with(t, ada, &[1]).await;
    let challenge = phone.contact(t).await.challenge.unwrap();
    std::fs::remove_file(t.object(&sha256(&files[0].1))).unwrap();
    let result = try_prove(t, &phone, answer(&challenge, &files)).await.unwrap();
    assert_eq!(result, ProofResult::default());
    assert_eq!(engine_downloads::get(&t.engine, ada, files[0].0).await.unwrap().status.as_str(), "queued");
    assert!(phone.contact(t).await.challenge.is_none());
    assert_eq!(phone.state(t, files[0].0).await, CopyState::Held);
}
