//! Eviction order, exemptions, and limits under concurrent requests.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod devices;

use both_databases::both_databases;
use chrono::TimeDelta;

use super::*;
use crate::db::events;
use crate::db::runs;
use crate::domain::ItemId;
use crate::domain::download::DownloadStatus;
use crate::domain::preference::Preferences;
use crate::domain::run::{NewRun, RunStatus};
use crate::engine::Error;
use crate::engine::downloads::{delete, file, housekeeping, queue, retry, unplayed};
use crate::testing::TestEngine;

const MB: i64 = 1_000_000;

/// Titles of the downloads that are still ready, in the order of their creation.
async fn ready(t: &TestEngine, owner: UserId) -> Vec<String> {
    let all = downloads::list(&t.engine.db, owner, &Default::default(), &Default::default()).await.unwrap();
    let mut ready: Vec<_> = all.data.into_iter().filter(|d| d.status == DownloadStatus::Ready).collect();
    ready.sort_by_key(|d| d.id);
    ready.into_iter().map(|d| d.title).collect()
}

async fn reasons(t: &TestEngine, owner: UserId) -> Vec<(String, String)> {
    let all = list(&t.engine, owner).await.unwrap();
    all.into_iter().map(|e| (e.title, e.reason)).collect()
}

/// Requests all items concurrently. Returns the number granted.
async fn ask_at_once(t: &TestEngine, owner: UserId, items: Vec<ItemId>) -> usize {
    let asked = items.into_iter().map(|item| {
        let engine = t.engine.clone();
        tokio::spawn(async move { queue(&engine, owner, item, None).await })
    });
    let answers = futures::future::join_all(asked).await;
    answers
        .into_iter()
        .filter(|answer| match answer.as_ref().unwrap() {
            Ok(_) => true,
            Err(Error::Refused(Refusal::Conflict { .. })) => false,
            Err(other) => panic!("neither granted nor refused: {other}"),
        })
        .count()
}

async fn items(t: &TestEngine, n: usize, bytes: i64) -> Vec<ItemId> {
    let mut items = Vec::new();
    for i in 0..n {
        items.push(t.item(&format!("new{i}"), bytes).await);
    }
    items
}

fn why<T: std::fmt::Debug>(refused: Result<T>) -> String {
    match refused.expect_err("a refusal") {
        Error::Refused(refusal) => refusal.to_string(),
        Error::Fault(fault) => panic!("a fault: {fault}"),
    }
}

#[both_databases]
async fn fifty_requests_into_room_for_the_bytes_of_ten_grant_exactly_ten(t: &TestEngine) {
    let ada = t.sign_up_with_little_room("ada").await;
    let items = items(t, 50, 10 * MB).await;
    assert_eq!(ask_at_once(t, ada, items).await, 10);
    assert_eq!(downloads::usage(&t.engine.db, ada, t.engine.now(), 50).await.unwrap().bytes, 100 * MB);
    assert_eq!(jobs::unfinished(&t.engine.db).await.unwrap(), 10);
}

#[both_databases]
async fn fifty_requests_evict_what_is_loose_and_nothing_that_is_pinned(t: &TestEngine) {
    let ada = t.sign_up_with_little_room("ada").await;
    let bob = t.sign_up("bob").await.id;
    for i in 0..10 {
        let id = t.claim(ada, &format!("old{i}"), 10 * MB, None).await;
        if i < 4 {
            pin(&t.engine, ada, id).await.unwrap();
        }
    }
    t.claim(bob, "bobs", 10 * MB, None).await;
    let items = items(t, 50, 10 * MB).await;
    assert_eq!(ask_at_once(t, ada, items).await, 6);
    assert_eq!(ready(t, ada).await, ["old0", "old1", "old2", "old3"]);
    assert_eq!(ready(t, bob).await, ["bobs"]);
    assert_eq!(reasons(t, ada).await.len(), 6);
    assert_eq!(downloads::usage(&t.engine.db, ada, t.engine.now(), 50).await.unwrap().bytes, 100 * MB);
}

