//! Order of transfers, on both databases.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;
use chrono::TimeDelta;

use super::*;
use crate::db::sql::{self, args};
use crate::domain::commute::TypedPlan;
use crate::domain::download::DownloadStatus;
use crate::domain::preference::Preferences;
use crate::engine::accounts;
use crate::engine::downloads::{
    cancel, cancel_all, pause, pause_all, queue, resume, resume_all, retry_all, tally,
};
use crate::testing::fixtures::url_of;
use crate::testing::{TestEngine, refusal};

/// Waiting transfers in the order in which they would be claimed, with their priorities.
async fn order_of(t: &TestEngine) -> Vec<(String, i64)> {
    let sql = "SELECT uniq FROM job WHERE kind = 'transfer' AND state = 'ready' ORDER BY priority DESC, size, run_at, id";
    let urls: Vec<String> = sql::values(&t.engine.db, sql, args![]).await.unwrap();
    let mut order = Vec::new();
    for url in urls {
        let job = jobs::waiting(&t.engine.db, Transfer::KIND, Some(&url)).await.unwrap().pop().unwrap();
        order.push((url.trim_start_matches("http://x/").trim_end_matches(".mp3").to_owned(), job.priority));
    }
    order
}

async fn names(t: &TestEngine) -> Vec<String> {
    order_of(t).await.into_iter().map(|(name, _)| name).collect()
}

async fn ask(t: &TestEngine, owner: UserId, name: &str) -> DownloadId {
    let item = t.item(name, 1_000).await;
    queue(&t.engine, owner, item, None).await.unwrap().id
}

/// Adds a commute window. The clock of every test starts at 06:00 UTC on a Saturday.
async fn leaves(t: &TestEngine, owner: UserId, start: &str) -> crate::domain::CommuteWindowId {
    let typed = TypedPlan {
        label: Some("Trip".into()),
        start: Some(start.into()),
        end: Some("23:00".into()),
        days: Some(vec!["sat".into()]),
        is_active: None,
    };
    commute::add(&t.engine, owner, typed).await.unwrap().id
}

async fn wanted_by(t: &TestEngine, owner: UserId, id: DownloadId) -> Option<String> {
    get(&t.engine, owner, id).await.unwrap().wanted_by.map(|at| at.to_rfc3339())
}

#[both_databases]
async fn what_is_put_first_is_first_and_falls_back_when_it_is_put_back(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    for name in ["a", "b"] {
        ask(t, ada, name).await;
    }
    let last = ask(t, ada, "c").await;
    assert_eq!(names(t).await, ["a", "b", "c"]);
    assert_eq!(set_priority(&t.engine, ada, last, 10).await.unwrap().priority, 10);
    assert_eq!(names(t).await, ["c", "a", "b"]);
    set_priority(&t.engine, ada, last, -10).await.unwrap();
    assert_eq!(order_of(t).await, [("a".into(), 0), ("b".into(), 0), ("c".into(), -10)]);
    assert_eq!(refusal(set_priority(&t.engine, ada, last, 11).await).fields()[0].field, "priority");
}

#[both_databases]
async fn the_highest_priority_of_all_who_wait_counts(t: &TestEngine) {
    let (ada, bob) = (t.sign_up("ada").await.id, t.sign_up("bob").await.id);
    let item = t.item("shared", 1_000).await;
    let hers = queue(&t.engine, ada, item, None).await.unwrap().id;
    let his = queue(&t.engine, bob, item, None).await.unwrap().id;
    set_priority(&t.engine, ada, hers, 7).await.unwrap();
    set_priority(&t.engine, bob, his, -3).await.unwrap();
    assert_eq!(order_of(t).await, [("shared".into(), 7)]);
    cancel(&t.engine, ada, hers).await.unwrap();
    assert_eq!(order_of(t).await, [("shared".into(), -3)]);
    assert!(matches!(refusal(set_priority(&t.engine, ada, his, 1).await), Refusal::NotFound { .. }));
}

