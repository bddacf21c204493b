//! An upload in parts that leaves nothing behind: what is not completed is taken back, even where its task is dropped.

use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload, Result};
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinSet;

/// What one part holds: S3 takes no less than 5 MiB, and up to 10,000 parts.
pub const PART: usize = 8 * 1024 * 1024;

pub struct Upload {
    /// None once it has been completed or taken back.
    session: Option<Box<dyn MultipartUpload>>,
    parts: JoinSet<Result<()>>,
}

impl Upload {
    pub async fn begin(store: &dyn ObjectStore, path: &Path) -> Result<Self> {
        Ok(Self { session: Some(store.put_multipart(path).await?), parts: JoinSet::new() })
    }

    /// Sends a part while others are still on their way. An earlier part's failure is told here too.
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

    /// Waits for all parts and makes one object of them.
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

    /// Takes back what has been sent.
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

/// A part that is still on its way could arrive after the abort, and would stay: they are stopped first.
async fn take_back(session: Option<Box<dyn MultipartUpload>>, mut parts: JoinSet<Result<()>>) {
    parts.shutdown().await;
    if let Some(mut session) = session
        && let Err(error) = session.abort().await
    {
        tracing::warn!(%error, "the parts of an upload could not be taken back");
    }
}
