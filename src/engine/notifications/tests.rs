#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::*;
use crate::db::{events, notifications as rows};
use crate::domain::RunId;
use crate::domain::announcement::{Level, NewAnnouncement};
use crate::engine::accounts as users;
use crate::engine::announcements::announce;
use crate::testing::TestEngine;

async fn happens(t: &TestEngine, owner: UserId, run: Option<RunId>, kind: EventKind, data: Value) {
    let mut work = t.engine.begin().await.unwrap();
    work.record(owner, run, kind, data).await.unwrap();
    work.commit().await.unwrap();
}

async fn arrives(t: &TestEngine, owner: UserId, title: &str) {
    happens(t, owner, None, EventKind::DownloadReady, json!({ "title": title })).await;
}

async fn titles(t: &TestEngine, owner: UserId, unread: Option<bool>) -> Vec<String> {
    let page = list(&t.engine, owner, &NotificationFilter { unread }, &PageQuery::default()).await.unwrap();
    page.data.into_iter().map(|row| row.title).collect()
}

#[both_databases]
async fn a_burst_is_one_notification_until_it_is_read(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    for title in ["One", "Two"] {
        arrives(t, ada, title).await;
    }
    assert_eq!(titles(t, ada, None).await, ["2 downloads are ready"]);
    assert_eq!((unread(&t.engine, ada).await.unwrap(), unread(&t.engine, eve).await.unwrap()), (1, 0));
    assert_eq!(mark_all_read(&t.engine, ada).await.unwrap().changed, 1);
    assert_eq!(mark_all_read(&t.engine, ada).await.unwrap().changed, 0);
    arrives(t, ada, "Three").await;
    assert_eq!(titles(t, ada, None).await, ["Ready: Three", "2 downloads are ready"]);
    assert_eq!(titles(t, ada, Some(true)).await, ["Ready: Three"]);
    assert_eq!(titles(t, ada, Some(false)).await, ["2 downloads are ready"]);
}

#[both_databases]
async fn each_is_told_live_behind_its_event(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    arrives(t, ada, "One").await;
    let id = list(&t.engine, ada, &Default::default(), &Default::default()).await.unwrap().data[0].id;
    mark_read(&t.engine, ada, id).await.unwrap();
    let told = events::after(&t.engine.db, ada, 0, 10).await.unwrap();
    let kinds: Vec<_> = told.iter().map(|frame| (frame.seq.unwrap(), frame.kind)).collect();
    let expected = [EventKind::DownloadReady, EventKind::Notification, EventKind::Notification];
    assert_eq!(kinds, (1..).zip(expected).collect::<Vec<_>>());
    assert_eq!((told[1].text("title"), &told[1].data["read_at"]), ("Ready: One", &Value::Null));
    assert!(told[2].data["read_at"].is_string() && told[1].is_general());
}

#[both_databases]
async fn another_users_is_like_a_missing_one(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    arrives(t, ada, "One").await;
    let id = list(&t.engine, ada, &Default::default(), &Default::default()).await.unwrap().data[0].id;
    let other = mark_read(&t.engine, eve, id).await.unwrap_err().to_string();
    let missing = mark_read(&t.engine, eve, NotificationId(9_999)).await.unwrap_err().to_string();
    assert_eq!((other, unread(&t.engine, ada).await.unwrap()), (missing, 1));
}

#[both_databases]
async fn a_decision_settles_the_request(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let run = Some(RunId(7));
    happens(t, ada, run, EventKind::ApprovalRequested, json!({ "question": "Fetch 300 MB?" })).await;
    assert_eq!(titles(t, ada, Some(true)).await, ["Approval needed"]);
    happens(t, ada, run, EventKind::ApprovalDecided, json!({})).await;
    assert_eq!(titles(t, ada, Some(true)).await, [""; 0]);
    assert_eq!(titles(t, ada, None).await, ["Approval needed"]);
}

#[both_databases]
async fn an_announcement_notifies_all(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    users::make_admin(&t.engine, "ada").await.unwrap();
    let by = crate::db::accounts::by_name(&t.engine.db, "ada").await.unwrap().unwrap().user;
    let new = NewAnnouncement { message: "Maintenance at 22:00".into(), level: Level::Info };
    announce(&t.engine, &by, new).await.unwrap();
    for owner in [ada, eve] {
        assert_eq!(titles(t, owner, Some(true)).await[0], "Message from the administrator");
    }
    assert_eq!(titles(t, eve, Some(true)).await.len(), 1);
}

#[both_databases]
async fn old_ones_and_those_above_the_maximum_are_deleted(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    arrives(t, eve, "Old").await;
    t.clock.advance(TimeDelta::days(91));
    for n in 0..1_003 {
        happens(t, ada, Some(RunId(n)), EventKind::DownloadReady, json!({ "title": n.to_string() })).await;
    }
    let before = t.engine.now() - TimeDelta::days(90);
    assert_eq!(rows::delete_old(&t.engine.db, before).await.unwrap(), 4);
    assert_eq!((unread(&t.engine, ada).await.unwrap(), unread(&t.engine, eve).await.unwrap()), (1_000, 0));
    assert_eq!(titles(t, ada, None).await[0], "Ready: 1002");
}
