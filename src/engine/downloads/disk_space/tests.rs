//! Effects of a full disk on downloads, and recovery when space is free again.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;
use std::sync::Arc;

use blobs::testing::S3;
use chrono::TimeDelta;

use super::*;
use crate::db::sql::{self, args};
use crate::domain::DownloadId;
use crate::domain::UserId;
use crate::domain::download::DownloadStatus;
use crate::domain::process::{Process, Role};
use crate::engine::downloads::{evictions, get, pin, queue};
use crate::engine::models::builtin::Planner;
use crate::engine::start;
use crate::testing::TestEngine;
use crate::testing::fixtures::{sha256, url_of};

/// The same instance in a process whose disk is too full.
async fn on_a_full_disk(t: &TestEngine) -> SharedEngine {
    let config = Config { min_free_mb: u64::MAX, ..t.engine.config.clone() };
    start::open_with(config, t.clock.clone(), Some(Arc::new(Planner))).await.unwrap()
}

/// Claims the transfer of an address as a worker does.
async fn claim(t: &TestEngine, url: &str) -> Lease {
    let take = ::sql::sql!(
        "UPDATE job SET state = 'running', attempts = 1, lease_epoch = 1, lease_until = {} + 30
         WHERE kind = 'transfer' AND uniq = $1 AND state = 'ready' RETURNING id",
        sql::now(&t.engine.db)
    );
    let id: i64 = sql::value(&t.engine.db, take, args![url]).await.unwrap().unwrap();
    Lease::new(id, 1, 1)
}

async fn transfers(t: &TestEngine) -> i64 {
    let count = "SELECT COUNT(*) FROM job WHERE kind = 'transfer' AND state IN ('ready', 'running')";
    sql::value(&t.engine.db, count, args![]).await.unwrap().unwrap()
}

async fn status(t: &TestEngine, owner: UserId, id: DownloadId) -> DownloadStatus {
    get(&t.engine, owner, id).await.unwrap().status
}

#[both_databases]
async fn a_full_disk_starts_nothing_and_uses_up_no_attempt(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let item = t.item("new", 1_000).await;
    let id = queue(&t.engine, ada, item, None).await.unwrap().id;
    let lease = claim(t, &url_of("new")).await;
    assert!(!is_short(&t.engine, &lease, &url_of("new")).await.unwrap());
    let full = on_a_full_disk(t).await;
    assert!(is_short(&full, &lease, &url_of("new")).await.unwrap());
    assert!(matches!(is_short(&full, &lease, &url_of("new")).await, Err(JobError::LeaseLost)));
    let held = get(&t.engine, ada, id).await.unwrap();
    assert_eq!((held.status, held.error.as_deref(), held.attempts), (DownloadStatus::Queued, Some(FULL), 0));
    assert!(held.next_attempt_at.is_some());
    free_disk_space(&full).await.unwrap();
    assert_eq!(transfers(t).await, 0);
    free_disk_space(&t.engine).await.unwrap();
    assert_eq!(transfers(t).await, 1);
    full.db.clone().close().await.unwrap();
}

#[both_databases]
async fn what_was_used_longest_ago_goes_whoever_holds_it(t: &TestEngine) {
    let (ada, bob) = (t.sign_up("ada").await.id, t.sign_up("bob").await.id);
    let old = t.stock(&[ada, bob], "old", &[1; 900]).await;
    t.clock.advance(TimeDelta::minutes(5));
    let pinned = t.stock(&[ada, bob], "pinned", &[2; 900]).await;
    pin(&t.engine, bob, pinned[1]).await.unwrap();
    t.clock.advance(TimeDelta::minutes(5));
    let young = t.stock(&[bob], "young", &[3; 900]).await;
    assert_eq!(evict_least_recently_used(&t.engine, 1).await.unwrap(), 900);
    assert_eq!(
        [status(t, ada, old[0]).await, status(t, bob, old[1]).await, status(t, bob, young[0]).await],
        [DownloadStatus::Expired, DownloadStatus::Expired, DownloadStatus::Ready]
    );
    assert!(!t.object(&sha256(&[1; 900])).exists() && t.object(&sha256(&[3; 900])).exists());
    assert_eq!(
        evictions(&t.engine, bob).await.unwrap()[0].reason,
        "not played, oldest on a full disk, 900 B"
    );
    assert_eq!(evict_least_recently_used(&t.engine, u64::MAX).await.unwrap(), 900);
    assert!(t.object(&sha256(&[2; 900])).exists() && !t.object(&sha256(&[3; 900])).exists());
    assert_eq!(status(t, ada, pinned[0]).await, DownloadStatus::Ready);
}

