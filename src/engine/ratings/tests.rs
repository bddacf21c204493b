#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;
use chrono::TimeDelta;

use super::*;
use crate::db::habits::{self, RatedTopic};
use crate::db::ratings::RatedItem;
use crate::db::sql::{self, args};
use crate::db::{downloads, reach, subscriptions};
use crate::domain::SourceId;
use crate::domain::source::Origin;
use crate::testing::{TestEngine, refusal};

async fn source_of(t: &TestEngine, owner: UserId, item: ItemId) -> SourceId {
    items::get(&t.engine.db, owner, item).await.unwrap().unwrap().source_id
}

async fn verdict(t: &TestEngine, owner: UserId, item: ItemId) -> Option<Thumb> {
    items::get(&t.engine.db, owner, item).await.unwrap().unwrap().rating
}

#[both_databases]
async fn a_rating_is_the_users_own_and_keeps_its_time(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let item = t.item("One", 1_000).await;
    let first = rate_item(&t.engine, ada, item, Thumb::Up).await.unwrap();
    t.clock.advance(TimeDelta::hours(1));
    assert_eq!(rate_item(&t.engine, ada, item, Thumb::Up).await.unwrap(), first);
    let other = rate_item(&t.engine, ada, item, Thumb::Down).await.unwrap();
    assert_eq!((other.verdict, other.created_at - first.created_at), (Thumb::Down, TimeDelta::hours(1)));
    assert_eq!((verdict(t, ada, item).await, verdict(t, eve, item).await), (Some(Thumb::Down), None));
    unrate_item(&t.engine, eve, item).await.unwrap();
    assert_eq!(verdict(t, ada, item).await, Some(Thumb::Down));
    for _ in 0..2 {
        unrate_item(&t.engine, ada, item).await.unwrap();
        assert_eq!(verdict(t, ada, item).await, None);
    }
}

#[both_databases]
async fn what_a_user_cannot_see_is_like_what_is_not_there(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let item = t.item("One", 1_000).await;
    let sql = "UPDATE source SET origin = $1, added_by = $2";
    sql::execute(&t.engine.db, sql, args![Origin::Person, ada]).await.unwrap();
    rate_item(&t.engine, ada, item, Thumb::Up).await.unwrap();
    for id in [item, ItemId(9_999)] {
        let refused = refusal(rate_item(&t.engine, eve, id, Thumb::Up).await).to_string();
        assert_eq!(refused, "There is no such item.");
        assert_eq!(refusal(unrate_item(&t.engine, eve, id).await).to_string(), refused);
    }
}

#[both_databases]
async fn a_download_shows_the_verdict_and_stays(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let db = &t.engine.db;
    let id = t.claim(ada, "One", 1_000, None).await;
    let item = downloads::get(db, ada, id).await.unwrap().unwrap().item_id;
    rate_item(&t.engine, ada, item, Thumb::Down).await.unwrap();
    let download = downloads::get(db, ada, id).await.unwrap().unwrap();
    assert_eq!((download.rating, download.status.as_str()), (Some(Thumb::Down), "ready"));
}

#[both_databases]
async fn ratings_are_counted_by_source_and_topic(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let db = &t.engine.db;
    for (name, topics, thumb) in [
        ("One", ["Space", "Science"], Thumb::Up),
        ("Two", ["space", "Ships"], Thumb::Up),
        ("Three", ["Space", "Gossip"], Thumb::Down),
    ] {
        let item = t.item(name, 1_000).await;
        items::set_topics(db, item, &topics.map(str::to_owned)).await.unwrap();
        rate_item(&t.engine, ada, item, thumb).await.unwrap();
        t.clock.advance(TimeDelta::seconds(1));
    }
    let habit = habits::of(db, ada).await.unwrap()[0];
    assert_eq!((habit.liked, habit.disliked, habit.ready, habit.dismissed), (2, 1, 0, 0));
    let topics = habits::rated_topics(db, ada).await.unwrap();
    let rated = |topic: &str, liked, disliked| RatedTopic { topic: topic.into(), liked, disliked };
    let expected =
        [rated("gossip", 0, 1), rated("science", 1, 0), rated("ships", 1, 0), rated("space", 2, 1)];
    assert_eq!(topics, expected);
    let latest = ratings::latest(db, ada, 2).await.unwrap();
    let rated = |title: &str, verdict| RatedItem { title: title.into(), verdict };
    assert_eq!(latest, [rated("Three", Thumb::Down), rated("Two", Thumb::Up)]);
}

