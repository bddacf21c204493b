//! Downloads that devices still have to fetch: they neither expire nor make room.

use super::*;
use crate::db::copies;
use crate::domain::DeviceId;
use crate::domain::copy::{CopyState, KnownCopy};
use crate::domain::device::{NewCopy, NewDevice};
use crate::engine::devices;

async fn device(t: &TestEngine, owner: UserId, name: &str) -> DeviceId {
    let new = NewDevice {
        name: name.into(),
        platform: String::new(),
        budget_mb: 1_000,
        allow_metered: false,
        key: None,
    };
    devices::register(&t.engine, owner, new).await.unwrap().id
}

async fn keep(t: &TestEngine, owner: UserId, device: DeviceId, download_id: DownloadId) {
    devices::keep(&t.engine, owner, device, NewCopy { download_id }).await.unwrap();
}

/// Moves a wanted copy to `held`.
async fn hold(t: &TestEngine, owner: UserId, device: DeviceId, download: DownloadId) {
    let held = KnownCopy { state: CopyState::Held, ..KnownCopy::WANTED };
    let (copy, now) = ((device, download), t.engine.now());
    assert!(copies::advance(&t.engine.db, owner, copy, CopyState::Wanted, &held, now).await.unwrap());
}

async fn housekeep(t: &TestEngine) {
    t.clock.advance(TimeDelta::days(15));
    housekeeping::clean(&t.engine).await.unwrap();
}

#[both_databases]
async fn a_download_stays_until_the_devices_that_want_it_hold_it(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let download = t.claim(ada, "tale", 1_000, None).await;
    let (phone, tablet) = (device(t, ada, "Phone").await, device(t, ada, "Tablet").await);
    keep(t, ada, phone, download).await;
    keep(t, ada, tablet, download).await;
    let status = async || get(&t.engine, ada, download).await.unwrap().status;
    let candidates = async || retention::blobs_to_evict(&t.engine.db, 10).await.unwrap().len();
    housekeep(t).await;
    assert_eq!((status().await, candidates().await), (DownloadStatus::Ready, 0), "expired, but wanted");
    hold(t, ada, phone, download).await;
    housekeep(t).await;
    assert_eq!((status().await, candidates().await), (DownloadStatus::Ready, 0), "one still wants it");
    hold(t, ada, tablet, download).await;
    assert_eq!(candidates().await, 1);
    housekeep(t).await;
    assert_eq!(status().await, DownloadStatus::Expired);
}

#[both_databases]
async fn a_download_that_a_device_wants_makes_no_room(t: &TestEngine) {
    let ada = t.sign_up_with_little_room("ada").await;
    let download = t.claim(ada, "large", 90_000_000, None).await;
    let phone = device(t, ada, "Phone").await;
    keep(t, ada, phone, download).await;
    let next = t.item("next", 20_000_000).await;
    let why = queue(&t.engine, ada, next, None).await.err().map(|it| it.to_string()).unwrap_or_default();
    let kept = "90 of your 100 MB are taken. 90 MB stay until your devices have them.";
    assert!(why.contains(kept), "{why}");
    devices::revoke(&t.engine, ada, phone).await.unwrap();
    queue(&t.engine, ada, next, None).await.unwrap();
    assert_eq!(get(&t.engine, ada, download).await.unwrap().status, DownloadStatus::Expired);
}

#[both_databases]
async fn a_device_that_is_not_seen_for_a_month_keeps_nothing_from_expiry(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let download = t.claim(ada, "tale", 1_000, None).await;
    let phone = device(t, ada, "Phone").await;
    keep(t, ada, phone, download).await;
    housekeep(t).await;
    housekeep(t).await;
    assert_eq!(get(&t.engine, ada, download).await.unwrap().status, DownloadStatus::Ready);
    housekeep(t).await;
    assert_eq!(get(&t.engine, ada, download).await.unwrap().status, DownloadStatus::Expired);
    let copy = devices::list_copies(&t.engine, ada, phone).await.unwrap().remove(0);
    assert_eq!((copy.state, copy.reason.map(|it| it.as_str())), (CopyState::Dropped, Some("device_away")));
}
