//! Backups by the real binary: taken under load, restored into an empty installation, and compared.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};
use smartcache::testing::{Backend, PASSWORD};

use crate::harness::{Person, until};
use crate::origin::{Entry, Manner, Origin, sha256};
use crate::spawned::Place;

/// A directory that is removed at the end.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("smartcache-backup-{:016x}", rand::random::<u64>())))
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A feed with many small episodes and some slow ones.
fn feed(origin: &Origin) -> (String, BTreeMap<String, String>) {
    let names: Vec<_> = (0..12).map(|n| format!("/{n}.mp3")).collect();
    let mut hashes = BTreeMap::new();
    for (n, name) in names.iter().enumerate() {
        let manner = if n % 3 == 0 { Manner::Slow(40_000) } else { Manner::Proper };
        hashes.insert(name.clone(), sha256(&origin.sound(name, 200_000 + n, manner)));
    }
    let entry =
        |name: &'static str| Entry { guid: Some(name), title: name, media: Some(name), ..Entry::default() };
    let entries: Vec<_> = names.into_iter().map(|name| entry(name.leak())).collect();
    (origin.feed("/feed.xml", "Many", &entries), hashes)
}

async fn ready(person: &Person) -> Vec<Value> {
    person.all("/api/v1/downloads?status=ready").await
}

/// The files of these downloads have the bytes of their origin.
async fn are_whole(person: &Person, downloads: &[Value], hashes: &BTreeMap<String, String>) {
    for download in downloads {
        let file = person.get(&format!("/api/v1/downloads/{}/file", download["id"])).await;
        assert_eq!(file.status, 200, "{download}");
        assert_eq!(sha256(&file.body), hashes[download["title"].as_str().unwrap()], "{download}");
    }
}

async fn restored_under_load(backend: Backend) {
    let Some((place, origin)) = Place::on(backend).await else { return };
    let (feed, hashes) = feed(&origin);
    let server = place.spawn().await;
    let ada = place.person();
    ada.sign_up("ada").await;
    ada.put("/api/v1/preferences", json!({ "max_daily_items": 50 })).await.ok();
    let source = ada.follow(&feed).await;
    for item in ada.all(&format!("/api/v1/items?source_id={source}")).await {
        ada.queue(&item).await;
    }
    until("some are ready and some are not", async || (ready(&ada).await.len() >= 3).then_some(())).await;
    let directory = Directory::new();
    let (backup, key) = (directory.path("backup"), directory.path("key"));
    let before = ready(&ada).await;
    let (is_made, said) = place.run(&["backup", &backup, "--key", &key]);
    assert!(is_made && said.contains("Keep it apart"), "{said}");
    until("all are ready", async || (ready(&ada).await.len() == hashes.len()).then_some(())).await;
    drop(server);

    let Some((mut other, _)) = Place::on(backend).await else { return };
    other.allow(&origin.allowance());
    let (is_restored, said) = other.run(&["restore", &backup, "--key", &key]);
    assert!(is_restored && said.contains("is restored"), "{said}");
    assert_eq!(std::fs::read(other.directory().join("secret.key")).unwrap(), std::fs::read(&key).unwrap());
    let (is_restored, said) = other.run(&["restore", &backup]);
    assert!(!is_restored && (said.contains("already") || said.contains("not empty")), "{said}");
    let server = other.spawn().await;
    let ada = other.person();
    ada.post("/api/v1/auth/login", json!({ "username": "ada", "password": PASSWORD })).await.ok();
    let after = ready(&ada).await;
    for download in &before {
        assert!(after.iter().any(|it| it["id"] == download["id"]), "{download} was ready");
    }
    are_whole(&ada, &after, &hashes).await;
    // What was on its way is fetched by the new server.
    until("all are ready", async || (ready(&ada).await.len() == hashes.len()).then_some(())).await;
    are_whole(&ada, &ready(&ada).await, &hashes).await;
    let (is_well, said) = other.run(&["doctor", "--audit"]);
    assert!(is_well, "{said}");
    drop(server);
    place.clear().await;
    other.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_is_restored_on_sqlite() {
    restored_under_load(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_is_restored_on_postgres() {
    restored_under_load(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_backup_is_refused_with_the_reason() {
    let (place, _) = Place::on(Backend::Sqlite).await.unwrap();
    let directory = Directory::new();
    let nowhere = directory.path("nowhere");
    let (_, said) = place.run(&["restore", &nowhere]);
    assert!(said.contains("no finished backup"), "{said}");
    let strange = directory.path("strange");
    std::fs::create_dir_all(&strange).unwrap();
    std::fs::write(format!("{strange}/letter.txt"), "Dear Ada").unwrap();
    let (is_made, said) = place.run(&["backup", &strange]);
    assert!(!is_made && said.contains("letter.txt"), "{said}");
    assert!(std::fs::read_dir(&strange).unwrap().count() == 1, "nothing was added");
    place.clear().await;
}