#[both_databases]
async fn a_near_commute_comes_before_an_earlier_and_higher_wish(t: &TestEngine) {
    let (ada, bob) = (t.sign_up("ada").await.id, t.sign_up("bob").await.id);
    let hers = ask(t, ada, "hers").await;
    set_priority(&t.engine, ada, hers, 10).await.unwrap();
    leaves(t, bob, "07:30").await;
    let his = ask(t, bob, "his").await;
    assert_eq!(names(t).await, ["his", "hers"]);
    assert_eq!(wanted_by(t, bob, his).await.unwrap(), "2026-11-21T07:30:00+00:00");
    assert_eq!(wanted_by(t, ada, hers).await, None);
}

#[both_databases]
async fn a_commute_that_comes_near_raises_what_waits_and_one_that_is_over_does_not(t: &TestEngine) {
    let (ada, bob) = (t.sign_up("ada").await.id, t.sign_up("bob").await.id);
    leaves(t, bob, "08:01").await;
    ask(t, ada, "hers").await;
    let his = ask(t, bob, "his").await;
    assert_eq!((names(t).await, wanted_by(t, bob, his).await), (vec!["hers".into(), "his".into()], None));
    t.clock.advance(TimeDelta::minutes(1));
    order(&t.engine).await.unwrap();
    assert_eq!(names(t).await, ["his", "hers"]);
    assert!(wanted_by(t, bob, his).await.is_some());
    t.clock.advance(TimeDelta::hours(17));
    order(&t.engine).await.unwrap();
    assert_eq!((names(t).await, wanted_by(t, bob, his).await), (vec!["hers".into(), "his".into()], None));
}

#[both_databases]
async fn windows_and_the_clock_they_go_by_leave_word_to_order_anew(t: &TestEngine) {
    let bob = t.sign_up("bob").await.id;
    let is_due = "SELECT COUNT(*) FROM job WHERE kind = 'order_transfers' AND state = 'ready'";
    let done = async || -> i64 {
        let due: i64 = sql::value(&t.engine.db, is_due, args![]).await.unwrap().unwrap();
        sql::execute(&t.engine.db, "DELETE FROM job WHERE kind = 'order_transfers'", args![]).await.unwrap();
        due
    };
    let his = ask(t, bob, "his").await;
    let window = leaves(t, bob, "12:00").await;
    assert_eq!((done().await, wanted_by(t, bob, his).await), (1, None));
    let eastern = Preferences { timezone: "Europe/Helsinki".into(), ..Default::default() };
    accounts::set_preferences(&t.engine, bob, eastern.clone()).await.unwrap();
    assert_eq!((done().await, wanted_by(t, bob, his).await), (1, None));
    accounts::set_preferences(&t.engine, bob, eastern).await.unwrap();
    assert_eq!(done().await, 0);
    let sooner = TypedPlan { start: Some("08:30".into()), ..Default::default() };
    commute::change(&t.engine, bob, window, sooner).await.unwrap();
    let by = wanted_by(t, bob, his).await;
    assert_eq!((done().await, by.as_deref()), (1, Some("2026-11-21T08:30:00+02:00")));
    commute::remove(&t.engine, bob, window).await.unwrap();
    assert_eq!((done().await, wanted_by(t, bob, his).await), (1, None));
}

#[both_databases]
async fn what_has_waited_for_long_gets_its_turn(t: &TestEngine) {
    let (ada, bob) = (t.sign_up("ada").await.id, t.sign_up("bob").await.id);
    let hers = ask(t, ada, "hers").await;
    set_priority(&t.engine, ada, hers, -10).await.unwrap();
    let wait = "UPDATE job SET created_at = created_at - $1 WHERE uniq = $2";
    sql::execute(&t.engine.db, wait, args![15.1 * 3600.0, url_of("hers")]).await.unwrap();
    leaves(t, bob, "07:30").await;
    let his = ask(t, bob, "his").await;
    set_priority(&t.engine, bob, his, 10).await.unwrap();
    assert_eq!(names(t).await, ["his", "hers"]);
    order(&t.engine).await.unwrap();
    assert_eq!(names(t).await, ["hers", "his"]);
}

