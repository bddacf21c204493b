//! The report on the time listened.

use both_databases::both_databases;
use chrono::TimeDelta;

use super::{at, episode, later};
use crate::db::sql::{self, args};
use crate::db::{accounts, listened};
use crate::domain::playback::{ListeningReport, NewPosition, quarter_hour};
use crate::domain::preference::Preferences;
use crate::domain::{ItemId, UserId};
use crate::engine::playback::report;
use crate::testing::TestEngine;

async fn week(t: &TestEngine, owner: UserId) -> ListeningReport {
    report(&t.engine, owner, Some(7)).await.unwrap()
}

/// Plays an item for this many minutes, with a position every ten seconds.
async fn play(t: &TestEngine, owner: UserId, item: ItemId, from: f64, minutes: u32, speed: Option<f64>) {
    later(t, owner, item, 0, NewPosition { speed, ..at(from) }).await;
    for step in 1..=minutes * 6 {
        let seconds = from + f64::from(step) * 10.0 * speed.unwrap_or(1.0);
        later(t, owner, item, 10, NewPosition { speed, ..at(seconds) }).await;
    }
}

#[both_databases]
async fn time_is_counted_by_day_hour_source_and_topic(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    // The clock stands at 06:00 UTC, 15:00 in Tokyo.
    let tokyo = Preferences { timezone: "Asia/Tokyo".into(), ..Default::default() };
    accounts::set_preferences(&t.engine.db, ada, &tokyo).await.unwrap();
    let (item, _) = episode(t, ada, "heard").await;
    let topics = "UPDATE item SET topics = $2 WHERE id = $1";
    sql::execute(&t.engine.db, topics, args![item, r#"["trains","night","Trains"]"#]).await.unwrap();
    play(t, ada, item, 0.0, 12, None).await;
    let report = week(t, ada).await;
    assert_eq!((report.days, report.minutes, report.saved_minutes), (7, 12.0, None));
    let days: Vec<_> = report.per_day.iter().map(|day| (day.day.to_string(), day.minutes)).collect();
    assert_eq!((days.len(), &days[6]), (7, &("2026-11-21".to_owned(), 12.0)));
    assert_eq!((report.per_hour.len(), report.per_hour[15].minutes), (24, 12.0));
    let source = &report.per_source[0];
    assert_eq!((source.name.as_deref(), source.minutes), (Some("Shelf"), 12.0));
    let topics: Vec<_> = report.per_topic.iter().map(|it| (it.topic.as_str(), it.minutes)).collect();
    assert_eq!(topics, [("night", 12.0), ("trains", 12.0)]);
    let of_eve = week(t, eve).await;
    assert_eq!((of_eve.minutes, of_eve.per_source.len()), (0.0, 0));
}

#[both_databases]
async fn days_begin_at_midnight_of_the_user(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let kolkata = Preferences { timezone: "Asia/Kolkata".into(), ..Default::default() };
    accounts::set_preferences(&t.engine.db, ada, &kolkata).await.unwrap();
    let (item, _) = episode(t, ada, "midnight").await;
    // 18:25 UTC, five minutes before midnight in Kolkata.
    t.clock.advance(TimeDelta::minutes(12 * 60 + 25));
    play(t, ada, item, 0.0, 10, None).await;
    let report = week(t, ada).await;
    let days: Vec<_> = report.per_day.iter().map(|day| (day.day.to_string(), day.minutes)).collect();
    // The step that ends at midnight counts for the new day.
    assert_eq!(days[5..], [("2026-11-21".to_owned(), 4.8), ("2026-11-22".to_owned(), 5.2)]);
    assert_eq!((report.per_hour[23].minutes, report.per_hour[0].minutes), (4.8, 5.2));
}

#[both_databases]
async fn a_higher_speed_saves_time_and_is_counted_where_it_was_told(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (item, _) = episode(t, ada, "fast").await;
    play(t, ada, item, 0.0, 10, Some(1.5)).await;
    let report = week(t, ada).await;
    assert_eq!((report.minutes, report.saved_minutes), (10.0, Some(5.0)));
    play(t, ada, item, 900.0, 2, None).await;
    let report = week(t, ada).await;
    assert_eq!((report.minutes, report.saved_minutes), (12.0, Some(5.0)));
}

#[both_databases]
async fn jumps_pauses_and_repetitions_are_no_listening(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (item, _) = episode(t, ada, "jumps").await;
    later(t, ada, item, 0, at(0.0)).await;
    later(t, ada, item, 60, at(60.0)).await;
    let told = NewPosition { at: Some(t.engine.now()), rev: Some(2), ..at(120.0) };
    later(t, ada, item, 60, NewPosition { at: None, ..told.clone() }).await;
    assert_eq!(week(t, ada).await.minutes, 2.0);
    later(t, ada, item, 30, told).await;
    later(t, ada, item, 0, at(1_500.0)).await;
    later(t, ada, item, 36_000, at(60.0)).await;
    assert_eq!(week(t, ada).await.minutes, 2.5, "the jump took half a minute");
}

#[both_databases]
async fn ends_are_counted_and_what_was_left_alone_for_two_weeks(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    for (name, seconds) in [("heard", 2_990.0), ("left", 600.0), ("glanced", 5.0)] {
        let (item, _) = episode(t, ada, name).await;
        later(t, ada, item, 10, at(seconds)).await;
    }
    let now = week(t, ada).await;
    assert_eq!((now.finished, now.abandoned), (1, 0));
    t.clock.advance(TimeDelta::days(13));
    let (item, _) = episode(t, ada, "later").await;
    later(t, ada, item, 0, at(600.0)).await;
    assert_eq!(week(t, ada).await.abandoned, 0);
    t.clock.advance(TimeDelta::days(1));
    let then = week(t, ada).await;
    assert_eq!((then.finished, then.abandoned), (0, 1));
    t.clock.advance(TimeDelta::days(30));
    assert_eq!(week(t, ada).await.abandoned, 0, "that was weeks ago");
    assert_eq!(report(&t.engine, ada, Some(60)).await.unwrap().abandoned, 2);
}

#[both_databases]
async fn time_outlives_its_item_and_is_deleted_after_a_year(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (item, _) = episode(t, ada, "past").await;
    play(t, ada, item, 0.0, 1, None).await;
    sql::execute(&t.engine.db, "DELETE FROM source", Vec::new()).await.unwrap();
    let report = week(t, ada).await;
    assert_eq!((report.minutes, &report.per_source[0].name), (1.0, &None));
    assert_eq!((report.per_source[0].minutes, report.per_topic.len()), (1.0, 0));
    let today = quarter_hour(t.engine.now());
    assert_eq!(listened::delete_before(&t.engine.db, today).await.unwrap(), 0);
    assert_eq!(listened::delete_before(&t.engine.db, today + 1).await.unwrap(), 1);
}

#[both_databases]
async fn picks_of_agents_are_played_or_ignored(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let mut items = Vec::new();
    for name in ["begun", "glanced", "ignored", "own"] {
        let (item, download) = episode(t, ada, name).await;
        let sql = "INSERT INTO delivery (user_id, download_id, item_id, source_id, run_id, title, source_name,
                outcome, hit, bytes, fetched, seconds, attempts, at)
             SELECT $1, $2, i.id, i.source_id, $4, $5, 'Shelf', 'ready', FALSE, 0, 0, 0, 0, $6 FROM item i WHERE i.id = $3";
        let run = (name != "own").then_some(7_i64);
        let args = args![ada, download, item, run, name, t.engine.now()];
        sql::execute(&t.engine.db, sql, args).await.unwrap();
        items.push(item);
    }
    later(t, ada, items[0], 10, at(600.0)).await;
    later(t, ada, items[1], 10, at(5.0)).await;
    let picks = week(t, ada).await.picks;
    assert_eq!((picks.ready, picks.played, picks.ignored), (3, 1, 2));
    assert_eq!(week(t, eve).await.picks.ready, 0);
}
