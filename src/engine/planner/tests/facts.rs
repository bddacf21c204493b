//! Facts that a plan is made from: limits, late publications, and the order of server fetches.

use super::*;
use crate::db::dismissals;
use crate::db::downloads::urgency;
use crate::domain::dismissal::DismissalReason;
use crate::engine::{accounts, catalog};

#[both_databases]
async fn the_last_quarter_of_a_days_downloads_is_left_to_the_user(t: &TestEngine) {
    let ada = Commuter::new(t).await;
    let few = Preferences { max_daily_items: 4, ..Preferences::default() };
    accounts::set_preferences(&t.engine, ada.owner, few).await.unwrap();
    for n in 0..6 {
        let source = followed(t, ada.owner, &format!("http://x/{n}")).await;
        let name = format!("long{n}");
        episode(t, source, &name, Availability::Cacheable).await;
        sql::execute(&t.engine.db, "UPDATE item SET duration_seconds = 300", args![]).await.unwrap();
    }
    ada.plan_due().await;
    assert_eq!(ada.count("SELECT COUNT(*) FROM download").await, 3);
    let window = ada.window().await;
    assert_eq!((window.state, window.reason), (PlanState::Short, Some(ShortReason::Limits)));
    let more = episode(t, ada.source, "own wish", Availability::Cacheable).await;
    engine_downloads::queue(&t.engine, ada.owner, more, None).await.unwrap();
}

#[both_databases]
async fn what_comes_out_shortly_before_the_departure_is_handed_over(t: &TestEngine) {
    let mut ada = Commuter::new(t).await;
    ada.plan_due().await;
    assert_eq!(ada.window().await.reason, Some(ShortReason::NoCandidates));
    ada.advance(100);
    let item = ada.stored("this morning").await;
    // As the refresh 15 minutes before the departure does, which has found the episode.
    assert_eq!(plans::make_due(&t.engine.db, &[ada.owner]).await.unwrap(), 1);
    ada.plan_due().await;
    let answer = ada.contact().await;
    assert_eq!((answer.want.len(), answer.want[0].item_id), (1, item));
    ada.fetch(&answer);
    ada.sync().await;
    assert_eq!(ada.window().await.on_device, 30);
}

#[both_databases]
async fn a_planned_file_is_urgent_by_the_last_usual_contact(t: &TestEngine) {
    let ada = Commuter::new(t).await;
    ada.published("late", Availability::Cacheable).await;
    ada.plan_due().await;
    let wish = urgency::wishes(&t.engine.db, None, t.engine.now()).await.unwrap().remove(0);
    assert_eq!(wish.departs_at, Some("2026-11-21T08:00:00Z".parse().unwrap()));
    assert_eq!(wish.contact_by, Some("2026-11-21T07:00:00Z".parse().unwrap()));
    let of_url = urgency::wishes(&t.engine.db, Some(&wish.media_url), t.engine.now()).await.unwrap();
    assert_eq!(of_url[0].contact_by, wish.contact_by);
    ada.advance(180);
    let over = urgency::wishes(&t.engine.db, None, t.engine.now()).await.unwrap().remove(0);
    assert_eq!(over.departs_at, None);
}

#[both_databases]
async fn a_smaller_budget_gives_up_planned_copies_alone(t: &TestEngine) {
    let mut ada = Commuter::new(t).await;
    let kept = t.claim(ada.owner, "kept", 8_000_000, None).await;
    engine_devices::keep(&t.engine, ada.owner, ada.phone, NewCopy { download_id: kept }).await.unwrap();
    let planned = t.claim(ada.owner, "planned", 6_000_000, None).await;
    sql::execute(&t.engine.db, "UPDATE item SET duration_seconds = 1800", args![]).await.unwrap();
    ada.sync().await;
    assert_eq!(ada.files.len(), 2);
    let less = DeviceChange { budget_mb: Some(10), ..DeviceChange::default() };
    engine_devices::change(&t.engine, ada.owner, ada.phone, less).await.unwrap();
    let drop = ada.contact().await.drop;
    assert_eq!((drop.len(), drop[0].download_id, drop[0].reason), (1, planned, CopyReason::Unplanned));
}

