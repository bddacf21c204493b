//! Downloads that fail when a size becomes known, and those that do not.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;
use chrono::TimeDelta;

use super::*;
use crate::db::runs;
use crate::domain::download::DownloadStatus;
use crate::domain::preference::Preferences;
use crate::domain::run::{NewRun, RunStatus};
use crate::domain::{DownloadId, UserId};
use crate::engine::downloads::{get, pin, queue, queue_planned, retry};
use crate::testing::TestEngine;
use crate::testing::fixtures::url_of;

const MB: i64 = 1_000_000;

/// Applies a size as the transfer does when it learns it.
async fn learn(t: &TestEngine, name: &str, bytes: i64) -> bool {
    let mut work = t.engine.begin().await.unwrap();
    let settled = reserve(&mut work, &url_of(name), bytes).await.unwrap();
    work.commit().await.unwrap();
    settled.is_deserted
}

async fn state(t: &TestEngine, owner: UserId, id: DownloadId) -> (DownloadStatus, String) {
    let download = get(&t.engine, owner, id).await.unwrap();
    (download.status, download.error.unwrap_or_default())
}

#[both_databases]
async fn who_has_no_room_is_turned_away_and_the_others_wait_on(t: &TestEngine) {
    let ada = t.sign_up_with_little_room("ada").await;
    let bob = t.sign_up("bob").await.id;
    let kept = t.claim(ada, "kept", 60 * MB, None).await;
    pin(&t.engine, ada, kept).await.unwrap();
    let item = t.item("new", None).await;
    let hers = queue(&t.engine, ada, item, None).await.unwrap().id;
    let his = queue(&t.engine, bob, item, None).await.unwrap().id;
    assert!(is_due(&t.engine.db, &url_of("new"), 50 * MB).await.unwrap());
    assert!(!learn(t, "new", 50 * MB).await);
    let (status, why) = state(t, ada, hers).await;
    assert_eq!(status, DownloadStatus::Failed);
    assert!(why.contains("needs 50 MB and 60 of your 100 MB are taken. 60 MB are pinned"), "{why}");
    assert_eq!(state(t, bob, his).await, (DownloadStatus::Queued, String::new()));
    assert_eq!(get(&t.engine, bob, his).await.unwrap().bytes_total, Some(50 * MB));
    assert!(!is_due(&t.engine.db, &url_of("new"), 50 * MB).await.unwrap());
    assert_eq!(retry(&t.engine, ada, hers).await.unwrap().status, DownloadStatus::Queued);
}

#[both_databases]
async fn where_all_are_turned_away_nobody_is_left(t: &TestEngine) {
    let ada = t.sign_up_with_little_room("ada").await;
    let item = t.item("huge", 5 * MB).await;
    queue(&t.engine, ada, item, None).await.unwrap();
    assert!(!learn(t, "huge", 100 * MB).await);
    assert!(learn(t, "huge", 101 * MB).await);
    assert!(!learn(t, "huge", 101 * MB).await, "nobody waits, and nobody is turned away");
}

#[both_databases]
async fn what_was_ready_before_makes_room_and_what_came_after_does_not(t: &TestEngine) {
    let ada = t.sign_up_with_little_room("ada").await;
    let old = t.claim(ada, "old", 30 * MB, None).await;
    t.clock.advance(TimeDelta::minutes(5));
    let (first, second) = (t.item("first", None).await, t.item("second", None).await);
    let first = queue(&t.engine, ada, first, None).await.unwrap().id;
    let second = queue(&t.engine, ada, second, None).await.unwrap().id;
    t.clock.advance(TimeDelta::minutes(5));
    t.claim(ada, "young", 30 * MB, None).await;
    assert!(!learn(t, "first", 70 * MB).await);
    assert_eq!(state(t, ada, first).await.0, DownloadStatus::Queued);
    assert_eq!(state(t, ada, old).await.0, DownloadStatus::Expired);
    assert!(learn(t, "second", MB).await);
    assert!(state(t, ada, second).await.1.contains("100 of your 100 MB are taken"));
}

#[both_databases]
async fn a_run_does_not_fetch_what_its_owner_wants_to_be_asked_about(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    accounts::set_preferences(
        &t.engine.db,
        ada,
        &Preferences {
            approval: crate::domain::preference::ApprovalLimits { file_mb: 10, run_mb: 100 },
            ..Default::default()
        },
    )
    .await
    .unwrap();
    let run = runs::insert(&t.engine.db, ada, &NewRun::default(), None, RunStatus::Queued, t.engine.now())
        .await
        .unwrap()
        .unwrap()
        .id;
    runs::advance(&t.engine.db, run, RunStatus::Queued, RunStatus::Running, t.engine.now()).await.unwrap();
    let item = t.item("grown", 5 * MB).await;
    let id = queue(&t.engine, ada, item, Some(run)).await.unwrap().id;
    assert!(learn(t, "grown", 11 * MB).await);
    let (status, why) = state(t, ada, id).await;
    assert_eq!(status, DownloadStatus::Failed);
    assert!(
        why.contains("said to be 5 MB and turned out to be 11 MB") && why.contains("press Retry"),
        "{why}"
    );
    retry(&t.engine, ada, id).await.unwrap();
    assert!(!learn(t, "grown", 11 * MB).await, "whoever presses the button has said their word");
}

#[both_databases]
async fn a_plan_fetches_no_large_file_without_a_word(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let limits = crate::domain::preference::ApprovalLimits { file_mb: 10, run_mb: 5 };
    let preferences = Preferences { approval: limits, ..Preferences::default() };
    accounts::set_preferences(&t.engine.db, ada, &preferences).await.unwrap();
    let small = t.item("small", None).await;
    queue_planned(&t.engine, ada, small).await.unwrap();
    assert!(!learn(t, "small", 10 * MB).await, "limits of runs do not count");
    let large = t.item("large", None).await;
    let id = queue_planned(&t.engine, ada, large).await.unwrap().id;
    assert!(learn(t, "large", 11 * MB).await);
    let why = "This was of unknown size and turned out to be 11 MB. You want to be asked above 10 MB a file: press Retry to fetch it.";
    assert_eq!(state(t, ada, id).await, (DownloadStatus::Failed, why.to_owned()));
    retry(&t.engine, ada, id).await.unwrap();
    assert!(!learn(t, "large", 11 * MB).await, "the user has asked for it");
}
