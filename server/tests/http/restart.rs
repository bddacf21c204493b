//! Work of a killed process resumes with the next process, without waiting for 30-second leases to expire.

use std::time::{Duration, Instant};

use serde_json::json;
use smartcache::testing::Backend;

use crate::harness::until;
use crate::origin::{Entry, Manner, sound};
use crate::rogue::{Rogue, Step, version};
use crate::spawned::Place;

/// A third of the default lease, since a build may run beside the test and slow the machine.
const AT_ONCE: Duration = Duration::from_secs(10);

fn lease() -> (&'static str, String) {
    ("SMARTCACHE_LEASE_SECONDS", "30".to_owned())
}

/// Kills the server three times during one download; the rest then arrives at once.
async fn a_download_goes_on(backend: Backend) {
    let Some((mut place, origin)) = Place::on(backend).await else { return };
    let rogue = Rogue::start().await;
    place.allow(&rogue.allowance());
    place.set([lease()]);
    let (bytes, kills) = (sound("restart", 4_000_000), 3);
    rogue.on("/large.mp3", {
        let bytes = bytes.clone();
        move |asked| {
            let is_last = asked.nth > kills;
            let mut steps = version(&bytes, "\"1\"", asked, if is_last { usize::MAX } else { 1_000_000 });
            steps.extend((!is_last).then_some(Step::Hang));
            steps
        }
    });
    let mut server = place.spawn().await;
    let ada = place.person();
    ada.sign_up("ada").await;
    let id = ada.fetch(&origin, &rogue.url("/large.mp3")).await;
    let asked = async |times| {
        until("it is asked for", async || (rogue.asked("/large.mp3").len() >= times).then_some(())).await;
    };
    asked(1).await;
    let mut took = Vec::new();
    for kill in 0..kills {
        server.kill();
        let began = Instant::now();
        server = place.spawn().await;
        asked(kill + 2).await;
        took.push(began.elapsed());
    }
    let ready = ada.until_download(id, "ready").await;
    eprintln!("it went on after {took:?}");
    assert!(took.iter().all(|took| *took < AT_ONCE), "{took:?}");
    assert_eq!(ready["bytes_total"], json!(bytes.len()));
    let left = std::fs::read_dir(place.directory().join("workers")).unwrap().count();
    assert_eq!(left, 1, "the files of those that were killed are gone");
    drop(server);
    place.clear().await;
}

/// Kills the server during a run, which completes soon after the restart.
async fn a_run_goes_on(backend: Backend) {
    let Some((mut place, origin)) = Place::on(backend).await else { return };
    place.set([lease()]);
    let paths = ["/one.mp3", "/two.mp3"];
    paths.iter().for_each(|path| drop(origin.sound(path, 20_000, Manner::Proper)));
    let entries =
        paths.map(|path| Entry { guid: Some(path), title: path, media: Some(path), ..Entry::default() });
    let feed = origin.feed("/feed.xml", "Short", &entries);
    let server = place.spawn().await;
    let ada = place.person();
    ada.sign_up("ada").await;
    ada.follow(&feed).await;
    let run = ada.start_run(2).await;
    until("somebody has spoken", async || {
        let messages = ada.all(&format!("/api/v1/runs/{run}/messages")).await;
        messages.iter().any(|message| message["kind"] == "tool_call").then_some(())
    })
    .await;
    server.kill();
    let began = Instant::now();
    let server = place.spawn().await;
    ada.until_run(run, "completed").await;
    let took = began.elapsed();
    eprintln!("the run was over after {took:?}");
    assert!(took < AT_ONCE, "{took:?}");
    drop(server);
    place.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_download_goes_on_at_once_after_a_kill_on_sqlite() {
    a_download_goes_on(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_download_goes_on_at_once_after_a_kill_on_postgres() {
    a_download_goes_on(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_goes_on_at_once_after_a_kill_on_sqlite() {
    a_run_goes_on(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_goes_on_at_once_after_a_kill_on_postgres() {
    a_run_goes_on(Backend::Postgres).await;
}