#[both_databases]
async fn what_was_played_goes_first_and_then_what_was_used_longest_ago(t: &TestEngine) {
    let ada = t.sign_up_with_little_room("ada").await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c"] {
        ids.push(t.claim(ada, name, 30 * MB, None).await);
        t.clock.advance(TimeDelta::minutes(5));
    }
    played(&t.engine, ada, ids[2]).await.unwrap();
    t.clock.advance(TimeDelta::minutes(5));
    file(&t.engine, ada, ids[0]).await.unwrap();
    for name in ["x", "y"] {
        let item = t.item(name, 30 * MB).await;
        queue(&t.engine, ada, item, None).await.unwrap();
    }
    assert_eq!(ready(t, ada).await, ["a"]);
    let told = [("b", "not played, oldest, 30 MB"), ("c", "played, oldest, 30 MB")];
    assert_eq!(reasons(t, ada).await, told.map(|(t, r)| (t.to_owned(), r.to_owned())));
    let heard = events::after(&t.engine.db, ada, 0, 99).await.unwrap();
    let system: Vec<_> =
        heard.iter().filter(|f| f.kind == EventKind::System).map(|f| f.text("message")).collect();
    assert_eq!(system[0], "“c” made room for something new (played, oldest, 30 MB).");
    assert_eq!(get(&t.engine, ada, ids[1]).await.unwrap().status, DownloadStatus::Expired);
    assert_eq!(list(&t.engine, ada).await.unwrap()[0].download_id, Some(ids[1]));
    delete(&t.engine, ada, ids[1]).await.unwrap();
    assert_eq!(list(&t.engine, ada).await.unwrap()[0].download_id, None);
}

#[both_databases]
async fn where_it_would_not_be_enough_nothing_goes_and_the_refusal_names_what_is_pinned(t: &TestEngine) {
    let ada = t.sign_up_with_little_room("ada").await;
    let kept = t.claim(ada, "kept", 60 * MB, None).await;
    t.claim(ada, "loose", 30 * MB, None).await;
    pin(&t.engine, ada, kept).await.unwrap();
    let large = t.item("large", 50 * MB).await;
    let refused = why(queue(&t.engine, ada, large, None).await);
    assert!(refused.contains("needs 50 MB and 90 of your 100 MB are taken. 60 MB are pinned"), "{refused}");
    assert_eq!(ready(t, ada).await, ["kept", "loose"]);
    assert!(reasons(t, ada).await.is_empty());
    unpin(&t.engine, ada, kept).await.unwrap();
    queue(&t.engine, ada, large, None).await.unwrap();
    assert_eq!(ready(t, ada).await, ["loose"]);
}

#[both_databases]
async fn what_is_pinned_outlasts_its_time(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let kept = t.claim(ada, "kept", MB, None).await;
    let loose = t.claim(ada, "loose", MB, None).await;
    assert!(pin(&t.engine, ada, kept).await.unwrap().pinned);
    t.clock.advance(TimeDelta::days(15));
    housekeeping::clean(&t.engine).await.unwrap();
    assert_eq!(ready(t, ada).await, ["kept"]);
    assert_eq!(reasons(t, ada).await, [("loose".into(), "not played, its time was over, 1 MB".into())]);
    assert!(why(pin(&t.engine, ada, loose).await).contains("Retry it first"));
    assert!(!unpin(&t.engine, ada, kept).await.unwrap().pinned);
    housekeeping::clean(&t.engine).await.unwrap();
    assert!(ready(t, ada).await.is_empty());
    assert_eq!(retry(&t.engine, ada, loose).await.unwrap().played_at, None);
}

