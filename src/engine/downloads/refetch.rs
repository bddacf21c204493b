//! Recovery of lost bytes: they are fetched again, and all owners of downloads that hold them are notified.

use serde_json::json;

use super::Transfer;
use crate::db::{accounts, downloads, exports, media, pictures};
use crate::domain::download::DownloadStatus;
use crate::domain::event::EventKind;
use crate::domain::notification::NotificationKind;
use crate::domain::task::TaskChange;
use crate::engine::{Engine, Result};

/// Reason for which stored bytes are lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    Damaged,
    Missing,
}

impl Loss {
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Damaged => "The stored copy was damaged; it is being fetched again.",
            Self::Missing => "The stored copy was missing; it is being fetched again.",
        }
    }
}

/// Queues every ready download of these bytes again, for all owners, with a transfer for each of their
/// addresses, and requests the pictures that have them again. Returns the number of downloads. Idempotent.
pub async fn fetch(engine: &Engine, sha256: &str, bytes: u64, loss: Loss) -> Result<usize> {
    let holders = downloads::holding(&engine.db, sha256).await?;
    let mut urls: Vec<_> = holders.iter().map(|holder| holder.media_url.clone()).collect();
    urls.sort();
    urls.dedup();
    let mut work = engine.begin().await?;
    for url in urls {
        work.push(&Transfer::of(&engine.config, url)).await?;
    }
    // Another task may have noticed the loss first, and the bytes may be stored again.
    if engine.store.holds(sha256, i64::try_from(bytes).unwrap_or(i64::MAX)).await {
        return Ok(0);
    }
    let mut lost = Vec::new();
    for holder in holders {
        // Lock order: the user's row before the download's, as in eviction.
        accounts::lock(&*work, holder.user_id).await?;
        if downloads::lose(&*work, holder.user_id, holder.id, sha256, loss.in_words()).await? {
            lost.push(holder);
        }
    }
    pictures::lose(&*work, sha256, engine.now()).await?;
    exports::lose(&*work, sha256).await?;
    media::drop_blob(&*work, sha256).await?;
    tracing::warn!(sha256, downloads = lost.len(), ?loss, "stored bytes were lost and are fetched again");
    for holder in &lost {
        let change = TaskChange::of_download(holder.id, DownloadStatus::Queued, &holder.title);
        work.record(holder.user_id, holder.run_id, EventKind::TaskUpdate, change.data()).await?;
        let message = format!("“{}”: {}", holder.title, loss.in_words());
        let told = json!({
            "message": message, "level": "warning",
            "notice": NotificationKind::DownloadLost, "title": holder.title,
        });
        work.record(holder.user_id, None, EventKind::System, told).await?;
    }
    work.commit().await?;
    Ok(lost.len())
}