#[both_databases]
async fn on_a_full_disk_bytes_that_nobody_holds_go_at_once(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let ids = t.stock(&[ada], "gone", &[4; 900]).await;
    crate::engine::downloads::delete(&t.engine, ada, ids[0]).await.unwrap();
    t.clock.advance(TimeDelta::seconds(1));
    free_disk_space(&t.engine).await.unwrap();
    assert!(t.object(&sha256(&[4; 900])).exists());
    let full = on_a_full_disk(t).await;
    free_disk_space(&full).await.unwrap();
    assert!(t.object(&sha256(&[4; 900])).exists(), "the deletion can be undone");
    t.clock.advance(TimeDelta::minutes(2));
    free_disk_space(&full).await.unwrap();
    assert!(!t.object(&sha256(&[4; 900])).exists());
    full.db.clone().close().await.unwrap();
}

#[both_databases]
async fn a_full_disk_leaves_transfers_to_a_machine_with_room(t: &TestEngine) {
    let full = on_a_full_disk(t).await;
    let enough = Process {
        id: "other".to_owned(),
        host: "other".to_owned(),
        role: Role::Web,
        version: String::new(),
        uptime_seconds: 0.0,
        silent_seconds: 0.0,
        connections: 0,
        slots: 0,
        free_bytes: Some(i64::MAX),
    };
    assert!(!is_left_to_others(&full).await, "no other process is there: it says that it is full");
    processes::beat(&t.engine.db, &enough).await.unwrap();
    assert!(!is_left_to_others(&full).await, "a web process fetches nothing");
    let worker = Process { id: "worker".to_owned(), role: Role::Worker, ..enough };
    processes::beat(&t.engine.db, &Process { free_bytes: None, ..worker.clone() }).await.unwrap();
    assert!(!is_left_to_others(&full).await);
    processes::beat(&t.engine.db, &worker).await.unwrap();
    assert!(is_left_to_others(&full).await);
    assert!(!is_left_to_others(&t.engine).await, "a process with room takes what it can");
    full.db.clone().close().await.unwrap();
}

#[tokio::test]
async fn beside_a_bucket_a_full_disk_empties_the_cache_and_no_download_goes() {
    let (t, s3) = (TestEngine::on_sqlite().await.unwrap(), S3::start().await);
    let ada = t.sign_up("ada").await.id;
    let config = Config { min_free_mb: u64::MAX, storage: s3.place(), ..t.engine.config.clone() };
    let full = start::open_with(config, t.clock.clone(), Some(Arc::new(Planner))).await.unwrap();
    let body = [5; 900];
    let ids = t.stock(&[ada], "held", &body).await;
    let arrived = t.engine.config.data_dir.join("arrived");
    std::fs::write(&arrived, body).unwrap();
    full.store.keep(&sha256(&body), 900, &arrived).await.unwrap();
    free_disk_space(&full).await.unwrap();
    assert_eq!(full.store.shrink_cache(u64::MAX).await.unwrap(), 0, "the cache is empty");
    assert_eq!((s3.keys().len(), status(&t, ada, ids[0]).await), (1, DownloadStatus::Ready));
    full.db.clone().close().await.unwrap();
    t.clear().await;
}
