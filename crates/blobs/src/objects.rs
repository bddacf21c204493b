//! Remote store: objects named by their SHA-256 in an S3-compatible bucket, accessed with signed requests
//! only.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::path::Path as ObjectPath;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufWriter};
use tokio::sync::Semaphore;

use super::settings::{Bucket, BucketTimeouts};
use super::upload::{PART, Upload};
use super::{BlobError, Found, StoredBlob};
use crate::error::Result;

/// Maximum parts in flight in this process; they are held in memory.
const MAX_CONCURRENT_PARTS: usize = 2;

#[derive(Debug)]
pub struct Objects {
    objects: Arc<dyn ObjectStore>,
    prefix: String,
    room: Arc<Semaphore>,
}

impl Objects {
    pub fn new(bucket: &Bucket) -> Result<Self> {
        let BucketTimeouts { connect, silence, retry_for, retries } = bucket.timeouts;
        let client = ClientOptions::new()
            .with_allow_http(bucket.endpoint.as_ref().is_some_and(|url| url.scheme() == "http"))
            .with_connect_timeout(connect)
            .with_read_timeout(silence)
            // A large object may take long as long as bytes arrive.
            .with_timeout_disabled();
        let backoff = BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(5).min(retry_for),
            base: 2.0,
        };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&bucket.name)
            .with_region(&bucket.region)
            .with_access_key_id(&bucket.keys.id)
            .with_secret_access_key(&bucket.keys.secret)
            // Not every S3-compatible server supports bulk deletion.
            .with_disable_bulk_delete(true)
            .with_retry(RetryConfig { backoff, max_retries: retries, retry_timeout: retry_for })
            .with_client_options(client);
        if let Some(token) = &bucket.keys.session {
            builder = builder.with_token(token);
        }
        if let Some(endpoint) = &bucket.endpoint {
            builder = builder.with_endpoint(endpoint.as_str().trim_end_matches('/'));
        }
        let objects = builder.build().map_err(BlobError::bucket("the bucket cannot be used"))?;
        Ok(Self {
            objects: Arc::new(objects),
            prefix: bucket.prefix.clone(),
            room: Arc::new(Semaphore::new(MAX_CONCURRENT_PARTS)),
        })
    }

    /// Size of the object in bytes, if it exists; it may be damaged.
    pub async fn size(&self, sha256: &str) -> Result<Option<u64>> {
        match self.objects.head(&self.path(sha256)).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(BlobError::bucket("an object could not be looked up")(error)),
        }
    }

    /// Uploads a file, in parts if it is large. An object of the right size is left unchanged.
    ///
    /// The write is unconditional: concurrent writers of one name write the same bytes.
    pub async fn keep(&self, sha256: &str, bytes: u64, file: &Path) -> Result<()> {
        if self.size(sha256).await? == Some(bytes) {
            return Ok(());
        }
        let mut file = tokio::fs::File::open(file).await?;
        let path = self.path(sha256);
        if bytes <= PART as u64 {
            let _room = self.room.acquire().await.map_err(|_| BlobError::failed("the store is closing"))?;
            let mut body = Vec::with_capacity(bytes as usize);
            file.read_to_end(&mut body).await?;
            self.objects.put(&path, body.into()).await.map_err(BlobError::bucket("an upload failed"))?;
            return Ok(());
        }
        let mut upload =
            Upload::begin(&*self.objects, &path).await.map_err(BlobError::bucket("an upload failed"))?;
        match self.send(&mut upload, &mut file).await {
            Ok(()) => upload.complete().await.map_err(BlobError::bucket("an upload could not be completed")),
            Err(error) => {
                upload.abort().await;
                Err(error)
            }
        }
    }

    async fn send(&self, upload: &mut Upload, file: &mut tokio::fs::File) -> Result<()> {
        loop {
            let room = self
                .room
                .clone()
                .acquire_owned()
                .await
                .map_err(|_| BlobError::failed("the store is closing"))?;
            let mut part = Vec::with_capacity(PART);
            (&mut *file).take(PART as u64).read_to_end(&mut part).await?;
            if part.is_empty() {
                return Ok(());
            }
            upload.put(part.into(), room).await.map_err(BlobError::bucket("a part of an upload failed"))?;
        }
    }

    /// Streams an object into a file and verifies its hash. A damaged object is deleted.
    pub async fn fetch(&self, sha256: &str, bytes: u64, to: &Path) -> Result<Found<()>> {
        // Damage that occurred only in transit is absent the second time.
        for _ in 0..2 {
            match self.receive(sha256, bytes, to).await? {
                Found::Damaged => {
                    tracing::warn!(sha256, "an object came with other bytes than its name says")
                }
                other => return Ok(other),
            }
        }
        self.remove(sha256).await?;
        Ok(Found::Damaged)
    }

    async fn receive(&self, sha256: &str, bytes: u64, to: &Path) -> Result<Found<()>> {
        let failed = BlobError::bucket("an object could not be read");
        let got = match self.objects.get(&self.path(sha256)).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(Found::Missing),
            got => got.map_err(failed)?,
        };
        if got.meta.size != bytes {
            return Ok(Found::Damaged);
        }
        let mut hash = Sha256::new();
        let mut body = got.into_stream();
        let mut file = BufWriter::with_capacity(1024 * 1024, tokio::fs::File::create(to).await?);
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(BlobError::bucket("an object broke off"))?;
            hash.update(&piece);
            file.write_all(&piece).await?;
        }
        file.flush().await?;
        file.get_ref().sync_all().await?;
        Ok(if hex::encode(hash.finalize()) == sha256 { Found::Good(()) } else { Found::Damaged })
    }

    /// Verifies an object without changing it.
    pub async fn examine(&self, sha256: &str, bytes: u64) -> Result<Found<()>> {
        let got = match self.objects.get(&self.path(sha256)).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(Found::Missing),
            got => got.map_err(BlobError::bucket("an object could not be read"))?,
        };
        let is_whole = got.meta.size == bytes;
        let (mut hash, mut body) = (Sha256::new(), got.into_stream());
        while let Some(piece) = body.next().await {
            hash.update(&piece.map_err(BlobError::bucket("an object broke off"))?);
        }
        let is_whole = is_whole && hex::encode(hash.finalize()) == sha256;
        Ok(if is_whole { Found::Good(()) } else { Found::Damaged })
    }

    pub async fn list(&self) -> Result<Vec<StoredBlob>> {
        let all = self.objects.list(Some(&self.below("blobs".into())));
        let listed = all.map_ok(|meta| StoredBlob {
            sha256: meta.location.filename().unwrap_or_default().to_owned(),
            bytes: meta.size,
            modified: meta.last_modified,
        });
        listed.try_collect().await.map_err(BlobError::bucket("the bucket could not be listed"))
    }

    pub async fn remove(&self, sha256: &str) -> Result<()> {
        match self.objects.delete(&self.path(sha256)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(BlobError::bucket("an object could not be deleted")(error)),
        }
    }

    /// Writes, reads back and deletes a few bytes.
    pub async fn probe(&self) -> Result<()> {
        let failed = BlobError::bucket("the bucket does not work");
        let path = self.below(format!("probe/{:016x}", rand::random::<u64>()));
        self.objects.put(&path, Bytes::from_static(b"probe").into()).await.map_err(&failed)?;
        let read = self.objects.get(&path).await.map_err(&failed)?.bytes().await.map_err(&failed)?;
        self.objects.delete(&path).await.map_err(&failed)?;
        if read.as_ref() == b"probe" {
            Ok(())
        } else {
            Err(BlobError::failed("the store gave back other bytes"))
        }
    }

    /// Two levels of prefixes, as in a directory.
    fn path(&self, sha256: &str) -> ObjectPath {
        let part = |range: Range<usize>| sha256.get(range).unwrap_or("xx");
        self.below(format!("blobs/{}/{}/{sha256}", part(0..2), part(2..4)))
    }

    fn below(&self, key: String) -> ObjectPath {
        if self.prefix.is_empty() { key.into() } else { format!("{}/{key}", self.prefix).into() }
    }
}
