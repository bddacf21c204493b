//! Suggestions to new users, on both databases.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use super::*;
use crate::db::sources::NewSource;
use crate::domain::source::{Health, Policy};
use crate::domain::{SourceId, TimeDelta};
use crate::engine::catalog::{seed, subscribe_all};
use crate::testing::TestEngine;
use both_databases::both_databases;

const TOPICS: [&str; 2] = ["Space", "Crime"];

fn wanted(topics: &[&str]) -> Vec<String> {
    topics.iter().map(|topic| topic.to_string()).collect()
}

async fn named(t: &TestEngine, owner: UserId, topics: &[&str]) -> Vec<String> {
    let found = suggestions(&t.engine, owner, &wanted(topics)).await.unwrap();
    found.into_iter().map(|suggestion| suggestion.name).collect()
}

async fn add(t: &TestEngine, name: &str, origin: Origin) -> SourceId {
    let feed_url = format!("http://x/{name}");
    let new = NewSource {
        feed_url: &feed_url,
        name,
        kind: Kind::Podcast,
        policy: Policy::CacheAllowed,
        origin,
        added_by: None,
    };
    sources::insert(&t.engine.db, &new, t.engine.now()).await.unwrap().0
}

#[test]
fn every_topic_of_the_directory_is_in_the_vocabulary() {
    let vocabulary = include_str!("../../../../directory/topics.tsv");
    let known: HashSet<_> = vocabulary.lines().skip(1).filter_map(|line| line.split('\t').next()).collect();
    for topic in LISTED.iter().flat_map(|(_, topics)| topics) {
        assert!(known.contains(topic.as_str()), "{topic}");
    }
    assert_eq!(offered_topics().len(), OFFERED);
    assert!(LISTED.iter().all(|(_, topics)| !topics.is_empty()));
}

#[both_databases]
async fn each_topic_gets_a_source_and_sound_comes_first(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    seed(&t.engine, None).await.unwrap();
    let found = suggestions(&t.engine, ada, &wanted(&TOPICS)).await.unwrap();
    assert_eq!(found.len(), SUGGESTED);
    assert!(found.iter().all(|it| TOPICS.iter().any(|topic| it.topics.iter().any(|own| own == topic))));
    assert_eq!(found[0].kind, Kind::Podcast);
    for topic in TOPICS {
        assert!(found[..2].iter().any(|it| it.topics.iter().any(|own| own == topic)), "{topic}");
    }
}

#[both_databases]
async fn without_topics_podcasts_of_many_topics_are_suggested(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    seed(&t.engine, None).await.unwrap();
    let found = suggestions(&t.engine, ada, &[]).await.unwrap();
    assert!(found.iter().all(|suggestion| suggestion.kind == Kind::Podcast));
    let topics: HashSet<_> = found.iter().flat_map(|suggestion| &suggestion.topics).collect();
    assert!(topics.len() >= SUGGESTED, "{topics:?}");
}

#[both_databases]
async fn words_of_the_name_count_and_failing_or_followed_sources_are_left_out(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (gone, known) = (
        add(t, "Night Trains Weekly", Origin::Directory).await,
        add(t, "Night Trains", Origin::Directory).await,
    );
    add(t, "Cooking", Origin::Directory).await;
    add(t, "Late Night Trains", Origin::Directory).await;
    let next = t.engine.now() + TimeDelta::days(1);
    sources::record_poll_failure(&t.engine.db, gone, Health::Failing, "404", t.engine.now(), next)
        .await
        .unwrap();
    subscribe_all(&t.engine, ada, &[known]).await.unwrap();
    assert_eq!(named(t, ada, &["night trains"]).await, ["Late Night Trains", "Cooking"]);
}

#[both_databases]
async fn the_demo_station_is_suggested_only_while_it_is_on_the_air(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    add(t, "Demo Station", Origin::Demo).await;
    assert!(named(t, ada, &[]).await.is_empty());
}

#[test]
fn the_demo_station_is_first_unless_another_source_fits() {
    let candidate = |name: &str, origin, fits: &[&str]| {
        let mut source = source(name);
        source.origin = origin;
        RatedSource { source, topics: Vec::new(), fits: wanted(fits) }
    };
    let names = |fits: &[&str]| {
        let mut all: Vec<_> = (0..9).map(|n| candidate(&n.to_string(), Origin::Directory, &[])).collect();
        all.push(candidate("Demo Station", Origin::Demo, &[]));
        all.push(candidate("Fit", Origin::Directory, fits));
        pick(all).into_iter().map(|suggestion| suggestion.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&[]), ["Demo Station", "0", "1", "2", "3", "4"]);
    assert_eq!(names(&["space"]), ["Fit", "0", "1", "2", "3", "Demo Station"]);
}

fn source(name: &str) -> Source {
    let row = serde_json::json!({
        "id": 1, "feed_url": "http://x", "name": name, "description": "", "kind": "podcast", "policy": "cache_allowed",
        "origin": "directory", "health": "new", "failures": 0, "items": 0, "items_lately": 0, "unplayed": 0,
        "details": serde_json::to_value(crate::domain::source::SourceDetails::default()).unwrap(),
        "created_at": "2026-11-21T07:00:00Z",
    });
    serde_json::from_value(row).unwrap()
}
