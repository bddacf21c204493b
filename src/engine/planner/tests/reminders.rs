//! Reminders before departures, and windows that are paused, moved or removed.

use super::*;
use crate::db::notifications;
use crate::domain::notification::{Notification, NotificationFilter, NotificationKind};
use crate::domain::page::PageQuery;

async fn reminders(ada: &Commuter<'_>) -> Vec<Notification> {
    let (filter, page) = (NotificationFilter::default(), PageQuery::default());
    let all = notifications::list(&ada.t.engine.db, ada.owner, &filter, &page).await.unwrap().data;
    all.into_iter().filter(|it| it.kind == NotificationKind::CommuteReminder).collect()
}

#[both_databases]
async fn a_window_is_reminded_of_once_and_not_once_the_device_is_ready(t: &TestEngine) {
    let mut ada = Commuter::new(t).await;
    ada.stored("one").await;
    ada.stored("two").await;
    ada.plan_due().await;
    assert!(reminders(&ada).await.is_empty(), "two hours before");
    ada.advance(61);
    ada.plan_due().await;
    let told = reminders(&ada).await;
    assert_eq!(told[0].title, "Before Train: open SmartCache on Phone");
    assert!(told[0].body.starts_with("0 of 50 minutes are on Phone.") && told[0].read_at.is_none());
    ada.advance(5);
    ada.plan_due().await;
    assert_eq!(reminders(&ada).await.len(), 1);
    ada.sync().await;
    assert_eq!(ada.window().await.state, PlanState::Ready);
    assert!(reminders(&ada).await[0].read_at.is_some(), "it is no longer news");
}

#[both_databases]
async fn no_reminder_comes_where_another_device_is_ready(t: &TestEngine) {
    let mut ada = Commuter::new(t).await;
    ada.stored("one").await;
    ada.stored("two").await;
    register(t, ada.owner, "Tablet").await;
    ada.sync().await;
    ada.advance(61);
    ada.plan_due().await;
    assert!(reminders(&ada).await.is_empty());
}

/// A user with two files on the server, an hour before the departure.
async fn before_departure(t: &TestEngine) -> Commuter<'_> {
    let ada = Commuter::new(t).await;
    ada.stored("one").await;
    ada.stored("two").await;
    ada.plan_due().await;
    ada.advance(61);
    ada
}

#[both_databases]
async fn a_window_that_is_moved_is_not_reminded_of_again(t: &TestEngine) {
    let ada = before_departure(t).await;
    ada.plan_due().await;
    let window = commute::list(&t.engine, ada.owner).await.unwrap()[0].id;
    let later = TypedPlan { start: Some("08:05".into()), end: Some("08:50".into()), ..TypedPlan::default() };
    commute::change(&t.engine, ada.owner, window, later).await.unwrap();
    for _ in 0..2 {
        ada.advance(3);
        ada.plan_due().await;
    }
    assert_eq!(ada.window().await.departs_at.to_rfc3339(), "2026-11-21T08:05:00+00:00");
    assert_eq!(reminders(&ada).await.len(), 1);
}

#[both_databases]
async fn a_paused_window_is_neither_reminded_of_nor_claimed(t: &TestEngine) {
    let ada = before_departure(t).await;
    sql::execute(&t.engine.db, "UPDATE commute_window SET is_active = FALSE", args![]).await.unwrap();
    remind::remind(&t.engine).await.unwrap();
    assert!(reminders(&ada).await.is_empty());
    ada.advance(50);
    outcome::settle_all(&t.engine).await.unwrap();
    assert_eq!(ada.count("SELECT COUNT(*) FROM outcome").await, 0);
}

#[both_databases]
async fn a_device_that_became_ready_meanwhile_needs_no_reminder(t: &TestEngine) {
    let ada = before_departure(t).await;
    let plan = plans::list(&t.engine.db, ada.owner, ada.phone, t.engine.now()).await.unwrap().remove(0);
    let tell =
        async || plans::tell(&t.engine.db, ada.owner, plan.id, "2026-11-21", t.engine.now()).await.unwrap();
    sql::execute(&t.engine.db, "UPDATE plan SET state = 'ready'", args![]).await.unwrap();
    assert!(!tell().await);
    sql::execute(&t.engine.db, "UPDATE plan SET state = 'short'", args![]).await.unwrap();
    assert!(tell().await && !tell().await, "once");
}
