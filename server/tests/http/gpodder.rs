//! The personal feed in a common client: gPodder's command line subscribes, updates and downloads.

use both_databases::both_databases;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;

use crate::harness::{App, Person};
use crate::origin::{Manner, sha256};

/// gPodder with its own home directory, removed on drop.
struct Gpodder {
    home: PathBuf,
}

impl Gpodder {
    fn new() -> Self {
        let name = format!("gpodder-{}", uuid::Uuid::new_v4().simple());
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&home).unwrap();
        Self { home }
    }

    /// Runs a command and returns its output. Ignores the exit code: the output and the files count.
    async fn run(&self, args: &[&str]) -> String {
        let mut command = Command::new("gpo");
        command
            .args(args)
            .env("GPODDER_HOME", &self.home)
            .env("GPODDER_WRITE_LOGS", "no")
            .env("LC_ALL", "C.UTF-8");
        // The requests stay on this machine and must not use a proxy.
        for proxy in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env_remove(proxy);
        }
        command.env("NO_PROXY", "*").stdin(Stdio::null());
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
        let output = output
            .unwrap_or_else(|why| panic!("gpo: {why}; please install gPodder (Debian's package gpodder)"));
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    }

    /// Contents of the downloaded files.
    fn files(&self) -> Vec<Vec<u8>> {
        let shows = std::fs::read_dir(self.home.join("Downloads")).unwrap().map(|show| show.unwrap().path());
        let files = shows.filter(|show| show.is_dir()).flat_map(|show| std::fs::read_dir(show).unwrap());
        let files = files
            .map(|file| file.unwrap().path())
            .filter(|file| file.extension().is_some_and(|e| e == "mp3"));
        files.map(|file| std::fs::read(file).unwrap()).collect()
    }
}

impl Drop for Gpodder {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.home);
        }
    }
}

/// Prepares an episode of a new feed. Returns its bytes.
async fn prepare(app: &App, person: &Person, name: &str) -> Vec<u8> {
    let (feed, bytes) = app.origin.podcast(name, 300_000, Manner::Proper);
    let id = person.queue(&person.item_of(person.follow(&feed).await).await).await;
    person.until_download(id, "ready").await;
    bytes.to_vec()
}

#[both_databases]
async fn gpodder_follows_the_personal_feed_and_gets_the_very_bytes(app: &App) {
    let ada = app.sign_up("ada").await;
    prepare(app, &ada, "trains").await;
    let url = ada.post("/api/v1/personal-feed", json!({})).await.ok()["url"].as_str().unwrap().to_owned();
    let gpodder = Gpodder::new();
    let said = gpodder.run(&["subscribe", &url]).await;
    assert!(said.contains("Successfully added"), "{said}");
    let said = gpodder.run(&["list"]).await;
    assert!(said.contains("SmartCache: ready for you") && said.contains(&url), "{said}");

    let tunnels = prepare(app, &ada, "tunnels").await;
    let said = gpodder.run(&["update"]).await;
    assert!(said.contains("2 new episodes"), "{said}");
    let said = gpodder.run(&["episodes", "--guid", &url]).await;
    let guid = said.lines().find(|line| line.contains("tunnels")).unwrap_or_else(|| panic!("{said}"));
    let guid = guid.split_whitespace().find(|word| word.starts_with("smartcache-item-")).unwrap();
    let said = gpodder.run(&["download", &url, guid]).await;
    let files: Vec<_> = gpodder.files().iter().map(|file| sha256(file)).collect();
    assert_eq!(files, [sha256(&tunnels)], "{said}");
    let said = gpodder.run(&["pending"]).await;
    assert!(said.contains("trains") && !said.contains("tunnels"), "{said}");
}
