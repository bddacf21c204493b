//! Stored bytes that are damaged, lost or unreachable: never served, and fetched again.

use both_databases::both_databases;
use std::path::PathBuf;
use std::process::Command;

use blobs::testing::{Fault, S3};
use reqwest::Method;
use serde_json::json;
use smartcache::db::events;
use smartcache::domain::UserId;
use smartcache::domain::event::EventKind;
use smartcache::testing::Backend;

use crate::harness::{App, Person, send};
use crate::origin::{Manner, sha256};

/// Prepares one sound for each of these users. Returns their downloads and the sound.
async fn ready(app: &App, people: &[&Person]) -> (Vec<i64>, Vec<u8>) {
    let (feed, sound) = app.origin.podcast("episode", 200_000, Manner::Proper);
    let mut ids = Vec::new();
    for person in people {
        let item = person.item_of(person.follow(&feed).await).await;
        let id = person.queue(&item).await;
        person.until_download(id, "ready").await;
        ids.push(id);
    }
    (ids, sound)
}

fn file(id: i64) -> String {
    format!("/api/v1/downloads/{id}/file")
}

fn key(sound: &[u8]) -> String {
    let name = sha256(sound);
    format!("{}/{}/{name}", &name[..2], &name[2..4])
}

pub fn in_directory(app: &App, sound: &[u8]) -> PathBuf {
    app.engine.config.data_dir.join("objects/blobs").join(key(sound))
}

pub fn in_cache(app: &App, sound: &[u8]) -> PathBuf {
    app.engine.config.data_dir.join("cache").join(key(sound))
}

fn flip_a_bit(file: &std::path::Path) {
    let mut bytes = std::fs::read(file).unwrap();
    bytes[150_000] ^= 1;
    std::fs::write(file, bytes).unwrap();
}

/// Notices that a user has received.
async fn notes(app: &App, person: &Person) -> Vec<String> {
    let me = person.get("/api/v1/auth/me").await.ok()["user"]["id"].as_i64().unwrap();
    let told = events::after(&app.engine.db, UserId(me), 0, 999).await.unwrap();
    told.iter()
        .filter(|frame| frame.kind == EventKind::System)
        .map(|frame| frame.text("message").to_owned())
        .collect()
}

#[both_databases]
async fn a_damaged_file_is_never_served_and_is_ready_again_by_itself(app: &App) {
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    let (ids, sound) = ready(app, &[&ada, &bob]).await;
    assert_eq!(ada.get(&file(ids[0])).await.body, sound);
    flip_a_bit(&in_directory(app, &sound));
    let part = send(ada.request(Method::GET, &file(ids[0])).header("range", "bytes=0-99")).await;
    assert_eq!((part.status, part.code().as_str()), (409, "conflict"));
    assert_eq!(part.json()["detail"], "The stored copy was damaged; it is being fetched again.");
    // The first requester is the cause of the new transfer.
    for (person, id, provider) in [(&ada, ids[0], "origin"), (&bob, ids[1], "cache")] {
        let again = person.until_download(id, "ready").await;
        assert_eq!((&again["provider"], &again["error"]), (&json!(provider), &json!(null)));
        assert_eq!(person.get(&file(id)).await.body, sound);
        let told = notes(app, person).await;
        assert!(told.iter().any(|note| note.contains("“episode”") && note.contains("damaged")), "{told:?}");
    }
    assert_eq!(app.origin.asked("/episode.mp3"), 2);
}

#[both_databases]
async fn a_missing_file_is_ready_again_by_itself(app: &App) {
    let ada = app.sign_up("ada").await;
    let (ids, sound) = ready(app, &[&ada]).await;
    std::fs::remove_file(in_directory(app, &sound)).unwrap();
    let answer = ada.get(&file(ids[0])).await;
    assert_eq!(answer.status, 409);
    assert!(answer.json()["detail"].as_str().unwrap().contains("missing"));
    ada.until_download(ids[0], "ready").await;
    assert_eq!(ada.get(&file(ids[0])).await.body, sound);
}

#[both_databases]
async fn what_was_lost_and_cannot_be_fetched_any_more_has_failed(app: &App) {
    let ada = app.sign_up("ada").await;
    let (ids, sound) = ready(app, &[&ada]).await;
    app.origin.put("/episode.mp3", "audio/mpeg", "", Manner::Fails(410));
    flip_a_bit(&in_directory(app, &sound));
    assert_eq!(ada.get(&file(ids[0])).await.status, 409);
    let failed = ada.until_download(ids[0], "failed").await;
    assert!(failed["error"].as_str().unwrap().contains("410"), "{failed}");
    assert_eq!((&failed["sha256"], ada.get(&file(ids[0])).await.status), (&json!(null), 409));
}

