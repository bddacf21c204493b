//! Inventories: late, repeated, wrong and foreign ones.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;

const FILES: [&[u8]; 3] = [b"one", b"two two", b"three three three"];

#[both_databases]
async fn late_and_repeated_inventories_leave_the_same_rows(t: &TestEngine) {
    let (ada, bob) = (t.sign_up("ada").await.id, t.sign_up("bob").await.id);
    let mut random = StdRng::seed_from_u64(7);
    let (mut one, mut other) =
        (Phone::register(t, ada, "Phone").await, Phone::register(t, bob, "Phone").await);
    let mut downloads = Vec::new();
    for (name, bytes) in ["a", "b", "c"].into_iter().zip(FILES) {
        downloads.push(t.stock(&[ada, bob], name, bytes).await);
    }
    for ids in &downloads {
        one.keep(t, ids[0]).await;
        other.keep(t, ids[1]).await;
    }
    let mut sent: Vec<NewContact> = Vec::new();
    for _ in 0..60 {
        let any: Vec<_> = (0..3).filter_map(|n| any_claim(&mut random, n)).collect();
        let claims = |owner: usize| {
            let with_id = |(n, claim): &(usize, CopyClaim)| CopyClaim {
                download_id: downloads[*n][owner],
                ..claim.clone()
            };
            any.iter().map(with_id).collect::<Vec<_>>()
        };
        (one.copies, other.copies) = (claims(0), claims(1));
        let (mine, theirs) = (one.next(t), other.next(t));
        other.send(t, theirs).await;
        sent.push(mine.clone());
        one.send(t, mine).await;
        for _ in 0..random.random_range(0..3) {
            let again = sent[random.random_range(0..sent.len())].clone();
            one.send(t, again).await;
        }
        t.clock.advance(TimeDelta::seconds(1));
        assert_eq!(rows(t, &one).await, rows(t, &other).await);
    }
}

fn any_claim(random: &mut StdRng, n: usize) -> Option<(usize, CopyClaim)> {
    let bytes = FILES[n];
    let is_right = random.random_bool(0.8);
    let hash = if is_right { sha256(bytes) } else { sha256(b"evil") };
    let is_checked = random.random_bool(0.6);
    let length = if random.random_bool(0.7) { bytes.len() } else { 1 } as i64;
    let checked_at = is_checked.then(|| DateTime::UNIX_EPOCH + TimeDelta::days(random.random_range(0..3)));
    let claim =
        CopyClaim { download_id: DownloadId(0), sha256: hash, bytes: length, checked_at, is_planned: false };
    random.random_bool(0.8).then_some((n, claim))
}

/// The copies on a device, without their ids.
async fn rows(t: &TestEngine, phone: &Phone) -> Vec<DeviceCopy> {
    let all = list_copies(&t.engine, phone.owner, phone.id).await.unwrap();
    all.into_iter().map(|copy| DeviceCopy { download_id: DownloadId(0), ..copy }).collect()
}

#[both_databases]
async fn a_device_claims_only_downloads_of_its_owner_with_the_right_hash(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let hers = t.stock(&[ada], "song", b"la la la").await[0];
    let mut phone = Phone::register(t, eve, "Phone").await;
    phone.hold(t, hers, b"la la la");
    let answer = phone.contact(t).await;
    assert_eq!((answer.drop[0].download_id, answer.drop[0].reason), (hers, CopyReason::Unknown));
    assert!(list_copies(&t.engine, eve, phone.id).await.unwrap().is_empty());
    assert_eq!(
        refusal(keep(&t.engine, eve, phone.id, NewCopy { download_id: hers }).await),
        Refusal::missing("download")
    );
    let own = t.stock(&[eve], "tale", b"once").await[0];
    phone.copies.clear();
    phone.hold(t, own, b"never");
    let answer = phone.contact(t).await;
    assert_eq!(
        (answer.drop[0].reason, phone.state(t, own).await),
        (CopyReason::WrongHash, CopyState::Wanted)
    );
    phone.copies.clear();
    phone.hold(t, own, b"once");
    phone.contact(t).await;
    assert_eq!(phone.state(t, own).await, CopyState::Held, "a device may have kept it by itself");
}

#[both_databases]
async fn a_copy_that_the_device_lacks_is_lost_then_fetched_again(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let download = t.stock(&[ada], "song", b"la la la").await[0];
    let mut phone = Phone::register(t, ada, "Phone").await;
    phone.keep(t, download).await;
    phone.hold(t, download, b"la la la");
    phone.contact(t).await;
    phone.copies.clear();
    let answer = phone.contact(t).await;
    assert_eq!((phone.state(t, download).await, answer.want.len()), (CopyState::Lost, 1));
    phone.contact(t).await;
    assert_eq!(phone.state(t, download).await, CopyState::Wanted);
    phone.hold(t, download, b"la la la");
    phone.contact(t).await;
    assert_eq!(phone.state(t, download).await, CopyState::Held);
    let seen = "SELECT data FROM event WHERE user_id = $1 AND kind = 'copy_changed' ORDER BY seq";
    let seen: Vec<String> = sql::values(&t.engine.db, seen, args![ada]).await.unwrap();
    let states = ["wanted", "held", "lost", "wanted", "held"];
    assert_eq!(seen.len(), states.len());
    assert!(seen.iter().zip(states).all(|(data, state)| data.contains(&format!("\"{state}\""))), "{seen:?}");
}
