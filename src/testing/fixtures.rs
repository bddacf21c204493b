//! Items and ready downloads for tests, without an origin server.

use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::TestEngine;
use crate::db::items::{self, NewItem};
use crate::db::media::{self, Blob};
use crate::db::{downloads, sources};
use crate::domain::download::Provider;
use crate::domain::item::{Availability, Enclosure, ItemContent};
use crate::domain::media::{Choice, Offer};
use crate::domain::preference::Preferences;
use crate::domain::source::{Kind, Origin, Policy};
use crate::domain::{DownloadId, ItemId, RunId, UserId};
use crate::engine::accounts;

impl TestEngine {
    /// Registers a user with limits of 100 MB and 50 items a day.
    pub async fn sign_up_with_little_room(&self, name: &str) -> UserId {
        let owner = self.sign_up(name).await.id;
        let little = Preferences { max_daily_items: 50, max_storage_mb: 100, ..Default::default() };
        accounts::set_preferences(&self.engine, owner, little).await.unwrap();
        owner
    }

    /// Adds an item that every user can request, with a file of this announced size, if any.
    pub async fn item(&self, name: &str, bytes: impl Into<Option<i64>>) -> ItemId {
        let (db, now) = (&self.engine.db, self.engine.now());
        let source = sources::NewSource {
            feed_url: "http://x/feed",
            name: "Shelf",
            kind: Kind::Podcast,
            policy: Policy::CacheAllowed,
            origin: Origin::Directory,
            added_by: None,
        };
        let source = sources::insert(db, &source, now).await.unwrap().0;
        let enclosure = Enclosure { url: url_of(name), bytes: bytes.into(), ..Enclosure::default() };
        let content = ItemContent {
            guid: name.into(),
            title: name.into(),
            enclosures: vec![enclosure],
            ..ItemContent::default()
        };
        let item = chosen(NewItem { identity: format!("guid:{name}"), ..content.into() });
        let revision = sources::lock(db, source).await.unwrap();
        items::insert(db, revision, &item, name, Availability::Cacheable, now).await.unwrap()
    }

    /// Adds a ready download of a new item. Its bytes are counted but not stored.
    pub async fn claim(&self, owner: UserId, name: &str, bytes: i64, run: Option<RunId>) -> DownloadId {
        let blob = Blob { sha256: sha256(name.as_bytes()), bytes, mime_type: "audio/mpeg".into() };
        media::keep(&self.engine.db, &url_of(name), &blob, self.engine.now()).await.unwrap();
        let item = self.item(name, bytes).await;
        self.take(owner, item, name, &blob, run).await
    }

    /// Adds ready downloads of one new item for all owners, with these bytes in the store.
    pub async fn stock(&self, owners: &[UserId], name: &str, bytes: &[u8]) -> Vec<DownloadId> {
        let blob = Blob { sha256: sha256(bytes), bytes: bytes.len() as i64, mime_type: "audio/mpeg".into() };
        let file = self.engine.config.data_dir.join(format!("{name}.stock"));
        std::fs::write(&file, bytes).unwrap();
        self.engine.store.keep(&blob.sha256, bytes.len() as u64, &file).await.unwrap();
        media::keep(&self.engine.db, &url_of(name), &blob, self.engine.now()).await.unwrap();
        let item = self.item(name, blob.bytes).await;
        let mut ids = Vec::new();
        for owner in owners {
            ids.push(self.take(*owner, item, name, &blob, None).await);
        }
        ids
    }

    async fn take(
        &self,
        owner: UserId,
        item: ItemId,
        name: &str,
        blob: &Blob,
        run: Option<RunId>,
    ) -> DownloadId {
        let (db, now) = (&self.engine.db, self.engine.now());
        let queued = downloads::queue(db, owner, item, run, &url_of(name), Some(blob.bytes), now).await;
        let id = queued.unwrap().unwrap();
        let until = now + chrono::TimeDelta::days(14);
        assert!(downloads::ready(db, id, blob, Provider::Cache, now, until).await.unwrap());
        id
    }

    /// Path of these bytes in the store.
    pub fn object(&self, sha256: &str) -> PathBuf {
        let kept = self.engine.config.storage.directory().unwrap();
        kept.join("blobs").join(&sha256[0..2]).join(&sha256[2..4]).join(sha256)
    }
}

/// An item with the media chosen that a podcast's download fetches.
pub fn chosen(item: impl Into<NewItem>) -> NewItem {
    let item = item.into();
    let offer = Offer { enclosures: &item.enclosures, page: item.url.as_deref(), picture: None };
    let choice = Choice::of(Kind::Podcast, offer, 500_000_000);
    NewItem { choice, ..item }
}

pub fn url_of(name: &str) -> String {
    format!("http://x/{name}.mp3")
}

pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
