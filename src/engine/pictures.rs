//! Pictures of other servers, fetched once, checked, and kept in small sizes: browsers ask this server alone.
//!
//! Lower floors request them by address (`catalog::covers`). They are fetched through the egress guard, and
//! count against no user's quota.

mod decoder;
mod fetch;
mod jobs;

use blobs::{Copy, Found};
use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use thumbnails::{MIME_TYPE, Thumbnail};

pub use decoder::Decoder;
pub use fetch::MAX_BYTES;
pub use jobs::{EVERY, FetchPicture, FetchPictures, PATIENCE};

use self::fetch::FetchProblem;
use super::{Engine, Error, Result};
use crate::db::media::{self, Blob};
use crate::db::pictures::{self, PictureFile};
use crate::domain::Refusal;

/// Time after which a kept picture is requested again, because its publisher may have changed it.
const CHECKED_AFTER: TimeDelta = TimeDelta::days(30);
/// Time until the next request after the first failures, and after all later ones.
const RETRIES: [TimeDelta; 4] =
    [TimeDelta::minutes(10), TimeDelta::hours(1), TimeDelta::hours(6), TimeDelta::days(1)];
const RETRY_AT_LAST: TimeDelta = TimeDelta::days(7);

/// A file of a kept picture.
#[derive(Debug)]
pub struct StoredPicture {
    pub sha256: String,
    pub bytes: u64,
    pub mime_type: String,
    pub copy: Copy,
}

/// Opens a picture in one of the sizes of `domain::picture`.
///
/// # Errors
/// A missing picture, also if its bytes were lost: then it is requested again.
pub async fn file(engine: &Engine, hash: &str, size: i64) -> Result<StoredPicture> {
    let missing = || Refusal::missing("picture");
    let Blob { sha256, bytes, mime_type } =
        pictures::blob(&engine.db, hash, size).await?.ok_or_else(missing)?;
    let bytes = u64::try_from(bytes).map_err(Error::fault)?;
    match engine.store.find(&sha256, bytes).await? {
        Found::Good(copy) => Ok(StoredPicture { sha256, bytes, mime_type, copy }),
        Found::Damaged | Found::Missing => {
            let work = engine.begin().await?;
            pictures::lose(&*work, &sha256, engine.now()).await?;
            work.commit().await?;
            Err(missing().into())
        }
    }
}

/// Fetches a requested picture and keeps it, or records why not. Returns the bytes that were fetched.
pub async fn fetch(engine: &Engine, address: &str) -> Result<usize> {
    match fetch::bytes(engine, address).await? {
        Ok(bytes) => {
            let fetched = bytes.len();
            store_bytes(engine, &[address.to_owned()], bytes).await?;
            Ok(fetched)
        }
        Err(problem) => {
            record_failure(engine, address, problem).await?;
            Ok(0)
        }
    }
}

/// Keeps the bytes of a picture that was requested at these addresses, or records why they are none.
pub async fn store_bytes(engine: &Engine, addresses: &[String], bytes: Vec<u8>) -> Result<()> {
    let hash = hex::encode(Sha256::digest(&bytes));
    let rendered = engine.decoder.render(bytes).await?;
    for address in addresses {
        match &rendered {
            Ok(thumbnails) => keep(engine, address, &hash, thumbnails).await?,
            Err(problem) => record_failure(engine, address, problem.clone()).await?,
        }
    }
    Ok(())
}

/// Stores the files, and records in one transaction that the picture is kept.
async fn keep(engine: &Engine, address: &str, hash: &str, thumbnails: &[Thumbnail]) -> Result<()> {
    let mut files = Vec::new();
    for thumbnail in thumbnails {
        let blob = store(engine, thumbnail).await?;
        let [size, width, height] = [thumbnail.size, thumbnail.width, thumbnail.height].map(i64::from);
        files.push((PictureFile { size, sha256: blob.sha256.clone(), width, height }, blob));
    }
    let now = engine.now();
    let work = engine.begin().await?;
    for (_, blob) in &files {
        media::keep_blob(&*work, blob, now).await?;
        // The row is locked now, and deletion locks it first: bytes that are there at this point stay.
        if !media::hold(&*work, &blob.sha256).await? || !engine.store.keeps(&blob.sha256, blob.bytes).await {
            return Err(Error::fault("the files of a picture were deleted while it was stored"));
        }
    }
    let files: Vec<_> = files.into_iter().map(|(file, _)| file).collect();
    pictures::keep_files(&*work, hash, &files).await?;
    pictures::ready(&*work, address, hash, now + CHECKED_AFTER).await?;
    work.commit().await
}

async fn store(engine: &Engine, thumbnail: &Thumbnail) -> Result<Blob> {
    let bytes = &thumbnail.bytes;
    let sha256 = hex::encode(Sha256::digest(bytes));
    let incoming = engine.config.incoming();
    tokio::fs::create_dir_all(&incoming).await?;
    let path = incoming.join(format!("{}.picture", uuid::Uuid::new_v4().simple()));
    tokio::fs::write(&path, bytes).await?;
    let kept = engine.store.keep(&sha256, bytes.len() as u64, &path).await;
    if let Err(error) = tokio::fs::remove_file(&path).await
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "a temporary file of a picture was not deleted");
    }
    kept?;
    Ok(Blob { sha256, bytes: bytes.len() as i64, mime_type: MIME_TYPE.to_owned() })
}

/// Records that a requested picture is not fetched, and why.
pub async fn refuse(engine: &Engine, address: &str, why: &str) -> Result<()> {
    record_failure(engine, address, FetchProblem::Lasting(why.to_owned())).await
}

async fn record_failure(engine: &Engine, address: &str, problem: FetchProblem) -> Result<()> {
    let (why, after) = match problem {
        FetchProblem::Lasting(why) => (why, RETRY_AT_LAST),
        FetchProblem::Temporary(why) => {
            let failures = pictures::failures(&engine.db, address).await?;
            let next = usize::try_from(failures).ok().and_then(|n| RETRIES.get(n));
            (why, next.copied().unwrap_or(RETRY_AT_LAST))
        }
    };
    tracing::debug!(host = egress::host(address), why, "a picture was not to be had");
    let work = engine.begin().await?;
    pictures::failed(&*work, address, &why, engine.now() + after).await?;
    work.commit().await
}

#[cfg(all(test, feature = "testing"))]
mod tests;
