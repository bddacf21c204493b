//! A process killed between the store's write and the database commit: the bytes are stored once, and ready.

use std::path::PathBuf;
use std::sync::Arc;

use blobs::testing::{Fault, S3};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use serde_json::{Value, json};
use smartcache::db::{sql, turns};
use smartcache::testing::Backend;
use tokio::sync::Semaphore;

use crate::harness::{Person, until};
use crate::origin::{Manner, sha256, sound};
use crate::rogue::{Rogue, Step, proper};
use crate::spawned::Place;

/// Asserts that the download is ready with the right bytes, and that the audit has no findings.
async fn is_well(place: &Place, ada: &Person, id: i64, bytes: &[u8]) {
    let ready = ada.until_ended(id).await;
    assert_eq!((&ready["status"], &ready["sha256"]), (&json!("ready"), &json!(sha256(bytes))), "{ready}");
    assert_eq!(ready["error"], Value::Null);
    let file = ada.get(&format!("/api/v1/downloads/{id}/file")).await;
    assert_eq!(sha256(&file.body), sha256(bytes));
    let (well, said) = place.run(&["doctor", "--audit"]);
    assert!(well && said.contains("Everything is as it should be"), "{said}");
    assert!(
        said.contains("Ready downloads: 1, copies: 1 ") && said.contains("objects in the store: 1."),
        "{said}"
    );
}

async fn connect(place: &Place) -> DatabaseConnection {
    Database::connect(ConnectOptions::new(place.database_url())).await.unwrap()
}

/// Kills the server with the file in a directory, where a small file takes the shortest path. A transaction
/// of the test delays the commit: it holds the write lock on SQLite, and the job's row on PostgreSQL.
async fn dies_before_the_commit(backend: Backend) {
    let Some((mut place, origin)) = Place::on(backend).await else { return };
    let (rogue, gate) = (Rogue::start().await, Arc::new(Semaphore::new(0)));
    place.allow(&rogue.allowance());
    let bytes = sound("between", 700_000);
    let (body, wait) = (bytes.clone(), gate.clone());
    rogue.on("/between.mp3", move |_| {
        let (head, (first, second)) = (proper(&body).remove(0), body.split_at(300_000));
        vec![head, Step::Send(first.to_vec()), Step::WaitFor(wait.clone()), Step::Send(second.to_vec())]
    });
    let (first, ada) = (place.spawn().await, place.person());
    ada.sign_up("ada").await;
    let id = ada.fetch(&origin, &rogue.url("/between.mp3")).await;
    until("a part is sent", async || (rogue.sent("/between.mp3") > 300_000).then_some(())).await;
    // The job writes nothing between this status and its end.
    ada.until_download(id, "downloading").await;

    let db = connect(&place).await;
    let txn = turns::Transaction::begin(&db).await.unwrap();
    sql::execute(&*txn, "UPDATE job SET priority = priority WHERE kind = 'transfer'", vec![]).await.unwrap();
    gate.add_permits(1);
    let stored = in_store(&place, &bytes);
    until("the store has taken it", async || stored.exists().then_some(())).await;
    first.kill();
    drop(txn);
    db.close().await.unwrap();

    let second = place.spawn().await;
    is_well(&place, &ada, id, &bytes).await;
    drop(second);
    place.clear().await;
}

fn in_store(place: &Place, bytes: &[u8]) -> PathBuf {
    let name = sha256(bytes);
    place.storage().join("blobs").join(&name[..2]).join(&name[2..4]).join(name)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_death_before_the_commit_leaves_one_copy_on_sqlite() {
    dies_before_the_commit(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_death_before_the_commit_leaves_one_copy_on_postgres() {
    dies_before_the_commit(Backend::Postgres).await;
}

/// Kills the server after an upload that the bucket never confirms. The verified hash is a row by then, so
/// the origin gets no second request.
async fn dies_after_the_upload(backend: Backend) {
    let Some((mut place, origin)) = Place::on(backend).await else { return };
    let s3 = S3::start().await;
    place.set(s3.environment());
    let bytes = origin.sound("/uploaded.mp3", 3_000_000, Manner::Proper);
    s3.plan(1, Fault::NeverConfirms, |asked| asked.key.starts_with("blobs/") && asked.method == "PUT");
    let (first, ada) = (place.spawn().await, place.person());
    ada.sign_up("ada").await;
    let id = ada.fetch(&origin, &origin.url("/uploaded.mp3")).await;
    let name = sha256(&bytes);
    let key = format!("blobs/{}/{}/{name}", &name[..2], &name[2..4]);
    until("the bucket has it", async || s3.object(&key).filter(|object| *object == bytes)).await;
    assert_ne!(ada.download(id).await["status"], "ready");
    first.kill();

    let second = place.spawn().await;
    is_well(&place, &ada, id, &bytes).await;
    let objects: Vec<_> = s3.keys().into_iter().filter(|key| key.starts_with("blobs/")).collect();
    assert_eq!((objects, s3.parts_left()), (vec![key], 0));
    assert_eq!(origin.asked("/uploaded.mp3"), 1);
    drop(second);
    place.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_death_after_the_upload_leaves_one_object_on_sqlite() {
    dies_after_the_upload(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_death_after_the_upload_leaves_one_object_on_postgres() {
    dies_after_the_upload(Backend::Postgres).await;
}
