//! Files that a site cannot fetch: asked for, fetched by the gateway, and carried.

use ::jobs::{Job, Lease};

use super::super::serve;
use super::*;
use crate::db::{downloads as download_rows, media};
use crate::domain::ItemId;
use crate::domain::download::DownloadStatus;
use crate::engine::downloads::{self, Transfer, carried};
use crate::testing::fixtures::sha256;

/// Bytes of an episode, as its first ones show.
pub fn episode(name: &str) -> Vec<u8> {
    let mut bytes = b"ID3\x04\0\0\0\0\0\0".to_vec();
    bytes.extend_from_slice(name.as_bytes());
    bytes
}

pub fn address(name: &str) -> String {
    format!("https://example.org/{name}.mp3")
}

/// Stores a reading of the feed with one episode for each name.
pub async fn read_episodes(node: &Node, names: &[&str]) {
    read_episodes_of(node, node.source(FEED).await, names).await;
}

pub async fn read_episodes_of(node: &Node, source: SourceId, names: &[&str]) {
    let item = |name: &&str| {
        let (url, bytes) = (address(name), episode(name).len());
        format!(
            "<item><guid>{name}</guid><title>{name}</title><enclosure url='{url}' length='{bytes}' type='audio/mpeg'/></item>"
        )
    };
    let items: String = names.iter().map(item).collect();
    let feed = format!("<rss version='2.0'><channel><title>Night Radio</title>{items}</channel></rss>");
    catalog::store_feed_for_tests(&node.engine, source, feed.as_bytes()).await.unwrap();
}

impl Node {
    pub async fn item(&self, title: &str) -> ItemId {
        let sql = "SELECT id FROM item WHERE title = $1";
        crate::db::sql::value(&self.engine.db, sql, args![title]).await.unwrap().unwrap()
    }

    /// Runs the transfer of an episode, as a worker does.
    pub async fn transfer(&self, name: &str) {
        self.transfer_at(address(name)).await;
    }

    pub async fn transfer_at(&self, url: String) {
        let db = &self.engine.db;
        let sql = "UPDATE job SET state = 'running', lease_epoch = lease_epoch + 1
            WHERE kind = $1 AND uniq = $2 AND state = 'ready' RETURNING id";
        let id: Option<i64> =
            crate::db::sql::value(db, sql, args![Transfer::KIND, url.as_str()]).await.unwrap();
        let epoch: Option<i64> =
            crate::db::sql::value(db, "SELECT lease_epoch FROM job WHERE id = $1", args![id]).await.unwrap();
        let lease = Lease::new(id.unwrap(), epoch.unwrap(), 1);
        Transfer::of(&self.engine.config, url).run(&self.engine, &lease).await.unwrap();
    }

    /// Stores the bytes of an episode, as if the origin had sent them.
    pub async fn store(&self, name: &str) {
        self.store_at(&address(name), name).await;
    }

    pub async fn store_at(&self, url: &str, name: &str) {
        let (bytes, now) = (episode(name), self.engine.now());
        let blob =
            media::Blob { sha256: sha256(&bytes), bytes: bytes.len() as i64, mime_type: "audio/mpeg".into() };
        let file = self.engine.config.data_dir.join("fetched");
        std::fs::write(&file, &bytes).unwrap();
        self.engine.store.keep(&blob.sha256, bytes.len() as u64, &file).await.unwrap();
        media::keep(&self.engine.db, url, &blob, now).await.unwrap();
    }

    /// The same, and runs its transfer.
    async fn fetches(&self, name: &str) {
        self.store(name).await;
        self.transfer(name).await;
    }

    pub async fn status(&self, owner: UserId, title: &str) -> (DownloadStatus, Option<String>) {
        let item = self.item(title).await;
        let download = download_rows::of_item(&self.engine.db, owner, item).await.unwrap().unwrap();
        (download.status, download.error)
    }
}

/// A pair whose site has the episodes "one" and "two", and ada waits for "one".
async fn waiting(t: &TestEngine) -> (Pair, UserId) {
    let (pair, ada) = Pair::following(t).await;
    read_episodes(&pair.gateway, &["one", "two"]).await;
    pair.to_site().await;
    downloads::queue(&pair.site.engine, ada, pair.site.item("one").await, None).await.unwrap();
    pair.site.transfer("one").await;
    (pair, ada)
}

