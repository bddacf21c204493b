//! Keeps verified bytes under their SHA-256; equal bytes are kept once, whoever asked for them.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt, WriteMultipart};
use tokio::io::AsyncReadExt;

use super::{Error, Result};
use crate::domain::{DateTime, Utc};

/// A part of an upload: a multiple of what S3 asks for at least (5 MiB).
const PART: usize = 8 * 1024 * 1024;

#[derive(Debug, Clone)]
pub struct Store {
    objects: Arc<dyn ObjectStore>,
}

impl Store {
    /// A store in a directory, which is made where it is missing.
    pub fn in_directory(directory: &Path) -> Result<Self> {
        std::fs::create_dir_all(directory)?;
        let objects = LocalFileSystem::new_with_prefix(directory)?.with_fsync(true);
        Ok(Self { objects: Arc::new(objects) })
    }

    /// Takes a finished file over. Bytes that are there already are left as they are.
    pub async fn keep(&self, sha256: &str, bytes: u64, file: &Path) -> Result<()> {
        let path = object_path(sha256);
        if self.objects.head(&path).await.is_ok_and(|meta| meta.size == bytes) {
            return Ok(());
        }
        let mut file = tokio::fs::File::open(file).await?;
        let mut upload = WriteMultipart::new_with_chunk_size(self.objects.put_multipart(&path).await?, PART);
        let mut buffer = vec![0u8; 256 * 1024];
        loop {
            let read = match file.read(&mut buffer).await {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) => {
                    upload.abort().await?;
                    return Err(error.into());
                }
            };
            upload.wait_for_capacity(4).await?;
            upload.write(&buffer[..read]);
        }
        upload.finish().await?;
        Ok(())
    }

    /// Whether the bytes are here, in full.
    pub async fn holds(&self, sha256: &str, bytes: i64) -> bool {
        self.objects.head(&object_path(sha256)).await.is_ok_and(|meta| meta.size as i64 == bytes)
    }

    /// The bytes, or a part of them, as they are read.
    pub async fn read(
        &self,
        sha256: &str,
        range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, Result<Bytes, object_store::Error>>> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..Default::default() };
        let got = self.objects.get_opts(&object_path(sha256), options).await?;
        Ok(got.into_stream().boxed())
    }

    pub async fn remove(&self, sha256: &str) -> Result<()> {
        match self.objects.delete(&object_path(sha256)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes, reads back and removes a few bytes: whether the store works.
    pub async fn probe(&self) -> Result<()> {
        let path = ObjectPath::from(format!("probe/{:016x}", rand::random::<u64>()));
        self.objects.put(&path, Bytes::from_static(b"probe").into()).await?;
        let read = self.objects.get(&path).await?.bytes().await?;
        self.objects.delete(&path).await?;
        if read.as_ref() == b"probe" { Ok(()) } else { Err(Error::fault("the store gave back other bytes")) }
    }

    /// Everything that is kept under a SHA-256, as the store lists it.
    pub fn list(&self) -> BoxStream<'static, Result<Listed, object_store::Error>> {
        let all = self.objects.list(Some(&ObjectPath::from("blobs")));
        all.map_ok(|meta| Listed {
            sha256: meta.location.filename().unwrap_or_default().to_owned(),
            bytes: meta.size,
            modified: meta.last_modified,
        })
        .boxed()
    }
}

/// One object of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub sha256: String,
    pub bytes: u64,
    pub modified: DateTime<Utc>,
}

/// Two levels of directories, so that none grows too wide.
fn object_path(sha256: &str) -> ObjectPath {
    let start = |range: Range<usize>| sha256.get(range).unwrap_or("xx");
    ObjectPath::from(format!("blobs/{}/{}/{sha256}", start(0..2), start(2..4)))
}
