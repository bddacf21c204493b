//! Positions, the queue, speeds and the time listened, on both databases.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod listening;
mod queue;

use both_databases::both_databases;
use chrono::TimeDelta;

use super::*;
use crate::db::sql::{self, args};
use crate::domain::DownloadId;
use crate::domain::playback::{NewPlayQueue, OtherPosition};
use crate::testing::fixtures::url_of;
use crate::testing::{TestEngine, refusal};

/// Gives an item a length.
async fn set_length(t: &TestEngine, item: ItemId, seconds: i64) {
    let sql = "UPDATE item SET duration_seconds = $2 WHERE id = $1";
    sql::execute(&t.engine.db, sql, args![item, seconds]).await.unwrap();
}

/// An item of 3,000 seconds with a ready download of the user.
async fn episode(t: &TestEngine, owner: UserId, name: &str) -> (ItemId, DownloadId) {
    let download = t.claim(owner, name, 1_000, None).await;
    let item = downloads::get(&t.engine, owner, download).await.unwrap().item_id;
    set_length(t, item, 3_000).await;
    (item, download)
}

fn at(seconds: f64) -> NewPosition {
    NewPosition { seconds, ..NewPosition::default() }
}

/// Saves a position a number of seconds after the previous one.
async fn later(
    t: &TestEngine,
    owner: UserId,
    item: ItemId,
    after: i64,
    new: NewPosition,
) -> PlaybackPosition {
    t.clock.advance(TimeDelta::seconds(after));
    save_position(&t.engine, owner, item, new).await.unwrap()
}

async fn played_at(t: &TestEngine, owner: UserId, download: DownloadId) -> Option<DateTime<Utc>> {
    downloads::get(&t.engine, owner, download).await.unwrap().played_at
}

#[both_databases]
async fn a_position_is_restored_on_another_device(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (item, _) = episode(t, ada, "long").await;
    let never = position(&t.engine, ada, item).await.unwrap();
    assert_eq!((never.seconds, never.finished, never.at, never.rev), (0.0, false, None, 0));
    assert_eq!(never.duration_seconds, Some(3_000));
    let device = Some("Firefox on Linux".to_owned());
    let saved = later(t, ada, item, 10, NewPosition { device, ..at(125.5) }).await;
    assert_eq!(position(&t.engine, ada, item).await.unwrap(), saved);
    assert_eq!((saved.seconds, saved.at, saved.rev), (125.5, Some(t.engine.now()), 1));
    assert_eq!(saved.device.as_deref(), Some("Firefox on Linux"));
}

#[both_databases]
async fn a_position_that_was_lost_is_offered_and_read_back(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (item, _) = episode(t, ada, "two").await;
    let from = |device: &str, seconds, rev| NewPosition {
        device: Some(device.into()),
        rev: Some(rev),
        ..at(seconds)
    };
    let phone = later(t, ada, item, 10, from("phone", 2_000.0, 0)).await;
    let laptop = later(t, ada, item, 50, from("laptop", 100.0, 0)).await;
    let until = t.engine.now() + TimeDelta::hours(24);
    let other =
        OtherPosition { seconds: 2_000.0, at: phone.at.unwrap(), device: Some("phone".into()), until };
    assert_eq!((laptop.seconds, &laptop.other), (100.0, &Some(other)));
    assert_eq!(position(&t.engine, ada, item).await.unwrap(), laptop);
    t.clock.advance(TimeDelta::hours(24));
    assert_eq!(position(&t.engine, ada, item).await.unwrap().other, None);
}