#[both_databases]
async fn a_file_that_the_site_cannot_reach_is_asked_for_and_comes(t: &TestEngine) {
    let (pair, ada) = waiting(t).await;
    let asked = (DownloadStatus::Queued, Some(carried::ASKED.to_owned()));
    assert_eq!(pair.site.status(ada, "one").await, asked);
    pair.to_gateway().await;
    serve::serve(&pair.gateway.engine).await.unwrap();
    // Not yet fetched: the answer says that the gateway is at it.
    pair.to_site().await;
    assert_eq!(pair.site.status(ada, "one").await, asked);
    pair.gateway.fetches("one").await;
    let written = pair.export(&pair.gateway, &pair.site).await;
    assert_eq!((written.files, written.left), (1, 0));
    let imported = import(&pair.site.engine, &written.volumes[0]).await.unwrap();
    assert_eq!(imported.files, 1);
    pair.site.transfer("one").await;
    let item = pair.site.item("one").await;
    let download = download_rows::of_item(&pair.site.engine.db, ada, item).await.unwrap().unwrap();
    assert_eq!((download.status, download.sha256), (DownloadStatus::Ready, Some(sha256(&episode("one")))));
    // Nothing of it is under way any more, on either side.
    assert_eq!(pair.export(&pair.gateway, &pair.site).await.files, 0, "it is under way for a week");
    pair.to_gateway().await;
    assert!(rows::awaited_files(&pair.gateway.engine.db, "school").await.unwrap().is_empty());
    let again = import(&pair.site.engine, &written.volumes[0]).await.unwrap();
    assert!(again.known_since.is_some());
}

#[both_databases]
async fn a_file_of_a_lost_bundle_goes_again_and_one_that_came_does_not(t: &TestEngine) {
    let (pair, ada) = waiting(t).await;
    pair.to_gateway().await;
    serve::serve(&pair.gateway.engine).await.unwrap();
    pair.gateway.fetches("one").await;
    let lost = pair.export(&pair.gateway, &pair.site).await;
    std::fs::remove_file(&lost.volumes[0]).unwrap();
    pair.to_gateway().await;
    assert_eq!(pair.export(&pair.gateway, &pair.site).await.files, 0, "it may still come");
    let options = ExportOptions { is_full: true, ..ExportOptions::into_directory(pair.medium.clone()) };
    let full = export(&pair.gateway.engine, "school", &options).await.unwrap();
    assert_eq!(full.files, 1);
    import(&pair.site.engine, &full.volumes[0]).await.unwrap();
    pair.site.transfer("one").await;
    assert_eq!(pair.site.status(ada, "one").await.0, DownloadStatus::Ready);
}

#[both_databases]
async fn a_file_of_two_answers_goes_once(t: &TestEngine) {
    let (pair, ada) = waiting(t).await;
    pair.to_gateway().await;
    let gateway = &pair.gateway.engine;
    serve::serve(gateway).await.unwrap();
    pair.gateway.fetches("one").await;
    let first = pair.export(&pair.gateway, &pair.site).await;
    assert_eq!(first.files, 1);
    // A run that picks the same item is answered before the site has told that it has the file.
    let run = "INSERT INTO peer_request (peer, id, kind, payload, user_id, status, response, rev, seq, asked_at,
            created_at, updated_at)
        SELECT peer, 'a-run', 'run', '{}', user_id, 'completed', '{\"items\":[]}', 99, seq, asked_at, created_at, updated_at
        FROM peer_request";
    crate::db::sql::execute(&gateway.db, run, args![]).await.unwrap();
    let answered = rows::peer_request(&gateway.db, "school", "a-run").await.unwrap().unwrap();
    let blob = media::at(&gateway.db, &address("one")).await.unwrap().unwrap();
    rows::add_file(&gateway.db, &answered, pair.gateway.item("one").await, &blob).await.unwrap();
    let second = pair.export(&pair.gateway, &pair.site).await;
    assert_eq!(second.files, 0, "it is under way");
    let options = ExportOptions { is_full: true, ..ExportOptions::into_directory(pair.medium.clone()) };
    assert_eq!(export(gateway, "school", &options).await.unwrap().files, 1, "one file for both");
    import(&pair.site.engine, &first.volumes[0]).await.unwrap();
    pair.site.transfer("one").await;
    assert_eq!(pair.site.status(ada, "one").await.0, DownloadStatus::Ready);
    pair.to_gateway().await;
    let left = rows::awaited_files(&gateway.db, "school").await.unwrap();
    assert_eq!(left.len(), 1, "the site does not have that answer yet");
    import(&pair.site.engine, &second.volumes[0]).await.unwrap();
    pair.to_gateway().await;
    assert!(rows::awaited_files(&gateway.db, "school").await.unwrap().is_empty());
}

#[both_databases]
async fn a_file_that_the_gateway_lost_is_fetched_anew(t: &TestEngine) {
    let (pair, _) = waiting(t).await;
    pair.to_gateway().await;
    serve::serve(&pair.gateway.engine).await.unwrap();
    pair.gateway.fetches("one").await;
    let sha = sha256(&episode("one"));
    serve::serve(&pair.gateway.engine).await.unwrap();
    pair.gateway.engine.store.remove(&sha).await.unwrap();
    assert_eq!(pair.export(&pair.gateway, &pair.site).await.files, 0);
    pair.to_gateway().await;
    let open = rows::unanswered(&pair.gateway.engine.db, 9).await.unwrap();
    assert_eq!(open.len(), 1, "still asked for");
}

