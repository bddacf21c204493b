//! Plans of devices on both databases: what gets onto a device, what leaves it, and what is claimed.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod departures;
mod evidence;
mod facts;
mod reminders;

use both_databases::both_databases;

use super::*;
use crate::db::items::{self, NewItem};
use crate::db::media::{self, Blob};
use crate::db::sql::{self, args};
use crate::db::{copies as copy_rows, downloads as download_rows, sources, subscriptions};
use crate::domain::commute::TypedPlan;
use crate::domain::copy::{CopyClaim, CopyReason, CopyState};
use crate::domain::device::{
    ContactAnswer, DeviceChange, DeviceEvent, DeviceLink, DeviceStorage, NewContact, NewCopy, NewDevice,
};
use crate::domain::item::{Availability, Enclosure, ItemContent};
use crate::domain::plan::state::{PlanState, ShortReason};
use crate::domain::preference::Preferences;
use crate::domain::source::{Kind, Origin, Policy};
use crate::domain::{DownloadId, SourceId};
use crate::engine::{Error, commute, devices as engine_devices, downloads as engine_downloads};
use crate::testing::TestEngine;
use crate::testing::fixtures::{chosen, sha256, url_of};

/// Half an hour.
const LENGTH: i64 = 1_800;

/// A user with a commute of 45 minutes at 08:00 on Saturdays, a followed source and a device. The clock of
/// tests begins on a Saturday at 06:00.
struct Commuter<'a> {
    t: &'a TestEngine,
    owner: UserId,
    source: SourceId,
    phone: DeviceId,
    rev: i64,
    files: Vec<CopyClaim>,
}

impl<'a> Commuter<'a> {
    async fn new(t: &'a TestEngine) -> Self {
        let owner = t.sign_up("ada").await.id;
        let source = followed(t, owner, "http://x/weekly").await;
        travel(t, owner).await;
        let phone = register(t, owner, "Phone").await;
        Self { t, owner, source, phone, rev: 0, files: Vec::new() }
    }

    /// An episode whose bytes are stored already.
    async fn stored(&self, name: &str) -> ItemId {
        let item = self.published(name, Availability::Cached).await;
        let file = self.t.engine.config.data_dir.join(format!("{name}.stock"));
        std::fs::write(&file, name).unwrap();
        let blob = Blob {
            sha256: sha256(name.as_bytes()),
            bytes: name.len() as i64,
            mime_type: "audio/mpeg".into(),
        };
        self.t.engine.store.keep(&blob.sha256, name.len() as u64, &file).await.unwrap();
        media::keep(&self.t.engine.db, &url_of(name), &blob, self.t.engine.now()).await.unwrap();
        item
    }

    async fn published(&self, name: &str, availability: Availability) -> ItemId {
        episode(self.t, self.source, name, availability).await
    }

    async fn contact(&mut self) -> ContactAnswer {
        self.contact_with(Vec::new()).await
    }

    async fn contact_with(&mut self, events: Vec<DeviceEvent>) -> ContactAnswer {
        self.rev += 1;
        let contact = NewContact {
            boot: "one".into(),
            rev: self.rev,
            sent_at: self.t.engine.now(),
            events,
            copies: self.files.clone(),
            storage: DeviceStorage { used: None, persisted: Some(true) },
            net: DeviceLink::default(),
            build: None,
        };
        engine_devices::contact(&self.t.engine, self.owner, self.phone, contact).await.unwrap()
    }

    /// Fetches all that an answer wants, and gives up what it drops.
    fn fetch(&mut self, answer: &ContactAnswer) {
        self.files.retain(|file| answer.drop.iter().all(|drop| drop.download_id != file.download_id));
        let now = self.t.engine.now();
        self.files.extend(answer.want.iter().map(|wish| CopyClaim {
            download_id: wish.download_id,
            sha256: wish.sha256.clone(),
            bytes: wish.bytes,
            checked_at: Some(now),
            is_planned: false,
        }));
    }

    /// Contacts until the device has what it should, and has proved that.
    async fn sync(&mut self) {
        self.plan_due().await;
        let answer = self.contact().await;
        self.fetch(&answer);
        self.contact().await;
        for file in &self.files {
            let copy = (self.phone, file.download_id);
            copy_rows::proved(&self.t.engine.db, self.owner, copy, &file.sha256, self.t.engine.now())
                .await
                .unwrap();
        }
        self.contact().await;
    }

    /// Runs the planner's job.
    async fn plan_due(&self) {
        fetch::plan_due(&self.t.engine).await.unwrap();
    }

    async fn window(&self) -> PlannedWindow {
        windows(&self.t.engine, self.owner, self.phone).await.unwrap().remove(0)
    }

    async fn download_of(&self, item: ItemId) -> DownloadId {
        download_rows::of_item(&self.t.engine.db, self.owner, item).await.unwrap().unwrap().id
    }

