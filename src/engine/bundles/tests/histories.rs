//! Random histories of a gateway and a site with real databases and volumes: whatever is lost, doubled, late
//! or half imported, both have the same at the end. `SMARTCACHE_HISTORIES` is their number.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use super::super::serve;
use super::files::{address, episode, read_episodes};
use super::*;
use crate::db::downloads as download_rows;
use crate::domain::download::DownloadStatus;
use crate::engine::downloads;
use crate::testing::fixtures::sha256;

const STEPS: usize = 14;
const NAMES: [&str; 4] = ["one", "two", "three", "four"];

/// Volumes that are under way to each node.
#[derive(Default)]
struct Mail {
    to_site: Vec<PathBuf>,
    to_gateway: Vec<PathBuf>,
}

struct History {
    pair: Pair,
    ada: UserId,
    mail: Mail,
    random: StdRng,
    /// Episodes that the feed has.
    published: usize,
}

impl History {
    async fn step(&mut self) {
        match self.random.random_range(0..10) {
            0 => {
                self.published = (self.published + 1).min(NAMES.len());
                read_episodes(&self.pair.gateway, &NAMES[..self.published]).await;
            }
            1 => self.get().await,
            2 => self.cancel().await,
            3 => self.serve().await,
            4 | 5 => self.export_to_site().await,
            6 => {
                let written = self.pair.export(&self.pair.site, &self.pair.gateway).await;
                self.mail.to_gateway.extend(written.volumes);
            }
            7 => self.restore().await,
            8 => self.import(true).await,
            _ => self.import(false).await,
        }
    }

    /// The user asks for an episode that the site knows.
    async fn get(&mut self) {
        let name = NAMES.choose(&mut self.random).unwrap();
        if let Some(item) = self.pair.site.find_item(name).await {
            downloads::queue(&self.pair.site.engine, self.ada, item, None).await.ok();
            self.pair.site.transfer_if_queued(name).await;
        }
    }

    async fn cancel(&mut self) {
        let name = NAMES.choose(&mut self.random).unwrap();
        let site = &self.pair.site;
        let Some(item) = site.find_item(name).await else { return };
        let download = download_rows::of_item(&site.engine.db, self.ada, item).await.unwrap();
        if let Some(download) = download.filter(|it| it.status == DownloadStatus::Queued) {
            downloads::cancel(&site.engine, self.ada, download.id).await.unwrap();
        }
    }

    /// The gateway works on requests, and what it fetches comes.
    async fn serve(&mut self) {
        let gateway = &self.pair.gateway;
        serve::serve(&gateway.engine).await.unwrap();
        for name in &NAMES[..self.published] {
            gateway.store(name).await;
            gateway.transfer_if_queued(name).await;
        }
        serve::serve(&gateway.engine).await.unwrap();
    }

    async fn export_to_site(&mut self) {
        // Several volumes, or one.
        let volume_bytes = self.random.random_bool(0.5).then_some(7_000);
        let options =
            ExportOptions { volume_bytes, ..ExportOptions::into_directory(self.pair.medium.clone()) };
        let written = export(&self.pair.gateway.engine, "school", &options).await.unwrap();
        self.mail.to_site.extend(written.volumes);
    }

    /// The gateway's database forgets what it sent, as one restored from a copy does.
    async fn restore(&mut self) {
        if self.random.random_bool(0.3) {
            let forget = "DELETE FROM bundle WHERE direction = 'sent'";
            crate::db::sql::execute(&self.pair.gateway.engine.db, forget, args![]).await.unwrap();
        }
    }

    /// A volume comes, in any order; it may come again, or never.
    async fn import(&mut self, at_site: bool) {
        let (node, mail) = match at_site {
            true => (&self.pair.site, &mut self.mail.to_site),
            false => (&self.pair.gateway, &mut self.mail.to_gateway),
        };
        if mail.is_empty() {
            return;
        }
        let at = self.random.random_range(0..mail.len());
        match self.random.random_range(0..5) {
            // Lost.
            0 => drop(mail.remove(at)),
            // Doubled.
            1 => drop(import(&node.engine, &mail[at]).await),
            // Killed in the midst of it: it is polled no more.
            2 => {
                let limit = std::time::Duration::from_millis(self.random.random_range(1..40));
                drop(tokio::time::timeout(limit, import(&node.engine, &mail[at])).await);
            }
            _ => drop(import(&node.engine, &mail.remove(at)).await),
        }
        if at_site {
            self.pair.site.transfer_all().await;
        }
    }

