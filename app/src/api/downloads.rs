//! A person's prepared items.

use leptos::prelude::*;
use smartcache::domain::download::{Changed, Download, Retried, Tally};
use smartcache::domain::eviction::Eviction;
use smartcache::domain::{DownloadId, Page};

use crate::error::ApiError;

/// The newest first, narrowed by title or source, status and kind.
#[server(prefix = "/api/ui", endpoint = "list_downloads")]
pub async fn list_downloads(
    q: String,
    status: String,
    kind: String,
    cursor: String,
) -> Result<Page<Download>, ApiError> {
    use super::{text, word};
    use crate::server_side::signed_in;
    use smartcache::domain::download::DownloadFilter;
    use smartcache::domain::page::PageQuery;
    use smartcache::engine::downloads;
    let (engine, owner) = signed_in().await?;
    let filter = DownloadFilter { q: text(&q), status: word(&status), kind: word(&kind) };
    let page = PageQuery { limit: Some(20), cursor: text(&cursor) };
    Ok(downloads::list(&engine, owner.id, &filter, &page).await?)
}

/// What is on its way, the oldest first.
#[server(prefix = "/api/ui", endpoint = "downloads_under_way")]
pub async fn downloads_under_way() -> Result<Page<Download>, ApiError> {
    use crate::server_side::signed_in;
    use smartcache::domain::download::{DownloadFilter, DownloadStatus};
    use smartcache::domain::page::PageQuery;
    use smartcache::engine::downloads;
    let (engine, owner) = signed_in().await?;
    let mut open = Vec::new();
    for &status in DownloadStatus::ALL.iter().filter(|status| status.is_open()) {
        let filter = DownloadFilter { status: Some(status), ..DownloadFilter::default() };
        open.extend(downloads::list(&engine, owner.id, &filter, &PageQuery::default()).await?.data);
    }
    // One that moved on between two questions is found twice.
    open.sort_by_key(|download| download.id);
    open.dedup_by_key(|download| download.id);
    Ok(Page { data: open, next_cursor: None })
}

/// What made room lately, the newest first.
#[server(prefix = "/api/ui", endpoint = "list_evictions")]
pub async fn list_evictions() -> Result<Page<Eviction>, ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::downloads;
    let (engine, owner) = signed_in().await?;
    Ok(Page { data: downloads::evictions(&engine, owner.id).await?, next_cursor: None })
}

/// Keeps a download for as long as its owner wants it, or no longer than any other.
#[server(prefix = "/api/ui", endpoint = "pin_download")]
pub async fn pin_download(download_id: DownloadId, wanted: bool) -> Result<(), ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::downloads;
    let (engine, owner) = signed_in().await?;
    if wanted {
        downloads::pin(&engine, owner.id, download_id).await?;
    } else {
        downloads::unpin(&engine, owner.id, download_id).await?;
    }
    Ok(())
}

/// The player has come to the end.
#[server(prefix = "/api/ui", endpoint = "played_download")]
pub async fn played_download(download_id: DownloadId) -> Result<(), ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::downloads;
    let (engine, owner) = signed_in().await?;
    downloads::played(&engine, owner.id, download_id).await?;
    Ok(())
}

#[server(prefix = "/api/ui", endpoint = "retry_download")]
pub async fn retry_download(download_id: DownloadId) -> Result<(), ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::downloads;
    let (engine, owner) = signed_in().await?;
    downloads::retry(&engine, owner.id, download_id).await?;
    Ok(())
}

#[server(prefix = "/api/ui", endpoint = "cancel_download")]
pub async fn cancel_download(download_id: DownloadId) -> Result<(), ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::downloads;
    let (engine, owner) = signed_in().await?;
    downloads::cancel(&engine, owner.id, download_id).await?;
    Ok(())
}

/// Holds a download back.
#[server(prefix = "/api/ui", endpoint = "pause_download")]
pub async fn pause_download(download_id: DownloadId) -> Result<(), ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::downloads;
    let (engine, owner) = signed_in().await?;
    downloads::pause(&engine, owner.id, download_id).await?;
    Ok(())
}

#[server(prefix = "/api/ui", endpoint = "resume_download")]
pub async fn resume_download(download_id: DownloadId) -> Result<(), ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::downloads;
    let (engine, owner) = signed_in().await?;
    downloads::resume(&engine, owner.id, download_id).await?;
    Ok(())
}

/// Puts a waiting download before or after the others.
#[server(prefix = "/api/ui", endpoint = "prioritise_download")]
pub async fn prioritise_download(download_id: DownloadId, priority: i64) -> Result<(), ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::downloads;
    let (engine, owner) = signed_in().await?;
    downloads::set_priority(&engine, owner.id, download_id, priority).await?;
    Ok(())
}

/// For how many downloads there is something to do.
#[server(prefix = "/api/ui", endpoint = "tally_downloads")]
pub async fn tally_downloads() -> Result<Tally, ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::downloads;
    let (engine, owner) = signed_in().await?;
    Ok(downloads::tally(&engine, owner.id).await?)
}

#[server(prefix = "/api/ui", endpoint = "pause_all_downloads")]
pub async fn pause_all_downloads() -> Result<Changed, ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::downloads;
    let (engine, owner) = signed_in().await?;
    Ok(downloads::pause_all(&engine, owner.id).await?)
}

#[server(prefix = "/api/ui", endpoint = "resume_all_downloads")]
pub async fn resume_all_downloads() -> Result<Changed, ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::downloads;
    let (engine, owner) = signed_in().await?;
    Ok(downloads::resume_all(&engine, owner.id).await?)
}

#[server(prefix = "/api/ui", endpoint = "cancel_all_downloads")]
pub async fn cancel_all_downloads() -> Result<Changed, ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::downloads;
    let (engine, owner) = signed_in().await?;
    Ok(downloads::cancel_all(&engine, owner.id).await?)
}

/// Tries again what failed. Where nothing may be, the answer is why.
#[server(prefix = "/api/ui", endpoint = "retry_failed_downloads")]
pub async fn retry_failed_downloads() -> Result<Retried, ApiError> {
    use crate::server_side::signed_in;
    use smartcache::domain::Refusal;
    use smartcache::engine::downloads;
    let (engine, owner) = signed_in().await?;
    let came = downloads::retry_all(&engine, owner.id).await?;
    match came.reason {
        Some(reason) if came.changed == 0 => Err(Refusal::conflict(reason).into()),
        reason => Ok(Retried { reason, ..came }),
    }
}

#[server(prefix = "/api/ui", endpoint = "delete_download")]
pub async fn delete_download(download_id: DownloadId) -> Result<(), ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::downloads;
    let (engine, owner) = signed_in().await?;
    Ok(downloads::delete(&engine, owner.id, download_id).await?)
}