    fn advance(&self, minutes: i64) {
        self.t.clock.advance(TimeDelta::minutes(minutes));
    }

    async fn count(&self, sql: &'static str) -> i64 {
        sql::value(&self.t.engine.db, sql, args![]).await.unwrap().unwrap()
    }
}

async fn followed(t: &TestEngine, owner: UserId, feed_url: &str) -> SourceId {
    let new = sources::NewSource {
        feed_url,
        name: "Weekly",
        kind: Kind::Podcast,
        policy: Policy::CacheAllowed,
        origin: Origin::Directory,
        added_by: None,
    };
    let source = sources::insert(&t.engine.db, &new, t.engine.now()).await.unwrap().0;
    subscriptions::upsert(&t.engine.db, owner, source, 3, t.engine.now()).await.unwrap();
    source
}

async fn episode(t: &TestEngine, source: SourceId, name: &str, availability: Availability) -> ItemId {
    let content = ItemContent {
        guid: name.into(),
        title: name.into(),
        duration_seconds: Some(LENGTH),
        enclosures: vec![Enclosure { url: url_of(name), bytes: Some(2_000_000), ..Enclosure::default() }],
        ..ItemContent::default()
    };
    let item = chosen(NewItem { identity: format!("guid:{name}"), ..content.into() });
    items::insert(
        &t.engine.db,
        sources::lock(&t.engine.db, source).await.unwrap(),
        &item,
        name,
        availability,
        t.engine.now(),
    )
    .await
    .unwrap()
}

async fn travel(t: &TestEngine, owner: UserId) {
    let typed = TypedPlan {
        label: Some("Train".into()),
        start: Some("08:00".into()),
        end: Some("08:45".into()),
        days: Some(vec!["sat".into()]),
        is_active: None,
    };
    commute::add(&t.engine, owner, typed).await.unwrap();
}

async fn register(t: &TestEngine, owner: UserId, name: &str) -> DeviceId {
    let new = NewDevice {
        name: name.into(),
        platform: String::new(),
        budget_mb: 1_000,
        allow_metered: true,
        key: None,
    };
    engine_devices::register(&t.engine, owner, new).await.unwrap().id
}

#[both_databases]
async fn episodes_of_a_followed_source_get_onto_the_device_by_themselves(t: &TestEngine) {
    let mut ada = Commuter::new(t).await;
    let (one, two) = (ada.stored("one").await, ada.stored("two").await);
    assert!(ada.contact().await.want.is_empty(), "nothing is downloaded yet");
    let pushed = "SELECT COUNT(*) FROM job WHERE kind = 'plan_devices'";
    assert_eq!(ada.count(pushed).await, 1);
    ada.plan_due().await;
    let window = ada.window().await;
    assert_eq!((window.need_minutes, window.on_device, window.on_server), (50, 0, 50));
    assert_eq!((window.state, window.items.len()), (PlanState::OnServer, 2));
    let answer = ada.contact().await;
    let departs: Vec<_> = answer.want.iter().map(|wish| wish.departs_at).collect();
    assert_eq!(departs, [Some("2026-11-21T08:00:00Z".parse().unwrap()); 2]);
    assert!(0 < answer.want[0].place && answer.want[0].place < answer.want[1].place);
    let mut wanted: Vec<_> = answer.want.iter().map(|wish| wish.item_id).collect();
    wanted.sort();
    assert_eq!(wanted, [one, two]);
    ada.sync().await;
    let window = ada.window().await;
    assert_eq!((window.on_device, window.on_server, window.state), (50, 0, PlanState::Ready));
    assert_eq!(window.sentence, "50 of 50 minutes are on Phone, proved 06:00.");
}

#[both_databases]
async fn a_plan_that_has_not_changed_writes_nothing(t: &TestEngine) {
    let mut ada = Commuter::new(t).await;
    ada.stored("one").await;
    ada.plan_due().await;
    ada.contact().await;
    let events = "SELECT COUNT(*) FROM event WHERE kind IN ('plan_changed', 'copy_changed')";
    let before = ada.count(events).await;
    assert!(before > 0);
    ada.contact().await;
    ada.advance(20);
    ada.plan_due().await;
    assert_eq!(ada.count(events).await, before);
}

#[both_databases]
async fn a_file_on_its_way_is_wanted_as_soon_as_it_is_here(t: &TestEngine) {
    let mut ada = Commuter::new(t).await;
    let item = ada.published("late", Availability::Cacheable).await;
    ada.plan_due().await;
    assert_eq!(ada.window().await.state, PlanState::Short);
    assert!(ada.contact().await.want.is_empty());
    let download = ada.download_of(item).await;
    let copy = copy_rows::get(&t.engine.db, ada.owner, ada.phone, download).await.unwrap().unwrap();
    assert_eq!(copy.state, CopyState::Wanted, "so that it neither expires nor is evicted");
    let expires = "SELECT COUNT(*) FROM job WHERE kind = 'transfer'";
    assert_eq!(ada.count(expires).await, 1, "the server fetches it");
}

