//! gPodder's command-line client, with its own database and every feed in it.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::AsyncReadExt;
use tokio::process::Command;

use super::Figures;
use crate::measure::Watched;

pub struct Gpodder {
    home: PathBuf,
}

impl Gpodder {
    pub fn new(ground: &Path, urls: &[String]) -> Self {
        let home = ground.join("gpodder");
        std::fs::create_dir_all(&home).unwrap();
        let outline = |url: &String| format!("<outline type=\"rss\" text=\"{url}\" xmlUrl=\"{url}\"/>");
        let outlines: String = urls.iter().map(outline).collect();
        let list = format!("<opml version=\"2.0\"><head/><body>{outlines}</body></opml>");
        std::fs::write(home.join("feeds.opml"), list).unwrap();
        Self { home }
    }

    /// Imports the feeds first, then updates them. Keeps all items like SmartCache, not the default of 200.
    pub async fn round(&mut self, is_first: bool) -> Figures {
        let script = match is_first {
            true => "gpo set limit.episodes 0 && gpo import feeds.opml",
            false => "gpo update",
        };
        // `read` keeps the shell alive until its children's CPU time has been read.
        let script = format!("({script}) > said 2>&1; echo done; read wait");
        let mut command = Command::new("sh");
        command.args(["-c", &script]).current_dir(&self.home).kill_on_drop(true);
        command.env("GPODDER_HOME", &self.home).env("GPODDER_WRITE_LOGS", "no").env("NO_PROXY", "*");
        for proxy in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env_remove(proxy);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let watched = Watched::new(child.id().unwrap());
        let mut said = child.stdout.take().unwrap();
        let (_, memory) = watched.during(said.read(&mut [0; 8])).await;
        let (wall, cpu) = (watched.wall(), watched.cpu());
        drop(child.stdin.take());
        child.wait().await.unwrap();
        Figures { wall, healthy: wall, cpu, memory }
    }
}