#[both_databases]
async fn what_is_taken_keeps_its_place(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let id = ask(t, ada, "taken").await;
    sql::execute(&t.engine.db, "UPDATE job SET state = 'running'", args![]).await.unwrap();
    set_priority(&t.engine, ada, id, 10).await.unwrap();
    order(&t.engine).await.unwrap();
    let priority: Option<i64> =
        sql::value(&t.engine.db, "SELECT priority FROM job WHERE kind = 'transfer'", args![]).await.unwrap();
    assert_eq!(priority, Some(0));
}

#[both_databases]
async fn a_resumed_download_takes_its_place_again(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    ask(t, ada, "a").await;
    let second = ask(t, ada, "b").await;
    set_priority(&t.engine, ada, second, 5).await.unwrap();
    pause(&t.engine, ada, second).await.unwrap();
    assert_eq!(names(t).await, ["a"]);
    resume(&t.engine, ada, second).await.unwrap();
    assert_eq!(names(t).await, ["b", "a"]);
}

#[both_databases]
async fn many_say_what_they_want_at_once_and_the_highest_holds(t: &TestEngine) {
    let item = t.item("shared", 1_000).await;
    let mut tasks = Vec::new();
    for n in 0..8 {
        let owner = t.sign_up(&format!("person{n}")).await.id;
        let id = queue(&t.engine, owner, item, None).await.unwrap().id;
        let engine = t.engine.clone();
        tasks.push(tokio::spawn(async move { set_priority(&engine, owner, id, n).await.unwrap() }));
    }
    futures::future::join_all(tasks).await.into_iter().for_each(|done| drop(done.unwrap()));
    assert_eq!(order_of(t).await, [("shared".into(), 7)]);
}

#[both_databases]
async fn all_are_paused_resumed_and_cancelled_and_nobody_elses(t: &TestEngine) {
    let (ada, bob) = (t.sign_up("ada").await.id, t.sign_up("bob").await.id);
    for name in ["a", "b", "c"] {
        ask(t, ada, name).await;
    }
    let his = ask(t, bob, "his").await;
    let shared = t.item("shared", 1_000).await;
    queue(&t.engine, ada, shared, None).await.unwrap();
    let also_his = queue(&t.engine, bob, shared, None).await.unwrap().id;
    assert_eq!(pause_all(&t.engine, ada).await.unwrap().changed, 4);
    assert_eq!(names(t).await, ["his", "shared"]);
    assert_eq!(pause_all(&t.engine, ada).await.unwrap().changed, 0);
    let all = tally(&t.engine, ada).await.unwrap();
    assert_eq!((all.waiting, all.paused, all.open, all.failed), (0, 4, 4, 0));
    assert_eq!(resume_all(&t.engine, ada).await.unwrap().changed, 4);
    assert_eq!(names(t).await.len(), 5);
    assert_eq!(cancel_all(&t.engine, ada).await.unwrap().changed, 4);
    assert_eq!(names(t).await, ["his", "shared"]);
    for id in [his, also_his] {
        assert_eq!(get(&t.engine, bob, id).await.unwrap().status, DownloadStatus::Queued);
    }
    assert_eq!(retry_all(&t.engine, ada).await.unwrap(), Default::default());
}

#[both_databases]
async fn what_failed_is_tried_again_as_far_as_the_limit_goes(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    for n in 0..5 {
        let id = ask(t, ada, &format!("{n}")).await;
        downloads::failed(&t.engine.db, id, "no", None).await.unwrap();
    }
    let few = Preferences { max_daily_items: 3, ..Default::default() };
    accounts::set_preferences(&t.engine, ada, few).await.unwrap();
    let came = retry_all(&t.engine, ada).await.unwrap();
    assert_eq!((came.changed, came.refused), (3, 2));
    assert!(came.reason.unwrap().contains("limit of 3 items a day"));
}
