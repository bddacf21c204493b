//! Deliveries as rows, without workers: what is due when, and what a lost process or key leaves behind.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;
use serde_json::json;

use super::*;
use crate::db::sql::{self, args};
use crate::domain::channel::MAX_WAITING;
use crate::domain::event::EventKind;
use crate::domain::feed_login::Secret;
use crate::domain::quiet_hours::QuietHours;
use crate::testing::TestEngine;

/// A webhook that no test reaches.
async fn hook(t: &TestEngine, owner: UserId) -> ChannelId {
    let kind = Some(ChannelKind::Webhook);
    let new = NewChannel { kind, target: "https://example.org/hook".into(), ..NewChannel::default() };
    add(&t.engine, owner, new).await.unwrap().channel.id
}

/// Subscription of a browser; the point is that of RFC 8291, appendix A.
fn browser(endpoint: &str) -> NewChannel {
    let p256dh = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    NewChannel {
        kind: Some(ChannelKind::Push),
        target: endpoint.into(),
        p256dh: p256dh.into(),
        auth: Secret("BTBZMqHH6r4Tts7J_aSIgg".into()),
        ..NewChannel::default()
    }
}

async fn notify(t: &TestEngine, owner: UserId, source: i64) {
    let mut work = t.engine.begin().await.unwrap();
    let data = json!({ "notice": "source_gone", "source_id": source, "title": "One", "message": "Gone." });
    work.record(owner, None, EventKind::System, data).await.unwrap();
    work.commit().await.unwrap();
}

async fn count(t: &TestEngine, statement: &'static str) -> i64 {
    sql::value(&t.engine.db, statement, Vec::new()).await.unwrap().unwrap()
}

/// Number of deliveries that a worker was given.
async fn pushed(t: &TestEngine) -> i64 {
    count(t, "SELECT COUNT(*) FROM job WHERE kind = 'deliver'").await
}

#[both_databases]
async fn a_delivery_whose_job_was_lost_is_due_again(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    hook(t, ada).await;
    notify(t, ada, 1).await;
    t.clock.advance(TimeDelta::minutes(1));
    push_due(&t.engine).await.unwrap();
    push_due(&t.engine).await.unwrap();
    assert_eq!(pushed(t).await, 1);
    sql::execute(&t.engine.db, "DELETE FROM job WHERE kind = 'deliver'", Vec::new()).await.unwrap();
    t.clock.advance(TimeDelta::minutes(9));
    push_due(&t.engine).await.unwrap();
    assert_eq!(pushed(t).await, 0, "its worker may still be at it");
    t.clock.advance(TimeDelta::minutes(2));
    push_due(&t.engine).await.unwrap();
    assert_eq!(pushed(t).await, 1);
}

#[both_databases]
async fn new_quiet_hours_count_for_what_waits_already(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    hook(t, ada).await;
    // 23:00 in UTC.
    t.clock.advance(TimeDelta::hours(17));
    notify(t, ada, 1).await;
    t.clock.advance(TimeDelta::minutes(1));
    push_due(&t.engine).await.unwrap();
    assert_eq!(pushed(t).await, 0);
    people::set_quiet_hours(&t.engine, ada, QuietHours { enabled: false, ..QuietHours::default() })
        .await
        .unwrap();
    t.clock.advance(TimeDelta::minutes(1));
    push_due(&t.engine).await.unwrap();
    assert_eq!(pushed(t).await, 1);
}

#[both_databases]
async fn the_queue_of_a_user_is_bounded_and_old_rows_go(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let id = hook(t, ada).await;
    for source in 0..MAX_WAITING + 5 {
        notify(t, ada, source).await;
    }
    assert_eq!(list(&t.engine, ada).await.unwrap()[0].waiting, MAX_WAITING);
    assert_eq!(count(t, "SELECT COUNT(*) FROM notification").await, MAX_WAITING + 5);
    let end = "UPDATE channel_delivery SET state = 'failed', ended_at = $1";
    sql::execute(&t.engine.db, end, args![t.engine.now()]).await.unwrap();
    assert_eq!(list(&t.engine, ada).await.unwrap()[0].failed, MAX_WAITING);
    t.clock.advance(TimeDelta::days(8));
    assert_eq!(list(&t.engine, ada).await.unwrap()[0].failed, 0);
    let gone = crate::db::channel_deliveries::delete_before(&t.engine.db, t.engine.now()).await.unwrap();
    assert_eq!(gone, MAX_WAITING as u64);
    remove(&t.engine, ada, id).await.unwrap();
}

#[both_databases]
async fn a_key_that_does_not_open_is_a_fault_and_ends_no_channel(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let endpoint = "https://fcm.googleapis.com/fcm/send/abc";
    add(&t.engine, ada, browser(endpoint)).await.unwrap();
    rows::add_push_key(&t.engine.db, "v1.0011").await.unwrap();
    rows::add_push_key(&t.engine.db, "v1.0022").await.unwrap();
    assert_eq!(
        rows::push_key(&t.engine.db).await.unwrap().as_deref(),
        Some("v1.0011"),
        "the first one stays"
    );
    assert!(matches!(VapidKey::of(&t.engine).await, Err(Error::Fault(_))));
    assert_eq!(support(&t.engine).await.unwrap().key, None, "the other kinds go on");
    assert_eq!(list(&t.engine, ada).await.unwrap().len(), 1);
}

#[both_databases]
async fn a_browser_belongs_to_the_user_who_turned_push_on_last(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let endpoint = "https://updates.push.services.mozilla.com/wpush/v2/abc";
    add(&t.engine, ada, browser(endpoint)).await.unwrap();
    add(&t.engine, eve, browser(endpoint)).await.unwrap();
    assert!(list(&t.engine, ada).await.unwrap().is_empty());
    let kept = add(&t.engine, eve, browser(endpoint)).await.unwrap();
    assert_eq!(kept.channel, list(&t.engine, eve).await.unwrap()[0]);
    assert_eq!(kept.secret, None);
}
