//! Files that a site cannot fetch itself: its gateway is asked for them, and bundles carry them here.

use futures::StreamExt;
use jobs::{JobError, JobFailure};
use uuid::Uuid;

use super::fault::fault;
use super::judge::judge;
use super::transfer::TransferAttempt;
use super::{Transfer, retry, verify};
use crate::db::bundles as rows;
use crate::db::media::{self, Blob};
use crate::db::{downloads, items};
use crate::domain::ItemId;
use crate::domain::bundle::NodeRole;
use crate::domain::download::DownloadStatus;
use crate::engine::{Engine, Error, Result};
use blobs::Found;

/// Reason of downloads that wait for a bundle.
pub const ASKED: &str = "Asked for with the next bundle.";

impl TransferAttempt<'_> {
    /// Whether the address cannot be reached from here, because this is a site.
    pub async fn is_out_of_reach(&self) -> bool {
        self.engine.config.role == NodeRole::Site && !self.engine.egress.reaches(self.url).await
    }

    /// Asks the gateway for the file, and ends the job until it has come.
    pub async fn ask_gateway(&self) -> Result<(), JobError> {
        let mut work = self.begin().await?;
        self.lease.finish(&work).await?;
        let waiting = downloads::waiting(&*work, self.url).await?;
        downloads::postponed(&*work, self.url, ASKED, None).await?;
        if let Some(first) = waiting.first() {
            let id = Uuid::new_v4().simple().to_string();
            rows::ask_for_file(&*work, &id, first.item_id, work.now()).await?;
        }
        self.record_task_updates(&mut work, &waiting, DownloadStatus::Queued).await?;
        work.commit().await.map_err(fault)
    }
}

/// Gives an item the bytes that came for it, which are in the store. Waiting downloads get them as after a
/// transfer. Bytes of another kind than the item promises fail its downloads.
pub async fn deliver(engine: &Engine, item: ItemId, sha256: &str, bytes: u64) -> Result<()> {
    let Some((url, wants)) = wanted(engine, item).await? else { return Ok(()) };
    let Found::Good(copy) = engine.store.find(sha256, bytes).await? else {
        return Err(Error::fault(format!("the blob {sha256} is not in the store")));
    };
    let mut head = Vec::new();
    let mut stream = copy.read(Some(0..bytes.min(verify::HEAD as u64))).await?;
    while let Some(piece) = stream.next().await {
        head.extend_from_slice(&piece?);
    }
    let mime_type = match judge(&engine.config, &wants, &head, bytes, None) {
        Ok(mime_type) => mime_type,
        Err(JobError::Fail(failure)) => return refuse(engine, item, &failure).await,
        Err(error) => return Err(Error::fault(format!("{error:?}"))),
    };
    let blob =
        Blob { sha256: sha256.to_owned(), bytes: i64::try_from(bytes).map_err(Error::fault)?, mime_type };
    let mut work = engine.begin().await?;
    // Lock order: the job's row first, as in a transfer.
    work.push(&Transfer::of(&engine.config, url.clone()).sized(Some(blob.bytes))).await?;
    media::keep(&*work, &url, &blob, work.now()).await?;
    items::cached(&*work, &[&url]).await?;
    rows::complete_item(&*work, item, work.now()).await?;
    rows::forget_file(&*work, sha256, item).await?;
    work.commit().await
}

/// Fails the downloads that wait for the file of an item, and the request for it.
pub async fn refuse(engine: &Engine, item: ItemId, failure: &JobFailure) -> Result<()> {
    let work = engine.begin().await?;
    if let Some(url) = items::media_url(&*work, item).await? {
        retry::record_failure(engine, &work, &url, failure).await?;
    }
    rows::fail_item(&*work, item, &failure.why, work.now()).await?;
    work.commit().await?;
    engine.hub.nudge();
    Ok(())
}

async fn wanted(engine: &Engine, item: ItemId) -> Result<Option<(String, Vec<downloads::Want>)>> {
    let Some(url) = items::media_url(&engine.db, item).await? else { return Ok(None) };
    let wants = downloads::wants(&engine.db, &url).await?;
    Ok(Some((url, wants)))
}
