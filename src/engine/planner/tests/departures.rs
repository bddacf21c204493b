//! Claims at departures, their outcomes, and reminders before them.

use super::*;
use crate::db::notifications;
use crate::domain::device::DeviceEventKind;
use crate::domain::notification::{Notification, NotificationFilter, NotificationKind};
use crate::domain::page::PageQuery;

async fn outcome_of(ada: &Commuter<'_>) -> WindowOutcome {
    outcomes(&ada.t.engine, ada.owner, 14).await.unwrap().remove(0)
}

/// A device that is ready, ten minutes before the departure and at it.
async fn departed(t: &TestEngine) -> Commuter<'_> {
    let mut ada = Commuter::new(t).await;
    ada.stored("one").await;
    ada.stored("two").await;
    ada.sync().await;
    ada.advance(111);
    ada.plan_due().await;
    let claim = outcome_of(&ada).await;
    assert_eq!((claim.at_minus_10, claim.at_departure, claim.confirmed), (50, None, None));
    ada
}

#[both_databases]
async fn a_claim_is_confirmed_by_the_next_contact(t: &TestEngine) {
    let mut ada = departed(t).await;
    ada.advance(10);
    ada.plan_due().await;
    assert_eq!(outcome_of(&ada).await.at_departure, Some(50));
    ada.advance(60);
    ada.contact().await;
    let outcome = outcome_of(&ada).await;
    assert_eq!((outcome.is_ready, outcome.confirmed), (true, Some(true)));
    assert_eq!((outcome.confirmed_minutes, outcome.is_contradicted()), (Some(50), false));
}

#[both_databases]
async fn copies_that_vanish_before_the_departure_contradict_the_claim(t: &TestEngine) {
    let mut ada = departed(t).await;
    ada.files.clear();
    ada.advance(40);
    // The contact itself settles the departure, by what was known until then.
    ada.contact().await;
    let outcome = outcome_of(&ada).await;
    assert_eq!((outcome.at_minus_10, outcome.at_departure), (50, Some(50)));
    assert!(outcome.is_contradicted() && outcome.confirmed_minutes == Some(0));
    let counted = t.engine.metrics.plan_outcomes.of(["contradicted"]).get();
    assert_eq!(counted, 1);
    ada.contact().await;
    assert_eq!(t.engine.metrics.plan_outcomes.of(["contradicted"]).get(), 1, "once");
}

/// Whether a claim is contradicted if the user has removed all copies so many minutes before the contact.
async fn is_contradicted(ada: &mut Commuter<'_>, minutes_ago: i64) -> bool {
    let now = ada.t.engine.now();
    let event = |(seq, file): (i64, CopyClaim)| DeviceEvent {
        seq,
        kind: DeviceEventKind::Drop,
        item_id: None,
        download_id: Some(file.download_id),
        from: None,
        to: None,
        at: now - TimeDelta::minutes(minutes_ago),
        ready_at: None,
    };
    let events = (1..).zip(ada.files.drain(..)).map(event).collect();
    ada.contact_with(events).await;
    outcome_of(ada).await.is_contradicted()
}

#[both_databases]
async fn a_copy_that_the_user_removed_before_the_departure_was_not_there(t: &TestEngine) {
    let mut ada = departed(t).await;
    ada.advance(40);
    assert!(is_contradicted(&mut ada, 35).await, "at 07:56");
}

#[both_databases]
async fn a_copy_that_the_user_removed_on_the_way_was_there(t: &TestEngine) {
    let mut ada = departed(t).await;
    ada.advance(40);
    assert!(!is_contradicted(&mut ada, 20).await, "at 08:11");
}

#[both_databases]
async fn outcomes_are_forgotten_with_their_plans(t: &TestEngine) {
    let ada = departed(t).await;
    plans::delete_before(&t.engine.db, t.engine.now()).await.unwrap();
    assert_eq!(ada.count("SELECT COUNT(*) FROM outcome").await, 1);
    ada.advance(11);
    plans::delete_before(&t.engine.db, t.engine.now()).await.unwrap();
    assert_eq!(ada.count("SELECT COUNT(*) FROM outcome").await, 0);
}

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
    let new = NewDevice {
        name: "Tablet".into(),
        platform: String::new(),
        budget_mb: 1_000,
        allow_metered: true,
        key: None,
    };
    engine_devices::register(&t.engine, ada.owner, new).await.unwrap();
    ada.sync().await;
    ada.advance(61);
    ada.plan_due().await;
    assert!(reminders(&ada).await.is_empty());
}