#[both_databases]
async fn a_plan_by_old_windows_is_not_stored_and_stays_due(t: &TestEngine) {
    let ada = Commuter::new(t).await;
    ada.plan_due().await;
    let due = async || {
        let now = t.engine.now();
        plans::due(&t.engine.db, (now - TimeDelta::days(8), now - TimeDelta::minutes(15)), now, 9)
            .await
            .unwrap()
            .len()
    };
    assert_eq!(due().await, 0);
    let begun = plans::begin(&t.engine.db, ada.owner, ada.phone, t.engine.now()).await.unwrap().unwrap();
    let survey = survey(&t.engine, ada.owner).await.unwrap();
    let window = commute::list(&t.engine, ada.owner).await.unwrap()[0].id;
    let later = TypedPlan { start: Some("08:05".into()), end: Some("08:50".into()), ..TypedPlan::default() };
    commute::change(&t.engine, ada.owner, window, later).await.unwrap();
    let before = ada.window().await;
    let mut work = t.engine.begin().await.unwrap();
    let made = replan(&mut work, ada.owner, ada.phone, &survey).await.unwrap();
    let is_stored = plans::planned(&*work, ada.owner, ada.phone, begun, work.now()).await.unwrap();
    work.commit().await.unwrap();
    assert!(made.missing.is_empty() && !is_stored);
    assert_eq!((ada.window().await, due().await), (before, 1));
    ada.plan_due().await;
    assert_eq!(ada.window().await.departs_at.to_rfc3339(), "2026-11-21T08:05:00+00:00");
    assert_eq!(due().await, 0);
}

/// Held copies of a device that has not proved them yet.
async fn unproved(t: &TestEngine) -> Commuter<'_> {
    let mut ada = Commuter::new(t).await;
    for name in ["one", "two"] {
        ada.stored(name).await;
    }
    ada.plan_due().await;
    let answer = ada.contact().await;
    ada.fetch(&answer);
    ada.contact().await;
    ada
}

#[both_databases]
async fn downloads_of_held_copies_stay_until_the_departure(t: &TestEngine) {
    let ada = unproved(t).await;
    let over = "UPDATE download SET expires_at = $1";
    sql::execute(&t.engine.db, over, args![t.engine.now()]).await.unwrap();
    ada.advance(119);
    ada.plan_due().await;
    assert!(download_rows::expiring(&t.engine.db, t.engine.now()).await.unwrap().is_empty());
    ada.advance(2);
    ada.plan_due().await;
    assert_eq!(download_rows::expiring(&t.engine.db, t.engine.now()).await.unwrap().len(), 2);
}

#[both_databases]
async fn copies_that_the_server_cannot_hand_over_again_are_not_promised(t: &TestEngine) {
    let mut ada = unproved(t).await;
    let window = ada.window().await;
    assert_eq!((window.on_device, window.on_server), (0, 50));
    let over = "UPDATE download SET status = 'expired', sha256 = NULL";
    sql::execute(&t.engine.db, over, args![]).await.unwrap();
    assert!(ada.contact().await.drop.is_empty(), "they can be played");
    let window = ada.window().await;
    assert_eq!((window.on_device, window.on_server, window.state), (0, 0, PlanState::Short));
}

