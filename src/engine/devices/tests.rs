//! Devices, their copies and contacts, on both databases.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod events;
mod inventories;
mod proofs;

use both_databases::both_databases;
use chrono::TimeDelta;

use super::*;
use crate::db::sql::{self, args};
use crate::domain::copy::{CopyClaim, HoldReason};
use crate::domain::device::{ContactAnswer, DeviceLink, DeviceStorage, NewContact};
use crate::domain::{DateTime, Utc};
use crate::engine::downloads as engine_downloads;
use crate::testing::fixtures::sha256;
use crate::testing::{TestEngine, refusal};

/// A registered device with an inventory that grows by one contact each.
struct Phone {
    owner: UserId,
    id: DeviceId,
    rev: i64,
    /// Error of its clock, in seconds.
    behind: i64,
    copies: Vec<CopyClaim>,
}

impl Phone {
    async fn register(t: &TestEngine, owner: UserId, name: &str) -> Self {
        let new = NewDevice {
            name: name.into(),
            platform: String::new(),
            budget_mb: 1_000,
            allow_metered: false,
            key: None,
        };
        let id = register(&t.engine, owner, new).await.unwrap().id;
        Self { owner, id, rev: 0, behind: 0, copies: Vec::new() }
    }

    fn now(&self, t: &TestEngine) -> DateTime<Utc> {
        t.engine.now() - TimeDelta::seconds(self.behind)
    }

    /// The next contact, without events.
    fn next(&mut self, t: &TestEngine) -> NewContact {
        self.rev += 1;
        NewContact {
            boot: "one".into(),
            rev: self.rev,
            sent_at: self.now(t),
            events: Vec::new(),
            copies: self.copies.clone(),
            storage: DeviceStorage::default(),
            net: DeviceLink::default(),
            build: None,
        }
    }

    async fn send(&self, t: &TestEngine, new: NewContact) -> ContactAnswer {
        contact(&t.engine, self.owner, self.id, new).await.unwrap()
    }

    async fn contact(&mut self, t: &TestEngine) -> ContactAnswer {
        let new = self.next(t);
        self.send(t, new).await
    }

    async fn keep(&self, t: &TestEngine, download_id: DownloadId) {
        keep(&t.engine, self.owner, self.id, NewCopy { download_id }).await.unwrap();
    }

    /// Holds bytes, read back at this time.
    fn hold(&mut self, t: &TestEngine, download_id: DownloadId, bytes: &[u8]) {
        let (sha256, checked_at) = (sha256(bytes), Some(self.now(t)));
        self.copies.push(CopyClaim {
            download_id,
            sha256,
            bytes: bytes.len() as i64,
            checked_at,
            is_planned: false,
        });
    }

    async fn state(&self, t: &TestEngine, download: DownloadId) -> CopyState {
        copies::get(&t.engine.db, self.owner, self.id, download).await.unwrap().unwrap().state
    }
}

#[both_databases]
async fn a_device_is_registered_changed_and_revoked(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let phone = Phone::register(t, ada, "Phone").await;
    let second = Phone::register(t, ada, "Phone").await;
    let of_eve = Phone::register(t, eve, "Phone").await;
    let names: Vec<_> = list(&t.engine, ada).await.unwrap().into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["Phone 2", "Phone"]);
    let vault = async |owner, id| get(&t.engine, owner, id).await.unwrap().vault;
    assert_eq!(vault(ada, phone.id).await, vault(ada, second.id).await);
    assert_ne!(vault(ada, phone.id).await, vault(eve, of_eve.id).await);
    assert_eq!(vault(ada, phone.id).await.len(), 16);
    let rename = |name: &str| DeviceChange { name: Some(name.into()), ..DeviceChange::default() };
    assert_eq!(refusal(change(&t.engine, ada, second.id, rename("Phone")).await).fields()[0].field, "name");
    assert_eq!(change(&t.engine, ada, second.id, rename("Tablet")).await.unwrap().name, "Tablet");
    for refused in [
        refusal(get(&t.engine, eve, phone.id).await),
        refusal(change(&t.engine, eve, phone.id, rename("x")).await),
        refusal(revoke(&t.engine, eve, phone.id).await),
        refusal(list_copies(&t.engine, eve, phone.id).await),
    ] {
        assert_eq!(refused, missing());
    }
    revoke(&t.engine, ada, phone.id).await.unwrap();
    assert_eq!(refusal(revoke(&t.engine, ada, phone.id).await), missing());
    assert_eq!(list(&t.engine, ada).await.unwrap().len(), 1);
    let mut phone = phone;
    let new = phone.next(t);
    assert_eq!(refusal(contact(&t.engine, ada, phone.id, new).await), gone());
    assert_eq!(Phone::register(t, ada, "Phone").await.id.0, of_eve.id.0 + 1, "its name is free again");
}