    /// Both exchange until nothing is left to tell.
    async fn settle(&mut self) {
        read_episodes(&self.pair.gateway, &NAMES[..self.published]).await;
        for _ in 0..4 {
            self.pair.to_gateway().await;
            self.serve().await;
            let options =
                ExportOptions { is_full: true, ..ExportOptions::into_directory(self.pair.medium.clone()) };
            let written = export(&self.pair.gateway.engine, "school", &options).await.unwrap();
            for volume in &written.volumes {
                import(&self.pair.site.engine, volume).await.unwrap();
            }
            self.pair.site.transfer_all().await;
        }
    }
}

impl Node {
    async fn find_item(&self, title: &str) -> Option<crate::domain::ItemId> {
        let sql = "SELECT id FROM item WHERE title = $1";
        crate::db::sql::value(&self.engine.db, sql, args![title]).await.unwrap()
    }

    async fn transfer_if_queued(&self, name: &str) {
        let sql = "SELECT COUNT(*) FROM job WHERE kind = 'transfer' AND uniq = $1 AND state = 'ready'";
        let url = address(name);
        let waiting: Option<i64> = crate::db::sql::value(&self.engine.db, sql, args![url]).await.unwrap();
        if waiting != Some(0) {
            self.transfer(name).await;
        }
    }

    async fn transfer_all(&self) {
        for name in NAMES {
            self.transfer_if_queued(name).await;
        }
    }
}

async fn history(gateway: Backend, site: Backend, seed: u64) {
    let pair = Pair::mixed(gateway, site).await;
    let ada = pair.follows().await;
    read_episodes(&pair.gateway, &NAMES[..1]).await;
    let (random, mail) = (StdRng::seed_from_u64(seed), Mail::default());
    let mut history = History { pair, ada, mail, random, published: 1 };
    for _ in 0..STEPS {
        history.step().await;
    }
    history.settle().await;
    let (site, gateway) = (&history.pair.site, &history.pair.gateway);
    assert_eq!(site.catalogue().await, gateway.catalogue().await, "seed {seed}");
    for name in NAMES {
        let Some(item) = site.find_item(name).await else { continue };
        let Some(download) = download_rows::of_item(&site.engine.db, ada, item).await.unwrap() else {
            continue;
        };
        match download.status {
            DownloadStatus::Ready => assert_eq!(download.sha256, Some(sha256(&episode(name))), "seed {seed}"),
            DownloadStatus::Cancelled => {}
            DownloadStatus::Failed => assert!(download.error.is_some(), "seed {seed}"),
            other => panic!("seed {seed}: {name} is {other}, {:?}", download.error),
        }
    }
    assert!(rows::open_requests(&site.engine.db, 9).await.unwrap().is_empty(), "seed {seed}");
    // A second telling of everything changes nothing.
    let before = site.catalogue().await;
    let options =
        ExportOptions { is_full: true, ..ExportOptions::into_directory(history.pair.medium.clone()) };
    let again = export(&gateway.engine, "school", &options).await.unwrap();
    for volume in &again.volumes {
        import(&site.engine, volume).await.unwrap();
    }
    assert_eq!(site.catalogue().await, before, "seed {seed}");
    history.pair.clear().await;
}

#[both_databases]
async fn random_histories_end_with_the_same_on_both_sides(t: &TestEngine) {
    let (own, number) = (backend(t), std::env::var("SMARTCACHE_HISTORIES").ok());
    let number = number.and_then(|number| number.parse().ok()).unwrap_or(2);
    for seed in 0..number {
        // A gateway on PostgreSQL with a site on SQLite, and the other way round; and both on one kind.
        let site = if seed % 2 == 0 { Backend::Sqlite } else { own };
        history(own, site, seed).await;
    }
}