#[both_databases]
async fn a_time_is_corrected_by_the_clock_that_sent_it(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (item, _) = episode(t, ada, "clocks").await;
    let now = t.engine.now();
    let ahead = NewPosition { at: Some(now + TimeDelta::hours(3)), ..at(100.0) };
    assert_eq!(later(t, ada, item, 0, ahead).await.at, Some(now), "the future is clamped");
    let slow = TimeDelta::hours(3);
    let sent = |ago: i64, seconds| NewPosition {
        at: Some(t.engine.now() - slow - TimeDelta::seconds(ago)),
        sent_at: Some(t.engine.now() - slow),
        ..at(seconds)
    };
    t.clock.advance(TimeDelta::seconds(60));
    let corrected = save_position(&t.engine, ada, item, sent(20, 50.0)).await.unwrap();
    assert_eq!((corrected.seconds, corrected.at), (50.0, Some(t.engine.now() - TimeDelta::seconds(20))));
    let late = save_position(&t.engine, ada, item, sent(40, 900.0)).await.unwrap();
    assert_eq!((late.seconds, late.rev), (50.0, corrected.rev + 1), "lost, and offered");
    assert_eq!(late.other.map(|other| other.seconds), Some(900.0));
    let ancient = NewPosition { at: Some(DateTime::UNIX_EPOCH), ..at(60.0) };
    assert_eq!(later(t, ada, item, 0, ancient.clone()).await.seconds, 60.0, "it goes on");
    let aware = NewPosition { rev: Some(corrected.rev + 2), seconds: 30.0, ..ancient };
    assert_eq!(later(t, ada, item, 0, aware).await.seconds, 30.0, "it knows the newest");
    for extreme in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        let (at_, sent_at) = (Some(extreme), Some(extreme));
        later(t, ada, item, 1, NewPosition { at: at_, sent_at, ..at(40.0) }).await;
        later(t, ada, item, 1, NewPosition { at: at_, rev: Some(0), ..at(40.0) }).await;
    }
}

#[both_databases]
async fn a_position_that_was_long_on_its_way_is_no_newer_for_that(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (item, _) = episode(t, ada, "detour").await;
    let sent = |ago: i64, seconds| {
        let then = Some(t.engine.now() - TimeDelta::seconds(ago));
        NewPosition { at: then, sent_at: then, ..at(seconds) }
    };
    save_position(&t.engine, ada, item, sent(1, 50.0)).await.unwrap();
    assert_eq!(save_position(&t.engine, ada, item, sent(59, 20.0)).await.unwrap().seconds, 50.0);
}

#[both_databases]
async fn a_repeated_request_changes_nothing(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (item, _) = episode(t, ada, "again").await;
    let new = NewPosition { at: Some(t.engine.now()), rev: Some(0), ..at(300.0) };
    let first = later(t, ada, item, 0, new.clone()).await;
    assert_eq!(later(t, ada, item, 30, new).await, first);
}

#[both_databases]
async fn a_position_far_beyond_the_end_is_cut(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (item, _) = episode(t, ada, "beyond").await;
    let beyond = later(t, ada, item, 1, at(99_999.0)).await;
    assert_eq!((beyond.seconds, beyond.finished), (3_600.0, true));
    set_length(t, item, 0).await;
    assert_eq!(later(t, ada, item, 1, at(99_999.0)).await.seconds, 99_999.0);
}

#[both_databases]
async fn the_end_of_an_item_marks_its_download_and_a_second_play_takes_it_back(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (item, download) = episode(t, ada, "end").await;
    assert!(!later(t, ada, item, 10, at(2_840.0)).await.finished);
    assert_eq!(played_at(t, ada, download).await, None);
    assert!(later(t, ada, item, 10, at(2_850.0)).await.finished);
    let end = t.engine.now();
    assert_eq!(played_at(t, ada, download).await, Some(end));
    later(t, ada, item, 10, at(2_860.0)).await;
    assert_eq!(played_at(t, ada, download).await, Some(end), "it ends once");
    for seconds in [0.0, 10.0, 20.0, 30.0] {
        assert!(later(t, ada, item, 10, at(seconds)).await.finished);
    }
    assert!(!later(t, ada, item, 10, at(40.0)).await.finished);
    assert_eq!(played_at(t, ada, download).await, None);
    let told = NewPosition { finished: true, ..at(50.0) };
    assert!(later(t, ada, item, 10, told).await.finished && played_at(t, ada, download).await.is_some());
    assert!(later(t, ada, item, 10, at(60.0)).await.finished, "going on is no second play");
    let reopened = later(t, ada, item, 10, NewPosition { reopen: true, ..at(60.0) }).await;
    assert!(!reopened.finished && played_at(t, ada, download).await.is_none());
}

#[both_databases]
async fn a_download_marked_as_played_finishes_its_item(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (item, download) = episode(t, ada, "marked").await;
    let begun = later(t, ada, item, 10, at(600.0)).await;
    downloads::played(&t.engine, ada, download).await.unwrap();
    let now = position(&t.engine, ada, item).await.unwrap();
    assert_eq!((now.finished, now.seconds, now.rev), (true, 600.0, begun.rev + 1));
    assert!(continue_listening(&t.engine, ada, 9).await.unwrap().is_empty());
}

