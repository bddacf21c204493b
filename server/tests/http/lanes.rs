//! Concurrency limit per host: a free lane takes the next transfer, small files before large ones, and each
//! waiting download says what it waits for.

use serde_json::{Value, json};
use smartcache::testing::Backend;

use crate::harness::{App, Person, until};
use crate::origin::{Entry, Manner};
use crate::rogue::{Rogue, head, proper};

/// Runs a check with these limits of concurrent transfers, in total and per host.
async fn with_lanes(at_once: usize, per_host: u64, check: impl AsyncFn(&App)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let app = App::with(backend, |config| {
            (config.transfers, config.transfers_per_host, config.max_file_mb) = (at_once, per_host, 40);
        });
        let Some(app) = app.await else { continue };
        check(&app).await;
        app.clear().await;
    }
}

/// Items of a feed with these files, in this order.
async fn items<const N: usize>(app: &App, person: &Person, files: [(&str, usize, Manner); N]) -> [Value; N] {
    for (path, bytes, manner) in &files {
        app.origin.sound(path, *bytes, manner.clone());
    }
    let paths = files.map(|(path, ..)| path);
    let entries =
        paths.map(|path| Entry { guid: Some(path), title: path, media: Some(path), ..Entry::default() });
    let source = person.follow(&app.origin.feed("/feed.xml", "Lanes", &entries)).await;
    let all = person.all(&format!("/api/v1/items?source_id={source}")).await;
    paths.map(|path| all.iter().find(|item| item["title"] == path).unwrap().clone())
}

async fn waits_for(person: &Person, id: i64, what: &str) {
    let said = until("it says what it waits for", async || {
        let download = person.download(id).await;
        Some(download["waiting_for"].clone()).filter(|what| !what.is_null())
    });
    assert_eq!(said.await, what);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_files_pass_a_large_one_of_their_host() {
    with_lanes(6, 3, async |app| {
        let ada = app.sign_up("ada").await;
        let small = |path| (path, 3_000, Manner::Proper);
        let large = ("/large.mp3", 2_000_000, Manner::NeverAnswers);
        let [large, few @ ..] = items(
            app,
            &ada,
            [large, small("/1.mp3"), small("/2.mp3"), small("/3.mp3"), small("/4.mp3"), small("/5.mp3")],
        )
        .await;
        let large = ada.queue(&large).await;
        ada.until_download(large, "downloading").await;
        for item in &few {
            let id = ada.queue(item).await;
            ada.until_download(id, "ready").await;
        }
        assert_eq!(ada.download(large).await["status"], "downloading");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_small_comes_before_the_large_and_both_say_what_they_wait_for() {
    with_lanes(6, 1, async |app| {
        let ada = app.sign_up("ada").await;
        let files = [("/first.mp3", 5_000), ("/large.mp3", 24_000_000), ("/small.mp3", 3_000)];
        let [first, large, small] =
            items(app, &ada, files.map(|(path, bytes)| (path, bytes, Manner::NeverAnswers))).await;
        let first = ada.queue(&first).await;
        ada.until_download(first, "downloading").await;
        let (large, small) = (ada.queue(&large).await, ada.queue(&small).await);
        for id in [large, small] {
            waits_for(&ada, id, "the file that is being fetched from 127.0.0.1").await;
        }
        ada.post(&format!("/api/v1/downloads/{first}/cancel"), json!({})).await.ok();
        ada.until_download(small, "downloading").await;
        assert_eq!(ada.download(large).await["status"], "queued");
        assert_eq!(app.origin.asked("/large.mp3"), 0);
        assert_eq!(ada.download(small).await["waiting_for"], Value::Null, "it waits no more");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_tried_again_later_holds_no_lane() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let rogue = Rogue::start().await;
        let app = App::with(backend, |config| {
            (config.transfers, config.transfers_per_host) = (1, 1);
            config.egress_allow.push(rogue.allowance().parse().unwrap());
        });
        let Some(app) = app.await else { continue };
        rogue.on("/busy.mp3", |_| vec![head("503 Service Unavailable", &[("Retry-After", "300")])]);
        rogue.on("/well.mp3", |_| proper(&crate::origin::sound("well", 3_000)));
        let ada = app.sign_up("ada").await;
        let busy = ada.fetch(&app.origin, &rogue.url("/busy.mp3")).await;
        waits_for(&ada, busy, "its next try").await;
        let well = ada.fetch(&app.origin, &rogue.url("/well.mp3")).await;
        ada.until_download(well, "ready").await;
        assert_eq!(
            (ada.download(busy).await["status"].as_str(), rogue.asked("/busy.mp3").len()),
            (Some("queued"), 1)
        );
        app.clear().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_transfer_of_any_host_is_told_so() {
    with_lanes(1, 3, async |app| {
        let ada = app.sign_up("ada").await;
        let hangs = |path| (path, 3_000, Manner::NeverAnswers);
        let [one, other] = items(app, &ada, [hangs("/one.mp3"), hangs("/other.mp3")]).await;
        let one = ada.queue(&one).await;
        ada.until_download(one, "downloading").await;
        let other = ada.queue(&other).await;
        waits_for(&ada, other, "the transfer that is under way").await;
    })
    .await;
}