#[both_databases]
async fn a_repeated_registration_makes_no_second_device(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let new = |key: &str| NewDevice {
        name: "Phone".into(),
        platform: String::new(),
        budget_mb: 1_000,
        allow_metered: false,
        key: Some(key.into()),
    };
    let key = "0123456789abcdef";
    let first = register(&t.engine, ada, new(key)).await.unwrap();
    assert_eq!(register(&t.engine, ada, new(key)).await.unwrap(), first);
    assert_ne!(register(&t.engine, eve, new(key)).await.unwrap().id, first.id, "keys are those of a user");
    assert_ne!(register(&t.engine, ada, new("fedcba9876543210")).await.unwrap().id, first.id);
    revoke(&t.engine, ada, first.id).await.unwrap();
    assert_ne!(register(&t.engine, ada, new(key)).await.unwrap().id, first.id, "a revoked one stays revoked");
    assert_eq!(refusal(register(&t.engine, ada, new("short")).await).fields()[0].field, "key");
}

#[both_databases]
async fn a_copy_is_wanted_fetched_held_and_dropped(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let download = t.stock(&[ada], "song", b"la la la").await[0];
    let mut phone = Phone::register(t, ada, "Phone").await;
    phone.keep(t, download).await;
    let (copy, is_new) = keep(&t.engine, ada, phone.id, NewCopy { download_id: download }).await.unwrap();
    assert_eq!((copy.state, is_new), (CopyState::Wanted, false));
    let answer = phone.contact(t).await;
    let wish = &answer.want[0];
    assert_eq!((wish.download_id, wish.bytes, &wish.sha256), (download, 8, &sha256(b"la la la")));
    assert!(answer.challenge.is_none() && answer.drop.is_empty());
    phone.copies = vec![CopyClaim {
        download_id: download,
        sha256: sha256(b"la la la"),
        bytes: 3,
        checked_at: None,
        is_planned: false,
    }];
    assert_eq!(phone.contact(t).await.want.len(), 1);
    assert_eq!(phone.state(t, download).await, CopyState::OnItsWay);
    phone.copies.clear();
    phone.hold(t, download, b"la la la");
    let answer = phone.contact(t).await;
    assert!(answer.want.is_empty() && answer.challenge.is_some());
    assert_eq!(phone.state(t, download).await, CopyState::Held);
    remove(&t.engine, ada, phone.id, download).await.unwrap();
    assert_eq!(refusal(remove(&t.engine, ada, phone.id, download).await), Refusal::missing("copy"));
    let drop = phone.contact(t).await.drop;
    assert_eq!((drop[0].download_id, drop[0].reason), (download, CopyReason::Removed));
    phone.copies.clear();
    assert_eq!(phone.contact(t).await.drop, drop, "it may have been told to fetch it without having a byte");
    t.clock.advance(TimeDelta::days(3));
    assert_eq!(phone.contact(t).await.drop, drop);
    assert_eq!(phone.contact(t).await.drop, []);
    assert!(list_copies(&t.engine, ada, phone.id).await.unwrap().is_empty(), "the device has removed it");
}

#[both_databases]
async fn what_does_not_fit_or_costs_is_held_back(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let mut phone = Phone::register(t, ada, "Phone").await;
    let (large, small) =
        (t.claim(ada, "large", 9_000_000, None).await, t.claim(ada, "small", 2_000_000, None).await);
    let tiny = t.claim(ada, "tiny", 1_000_000, None).await;
    for download in [large, small, tiny] {
        phone.keep(t, download).await;
    }
    let budget = DeviceChange { budget_mb: Some(10), ..DeviceChange::default() };
    change(&t.engine, ada, phone.id, budget).await.unwrap();
    let answer = phone.contact(t).await;
    let wanted: Vec<_> = answer.want.iter().map(|wish| wish.download_id).collect();
    assert_eq!((wanted, answer.held_back[0].download_id), (vec![large, tiny], small));
    assert_eq!(answer.held_back[0].reason, HoldReason::DeviceFull);
    let metered = NewContact { net: DeviceLink { bps: None, metered: Some(true) }, ..phone.next(t) };
    let answer = phone.send(t, metered.clone()).await;
    assert!(answer.want.is_empty() && answer.held_back.iter().any(|it| it.reason == HoldReason::Metered));
    let allow = DeviceChange { allow_metered: Some(true), ..DeviceChange::default() };
    change(&t.engine, ada, phone.id, allow).await.unwrap();
    assert_eq!(phone.send(t, metered).await.want.len(), 2);
}

#[both_databases]
async fn a_deleted_download_is_dropped_once_it_cannot_be_restored(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let download = t.stock(&[ada], "song", b"la la la").await[0];
    let mut phone = Phone::register(t, ada, "Phone").await;
    phone.keep(t, download).await;
    phone.hold(t, download, b"la la la");
    phone.contact(t).await;
    engine_downloads::delete(&t.engine, ada, download).await.unwrap();
    assert_eq!(phone.contact(t).await.drop, []);
    t.clock.advance(TimeDelta::minutes(3));
    let drop = phone.contact(t).await.drop;
    assert_eq!((drop[0].download_id, drop[0].reason), (download, CopyReason::Deleted));
    assert_eq!(phone.state(t, download).await, CopyState::Dropped);
}
