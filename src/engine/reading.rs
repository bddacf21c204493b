//! Readable text of stored pages and offered transcripts, for offline reading, for summaries and for
//! judging the length of an item.

mod cues;
mod pictures;
mod transcript;

pub use pictures::{FetchArticlePictures, notes};

use blobs::Found;
use futures::TryStreamExt;

use super::{Engine, Result, articles, downloads, quality};
use crate::db::media::Blob;
use crate::db::{items, media, readings};
use crate::domain::feed_login::mark_in;
use crate::domain::item::{Availability, Item, Transcript};
use crate::domain::reading::{Reading, Transcription};
use crate::domain::{DownloadId, ItemId, Refusal, UserId};
use crate::engine::catalog::logins;

/// Maximum number of bytes of a page that are parsed. A larger text is refused when it arrives.
const MAX_PAGE: i64 = 5_000_000;

/// Returns the readable text of a ready download, with the pictures that are kept here.
pub async fn of_download(engine: &Engine, owner: UserId, id: DownloadId) -> Result<Reading> {
    let download = downloads::get(engine, owner, id).await?;
    let item = items::get(&engine.db, owner, download.item_id).await?;
    let item = item.ok_or_else(|| Refusal::missing("item"))?;
    let url = item.media_url.as_deref().unwrap_or_default();
    let found = match (&download.sha256, download.mime_type, download.bytes_total) {
        (Some(sha256), Some(mime_type), Some(bytes)) => {
            // The page as it was fetched: the item may have another one by now.
            let blob = Blob { sha256: sha256.clone(), bytes, mime_type };
            of_blob(engine, blob, url).await?
        }
        _ => None,
    };
    let found = found.filter(|reading| reading.words > 0).ok_or_else(|| {
        Refusal::conflict("There is no text to read in this download. Open the file itself.")
    })?;
    Ok(Reading { html: pictures::shown(engine, found.html, mark_in(url), true).await?, ..found })
}

/// Returns a transcript that the item's feed offers, preferably one with times.
///
/// # Errors
/// A conflict with the reason, if there is no transcript or it cannot be fetched.
pub async fn transcript(engine: &Engine, owner: UserId, id: ItemId) -> Result<Transcription> {
    let item = items::get(&engine.db, owner, id).await?.ok_or_else(|| Refusal::missing("item"))?;
    if allows_no_copies(&item) {
        return Err(Refusal::conflict("The source of this item allows no copies.").into());
    }
    let offered = transcript::best_timed(&item.transcripts)
        .ok_or_else(|| Refusal::conflict("There is no transcript of this item that can be read here."))?;
    let said = transcript::said(engine, &marked(engine, &item, offered).await?).await;
    Ok(said.map_err(|why| Refusal::conflict(format!("The transcript could not be read. {why}")))?)
}

/// Returns the longest text of an item as plain text: its stored page, its transcript, or the feed's text.
pub async fn text_of(engine: &Engine, item: &Item) -> Result<String> {
    let mut texts = vec![quality::text_of(item)];
    if let Some(page) = page_of(engine, item).await? {
        texts.push(text::plain(&page.html));
    }
    if let Some(said) = transcript_of(engine, item).await? {
        texts.push(text::plain(&said.html));
    }
    Ok(texts.into_iter().max_by_key(String::len).unwrap_or_default())
}

/// Returns the readable page. `None` if the item's bytes are not a page or not stored.
async fn page_of(engine: &Engine, item: &Item) -> Result<Option<Reading>> {
    let Some(enclosure) = item.media() else { return Ok(None) };
    match media::at(&engine.db, &enclosure.url).await? {
        Some(blob) => of_blob(engine, blob, &enclosure.url).await,
        None => Ok(None),
    }
}

async fn of_blob(engine: &Engine, blob: Blob, url: &str) -> Result<Option<Reading>> {
    if !blob.mime_type.starts_with("text/") || blob.bytes > MAX_PAGE {
        return Ok(None);
    }
    if let Some(known) = readings::of(&engine.db, &blob.sha256).await? {
        return Ok(Some(known));
    }
    let Some(bytes) = stored(engine, &blob).await? else { return Ok(None) };
    let url = url.to_owned();
    let made = tokio::task::spawn_blocking(move || articles::read(&bytes, &url)).await?;
    readings::keep(&engine.db, &blob.sha256, &made, engine.now()).await?;
    Ok(Some(made))
}

/// Whether the source allows no copies. False for an item that merely has no file.
fn allows_no_copies(item: &Item) -> bool {
    item.availability == Availability::MetadataOnly && item.unavailable_reason.is_none()
}

async fn stored(engine: &Engine, blob: &Blob) -> Result<Option<Vec<u8>>> {
    match engine.store.find(&blob.sha256, blob.bytes as u64).await? {
        Found::Good(copy) => {
            let pieces: Vec<_> = copy.read(None).await?.try_collect().await?;
            Ok(Some(pieces.concat()))
        }
        Found::Damaged | Found::Missing => Ok(None),
    }
}

/// Returns the transcript with an address marked as a private source's own where it is one.
async fn marked(engine: &Engine, item: &Item, offered: &Transcript) -> Result<Transcript> {
    let url = logins::marked_for(engine, item.source_id, &offered.url).await?;
    Ok(Transcript { url, ..offered.clone() })
}

/// Returns the text of the transcript, fetched once and only if copies are allowed. A
/// failed fetch yields `None`.
async fn transcript_of(engine: &Engine, item: &Item) -> Result<Option<Reading>> {
    if allows_no_copies(item) {
        return Ok(None);
    }
    let Some(offered) = transcript::best(&item.transcripts) else { return Ok(None) };
    let offered = marked(engine, item, offered).await?;
    if let Some(known) = readings::of(&engine.db, &offered.url).await? {
        return Ok(Some(known));
    }
    match transcript::fetch(engine, &offered).await {
        Ok(made) => {
            readings::keep(&engine.db, &offered.url, &made, engine.now()).await?;
            Ok(Some(made))
        }
        Err(why) => {
            tracing::info!(item = item.id.0, why, "a transcript was not to be had");
            Ok(None)
        }
    }
}