#[both_databases]
async fn what_was_begun_is_continued_with_the_last_played_first(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let (one, download) = episode(t, ada, "one").await;
    let two = t.item("two", 1_000).await;
    let (three, _) = episode(t, ada, "three").await;
    let four = t.item("four", 1_000).await;
    for (item, seconds) in [(one, 600.0), (two, 60.0), (three, 2_990.0), (four, 5.0)] {
        later(t, ada, item, 10, at(seconds)).await;
    }
    let all = continue_listening(&t.engine, ada, 9).await.unwrap();
    let shown: Vec<_> = all.iter().map(|it| (it.title.as_str(), it.seconds, it.download_id)).collect();
    assert_eq!(shown, [("two", 60.0, None), ("one", 600.0, Some(download))]);
    assert_eq!((all[1].duration_seconds, all[1].source_name.as_str()), (Some(3_000), "Shelf"));
    assert_eq!(all[1].mime_type.as_deref(), Some("audio/mpeg"));
    assert_eq!(continue_listening(&t.engine, ada, 1).await.unwrap().len(), 1);
    assert!(continue_listening(&t.engine, eve, 9).await.unwrap().is_empty());
}

#[both_databases]
async fn only_what_a_user_sees_or_holds_can_be_played(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let (item, _) = episode(t, ada, "hers").await;
    let hide = "UPDATE source SET origin = 'person', added_by = $1
        WHERE id = (SELECT source_id FROM item WHERE id = $2)";
    sql::execute(&t.engine.db, hide, args![ada, item]).await.unwrap();
    later(t, ada, item, 10, at(100.0)).await;
    let missing = Refusal::missing("item");
    assert_eq!(refusal(position(&t.engine, eve, item).await), missing);
    assert_eq!(refusal(save_position(&t.engine, eve, item, at(1.0)).await), missing);
    assert_eq!(refusal(position(&t.engine, ada, ItemId(999)).await), missing);
    let disown = "UPDATE source SET added_by = $1 WHERE origin = 'person'";
    sql::execute(&t.engine.db, disown, args![eve]).await.unwrap();
    assert_eq!(position(&t.engine, ada, item).await.unwrap().seconds, 100.0, "she holds a download");
    let drop_it = "DELETE FROM download WHERE media_url = $1";
    sql::execute(&t.engine.db, drop_it, args![url_of("hers")]).await.unwrap();
    assert_eq!(refusal(position(&t.engine, ada, item).await), missing);
    assert!(continue_listening(&t.engine, ada, 9).await.unwrap().is_empty());
}

#[both_databases]
async fn a_speed_belongs_to_a_user_and_a_source(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let item = t.item("fast", 1_000).await;
    let source = playbacks::playable(&t.engine.db, ada, item).await.unwrap().unwrap().source_id;
    for wanted in [1.5, 0.5] {
        save_speed(&t.engine, ada, source, PlaybackSpeed { speed: wanted }).await.unwrap();
        assert_eq!(speed(&t.engine, ada, source).await.unwrap().speed, wanted);
    }
    assert_eq!(speed(&t.engine, eve, source).await.unwrap(), PlaybackSpeed::NORMAL);
    let wrong = save_speed(&t.engine, ada, source, PlaybackSpeed { speed: 1.52 }).await;
    assert_eq!(refusal(wrong).fields()[0].field, "speed");
    let unknown = save_speed(&t.engine, ada, SourceId(999), PlaybackSpeed::NORMAL).await;
    assert_eq!(refusal(unknown), Refusal::missing("source"));
}

#[both_databases]
async fn everything_goes_with_the_account(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (item, _) = episode(t, ada, "gone").await;
    for seconds in [10.0, 20.0] {
        later(t, ada, item, 10, at(seconds)).await;
    }
    let source = playbacks::playable(&t.engine.db, ada, item).await.unwrap().unwrap().source_id;
    save_speed(&t.engine, ada, source, PlaybackSpeed { speed: 2.0 }).await.unwrap();
    replace_queue(&t.engine, ada, NewPlayQueue { item_ids: vec![item] }).await.unwrap();
    sql::execute(&t.engine.db, "DELETE FROM account WHERE id = $1", args![ada]).await.unwrap();
    for count in [
        "SELECT COUNT(*) FROM playback",
        "SELECT COUNT(*) FROM play_queue",
        "SELECT COUNT(*) FROM playback_speed",
        "SELECT COUNT(*) FROM listened",
    ] {
        let left: Option<i64> = sql::value(&t.engine.db, count, Vec::new()).await.unwrap();
        assert_eq!(left, Some(0), "{count}");
    }
}