#[both_databases]
async fn a_download_that_nobody_waits_for_is_withdrawn(t: &TestEngine) {
    let (pair, ada) = waiting(t).await;
    pair.to_gateway().await;
    serve::serve(&pair.gateway.engine).await.unwrap();
    let item = pair.site.item("one").await;
    let mine = download_rows::of_item(&pair.site.engine.db, ada, item).await.unwrap().unwrap();
    downloads::cancel(&pair.site.engine, ada, mine.id).await.unwrap();
    pair.to_gateway().await;
    assert!(rows::unanswered(&pair.gateway.engine.db, 9).await.unwrap().is_empty());
    let shadow = rows::shadow(&pair.gateway.engine.db, "@school").await.unwrap().unwrap();
    assert_eq!(pair.gateway.status(shadow, "one").await.0, DownloadStatus::Cancelled);
    // Asked again, it is another request.
    downloads::queue(&pair.site.engine, ada, item, None).await.unwrap();
    pair.site.transfer("one").await;
    pair.to_gateway().await;
    assert_eq!(rows::unanswered(&pair.gateway.engine.db, 9).await.unwrap().len(), 1);
}

#[both_databases]
async fn a_file_that_cannot_be_had_fails_with_the_gateways_reason(t: &TestEngine) {
    let (pair, ada) = waiting(t).await;
    pair.to_gateway().await;
    let (db, key) = (&pair.gateway.engine.db, pair.gateway.item("one").await);
    crate::db::sql::execute(db, "DELETE FROM item WHERE id = $1", args![key]).await.unwrap();
    serve::serve(&pair.gateway.engine).await.unwrap();
    pair.to_site().await;
    let why = Some("The gateway does not have this item.".to_owned());
    assert_eq!(pair.site.status(ada, "one").await, (DownloadStatus::Failed, why));
}

#[both_databases]
async fn bytes_that_are_not_what_the_item_promises_are_refused(t: &TestEngine) {
    let (pair, ada) = waiting(t).await;
    let (engine, page) = (&pair.site.engine, b"<!DOCTYPE html><p>Sign in".to_vec());
    let file = engine.config.data_dir.join("page");
    std::fs::write(&file, &page).unwrap();
    engine.store.keep(&sha256(&page), page.len() as u64, &file).await.unwrap();
    let item = pair.site.item("one").await;
    carried::deliver(engine, item, &sha256(&page), page.len() as u64).await.unwrap();
    let (status, why) = pair.site.status(ada, "one").await;
    assert_eq!(status, DownloadStatus::Failed);
    assert!(why.unwrap().contains("instead of the episode"));
}

#[both_databases]
async fn a_late_file_that_is_not_wanted_any_more_is_left(t: &TestEngine) {
    let (pair, ada) = waiting(t).await;
    pair.to_gateway().await;
    serve::serve(&pair.gateway.engine).await.unwrap();
    pair.gateway.fetches("one").await;
    let first = pair.export(&pair.gateway, &pair.site).await;
    // The request ends while the file is on its way.
    let item = pair.site.item("one").await;
    let mine = download_rows::of_item(&pair.site.engine.db, ada, item).await.unwrap().unwrap();
    downloads::cancel(&pair.site.engine, ada, mine.id).await.unwrap();
    pair.to_gateway().await;
    let imported = import(&pair.site.engine, &first.volumes[0]).await.unwrap();
    assert_eq!(imported.files, 0);
    assert_eq!(pair.site.status(ada, "one").await.0, DownloadStatus::Cancelled);
}

#[both_databases]
async fn a_volume_whose_answers_are_in_another_one_waits_for_it(t: &TestEngine) {
    let (pair, ada) = waiting(t).await;
    pair.to_gateway().await;
    serve::serve(&pair.gateway.engine).await.unwrap();
    pair.gateway.fetches("one").await;
    // One part for each volume: records first, the file last.
    const VOLUME: u64 = 6_500;
    let options =
        ExportOptions { volume_bytes: Some(VOLUME), ..ExportOptions::into_directory(pair.medium.clone()) };
    let written = export(&pair.gateway.engine, "school", &options).await.unwrap();
    assert_eq!((written.volumes.len(), written.files), (2, 1));
    let refused = refusal_of(&pair.site, &written.volumes[1]).await;
    assert!(refused.contains("1 file belongs to requests whose answers have not come"), "{refused}");
    import(&pair.site.engine, &written.volumes[0]).await.unwrap();
    import(&pair.site.engine, &written.volumes[1]).await.unwrap();
    pair.site.transfer("one").await;
    assert_eq!(pair.site.status(ada, "one").await.0, DownloadStatus::Ready);
}