#[both_databases]
async fn feeds_are_read_before_the_last_usual_contact_too(t: &TestEngine) {
    let mut ada = Commuter::new(t).await;
    // Two weeks of contacts on Friday evenings, until a Friday: the departure is the morning after.
    for _ in 0..2 {
        t.clock.advance(TimeDelta::days(7) - TimeDelta::hours(10));
        ada.contact().await;
        t.clock.advance(TimeDelta::hours(10));
    }
    t.clock.advance(TimeDelta::days(6) + TimeDelta::hours(12));
    ada.plan_due().await;
    let next = plans::next_contacts(&t.engine.db, t.engine.now()).await.unwrap();
    assert_eq!(
        (next[0].user_id, next[0].contact_by.to_rfc3339().as_str()),
        (ada.owner, "2026-12-11T21:00:00+00:00")
    );
    sql::execute(&t.engine.db, "UPDATE source SET last_asked_at = $1", args![t.engine.now()]).await.unwrap();
    let pushed = "SELECT COUNT(*) FROM job WHERE kind = 'refresh_source'";
    catalog::refresh_before_departures(&t.engine).await.unwrap();
    assert_eq!(ada.count(pushed).await, 0, "three hours before");
    ada.advance(100);
    catalog::refresh_before_departures(&t.engine).await.unwrap();
    assert_eq!(ada.count(pushed).await, 1);
}

#[both_databases]
async fn a_full_storage_is_a_reason_and_is_tried_again(t: &TestEngine) {
    let mut ada = Commuter::new(t).await;
    let small = Preferences { max_storage_mb: 100, ..Preferences::default() };
    accounts::set_preferences(&t.engine, ada.owner, small).await.unwrap();
    let full = t.claim(ada.owner, "full", 99_500_000, None).await;
    engine_downloads::pin(&t.engine, ada.owner, full).await.unwrap();
    sql::execute(&t.engine.db, "UPDATE item SET duration_seconds = 60", args![]).await.unwrap();
    ada.published("one", Availability::Cacheable).await;
    ada.plan_due().await;
    let window = ada.window().await;
    assert_eq!((window.state, window.reason), (PlanState::Short, Some(ShortReason::Limits)));
    assert!(window.sentence.contains("because your limit of downloads is reached"), "{}", window.sentence);
    sql::execute(&t.engine.db, "DELETE FROM job", args![]).await.unwrap();
    ada.advance(5);
    ada.contact().await;
    let pushed = "SELECT COUNT(*) FROM job WHERE kind = 'plan_devices'";
    assert_eq!(ada.count(pushed).await, 0, "the job has just failed to queue it");
    accounts::set_preferences(&t.engine, ada.owner, Preferences::default()).await.unwrap();
    ada.advance(16);
    ada.plan_due().await;
    assert_eq!(ada.window().await.reason, Some(ShortReason::NoCandidates));
    assert_eq!(ada.count("SELECT COUNT(*) FROM download").await, 2);
    assert_eq!(ada.count("SELECT COUNT(*) FROM device WHERE limited_at IS NOT NULL").await, 0);
}

#[both_databases]
async fn a_plan_queues_nothing_that_was_refused_meanwhile(t: &TestEngine) {
    let ada = Commuter::new(t).await;
    let item = ada.published("one", Availability::Cacheable).await;
    let (db, now) = (&t.engine.db, t.engine.now());
    dismissals::insert(db, ada.owner, item, DismissalReason::Removed, now).await.unwrap();
    let refused = engine_downloads::queue_planned(&t.engine, ada.owner, item).await.unwrap_err().to_string();
    assert_eq!(refused, "You have refused this item meanwhile.");
    assert_eq!(ada.count("SELECT COUNT(*) FROM dismissal").await, 1);
    assert_eq!(ada.count("SELECT COUNT(*) FROM download").await, 0);
}

#[both_databases]
async fn nothing_is_prepared_for_a_disabled_account(t: &TestEngine) {
    let ada = Commuter::new(t).await;
    ada.published("one", Availability::Cacheable).await;
    sql::execute(&t.engine.db, "UPDATE account SET disabled_at = $1", args![t.engine.now()]).await.unwrap();
    ada.plan_due().await;
    assert_eq!(ada.count("SELECT COUNT(*) FROM download").await, 0);
    assert_eq!(ada.count("SELECT COUNT(*) FROM plan").await, 0);
    sql::execute(&t.engine.db, "UPDATE account SET disabled_at = NULL", args![]).await.unwrap();
    ada.plan_due().await;
    assert_eq!(ada.count("SELECT COUNT(*) FROM download").await, 1);
}
