//! What happens when bytes that were ready are lost: they are fetched again, and everybody who holds them is told.

use serde_json::json;

use super::Transfer;
use crate::db::{accounts, downloads, media};
use crate::domain::download::DownloadStatus;
use crate::domain::event::EventKind;
use crate::engine::{Engine, Result};

/// Why bytes are not here any more.
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

/// Puts every ready download of these bytes back into the queue, whoever owns it, and leaves a transfer for each of
/// their addresses; how many downloads that were. Called again, it does nothing more.
pub async fn fetch(engine: &Engine, sha256: &str, bytes: u64, loss: Loss) -> Result<usize> {
    let holders = downloads::holding(&engine.db, sha256).await?;
    let mut urls: Vec<_> = holders.iter().map(|holder| holder.media_url.clone()).collect();
    urls.sort();
    urls.dedup();
    let mut work = engine.begin().await?;
    for url in urls {
        work.push(&Transfer::of(&engine.config, url)).await?;
    }
    // Somebody else may have noticed the loss first, and the bytes may be here again.
    if engine.store.holds(sha256, i64::try_from(bytes).unwrap_or(i64::MAX)).await {
        return Ok(0);
    }
    let mut lost = Vec::new();
    for holder in holders {
        // Before the download's row, as whoever evicts does.
        accounts::lock(&*work, holder.user_id).await?;
        if downloads::lose(&*work, holder.user_id, holder.id, sha256, loss.in_words()).await? {
            lost.push(holder);
        }
    }
    media::drop_blob(&*work, sha256).await?;
    tracing::warn!(sha256, downloads = lost.len(), ?loss, "stored bytes were lost and are fetched again");
    for holder in &lost {
        let status = DownloadStatus::Queued;
        let told = json!({ "task_id": holder.id, "status": status, "title": holder.title });
        work.tell(holder.user_id, holder.run_id, EventKind::TaskUpdate, told).await?;
        let message = format!("“{}”: {}", holder.title, loss.in_words());
        let told = json!({ "message": message, "level": "warning" });
        work.tell(holder.user_id, None, EventKind::System, told).await?;
    }
    work.commit().await?;
    Ok(lost.len())
}
