//! A person's prepared items.

use leptos::prelude::*;
use smartcache::domain::download::Download;
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

#[server(prefix = "/api/ui", endpoint = "delete_download")]
pub async fn delete_download(download_id: DownloadId) -> Result<(), ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::downloads;
    let (engine, owner) = signed_in().await?;
    Ok(downloads::delete(&engine, owner.id, download_id).await?)
}
