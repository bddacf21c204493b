//! Processes killed, frozen or out of disk space during a transfer: it resumes where it stopped, ends once.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use smartcache::testing::{Backend, PASSWORD};

use crate::harness::{Person, until};
use crate::origin::{Manner, Origin, sha256, sound};
use crate::rogue::{Asked, Rogue, Step, proper, version};
use crate::spawned::{Place, Spawned};

const SIZE: usize = 20_000_000;
const PATH: &str = "/large.mp3";

struct Stage {
    place: Place,
    origin: Origin,
    rogue: Rogue,
    ada: Person,
}

impl Stage {
    async fn on(backend: Backend) -> Option<Self> {
        let (mut place, origin) = Place::on(backend).await?;
        let rogue = Rogue::start().await;
        place.allow(&rogue.allowance());
        let ada = place.person();
        Some(Self { place, origin, rogue, ada })
    }

    /// Queues the one large episode. The server must be running.
    async fn queue(&self) -> i64 {
        self.ada.sign_up("ada").await;
        let media = self.rogue.url(PATH);
        let item = format!(
            "<item><guid>1</guid><title>Large</title><enclosure url=\"{media}\" length=\"{SIZE}\" type=\"audio/mpeg\"/></item>"
        );
        let feed = format!("<rss version=\"2.0\"><channel><title>Large</title>{item}</channel></rss>");
        let url = self.origin.put("/large.xml", "application/rss+xml", feed, Manner::Proper);
        let source = self.ada.follow(&url).await;
        self.ada.queue(&self.ada.item_of(source).await).await
    }

    fn incoming(&self) -> PathBuf {
        self.place.directory().join("incoming")
    }

    /// Asserts that the download is ready with the origin's bytes, stored once, without temporary files left.
    async fn ended_well(&self, id: i64, bytes: &[u8]) {
        let ready = self.ada.until_download(id, "ready").await;
        assert_eq!((&ready["sha256"], &ready["error"]), (&json!(sha256(bytes)), &Value::Null));
        let file = self.ada.get(&format!("/api/v1/downloads/{id}/file")).await;
        assert_eq!(sha256(&file.body), sha256(bytes));
        assert_eq!(files(&self.incoming()), 0, "half-arrived files are left");
        assert_eq!(files(&self.place.storage().join("blobs")), 1, "copies");
    }
}

fn files(directory: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(directory) else { return 0 };
    entries.map(|entry| entry.unwrap().path()).map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}

/// Length of the longest file that is still arriving.
fn arrived(incoming: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(incoming) else { return 0 };
    let lengths = entries.filter_map(|entry| Some(entry.ok()?.metadata().ok()?.len() as usize));
    lengths.max().unwrap_or_default()
}

/// Steps of `version` in small pieces, slow enough to outlast this many kills at most 1.5 s apart.
fn slowly(bytes: &[u8], asked: &Asked, deaths: usize) -> Vec<Step> {
    if asked.nth > deaths {
        return version(bytes, "\"1\"", asked, usize::MAX);
    }
    let pieces_before_a_death = 60;
    let piece = SIZE / (deaths * pieces_before_a_death);
    let mut steps = Vec::new();
    for step in version(bytes, "\"1\"", asked, usize::MAX) {
        match step {
            Step::Send(body) if body.len() > piece => {
                let paced =
                    |piece: &[u8]| [Step::Send(piece.to_vec()), Step::Wait(Duration::from_millis(25))];
                steps.extend(body.chunks(piece).flat_map(paced));
            }
            other => steps.push(other),
        }
    }
    steps
}

