//! What a person has ready, as a podcast feed for any other program: the address is the key, and can be taken back.

use super::accounts::{new_token, token_hash};
use super::catalog::rss::{self, Channel, Entry};
use super::{Engine, Result};
use crate::db::{downloads, items, personal_feeds};
use crate::domain::download::{Download, DownloadFilter, DownloadStatus};
use crate::domain::item::Item;
use crate::domain::page::PageQuery;
use crate::domain::personal_feed::{PersonalFeed, PersonalFeedAddress};
use crate::domain::{DownloadId, Refusal, UserId};

/// The newest ready downloads that are told.
const ENTRIES_MOST: i64 = 200;

pub async fn get(engine: &Engine, owner: UserId) -> Result<Option<PersonalFeed>> {
    Ok(personal_feeds::get(&engine.db, owner).await?)
}

/// Makes the feed's address, the only time that it is told. One made before is no good any more.
pub async fn open(engine: &Engine, owner: UserId) -> Result<PersonalFeedAddress> {
    let token = new_token()?;
    personal_feeds::replace(&engine.db, owner, &token_hash(&token), engine.now()).await?;
    Ok(PersonalFeedAddress { url: address(engine, &token) })
}

/// Takes the address back.
pub async fn close(engine: &Engine, owner: UserId) -> Result<()> {
    match personal_feeds::delete(&engine.db, owner).await? {
        true => Ok(()),
        false => Err(Refusal::missing("personal feed").into()),
    }
}

/// Whose feed a secret opens. A wrong one looks like an address where there is nothing.
pub async fn owner(engine: &Engine, token: &str) -> Result<UserId> {
    let owner = personal_feeds::owner(&engine.db, &token_hash(token)).await?;
    Ok(owner.ok_or_else(|| Refusal::missing("feed"))?)
}

/// The feed itself, RSS 2.0.
pub async fn write(engine: &Engine, token: &str) -> Result<String> {
    let owner = owner(engine, token).await?;
    let filter = DownloadFilter { status: Some(DownloadStatus::Ready), ..DownloadFilter::default() };
    let page = PageQuery { limit: Some(ENTRIES_MOST), cursor: None };
    let mut entries = Vec::new();
    for download in downloads::list(&engine.db, owner, &filter, &page).await?.data {
        if let Some(item) = items::get(&engine.db, owner, download.item_id).await? {
            entries.push(entry(engine, token, &download, item));
        }
    }
    personal_feeds::read(&engine.db, owner, engine.now()).await?;
    let channel = Channel {
        title: "SmartCache: ready for you",
        link: &engine.config.public_url,
        self_url: &address(engine, token),
        description: "What SmartCache has prepared for you. The files come from your own server.",
    };
    Ok(rss::write(&channel, &entries))
}

fn entry(engine: &Engine, token: &str, download: &Download, item: Item) -> Entry {
    // The title that the bytes were fetched under: the item may be called otherwise by now.
    let item = Item { title: download.title.clone(), ..item };
    Entry {
        url: file_address(engine, token, download.id),
        mime_type: download.mime_type.clone().unwrap_or_else(|| "application/octet-stream".into()),
        bytes: download.bytes_total.unwrap_or_default(),
        // The feed's own guid would not do: two sources may use the same.
        guid: format!("smartcache-item-{}", item.id),
        ready_at: download.ready_at,
        item,
    }
}

fn address(engine: &Engine, token: &str) -> String {
    format!("{}/feed/{token}", engine.config.public_url.trim_end_matches('/'))
}

fn file_address(engine: &Engine, token: &str, id: DownloadId) -> String {
    format!("{}/files/{id}", address(engine, token))
}
