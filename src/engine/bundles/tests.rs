//! A gateway and a site with databases of their own, and volumes on a medium between them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod doors;
mod exports;
mod files;
mod histories;
mod peer_accounts;
mod pictures;
mod private_feeds;
mod requests;
mod rotation;

use std::path::{Path, PathBuf};

use both_databases::both_databases;
use bundle::NodeName;
use sea_orm::DbBackend;

use super::*;
use crate::db::bundles as rows;
use crate::db::sql::{args, row};
use crate::domain::account::Credentials;
use crate::domain::page::PageQuery;
use crate::domain::preference::Preferences;
use crate::domain::source::{Health, NewSubscription};
use crate::domain::{SourceId, UserId};
use crate::engine::clock::Clock;
use crate::engine::{SharedEngine, accounts, catalog, start};
use crate::testing::{Backend, Ground, PASSWORD, TestEngine, refusal};

/// A node with keys.
struct Node {
    engine: SharedEngine,
    _ground: Option<Ground>,
}

/// A gateway and a site on databases of the same kind, which trust each other.
struct Pair {
    gateway: Node,
    site: Node,
    medium: PathBuf,
}

impl Pair {
    async fn new(t: &TestEngine) -> Self {
        let backend = backend(t);
        Self::on(Node::new(t.engine.config.clone(), NodeRole::Gateway, "gateway").await, backend).await
    }

    /// A pair of a gateway and a site on another kind of database.
    async fn mixed(gateway: Backend, site: Backend) -> Self {
        let ground = Ground::new(gateway).await.unwrap();
        let mut node = Node::new(ground.config(), NodeRole::Gateway, "gateway").await;
        node._ground = Some(ground);
        Self::on(node, site).await
    }

    async fn on(gateway: Node, backend: Backend) -> Self {
        let ground = Ground::new(backend).await.unwrap();
        let mut site = Node::new(ground.config(), NodeRole::Site, "school").await;
        let medium = gateway.engine.config.data_dir.join("medium");
        std::fs::create_dir(&medium).unwrap();
        site._ground = Some(ground);
        site.trusts(&gateway).await;
        gateway.trusts(&site).await;
        Self { gateway, site, medium }
    }

    /// Removes the databases.
    async fn clear(self) {
        for node in [self.gateway, self.site] {
            if let Some(ground) = &node._ground {
                ground.clear().await;
            }
        }
    }

    /// A pair whose site has a user that follows the feed, as the gateway knows.
    async fn following(t: &TestEngine) -> (Self, UserId) {
        let pair = Self::new(t).await;
        let ada = pair.follows().await;
        (pair, ada)
    }

    async fn follows(&self) -> UserId {
        let ada = self.site.user("ada").await;
        follow(&self.site, ada).await;
        self.to_gateway().await;
        ada
    }

    /// A bundle from one node to the other, imported there.
    async fn carry(&self, from: &Node, to: &Node) -> Vec<ImportedVolume> {
        let written = self.export(from, to).await;
        let mut all = Vec::new();
        for volume in &written.volumes {
            all.push(import(&to.engine, volume).await.unwrap());
        }
        all
    }

    async fn export(&self, from: &Node, to: &Node) -> ExportedBundle {
        let options = ExportOptions::into_directory(self.medium.clone());
        export(&from.engine, &to.engine.config.node, &options).await.unwrap()
    }

    async fn to_site(&self) {
        self.carry(&self.gateway, &self.site).await;
    }

    async fn to_gateway(&self) {
        self.carry(&self.site, &self.gateway).await;
    }
}

fn backend(t: &TestEngine) -> Backend {
    match t.engine.db.get_database_backend() {
        DbBackend::Postgres => Backend::Postgres,
        _ => Backend::Sqlite,
    }
}

impl Node {
    async fn new(mut config: Config, role: NodeRole, name: &str) -> Self {
        (config.role, config.node) = (role, name.to_owned());
        Keyring::create(&directory(&config), name.parse::<NodeName>().unwrap()).unwrap();
        let engine = start::open_with(config, Clock::default(), None).await.unwrap();
        Self { engine, _ground: None }
    }

    async fn trusts(&self, other: &Self) {
        let keyring = keyring(&other.engine).unwrap();
        let node = keyring.current().node();
        trust(&self.engine, &node.to_string(), &node.fingerprint()).await.unwrap();
    }

