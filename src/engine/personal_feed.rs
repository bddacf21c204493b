//! A user's ready downloads as a podcast feed for other programs. The URL contains the
//! secret and can be revoked.

use feed::rss::{self, Visibility};
use feed::{Enclosure, Feed};

use super::accounts::{new_token, token_hash};
use super::{Engine, Result};
use crate::db::{downloads, items, personal_feeds};
use crate::domain::download::Download;
use crate::domain::download_filter::{DownloadFilter, StatusFilter};
use crate::domain::item::{Item, ItemContent};
use crate::domain::page::PageQuery;
use crate::domain::personal_feed::{PersonalFeed, PersonalFeedAddress};
use crate::domain::{DownloadId, Refusal, UserId};

/// Maximum number of ready downloads in the feed, newest first.
const MAX_ENTRIES: i64 = 200;

pub async fn get(engine: &Engine, owner: UserId) -> Result<Option<PersonalFeed>> {
    Ok(personal_feeds::get(&engine.db, owner).await?)
}

/// Creates the feed's URL, which is returned only this once. An earlier one becomes invalid.
pub async fn open(engine: &Engine, owner: UserId) -> Result<PersonalFeedAddress> {
    let token = new_token()?;
    personal_feeds::replace(&engine.db, owner, &token_hash(&token), engine.now()).await?;
    Ok(PersonalFeedAddress { url: address(engine, &token) })
}

/// Revokes the URL.
pub async fn close(engine: &Engine, owner: UserId) -> Result<()> {
    match personal_feeds::delete(&engine.db, owner).await? {
        true => Ok(()),
        false => Err(Refusal::missing("personal feed").into()),
    }
}

/// Returns the owner of the feed that a secret opens. A wrong secret looks like a missing feed.
pub async fn owner(engine: &Engine, token: &str) -> Result<UserId> {
    let owner = personal_feeds::owner(&engine.db, &token_hash(token)).await?;
    Ok(owner.ok_or_else(|| Refusal::missing("feed"))?)
}

/// Writes the feed as RSS 2.0.
pub async fn write(engine: &Engine, token: &str) -> Result<String> {
    let owner = owner(engine, token).await?;
    let filter = DownloadFilter { status: Some(StatusFilter::Ready), ..DownloadFilter::default() };
    let page = PageQuery { limit: Some(MAX_ENTRIES), cursor: None };
    let mut entries = Vec::new();
    for download in downloads::list(&engine.db, owner, &filter, &page).await?.data {
        if let Some(item) = items::get(&engine.db, owner, download.item_id).await? {
            entries.push(entry(engine, token, &download, item));
        }
    }
    personal_feeds::read(&engine.db, owner, engine.now()).await?;
    let feed = Feed {
        title: "SmartCache: ready for you".into(),
        site_url: Some(engine.config.public_url.clone()),
        self_url: Some(address(engine, token)),
        description: "What SmartCache has prepared for you. The files come from your own server.".into(),
        items: entries,
        ..Feed::default()
    };
    Ok(rss::write(&feed, Visibility::Private))
}

/// The item with the stored file as its only enclosure.
fn entry(engine: &Engine, token: &str, download: &Download, item: Item) -> feed::Item {
    let file = Enclosure {
        url: file_address(engine, token, download.id),
        mime_type: download.mime_type.clone(),
        bytes: download.bytes_total,
        ..Enclosure::default()
    };
    let content = ItemContent {
        // The guid of the item's feed is not unique: two sources may use the same one.
        guid: format!("smartcache-item-{}", item.id),
        // The title under which the bytes were fetched: the item's title may have changed since.
        title: download.title.clone(),
        // By the time of readiness, regardless of the publication date.
        published_at: download.ready_at.or(item.published_at),
        summary_html: item.summary.unwrap_or(item.content.summary_html),
        enclosures: vec![file],
        ..item.content
    };
    feed::Item { content, source_title: Some(item.source_name), ..feed::Item::default() }
}

fn address(engine: &Engine, token: &str) -> String {
    format!("{}/feed/{token}", engine.config.public_url.trim_end_matches('/'))
}

fn file_address(engine: &Engine, token: &str, id: DownloadId) -> String {
    format!("{}/files/{id}", address(engine, token))
}
