//! Automatic retries of failed downloads, and requests by the user.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use super::*;
use crate::db::runs as rows_of_runs;
use crate::domain::download::Download;
use crate::domain::item::Item;
use crate::domain::run::{NewRun, RunStatus};
use crate::domain::{DownloadId, ItemId, UserId};
use crate::engine::downloads::{delete, get, queue, retry};
use crate::engine::{catalog, runs};
use crate::testing::TestEngine;
use crate::testing::fixtures::url_of;
use both_databases::both_databases;

/// Fails a round of an item's transfer as a worker does.
async fn fail(t: &TestEngine, name: &str, cause: FailureCause) {
    let work = t.engine.begin().await.unwrap();
    let failure =
        JobFailure { cause: cause.as_str(), why: "The server has a problem of its own (HTTP 503).".into() };
    record_failure(&t.engine, &work, &url_of(name), &failure).await.unwrap();
    work.commit().await.unwrap();
}

async fn queued(t: &TestEngine, owner: UserId, item: ItemId) -> DownloadId {
    queue(&t.engine, owner, item, None).await.unwrap().id
}

async fn seen(t: &TestEngine, owner: UserId, id: DownloadId) -> (Download, Item) {
    let download = get(&t.engine, owner, id).await.unwrap();
    let item = catalog::item(&t.engine, owner, download.item_id).await.unwrap();
    (download, item)
}

#[both_databases]
async fn an_outage_is_tried_again_by_itself_at_growing_intervals(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let item = t.item("out", 1_000).await;
    let id = queued(t, ada, item).await;
    for minutes in [2, 4, 8] {
        fail(t, "out", FailureCause::Temporary).await;
        let next = t.engine.now() + TimeDelta::minutes(minutes);
        let (failed, item) = seen(t, ada, id).await;
        assert_eq!((failed.status, failed.next_attempt_at), (DownloadStatus::Failed, Some(next)));
        assert_eq!((item.availability, item.next_retry_at), (Availability::Unavailable, Some(next)));
        t.clock.advance(TimeDelta::minutes(minutes) - TimeDelta::seconds(1));
        retry_due(&t.engine).await.unwrap();
        assert_eq!(seen(t, ada, id).await.0.status, DownloadStatus::Failed, "not before its time");
        t.clock.advance(TimeDelta::seconds(1));
        retry_due(&t.engine).await.unwrap();
        let (again, item) = seen(t, ada, id).await;
        assert_eq!((again.status, again.next_attempt_at, again.error), (DownloadStatus::Queued, None, None));
        assert_eq!((item.availability, item.next_retry_at), (Availability::Cacheable, None));
    }
}

#[both_databases]
async fn a_refusal_is_tried_again_after_a_day_and_a_new_file_within_minutes(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    for (name, cause, wait) in [
        ("gone", FailureCause::Refused, TimeDelta::days(1)),
        // First seen a moment ago.
        ("early", FailureCause::NotFound, TimeDelta::minutes(2)),
    ] {
        let item = t.item(name, 1_000).await;
        let id = queued(t, ada, item).await;
        fail(t, name, cause).await;
        let next = seen(t, ada, id).await.0.next_attempt_at;
        assert_eq!(next, Some(t.engine.now() + wait), "{name}");
    }
    let item = t.item("old", 1_000).await;
    t.clock.advance(TimeDelta::days(2));
    let id = queued(t, ada, item).await;
    fail(t, "old", FailureCause::NotFound).await;
    let next = seen(t, ada, id).await.0.next_attempt_at;
    assert_eq!(next, Some(t.engine.now() + TimeDelta::days(1)));
}

#[both_databases]
async fn asking_by_hand_works_at_once_and_clears_the_past(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let item = t.item("out", 1_000).await;
    let mut id = queued(t, ada, item).await;
    for by_hand in ["retry", "queue", "delete and queue"] {
        fail(t, "out", FailureCause::Temporary).await;
        let next = seen(t, ada, id).await.0.next_attempt_at;
        assert_eq!(next, Some(t.engine.now() + TimeDelta::minutes(2)), "{by_hand}");
        match by_hand {
            "retry" => drop(retry(&t.engine, ada, id).await.unwrap()),
            "queue" => assert_eq!(queued(t, ada, item).await, id),
            _ => {
                delete(&t.engine, ada, id).await.unwrap();
                id = queued(t, ada, item).await;
            }
        }
        assert_eq!(seen(t, ada, id).await.0.status, DownloadStatus::Queued, "{by_hand}");
    }
}

#[both_databases]
async fn a_run_leaves_alone_what_is_not_available(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let item = t.item("out", 1_000).await;
    queued(t, ada, item).await;
    fail(t, "out", FailureCause::Temporary).await;
    let run = runs::start(&t.engine, ada, NewRun { max_items: 5, ..NewRun::default() }).await.unwrap().id;
    let (db, now) = (&t.engine.db, t.engine.now());
    assert!(rows_of_runs::advance(db, run, RunStatus::Queued, RunStatus::Running, now).await.unwrap());
    let refused = queue(&t.engine, ada, item, Some(run)).await.unwrap_err().to_string();
    assert!(refused.contains("tried again after"), "{refused}");
}

#[both_databases]
async fn the_owners_limits_hold_for_what_is_tried_again(t: &TestEngine) {
    let ada = t.sign_up_with_little_room("ada").await;
    let item = t.item("large", 90_000_000).await;
    let id = queued(t, ada, item).await;
    fail(t, "large", FailureCause::Temporary).await;
    t.clock.advance(TimeDelta::minutes(2));
    // Its quota has been used since, by a download that is not evicted for it.
    t.claim(ada, "other", 50_000_000, None).await;
    retry_due(&t.engine).await.unwrap();
    let put_off = seen(t, ada, id).await.0;
    let expected = (DownloadStatus::Failed, Some(t.engine.now() + LIMITS_WAIT));
    assert_eq!((put_off.status, put_off.next_attempt_at), expected);
    assert!(put_off.error.unwrap().contains("are taken"));
}

#[both_databases]
async fn one_outage_is_one_failure_in_the_history(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let item = t.item("out", 1_000).await;
    queued(t, ada, item).await;
    for minutes in [2, 4] {
        fail(t, "out", FailureCause::Temporary).await;
        t.clock.advance(TimeDelta::minutes(minutes));
        retry_due(&t.engine).await.unwrap();
    }
    let totals = history::report(&t.engine, ada, Some(7)).await.unwrap().totals;
    assert_eq!((totals.failed, totals.downloads), (1, 1));
}