#[both_databases]
async fn a_run_does_not_evict_what_it_has_just_prepared(t: &TestEngine) {
    let ada = t.sign_up_with_little_room("ada").await;
    let run = runs::insert(&t.engine.db, ada, &NewRun::default(), None, RunStatus::Queued, t.engine.now())
        .await
        .unwrap()
        .unwrap()
        .id;
    runs::advance(&t.engine.db, run, RunStatus::Queued, RunStatus::Running, t.engine.now()).await.unwrap();
    t.claim(ada, "by the run", 60 * MB, Some(run)).await;
    let item = t.item("next", 60 * MB).await;
    assert!(why(queue(&t.engine, ada, item, Some(run)).await).contains("60 of your 100 MB are taken"));
    assert_eq!(ready(t, ada).await, ["by the run"]);
    queue(&t.engine, ada, item, None).await.unwrap();
    assert!(ready(t, ada).await.is_empty());
}

#[both_databases]
async fn what_has_made_room_still_counts_as_one_of_the_days_items(t: &TestEngine) {
    let ada = t.sign_up_with_little_room("ada").await;
    let two = Preferences { max_daily_items: 2, max_storage_mb: 100, ..Default::default() };
    accounts::set_preferences(&t.engine.db, ada, &two).await.unwrap();
    t.claim(ada, "first", 60 * MB, None).await;
    let (second, third) = (t.item("second", 60 * MB).await, t.item("third", MB).await);
    queue(&t.engine, ada, second, None).await.unwrap();
    assert_eq!(reasons(t, ada).await.len(), 1);
    assert!(why(queue(&t.engine, ada, third, None).await).contains("limit of 2 items a day"));
    t.clock.advance(TimeDelta::days(1));
    queue(&t.engine, ada, third, None).await.unwrap();
}

#[both_databases]
async fn strangers_pins_and_plays_look_missing(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let id = t.claim(ada, "hers", MB, None).await;
    for refused in
        [pin(&t.engine, eve, id).await, unpin(&t.engine, eve, id).await, played(&t.engine, eve, id).await]
    {
        assert_eq!(why(refused), "There is no such download.");
    }
    let known = get(&t.engine, ada, id).await.unwrap();
    assert_eq!((known.pinned, known.played_at), (false, None));
    assert!(list(&t.engine, eve).await.unwrap().is_empty());
}

#[both_databases]
async fn pinning_and_asking_at_once_never_lose_a_pin_or_a_lock(t: &TestEngine) {
    let ada = t.sign_up_with_little_room("ada").await;
    let id = t.claim(ada, "contested", 90 * MB, None).await;
    let item = t.item("next", 50 * MB).await;
    let (engine, other) = (t.engine.clone(), t.engine.clone());
    let (pinned, queued) = tokio::join!(
        tokio::spawn(async move { pin(&engine, ada, id).await }),
        tokio::spawn(async move { queue(&other, ada, item, None).await }),
    );
    let (pinned, queued) = (pinned.unwrap(), queued.unwrap());
    assert!(pinned.is_ok() != queued.is_ok(), "{pinned:?} {queued:?}");
    let status = get(&t.engine, ada, id).await.unwrap().status;
    assert_eq!(status == DownloadStatus::Ready, pinned.is_ok());
}

#[both_databases]
async fn what_was_played_to_the_end_is_not_offered_again(t: &TestEngine) {
    let (ada, bob) = (t.sign_up("ada").await.id, t.sign_up("bob").await.id);
    let first = t.stock(&[ada], "first", &[1; 900]).await[0];
    t.clock.advance(TimeDelta::minutes(5));
    let second = t.stock(&[ada, bob], "second", &[2; 900]).await[0];
    let ids = async || {
        let all = unplayed(&t.engine, ada).await.unwrap();
        all.into_iter().map(|download| download.id).collect::<Vec<_>>()
    };
    assert_eq!(ids().await, [second, first], "the newest first");
    played(&t.engine, ada, second).await.unwrap();
    assert_eq!(ids().await, [first]);
    assert_eq!(unplayed(&t.engine, bob).await.unwrap().len(), 1);
}