    async fn user(&self, name: &str) -> UserId {
        let typed = Credentials { username: name.into(), password: PASSWORD.into() };
        accounts::create(&self.engine, typed, Preferences::default()).await.unwrap().id
    }

    /// Titles and texts of all items, by source.
    async fn catalogue(&self) -> Vec<(String, String, String)> {
        struct Row {
            key: String,
            title: String,
            content_html: String,
        }
        row!(Row { key, title, content_html });
        let sql = "SELECT i.key, i.title, i.content_html FROM item i JOIN source s ON s.id = i.source_id ORDER BY i.key";
        let all: Vec<Row> = crate::db::sql::all(&self.engine.db, sql, args![]).await.unwrap();
        all.into_iter().map(|row| (row.key, row.title, row.content_html)).collect()
    }

    async fn source(&self, feed_url: &str) -> SourceId {
        crate::db::sources::at(&self.engine.db, feed_url).await.unwrap().unwrap()
    }
}

const FEED: &str = "https://example.org/radio.xml";

/// Stores a reading of the feed with these titles.
async fn read(node: &Node, titles: &[&str]) {
    let item = |(n, title): (usize, &&str)| {
        format!("<item><guid>{n}</guid><title>{title}</title><description>About {title}</description></item>")
    };
    let items: String = titles.iter().enumerate().map(item).collect();
    let feed = format!("<rss version='2.0'><channel><title>Night Radio</title>{items}</channel></rss>");
    let source = node.source(FEED).await;
    catalog::store_feed_for_tests(&node.engine, source, feed.as_bytes()).await.unwrap();
}

async fn follow(node: &Node, owner: UserId) {
    let new = NewSubscription { feed_url: Some(FEED.into()), ..NewSubscription::default() };
    catalog::subscribe(&node.engine, owner, new).await.unwrap();
}

#[both_databases]
async fn a_feed_followed_on_a_site_comes_with_the_next_bundle(t: &TestEngine) {
    let (pair, ada) = Pair::following(t).await;
    read(&pair.gateway, &["One", "Two"]).await;
    pair.to_site().await;
    let there = pair.gateway.catalogue().await;
    assert_eq!(there.len(), 2);
    assert_eq!(pair.site.catalogue().await, there);
    let source = catalog::source(&pair.site.engine, ada, pair.site.source(FEED).await).await.unwrap();
    assert_eq!((source.name.as_str(), source.items), ("Night Radio", 2));
    // Changed and new items come next; the others do not come again.
    pair.to_gateway().await;
    read(&pair.gateway, &["One", "Two, corrected", "Three"]).await;
    let written = pair.export(&pair.gateway, &pair.site).await;
    assert_eq!(written.records, 4, "source, two items, end");
    import(&pair.site.engine, &written.volumes[0]).await.unwrap();
    assert_eq!(pair.site.catalogue().await, pair.gateway.catalogue().await);
}

#[both_databases]
async fn lost_doubled_and_late_bundles_cost_nothing(t: &TestEngine) {
    let (pair, _) = Pair::following(t).await;
    read(&pair.gateway, &["One"]).await;
    let first = pair.export(&pair.gateway, &pair.site).await;
    read(&pair.gateway, &["One", "Two"]).await;
    let lost = pair.export(&pair.gateway, &pair.site).await;
    std::fs::remove_file(&lost.volumes[0]).unwrap();
    read(&pair.gateway, &["One, again", "Two", "Three"]).await;
    let third = pair.export(&pair.gateway, &pair.site).await;
    import(&pair.site.engine, &third.volumes[0]).await.unwrap();
    let there = pair.gateway.catalogue().await;
    assert_eq!(pair.site.catalogue().await, there);
    import(&pair.site.engine, &first.volumes[0]).await.unwrap();
    assert_eq!(pair.site.catalogue().await, there, "an older row loses");
    let again = import(&pair.site.engine, &third.volumes[0]).await.unwrap();
    assert!(again.known_since.is_some());
}

