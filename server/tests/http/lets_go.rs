//! Eviction of bytes while another transfer stores the same ones: no download is ready without its bytes.

use both_databases::both_databases;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use blobs::testing::S3;
use serde_json::json;
use smartcache::db::{media, sql, turns};
use smartcache::testing::Backend;
use tokio::sync::Semaphore;

use crate::harness::{App, until};
use crate::origin::{Manner, sha256, sound};
use crate::rogue::{Rogue, Step, proper};
use crate::storage::{in_cache, in_directory};

const SIZE: usize = 400_000;

/// Inode of a stored file; differs once the same bytes are stored again.
fn inode(file: &Path) -> u64 {
    std::fs::metadata(file).unwrap().ino()
}

/// Stores bytes whose copy exists but is unreferenced, and evicts that copy between the store's write and the
/// database commit.
async fn let_go_in_between(backend: Backend, s3: Option<&S3>) {
    let (rogue, gate) = (Rogue::start().await, Arc::new(Semaphore::new(0)));
    let sound = sound("twice", SIZE);
    let place = rogue.allowance().parse().unwrap();
    let with = |config: &mut smartcache::engine::Config| {
        config.egress_allow.push(place);
        if let Some(s3) = s3 {
            config.storage = s3.place();
        }
    };
    let Some(app) = App::with(backend, with).await else { return };
    let (db, store, sha256) = (&app.engine.db, &app.engine.store, sha256(&sound));
    let ada = app.sign_up("ada").await;
    app.origin.put("/first.mp3", "audio/mpeg", sound.clone(), Manner::Proper);
    let first = ada.fetch(&app.origin, &app.origin.url("/first.mp3")).await;
    ada.until_download(first, "ready").await;
    ada.delete(&format!("/api/v1/downloads/{first}")).await;

    let stored = if s3.is_some() { in_cache(&app, &sound) } else { in_directory(&app, &sound) };
    let before = inode(&stored);

    let (body, wait) = (sound.clone(), gate.clone());
    rogue.on("/second.mp3", move |_| {
        let (head, half) = (proper(&body).remove(0), body.len() / 2);
        let (first, second) = (body[..half].to_vec(), body[half..].to_vec());
        vec![head, Step::Send(first), Step::WaitFor(wait.clone()), Step::Send(second)]
    });
    let second = ada.fetch(&app.origin, &rogue.url("/second.mp3")).await;
    until("half of it is sent", async || (rogue.sent("/second.mp3") > SIZE / 2).then_some(())).await;
    // The job writes nothing between this status and its end.
    ada.until_download(second, "downloading").await;

    // Holds the write lock on SQLite and the job's row on PostgreSQL, so that the transfer cannot end.
    let txn = turns::Transaction::begin(db).await.unwrap();
    sql::execute(&*txn, "UPDATE job SET priority = priority WHERE kind = 'transfer'", vec![]).await.unwrap();
    gate.add_permits(1);
    until("the store has taken it", async || (inode(&stored) != before).then_some(())).await;
    // The same steps as housekeeping.
    assert!(media::drop_blob(&*txn, &sha256).await.unwrap());
    store.remove(&sha256).await.unwrap();
    txn.commit().await.unwrap();

    let ready = ada.until_ended(second).await;
    assert_eq!((&ready["status"], &ready["sha256"]), (&json!("ready"), &json!(sha256)), "{ready}");
    assert_eq!(ada.get(&format!("/api/v1/downloads/{second}/file")).await.body, sound);
    assert!(store.keeps(&sha256, SIZE as i64).await, "in the last tier too");
    assert_eq!(rogue.asked("/second.mp3").len(), 2, "it was fetched again");
    app.clear().await;
}

#[both_databases]
async fn what_is_let_go_of_while_somebody_asks_for_it_is_fetched_again(app: &App) {
    let ada = app.sign_up("ada").await;
    let (feed, sound) = app.origin.podcast("asked", 100_000, Manner::Proper);
    let item = ada.item_of(ada.follow(&feed).await).await;
    let id = ada.queue(&item).await;
    ada.until_download(id, "ready").await;
    ada.delete(&format!("/api/v1/downloads/{id}")).await;
    let txn = turns::Transaction::begin(&app.engine.db).await.unwrap();
    assert!(media::drop_blob(&*txn, &sha256(&sound)).await.unwrap());
    let letting_go = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        app.engine.store.remove(&sha256(&sound)).await.unwrap();
        txn.commit().await.unwrap();
    };
    let (id, ()) = tokio::join!(ada.queue(&item), letting_go);
    ada.until_download(id, "ready").await;
    assert_eq!(ada.get(&format!("/api/v1/downloads/{id}/file")).await.body, sound);
    assert_eq!(app.origin.asked("/asked.mp3"), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_let_go_of_meanwhile_is_fetched_again_on_sqlite() {
    let_go_in_between(Backend::Sqlite, None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_let_go_of_meanwhile_is_fetched_again_on_postgres() {
    let_go_in_between(Backend::Postgres, None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_let_go_of_meanwhile_in_a_bucket_is_fetched_again() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let s3 = S3::start().await;
        let_go_in_between(backend, Some(&s3)).await;
    }
}