/// Number of kills: `SMARTCACHE_TEST_KILLS`, by default a few.
fn deaths() -> usize {
    std::env::var("SMARTCACHE_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(8)
}

async fn survives_kills(backend: Backend) {
    let Some(stage) = Stage::on(backend).await else { return };
    let (bytes, deaths) = (sound("large", SIZE), deaths());
    let body = bytes.clone();
    stage.rogue.on(PATH, move |asked| slowly(&body, asked, deaths));
    let mut server = stage.place.spawn().await;
    let id = stage.queue().await;
    let mut here = 0;
    for death in 0..deaths {
        let asked =
            until("somebody goes on with it", async || stage.rogue.asked(PATH).get(death).cloned()).await;
        assert!(asked.from() >= here, "{here} bytes were here, and it went on from {}", asked.from());
        tokio::time::sleep(Duration::from_millis(rand::random_range(0..1_000))).await;
        assert_ne!(stage.ada.download(id).await["status"], "ready", "nothing is ready early");
        server.kill();
        here = arrived(&stage.incoming());
        server = stage.place.spawn().await;
    }
    stage.ended_well(id, &bytes).await;
    let (asked, sent) = (stage.rogue.asked(PATH), stage.rogue.sent(PATH));
    assert_eq!(asked.len(), deaths + 1);
    eprintln!("{deaths} kills: {sent} bytes were sent for a file of {SIZE}");
    drop(server);
    stage.place.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_goes_on_after_every_kill_on_sqlite() {
    survives_kills(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_goes_on_after_every_kill_on_postgres() {
    survives_kills(Backend::Postgres).await;
}

/// Freezes a worker past its lease. It is replaced, and its late writes are refused after it thaws (fencing).
async fn refuses_late_writers(backend: Backend) {
    let Some(stage) = Stage::on(backend).await else { return };
    let bytes = sound("large", SIZE);
    let body = bytes.clone();
    stage.rogue.on(PATH, move |asked| slowly(&body, asked, 4));
    let frozen = stage.place.spawn().await;
    let id = stage.queue().await;
    until("half a megabyte is here", async || (arrived(&stage.incoming()) > 500_000).then_some(())).await;
    frozen.signal("STOP");
    // The frozen process holds the port, so the other one is only a worker.
    let other = stage.place.start(&["worker"]);
    until("another worker goes on", async || (stage.rogue.asked(PATH).len() == 2).then_some(())).await;
    until("it is all here", async || (files(&stage.place.storage().join("blobs")) == 1).then_some(())).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    frozen.signal("CONT");
    stage.ended_well(id, &bytes).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    stage.ended_well(id, &bytes).await;
    drop((frozen, other));
    stage.place.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_wakes_too_late_changes_nothing_on_sqlite() {
    refuses_late_writers(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_wakes_too_late_changes_nothing_on_postgres() {
    refuses_late_writers(Backend::Postgres).await;
}

/// Sends SIGTERM during a transfer: received bytes stay, and the next process resumes from them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_goes_on_after_an_orderly_stop() {
    let Some(stage) = Stage::on(Backend::Sqlite).await else { return };
    let bytes = sound("large", SIZE);
    let body = bytes.clone();
    // Longer than a graceful stop may take.
    stage.rogue.on(PATH, move |asked| slowly(&body, asked, if asked.nth == 1 { 100 } else { 1 }));
    let server = stage.place.spawn().await;
    let id = stage.queue().await;
    until("half a megabyte is here", async || (arrived(&stage.incoming()) > 500_000).then_some(())).await;
    let (status, took) = server.stop().await;
    assert!(status.success() && took < Duration::from_secs(30), "{status} after {took:?}");
    let here = arrived(&stage.incoming());
    let server = stage.place.spawn().await;
    stage.ended_well(id, &bytes).await;
    let asked = stage.rogue.asked(PATH);
    assert!(asked.len() == 2 && asked[1].from() >= here && here > 500_000, "{here}: {asked:?}");
    drop(server);
    stage.place.clear().await;
}

/// Starts the server with 8 MB for one of its directories. `None` if the system allows no mount.
fn cramped(stage: &Stage, directory: &str) -> Option<Spawned> {
    let probe = std::process::Command::new("unshare").args(["-rm", "true"]).status();
    if !probe.is_ok_and(|status| status.success()) {
        eprintln!("not tested: this system has no mount namespaces for us");
        return None;
    }
    let full = stage.place.directory().join(directory);
    std::fs::create_dir_all(&full).unwrap();
    let mount = format!("mount -t tmpfs -o size=8m none '{}' && exec \"$0\" \"$@\"", full.display());
    Some(stage.place.start_in(&["unshare", "-rm", "sh", "-c", &mount], &["serve"]))
}

async fn a_full_disk_stops_nothing_else(backend: Backend, directory: &str) {
    let Some(stage) = Stage::on(backend).await else { return };
    let (large, small) = (sound("large", SIZE), sound("small", 3_000_000));
    stage.rogue.on(PATH, {
        let (large, small) = (large.clone(), small.clone());
        move |asked| if asked.nth == 1 { proper(&large) } else { proper(&small) }
    });
    let Some(server) = cramped(&stage, directory) else { return };
    stage.place.answers().await;
    let id = stage.queue().await;
    let failed = stage.ada.until_download(id, "failed").await;
    assert!(failed["error"].as_str().unwrap().starts_with("Storage full"), "{failed}");
    let again = stage.place.person();
    let typed = json!({ "username": "ada", "password": PASSWORD });
    again.post("/api/v1/auth/login", typed).await.ok();
    assert_eq!(again.get("/login").await.status, 302, "who is signed in is sent on");
    stage.ada.post(&format!("/api/v1/downloads/{id}/retry"), json!({})).await.ok();
    let ready = stage.ada.until_download(id, "ready").await;
    assert_eq!(ready["sha256"], sha256(&small));
    drop(server);
    stage.place.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_room_for_what_arrives_is_told_and_passes_on_sqlite() {
    a_full_disk_stops_nothing_else(Backend::Sqlite, "incoming").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_room_for_what_arrives_is_told_and_passes_on_postgres() {
    a_full_disk_stops_nothing_else(Backend::Postgres, "incoming").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_room_in_the_store_is_told_and_passes_on_sqlite() {
    a_full_disk_stops_nothing_else(Backend::Sqlite, "storage").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_room_in_the_store_is_told_and_passes_on_postgres() {
    a_full_disk_stops_nothing_else(Backend::Postgres, "storage").await;
}
