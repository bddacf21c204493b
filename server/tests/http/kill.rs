//! A process killed at any moment: nothing is lost and nothing happens twice.

use std::collections::HashMap;

use serde_json::{Value, json};
use smartcache::testing::Backend;

use crate::harness::{Person, until};
use crate::live::Line;
use crate::origin::{Entry, Manner, sha256};
use crate::spawned::Place;

/// Number of occurrences of each value.
fn count<'a>(of: impl Iterator<Item = &'a Value>) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    of.for_each(|value| *counts.entry(value.to_string()).or_default() += 1);
    counts
}

/// All numbered events of a user.
async fn history(person: &Person) -> Vec<Value> {
    let mut line = Line::open(person).await;
    let newest = line.hear().await.unwrap()["data"]["seq"].as_i64().unwrap();
    line.say(json!({ "type": "hello", "after_seq": 0 })).await;
    let mut heard: Vec<Value> = Vec::new();
    while heard.last().is_none_or(|frame| frame["seq"] != newest) {
        heard.extend(line.hear().await.ok().filter(|frame| frame["seq"].is_i64()));
    }
    heard
}

async fn everything_ends_well_and_once(person: &Person, run: i64, sounds: &[Vec<u8>]) {
    let over = person.until_run(run, "completed").await;
    assert_eq!(
        (&over["summary"]["queued"], &over["summary"]["ready"]),
        (&json!(sounds.len()), &json!(sounds.len())),
        "{over}"
    );
    let downloads = person.all("/api/v1/downloads").await;
    for download in &downloads {
        let file = person.get(&format!("/api/v1/downloads/{}/file", download["id"])).await;
        assert!(sounds.iter().any(|sound| sha256(sound) == sha256(&file.body)), "{download}");
    }
    let messages = person.all(&format!("/api/v1/runs/{run}/messages")).await;
    let calls = messages.iter().filter(|message| message["call_id"].is_string());
    let keys: Vec<_> = calls.map(|message| json!([message["call_id"], message["kind"]])).collect();
    assert!(!keys.is_empty() && count(keys.iter()).values().all(|times| *times == 1), "{messages:?}");
    let history = history(person).await;
    let of = |kind: &'static str| history.iter().filter(move |frame| frame["type"] == kind);
    let ready = count(of("download_ready").map(|frame| &frame["data"]["download_id"]));
    assert_eq!((ready.len(), ready.values().sum::<usize>()), (sounds.len(), sounds.len()), "{ready:?}");
    let queued = count(of("download_queued").map(|frame| &frame["data"]["download_id"]));
    assert_eq!((queued.len(), queued.values().sum::<usize>()), (sounds.len(), sounds.len()), "{queued:?}");
    assert_eq!((of("execution_started").count(), of("execution_complete").count()), (1, 1));
    let results = count(of("tool_result").map(|frame| &frame["data"]["call_id"]));
    assert!(results.values().all(|times| *times == 1), "{results:?}");
}

/// Kills the binary once `moment` has come, restarts it, and checks the result of the run.
async fn survives(backend: Backend, moment: impl AsyncFn(&Person, i64) -> Option<()>) {
    let Some((place, origin)) = Place::on(backend).await else { return };
    let paths = ["/one.mp3", "/two.mp3"];
    let sounds = paths.map(|path| origin.sound(path, 400_000, Manner::Slow(10_000)));
    let entries =
        paths.map(|path| Entry { guid: Some(path), title: path, media: Some(path), ..Entry::default() });
    let feed = origin.feed("/feed.xml", "Slow", &entries);
    let first = place.spawn().await;
    let ada = place.person();
    ada.sign_up("ada").await;
    ada.follow(&feed).await;
    let run = ada.start_run(2).await;
    until("the moment to die", async || moment(&ada, run).await).await;
    first.kill();
    let second = place.spawn().await;
    everything_ends_well_and_once(&ada, run, &sounds).await;
    drop(second);
    place.clear().await;
}

async fn is_downloading(person: &Person, _: i64) -> Option<()> {
    let downloads = person.all("/api/v1/downloads?status=downloading").await;
    downloads.iter().any(|download| download["bytes_done"].as_i64() > Some(0)).then_some(())
}

async fn somebody_has_spoken(person: &Person, run: i64) -> Option<()> {
    let messages = person.all(&format!("/api/v1/runs/{run}/messages")).await;
    messages.iter().any(|message| message["kind"] == "tool_call").then_some(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_in_the_middle_of_a_download_on_sqlite() {
    survives(Backend::Sqlite, is_downloading).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_in_the_middle_of_a_download_on_postgres() {
    survives(Backend::Postgres, is_downloading).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_in_the_middle_of_a_turn_on_sqlite() {
    survives(Backend::Sqlite, somebody_has_spoken).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_in_the_middle_of_a_turn_on_postgres() {
    survives(Backend::Postgres, somebody_has_spoken).await;
}
