//! Multipart upload that leaves no parts behind: it is aborted unless completed, even if its task is dropped.

use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload, Result};
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinSet;

/// Size of a part. S3 requires at least 5 MiB and allows up to 10,000 parts.
pub const PART: usize = 8 * 1024 * 1024;

pub struct Upload {
    /// None after completion or abort.
    session: Option<Box<dyn MultipartUpload>>,
    parts: JoinSet<Result<()>>,
}

impl Upload {
    pub async fn begin(store: &dyn ObjectStore, path: &Path) -> Result<Self> {
        Ok(Self { session: Some(store.put_multipart(path).await?), parts: JoinSet::new() })
    }

    /// Sends a part while others are in flight. Also reports the failure of an earlier part.
    pub async fn put(&mut self, part: PutPayload, room: OwnedSemaphorePermit) -> Result<()> {
        while let Some(done) = self.parts.try_join_next() {
            done??;
        }
        if let Some(session) = &mut self.session {
            let sending = session.put_part(part);
            self.parts.spawn(async move {
                let _room = room;
                sending.await
            });
        }
        Ok(())
    }

    /// Waits for all parts and completes the object.
    pub async fn complete(mut self) -> Result<()> {
        let done = self.finish().await;
        match done {
            Ok(()) => self.session = None,
            Err(_) => self.abort().await,
        }
        done
    }

    async fn finish(&mut self) -> Result<()> {
        while let Some(done) = self.parts.join_next().await {
            done??;
        }
        if let Some(session) = &mut self.session {
            session.complete().await?;
        }
        Ok(())
    }

    /// Aborts the upload and deletes the parts sent so far.
    pub async fn abort(mut self) {
        take_back(self.session.take(), std::mem::take(&mut self.parts)).await;
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let (Some(session), Ok(runtime)) = (self.session.take(), Handle::try_current()) {
            runtime.spawn(take_back(Some(session), std::mem::take(&mut self.parts)));
        }
    }
}

/// Aborts an upload. Parts in flight are stopped first: one that arrives after the abort would remain.
async fn take_back(session: Option<Box<dyn MultipartUpload>>, mut parts: JoinSet<Result<()>>) {
    parts.shutdown().await;
    if let Some(mut session) = session
        && let Err(error) = session.abort().await
    {
        tracing::warn!(%error, "the parts of an upload could not be taken back");
    }
}
