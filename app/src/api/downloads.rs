//! A user's downloads.

use domain::download::{Download, Retried, Tally, Verb};
use domain::eviction::Eviction;
use domain::reading::Reading;
use domain::{DownloadId, Page, Refusal};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::{text, word};
    pub(super) use crate::server_side::signed_in;
    pub(super) use domain::download::{DownloadFilter, DownloadStatus};
    pub(super) use domain::page::PageQuery;
    pub(super) use domain::urgency::MAX_PRIORITY;
    pub(super) use smartcache::engine::{downloads, reading};
}

/// A download as readable text, or the reason why it has none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadableText {
    pub download: Download,
    pub reading: Result<Reading, Refusal>,
}

/// Returns downloads, newest first, filtered by title or source, status and kind.
#[server(prefix = "/api/ui", endpoint = "list_downloads")]
pub async fn list_downloads(
    q: String,
    status: String,
    kind: String,
    cursor: String,
) -> Result<Page<Download>, ApiError> {
    let (engine, owner) = signed_in().await?;
    let filter = DownloadFilter { q: text(&q), status: word(&status), kind: word(&kind) };
    let page = PageQuery { limit: Some(20), cursor: text(&cursor) };
    Ok(downloads::list(&engine, owner.id, &filter, &page).await?)
}

/// Returns the open downloads, oldest first.
#[server(prefix = "/api/ui", endpoint = "downloads_under_way")]
pub async fn downloads_under_way() -> Result<Page<Download>, ApiError> {
    let (engine, owner) = signed_in().await?;
    let mut open = Vec::new();
    for &status in DownloadStatus::ALL.iter().filter(|status| status.is_open()) {
        let filter = DownloadFilter { status: Some(status), ..DownloadFilter::default() };
        open.extend(downloads::list(&engine, owner.id, &filter, &PageQuery::default()).await?.data);
    }
    // A download whose status changes between two queries is found twice.
    open.sort_by_key(|download| download.id);
    open.dedup_by_key(|download| download.id);
    Ok(Page { data: open, next_cursor: None })
}

#[server(prefix = "/api/ui", endpoint = "read_download")]
pub async fn read_download(download_id: DownloadId) -> Result<ReadableText, ApiError> {
    let (engine, owner) = signed_in().await?;
    let download = downloads::get(&engine, owner.id, download_id).await?;
    let reading = match reading::of_download(&engine, owner.id, download_id).await {
        Ok(reading) => Ok(reading),
        Err(smartcache::engine::Error::Refused(refusal)) => Err(refusal),
        Err(fault) => return Err(fault.into()),
    };
    Ok(ReadableText { download, reading })
}

/// Returns the recent evictions, newest first.
#[server(prefix = "/api/ui", endpoint = "list_evictions")]
pub async fn list_evictions() -> Result<Page<Eviction>, ApiError> {
    let (engine, owner) = signed_in().await?;
    Ok(Page { data: downloads::evictions(&engine, owner.id).await?, next_cursor: None })
}

/// Performs an action on one download.
#[server(prefix = "/api/ui", endpoint = "steer_download")]
pub async fn steer_download(download_id: DownloadId, verb: Verb) -> Result<(), ApiError> {
    let (engine, owner) = signed_in().await?;
    let (engine, owner, id) = (&engine, owner.id, download_id);
    let steered = match verb {
        Verb::Pause => downloads::pause(engine, owner, id).await,
        Verb::Resume => downloads::resume(engine, owner, id).await,
        Verb::First => downloads::set_priority(engine, owner, id, MAX_PRIORITY).await,
        Verb::InTurn => downloads::set_priority(engine, owner, id, 0).await,
        Verb::Last => downloads::set_priority(engine, owner, id, -MAX_PRIORITY).await,
        Verb::Retry => downloads::retry(engine, owner, id).await,
        Verb::Cancel => downloads::cancel(engine, owner, id).await,
        Verb::Pin => downloads::pin(engine, owner, id).await,
        Verb::Unpin => downloads::unpin(engine, owner, id).await,
        Verb::Played => downloads::played(engine, owner, id).await,
        Verb::Delete => return Ok(downloads::delete(engine, owner, id).await?),
    };
    steered?;
    Ok(())
}

/// Counts the downloads that each action applies to.
#[server(prefix = "/api/ui", endpoint = "tally_downloads")]
pub async fn tally_downloads() -> Result<Tally, ApiError> {
    let (engine, owner) = signed_in().await?;
    Ok(downloads::tally(&engine, owner.id).await?)
}

/// Performs an action on all downloads it applies to. If a retry starts none of
/// them, the reason is returned as a conflict.
#[server(prefix = "/api/ui", endpoint = "steer_downloads")]
pub async fn steer_downloads(verb: Verb) -> Result<(Verb, Retried), ApiError> {
    let (engine, owner) = signed_in().await?;
    let (engine, owner) = (&engine, owner.id);
    let came = match verb {
        Verb::Pause => downloads::pause_all(engine, owner).await?.into(),
        Verb::Resume => downloads::resume_all(engine, owner).await?.into(),
        Verb::Cancel => downloads::cancel_all(engine, owner).await?.into(),
        Verb::Retry => downloads::retry_all(engine, owner).await?,
        _ => return Err(Refusal::conflict("This is done with one download at a time.").into()),
    };
    match came.reason {
        Some(reason) if came.changed == 0 => Err(Refusal::conflict(reason).into()),
        reason => Ok((verb, Retried { reason, ..came })),
    }
}