#[both_databases]
async fn many_who_ask_for_a_damaged_file_at_once_cause_one_transfer(app: &App) {
    let ada = app.sign_up("ada").await;
    let (ids, sound) = ready(app, &[&ada]).await;
    flip_a_bit(&in_directory(app, &sound));
    let path = file(ids[0]);
    let asked = (0..8).map(|_| ada.get(&path));
    for answer in futures::future::join_all(asked).await {
        assert!(answer.status == 409 || answer.body == sound, "{}", answer.status);
    }
    ada.until_download(ids[0], "ready").await;
    assert_eq!((ada.get(&path).await.body, app.origin.asked("/episode.mp3")), (sound, 2));
}

/// Runs a check on each database, with a bucket instead of a directory.
async fn with_bucket(check: impl AsyncFn(&App, &S3)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let s3 = S3::start().await;
        let Some(app) = App::with(backend, |config| config.storage = s3.place()).await else { continue };
        check(&app, &s3).await;
        app.clear().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_in_a_bucket_is_served_by_the_cache_and_then_by_the_bucket() {
    with_bucket(async |app, s3| {
        let ada = app.sign_up("ada").await;
        let (ids, sound) = ready(app, &[&ada]).await;
        let reads = || s3.asked(|asked| asked.method == Method::GET);
        assert_eq!((ada.get(&file(ids[0])).await.body, reads()), (sound.clone(), 0));
        std::fs::remove_file(in_cache(app, &sound)).unwrap();
        let part = send(ada.request(Method::GET, &file(ids[0])).header("range", "bytes=100-199")).await;
        assert_eq!((part.status, &part.body[..], reads()), (206, &sound[100..200], 1));
        assert_eq!((ada.get(&file(ids[0])).await.body, reads()), (sound.clone(), 1));

        // A request for stored bytes reports the tier that would serve them.
        let item = json!({ "id": ada.download(ids[0]).await["item_id"] });
        let mut id = ids[0];
        for (provider, has_copy) in [("cache", true), ("store", false)] {
            if !has_copy {
                std::fs::remove_file(in_cache(app, &sound)).unwrap();
            }
            ada.delete(&format!("/api/v1/downloads/{id}")).await;
            id = ada.queue(&item).await;
            let again = ada.download(id).await;
            assert_eq!((&again["status"], &again["provider"]), (&json!("ready"), &json!(provider)));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_that_was_damaged_is_never_served_and_is_ready_again_by_itself() {
    with_bucket(async |app, s3| {
        let ada = app.sign_up("ada").await;
        let (ids, sound) = ready(app, &[&ada]).await;
        let key = format!("blobs/{}", key(&sound));
        std::fs::remove_file(in_cache(app, &sound)).unwrap();
        s3.flip_a_bit(&key);
        assert_eq!(ada.get(&file(ids[0])).await.code(), "conflict");
        ada.until_download(ids[0], "ready").await;
        assert_eq!((ada.get(&file(ids[0])).await.body, app.origin.asked("/episode.mp3")), (sound.clone(), 2));
        assert_eq!(s3.object(&key).unwrap(), sound);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_in_trouble_delays_a_download_and_loses_nothing() {
    with_bucket(async |app, s3| {
        let ada = app.sign_up("ada").await;
        s3.plan(4, Fault::Answers(503, "SlowDown"), |asked| asked.method == Method::PUT);
        let (ids, sound) = ready(app, &[&ada]).await;
        assert!(s3.asked(|asked| asked.method == Method::PUT) > 4);
        std::fs::remove_file(in_cache(app, &sound)).unwrap();
        s3.plan(99, Fault::NeverAnswers, |_| true);
        assert_eq!(ada.get(&file(ids[0])).await.code(), "broken");
        assert_eq!(ada.download(ids[0]).await["status"], "ready");
        s3.recover();
        assert_eq!((ada.get(&file(ids[0])).await.body, app.origin.asked("/episode.mp3")), (sound, 2));
    })
    .await;
}

#[test]
fn a_wrong_place_is_refused_at_the_start_by_the_name_of_its_setting() {
    for (place, part) in [("s3://media?region=x", "AWS_ACCESS_KEY_ID"), ("s3://media?regoin=x", "regoin")] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_smartcache"));
        command.env_remove("AWS_ACCESS_KEY_ID").env("SMARTCACHE_STORAGE", place);
        let output = command.arg("migrate").output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success());
        assert!(told.contains("SMARTCACHE_STORAGE") && told.contains(part), "{told}");
    }
}
