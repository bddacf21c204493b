//! Announcement that a transfer has begun: immediately if it takes time, not at all if it ends at once.

use std::sync::atomic::Ordering;

use jobs::{JobError, JobFailure};
use tokio::time::timeout;

use super::fault::fault;
use super::resume::{TELL_EVERY, WORTH_RESUMING};
use super::transfer::{MAX_DEATHS, TransferAttempt};
use crate::db::downloads::Waiting;
use crate::db::{downloads, items, transfers};
use crate::domain::download::DownloadStatus;
use crate::domain::event::EventKind;
use crate::domain::item::Availability;
use crate::domain::task::TaskChange;
use crate::engine::Work;

impl TransferAttempt<'_> {
    /// Whether the attempt has been recorded and announced. A small file often arrives before a client could
    /// see that it is coming, so only its end is announced. An attempt that follows an earlier one is counted
    /// before it fetches, because the earlier one may have died with its process.
    pub fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
    }

    /// Counts the attempt and announces it, the first time only.
    pub async fn begin_telling(&self, bytes: u64) -> Result<(), JobError> {
        if self.has_begun() {
            return Ok(());
        }
        let mut work = self.begin().await?;
        let tries = transfers::begin(&*work, self.url, bytes as i64, self.began_at).await?;
        if tries > MAX_DEATHS {
            let why = "It broke off again and again, without a step forward.";
            return Err(JobError::fail(JobFailure::temporary(why)));
        }
        let waiting = downloads::waiting(&*work, self.url).await?;
        downloads::begun(&*work, self.url, tries, bytes as i64).await?;
        items::set_availability(&*work, self.url, Availability::Caching, None, None).await?;
        self.record_task_updates(&mut work, &waiting, DownloadStatus::Downloading).await?;
        work.commit().await.map_err(fault)?;
        self.has_begun.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Publishes the status of the waiting downloads.
    pub async fn record_task_updates(
        &self,
        work: &mut Work<'_>,
        waiting: &[Waiting],
        status: DownloadStatus,
    ) -> Result<(), JobError> {
        for w in waiting {
            let told = TaskChange::of_download(w.id, status, &w.title).data();
            work.record(w.user_id, w.run_id, EventKind::TaskUpdate, told).await.map_err(fault)?;
        }
        Ok(())
    }

    /// Like `begin_telling`, but only if the total is large or unknown.
    pub async fn begin_telling_of(&self, total: Option<u64>) -> Result<(), JobError> {
        match total {
            Some(total) if total < WORTH_RESUMING => Ok(()),
            _ => self.begin_telling(0).await,
        }
    }

    /// Waits for a response, and announces the transfer if that takes time. No transaction of this attempt is
    /// open meanwhile.
    pub async fn patiently<T>(
        &self,
        answer: impl Future<Output = Result<T, JobError>>,
    ) -> Result<T, JobError> {
        tokio::pin!(answer);
        if !self.has_begun() {
            match timeout(TELL_EVERY, &mut answer).await {
                Ok(answer) => return answer,
                Err(_) => self.begin_telling(0).await?,
            }
        }
        answer.await
    }
}