#[both_databases]
async fn a_source_that_the_gateway_deletes_is_gone_on_the_site_and_its_items_stay(t: &TestEngine) {
    let pair = Pair::new(t).await;
    let (ada, eve) = (pair.site.user("ada").await, pair.gateway.user("eve").await);
    follow(&pair.gateway, eve).await;
    follow(&pair.site, ada).await;
    pair.to_gateway().await;
    read(&pair.gateway, &["One"]).await;
    pair.to_site().await;
    pair.to_gateway().await;
    let there = pair.gateway.source(FEED).await;
    refusal(catalog::remove_source(&pair.gateway.engine, eve, there).await);
    let mine = catalog::subscriptions(&pair.site.engine, ada, &PageQuery::default()).await.unwrap();
    catalog::unsubscribe(&pair.site.engine, ada, mine.data[0].id).await.unwrap();
    pair.to_gateway().await;
    catalog::remove_source(&pair.gateway.engine, eve, there).await.unwrap();
    pair.to_site().await;
    let source = catalog::source(&pair.site.engine, ada, pair.site.source(FEED).await).await.unwrap();
    assert_eq!((source.health, source.items), (Health::Gone, 1));
}

#[both_databases]
async fn a_source_that_the_site_no_longer_has_comes_with_what_was_under_way(t: &TestEngine) {
    let (pair, ada) = Pair::following(t).await;
    read(&pair.gateway, &["One"]).await;
    let source = pair.site.source(FEED).await;
    catalog::remove_source(&pair.site.engine, ada, source).await.unwrap();
    pair.to_site().await;
    assert_eq!(pair.site.catalogue().await, pair.gateway.catalogue().await);
    // It is followed there no more, so the gateway sends nothing of it.
    pair.to_gateway().await;
    read(&pair.gateway, &["One", "Two"]).await;
    assert_eq!(pair.export(&pair.gateway, &pair.site).await.records, 0);
}

#[both_databases]
async fn a_gateway_restored_from_a_backup_tells_everything_anew(t: &TestEngine) {
    let (pair, _) = Pair::following(t).await;
    read(&pair.gateway, &["One", "Two"]).await;
    pair.to_site().await;
    // The database forgets the bundle, as one restored from a copy of the hour before does.
    let forget = "DELETE FROM bundle WHERE direction = 'sent'";
    crate::db::sql::execute(&pair.gateway.engine.db, forget, args![]).await.unwrap();
    let before = rows::epoch(&pair.gateway.engine.db).await.unwrap();
    read(&pair.gateway, &["One, of another history", "Two"]).await;
    pair.to_gateway().await;
    assert!(rows::epoch(&pair.gateway.engine.db).await.unwrap() > before);
    pair.to_site().await;
    assert_eq!(pair.site.catalogue().await, pair.gateway.catalogue().await);
}

#[both_databases]
async fn volumes_of_strangers_and_changed_volumes_are_refused(t: &TestEngine) {
    let pair = Pair::new(t).await;
    let written = pair.export(&pair.gateway, &pair.site).await;
    let path = &written.volumes[0];
    let bytes = std::fs::read(path).unwrap();
    let changed = |at: usize| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        std::fs::write(path, bytes).unwrap();
    };
    changed(600);
    assert!(refusal_of(&pair.site, path).await.contains("signature"));
    std::fs::write(path, &bytes).unwrap();
    revoke(&pair.site.engine, "gateway").await.unwrap();
    assert!(refusal_of(&pair.site, path).await.contains("no trusted node"));
    assert!(rows::latest_volumes(&pair.site.engine.db, 9).await.unwrap().is_empty());
}

async fn refusal_of(node: &Node, path: &Path) -> String {
    let refused = refusal(import(&node.engine, path).await);
    refused.fields().iter().map(|field| field.message.clone()).collect()
}

#[both_databases]
async fn a_peer_is_trusted_by_its_fingerprint_alone(t: &TestEngine) {
    let pair = Pair::new(t).await;
    let keyring = keyring(&pair.gateway.engine).unwrap();
    let node = keyring.current().node();
    let wrong = trust(&pair.site.engine, &node.to_string(), "12345 67890").await;
    assert_eq!(refusal(wrong).fields()[0].field, "fingerprint");
    let own = super::keyring(&pair.site.engine).unwrap();
    let own = own.current().node();
    let itself = trust(&pair.site.engine, &own.to_string(), &own.fingerprint()).await;
    assert_eq!(refusal(itself).fields()[0].field, "line");
}