#[both_databases]
async fn the_latest_two_hundred_ratings_count(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    for n in 0..203 {
        let item = t.item(&format!("n{n}"), 1_000).await;
        let thumb = if n < 10 { Thumb::Down } else { Thumb::Up };
        rate_item(&t.engine, ada, item, thumb).await.unwrap();
        t.clock.advance(TimeDelta::seconds(1));
    }
    let habit = habits::of(&t.engine.db, ada).await.unwrap()[0];
    assert_eq!((habit.liked, habit.disliked), (193, 7));
}

#[both_databases]
async fn an_item_with_a_thumb_down_is_offered_no_more(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (db, now) = (&t.engine.db, t.engine.now());
    let ids = [t.item("Good", 1_000).await, t.item("Bad", 1_000).await];
    let source = source_of(t, ada, ids[0]).await;
    subscriptions::upsert(db, ada, source, 3, now).await.unwrap();
    rate_item(&t.engine, ada, ids[0], Thumb::Up).await.unwrap();
    rate_item(&t.engine, ada, ids[1], Thumb::Down).await.unwrap();
    let offered = |found: Vec<items::Candidate>| found.iter().map(|it| it.item.id).collect::<Vec<_>>();
    assert_eq!(offered(items::candidates(db, ada, 5, 10).await.unwrap()), ids[..1]);
    assert_eq!(offered(items::candidates_among(db, ada, &ids, false).await.unwrap()), ids[..1]);
    let facts = items::facts(db, ada, source, None, 10).await.unwrap();
    assert_eq!(facts.iter().map(|facts| facts.id).collect::<Vec<_>>(), ids[..1]);
    let parts = items::parts(db, ada, source, 10).await.unwrap();
    let dismissed = parts.iter().filter(|part| part.is_dismissed).map(|part| part.id);
    assert_eq!(dismissed.collect::<Vec<_>>(), ids[1..]);
    for (id, is_refused) in ids.into_iter().zip([false, true]) {
        assert_eq!(items::get(db, ada, id).await.unwrap().unwrap().is_refused(), is_refused);
    }
    let found = items::collected(db, ada, &["bad".to_owned()], 10).await.unwrap();
    assert!(found[0].given);
    let reach = reach::of(db, ada).await.unwrap();
    assert_eq!((reach.free, reach.dismissed), (1, 1));
    unrate_item(&t.engine, ada, ids[1]).await.unwrap();
    assert_eq!(offered(items::candidates(db, ada, 5, 10).await.unwrap()).len(), 2);
}

#[both_databases]
async fn ratings_go_with_their_item(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let item = t.item("One", 1_000).await;
    rate_item(&t.engine, ada, item, Thumb::Up).await.unwrap();
    sql::execute(&t.engine.db, "DELETE FROM item WHERE id = $1", args![item]).await.unwrap();
    assert!(ratings::latest(&t.engine.db, ada, 9).await.unwrap().is_empty());
    let other = t.item("Two", 1_000).await;
    rate_item(&t.engine, ada, other, Thumb::Up).await.unwrap();
    sql::execute(&t.engine.db, "DELETE FROM account WHERE id = $1", args![ada]).await.unwrap();
    let left = sql::value::<i64>(&t.engine.db, "SELECT COUNT(*) FROM rating", vec![]).await.unwrap();
    assert_eq!(left, Some(0));
}
