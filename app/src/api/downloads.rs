//! A user's downloads.

use domain::deleted::DeletedDownload;
use domain::download::{Download, Retried, Tally, Verb};
use domain::download_filter::DownloadTotals;
use domain::eviction::Eviction;
use domain::reading::Reading;
use domain::{DownloadId, Page, Refusal};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::{text, word};
    pub(super) use crate::server_side::signed_in;
    pub(super) use crate::t;
    pub(super) use domain::download::{BulkAction, DownloadStatus};
    pub(super) use domain::download_filter::{DownloadFilter, DownloadOrder};
    pub(super) use domain::page::PageQuery;
    pub(super) use domain::urgency::MAX_PRIORITY;
    pub(super) use smartcache::engine::rights::Right;
    pub(super) use smartcache::engine::{downloads, reading};
}

/// A download as readable text, or the reason why it has none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadableText {
    pub download: Download,
    pub reading: Result<Reading, Refusal>,
}

/// Filter, order and position of the library, as typed in its address.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LibraryQuery {
    pub q: String,
    pub status: String,
    pub kind: String,
    pub order: String,
    pub cursor: String,
}

impl LibraryQuery {
    pub fn of(params: &ParamsMap) -> Self {
        let word = |name: &str| params.get(name).unwrap_or_default();
        let [q, status, kind, order, cursor] = ["q", "status", "kind", "order", "cursor"].map(word);
        Self { q, status, kind, order, cursor }
    }

    /// Whether it shows less than everything.
    pub fn is_narrowed(&self) -> bool {
        *self != Self { order: self.order.clone(), ..Self::default() }
    }

    /// The same downloads, whatever their order and page.
    pub fn unordered(self) -> Self {
        Self { order: String::new(), cursor: String::new(), ..self }
    }
}

#[cfg(feature = "ssr")]
fn filter(asked: &LibraryQuery) -> DownloadFilter {
    DownloadFilter {
        q: text(&asked.q),
        status: word(&asked.status),
        kind: word(&asked.kind),
        order: Some(word(&asked.order).unwrap_or(DownloadOrder::Newest)),
    }
}

/// Returns downloads by filter and order, by default those first that have become ready last.
#[server(prefix = "/api/ui", endpoint = "list_downloads")]
pub async fn list_downloads(#[server(default)] asked: LibraryQuery) -> Result<Page<Download>, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    let page = PageQuery { limit: Some(20), cursor: text(&asked.cursor) };
    Ok(downloads::list(&engine, owner.id, &filter(&asked), &page).await?)
}

/// Counts the downloads that match a filter.
#[server(prefix = "/api/ui", endpoint = "total_downloads")]
pub async fn total_downloads(#[server(default)] asked: LibraryQuery) -> Result<DownloadTotals, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    Ok(downloads::totals(&engine, owner.id, &filter(&asked)).await?)
}

/// Returns the open downloads, oldest first.
#[server(prefix = "/api/ui", endpoint = "downloads_under_way")]
pub async fn downloads_under_way() -> Result<Page<Download>, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    let mut open = Vec::new();
    for &status in DownloadStatus::ALL.iter().filter(|status| status.is_open()) {
        let filter = DownloadFilter { status: Some(status.into()), ..DownloadFilter::default() };
        open.extend(downloads::list(&engine, owner.id, &filter, &PageQuery::default()).await?.data);
    }
    // A download whose status changes between two queries is found twice.
    open.sort_by_key(|download| download.id);
    open.dedup_by_key(|download| download.id);
    Ok(Page { data: open, next_cursor: None })
}

#[server(prefix = "/api/ui", endpoint = "read_download")]
pub async fn read_download(download_id: DownloadId) -> Result<ReadableText, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
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
    let (engine, owner) = signed_in(Right::Read).await?;
    Ok(Page { data: downloads::evictions(&engine, owner.id).await?, next_cursor: None })
}

/// Action that was performed on a download.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Steered {
    pub verb: Verb,
    pub id: DownloadId,
    pub title: String,
}

/// Performs an action on one download.
#[server(prefix = "/api/ui", endpoint = "steer_download")]
pub async fn steer_download(download_id: DownloadId, verb: Verb) -> Result<Steered, ApiError> {
    let (engine, owner) = signed_in(Right::Queue).await?;
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
        Verb::Delete => downloads::delete(engine, owner, id).await,
        Verb::Restore => downloads::restore(engine, owner, id).await,
    };
    let Download { id, title, .. } = steered?;
    Ok(Steered { verb, id, title })
}

/// Result of an action on chosen downloads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActedOn {
    pub verb: Verb,
    pub ids: Vec<DownloadId>,
    pub result: Retried,
}

/// Performs an action on the chosen downloads. If it applies to none of them, the reason is returned as a
/// conflict.
#[server(prefix = "/api/ui", endpoint = "act_on_downloads")]
pub async fn act_on_downloads(
    #[server(default)] ids: Vec<DownloadId>,
    verb: Verb,
) -> Result<ActedOn, ApiError> {
    let (engine, owner) = signed_in(Right::Queue).await?;
    let result = downloads::act_on(&engine, owner.id, BulkAction { ids: ids.clone(), verb }).await?;
    match result.reason {
        Some(reason) if result.changed == 0 => Err(Refusal::conflict(reason).into()),
        reason => Ok(ActedOn { verb, ids, result: Retried { reason, ..result } }),
    }
}

/// Returns the downloads whose deletion can be undone, the latest first.
#[server(prefix = "/api/ui", endpoint = "deleted_downloads")]
pub async fn deleted_downloads() -> Result<Vec<DeletedDownload>, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    Ok(downloads::recently_deleted(&engine, owner.id).await?)
}

/// Counts the downloads that each action applies to.
#[server(prefix = "/api/ui", endpoint = "tally_downloads")]
pub async fn tally_downloads() -> Result<Tally, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    Ok(downloads::tally(&engine, owner.id).await?)
}

/// Performs an action on all downloads it applies to. If a retry starts none of
/// them, the reason is returned as a conflict.
#[server(prefix = "/api/ui", endpoint = "steer_downloads")]
pub async fn steer_downloads(verb: Verb) -> Result<(Verb, Retried), ApiError> {
    let (engine, owner) = signed_in(Right::Queue).await?;
    let (engine, owner) = (&engine, owner.id);
    let came = match verb {
        Verb::Pause => downloads::pause_all(engine, owner).await?.into(),
        Verb::Resume => downloads::resume_all(engine, owner).await?.into(),
        Verb::Cancel => downloads::cancel_all(engine, owner).await?.into(),
        Verb::Retry => downloads::retry_all(engine, owner).await?,
        _ => return Err(Refusal::conflict(t!("This is done with one download at a time.")).into()),
    };
    match came.reason {
        Some(reason) if came.changed == 0 => Err(Refusal::conflict(reason).into()),
        reason => Ok((verb, Retried { reason, ..came })),
    }
}