#[both_databases]
async fn what_the_user_keeps_comes_first_and_never_leaves(t: &TestEngine) {
    let mut ada = Commuter::new(t).await;
    let kept = t.stock(&[ada.owner], "kept", b"kept by hand").await[0];
    let planned = ada.stored("one").await;
    ada.plan_due().await;
    engine_devices::keep(&t.engine, ada.owner, ada.phone, NewCopy { download_id: kept }).await.unwrap();
    let planned = ada.download_of(planned).await;
    let answer = ada.contact().await;
    let wanted: Vec<_> = answer.want.iter().map(|wish| wish.download_id).collect();
    assert_eq!(wanted, [kept, planned]);
    ada.sync().await;
    // Both are finished: the planned one goes, once it cannot be played on any more.
    sql::execute(&t.engine.db, "UPDATE download SET played_at = $1", args![t.engine.now()]).await.unwrap();
    let drop = ada.contact().await.drop;
    assert_eq!((drop.len(), drop[0].download_id, drop[0].reason), (1, planned, CopyReason::Played));
}

#[both_databases]
async fn a_copy_that_is_played_now_stays(t: &TestEngine) {
    let mut ada = Commuter::new(t).await;
    let item = ada.stored("one").await;
    ada.sync().await;
    let play = "INSERT INTO playback (user_id, item_id, seconds, finished, at, finished_at, played_from, rev, updated_at)
        VALUES ($1, $2, 1800.0, TRUE, $3, $3, 0.0, 1, $3)";
    sql::execute(&t.engine.db, play, args![ada.owner, item, t.engine.now()]).await.unwrap();
    assert!(ada.contact().await.drop.is_empty());
    ada.advance(61);
    assert_eq!(ada.contact().await.drop[0].reason, CopyReason::Played);
}

#[both_databases]
async fn a_removed_copy_is_not_planned_again(t: &TestEngine) {
    let mut ada = Commuter::new(t).await;
    let item = ada.stored("one").await;
    ada.sync().await;
    let download = ada.download_of(item).await;
    engine_devices::remove(&t.engine, ada.owner, ada.phone, download).await.unwrap();
    let answer = ada.contact().await;
    ada.fetch(&answer);
    assert!(answer.want.is_empty() && ada.files.is_empty());
    for days in [2, 5] {
        t.clock.advance(TimeDelta::days(days));
        ada.plan_due().await;
        assert!(ada.contact().await.want.is_empty(), "after {days} days");
    }
    assert!(engine_devices::list_copies(&t.engine, ada.owner, ada.phone).await.unwrap().is_empty());
    engine_devices::keep(&t.engine, ada.owner, ada.phone, NewCopy { download_id: download }).await.unwrap();
    assert_eq!(ada.contact().await.want.len(), 1, "the user may keep it again");
}

#[both_databases]
async fn another_users_device_has_no_plans(t: &TestEngine) {
    let ada = Commuter::new(t).await;
    ada.stored("one").await;
    ada.plan_due().await;
    let eve = t.sign_up("eve").await.id;
    let refused = windows(&t.engine, eve, ada.phone).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::NotFound { .. }))));
    assert!(outcomes(&t.engine, eve, 56).await.unwrap().is_empty());
    let plan = plans::list(&t.engine.db, ada.owner, ada.phone, t.engine.now()).await.unwrap().remove(0);
    assert!(plans::list(&t.engine.db, eve, ada.phone, t.engine.now()).await.unwrap().is_empty());
    assert!(plans::device(&t.engine.db, eve, ada.phone).await.unwrap().is_none());
    assert!(!plans::put_items(&t.engine.db, eve, plan.id, &[]).await.unwrap());
    assert!(!plans::withdraw(&t.engine.db, eve, plan.id).await.unwrap());
    assert!(!plans::tell(&t.engine.db, eve, plan.id, "2026-11-21", t.engine.now()).await.unwrap());
    assert_eq!(ada.window().await.items.len(), 1);
}

#[both_databases]
async fn without_windows_nothing_is_planned_and_nothing_is_wanted(t: &TestEngine) {
    let mut ada = Commuter::new(t).await;
    ada.stored("one").await;
    ada.plan_due().await;
    assert_eq!(ada.contact().await.want.len(), 1);
    let window = commute::list(&t.engine, ada.owner).await.unwrap()[0].id;
    commute::remove(&t.engine, ada.owner, window).await.unwrap();
    ada.plan_due().await;
    assert!(windows(&t.engine, ada.owner, ada.phone).await.unwrap().is_empty());
    assert!(ada.contact().await.want.is_empty());
}
