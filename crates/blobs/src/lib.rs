#![doc = include_str!("../README.md")]

mod blob_directory;
mod cache;
mod copy;
mod error;
mod objects;
mod settings;
mod single_flight;
#[cfg(feature = "testing")]
pub mod testing;
mod upload;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use chrono::{DateTime, Utc};
pub use copy::{Copy, Found, Tier};
pub use error::BlobError;
use error::Result;
pub use settings::{Bucket, BucketTimeouts, Keys, StorageLocation};

pub use self::blob_directory::BlobDirectory;
use self::cache::Cache;
use self::objects::Objects;
pub use self::single_flight::SingleFlight;

/// Timeout for requests made inside a transaction, whose locks block others.
const BRIEF: Duration = Duration::from_secs(3);
/// Retention of damaged and partial files, for inspection.
const LEFTOVERS: Duration = Duration::from_secs(7 * 24 * 3600);

/// Storage tiers before the origin. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store(Arc<Tiers>);

#[derive(Debug)]
struct Tiers {
    place: Kept,
    single_flight: SingleFlight,
}

#[derive(Debug)]
enum Kept {
    /// A local directory is as near as a cache would be: there is no second copy.
    Here(BlobDirectory),
    Remote {
        cache: Cache,
        objects: Objects,
    },
}

impl Store {
    /// Opens the store. A missing directory is created; a bucket must exist.
    pub fn open(place: &StorageLocation, data_dir: &Path, cache_bytes: u64) -> Result<Self> {
        let place = match place {
            StorageLocation::Directory(path) => {
                Kept::Here(BlobDirectory::new(path.join("blobs"), path.join("damaged"))?)
            }
            StorageLocation::S3(bucket) => {
                Kept::Remote { cache: Cache::new(data_dir, cache_bytes)?, objects: Objects::new(bucket)? }
            }
        };
        Ok(Self(Arc::new(Tiers { place, single_flight: SingleFlight::default() })))
    }

    /// Moves a finished file into the store.
    pub async fn keep(&self, sha256: &str, bytes: u64, file: &Path) -> Result<()> {
        if let Kept::Remote { objects, .. } = &self.0.place {
            objects.keep(sha256, bytes, file).await?;
        }
        let (sha256, file) = (sha256.to_owned(), file.to_owned());
        self.blocking(move |place| match place {
            Kept::Here(directory) => Ok(directory.take(&sha256, &file)?),
            Kept::Remote { cache, .. } => {
                // The object is stored; a cache that has to fetch it again is no reason to fail.
                if let Err(error) = cache.take(&sha256, &file) {
                    tracing::warn!(sha256, %error, "a file could not be put into the cache");
                }
                Ok(())
            }
        })
        .await
    }

    /// Nearest tier that holds the bytes in full, judged by size. A bucket that does not answer within
    /// `BRIEF` counts as empty.
    pub async fn nearest(&self, sha256: &str, bytes: i64) -> Option<Tier> {
        let near = match &self.0.place {
            Kept::Here(directory) => directory.size(sha256),
            Kept::Remote { cache, .. } => cache.size(sha256),
        };
        match near {
            Some(size) => (i64::try_from(size) == Ok(bytes)).then_some(Tier::Cache),
            None => self.keeps(sha256, bytes).await.then_some(Tier::Store),
        }
    }

    /// Whether `nearest` finds the bytes in full.
    pub async fn holds(&self, sha256: &str, bytes: i64) -> bool {
        self.nearest(sha256, bytes).await.is_some()
    }

    /// Like `holds`, for the last tier before the origin: a cache may still have bytes that were deleted
    /// there.
    pub async fn keeps(&self, sha256: &str, bytes: i64) -> bool {
        let size = match &self.0.place {
            Kept::Here(directory) => directory.size(sha256),
            Kept::Remote { objects, .. } => {
                timeout(BRIEF, objects.size(sha256)).await.ok().and_then(Result::ok).flatten()
            }
        };
        size.is_some_and(|size| i64::try_from(size) == Ok(bytes))
    }

    /// Verified copy from the nearest tier that has one. Damaged copies are set aside on the way.
    pub async fn find(&self, sha256: &str, bytes: u64) -> Result<Found<Copy>> {
        let (store, sha256) = (self.clone(), sha256.to_owned());
        // In a task of its own: if the caller is cancelled, the next one finds the fetched bytes.
        tokio::spawn(async move {
            // Single flight: several ranges of a file are often requested at once, but it is fetched and
            // verified once.
            let _alone = store.0.single_flight.lock(&sha256).await;
            store.look(&sha256, bytes).await
        })
        .await?
    }

    async fn look(&self, sha256: &str, bytes: u64) -> Result<Found<Copy>> {
        let near = match self.open_near(sha256, bytes).await? {
            Found::Missing | Found::Damaged if self.is_remote() => self.fetch(sha256, bytes).await?,
            found => found,
        };
        if let Found::Good(copy) = &near {
            tracing::debug!(sha256, tier = ?copy.tier, "a stored copy is read");
        }
        Ok(near)
    }

    async fn open_near(&self, sha256: &str, bytes: u64) -> Result<Found<Copy>> {
        let sha256 = sha256.to_owned();
        self.blocking(move |place| {
            let (found, tier) = match place {
                Kept::Here(directory) => (directory.open(&sha256, bytes)?, Tier::Store),
                Kept::Remote { cache, .. } => (cache.open(&sha256, bytes)?, Tier::Cache),
            };
            Ok(found.map(|file| Copy::new(file, bytes, tier)))
        })
        .await
    }

    /// Fetches an object into the cache, verified while streaming.
    async fn fetch(&self, sha256: &str, bytes: u64) -> Result<Found<Copy>> {
        let Kept::Remote { cache, objects } = &self.0.place else { return Ok(Found::Missing) };
        let arriving = cache.arriving(sha256);
        let fetched = match objects.fetch(sha256, bytes, &arriving).await {
            Ok(Found::Good(())) => self.settle(sha256, bytes, &arriving).await.map(Found::Good),
            Ok(Found::Damaged) => Ok(Found::Damaged),
            Ok(Found::Missing) => Ok(Found::Missing),
            Err(error) => Err(error),
        };
        if !matches!(fetched, Ok(Found::Good(_))) {
            let _ = tokio::fs::remove_file(&arriving).await;
        }
        fetched
    }

    /// Opens a verified file before it enters the cache, which may evict it at once.
    async fn settle(&self, sha256: &str, bytes: u64, file: &Path) -> Result<Copy> {
        let (sha256, file) = (sha256.to_owned(), file.to_owned());
        self.blocking(move |place| {
            let copy = Copy::new(std::fs::File::open(&file)?, bytes, Tier::Store);
            if let Kept::Remote { cache, .. } = place {
                cache.take_verified(&sha256, &file)?;
            }
            Ok(copy)
        })
        .await
    }

    /// Deletes the bytes from all tiers.
    pub async fn remove(&self, sha256: &str) -> Result<()> {
        match &self.0.place {
            Kept::Here(directory) => Ok(directory.remove(sha256)?),
            Kept::Remote { cache, objects } => {
                let removed = timeout(BRIEF, objects.remove(sha256)).await;
                removed.map_err(|_| BlobError::failed("the bucket does not answer"))??;
                Ok(cache.remove(sha256)?)
            }
        }
    }

    /// Checks that the store works: writes, reads back and deletes a few bytes.
    pub async fn probe(&self) -> Result<()> {
        match &self.0.place {
            Kept::Here(_) => {
                self.blocking(|place| match place {
                    Kept::Here(directory) => Ok(directory.probe()?),
                    Kept::Remote { .. } => Ok(()),
                })
                .await
            }
            Kept::Remote { objects, .. } => objects.probe().await,
        }
    }

    /// Deletes leftovers, and evicts from the cache down to its bound.
    pub async fn tidy(&self) -> Result<()> {
        self.blocking(|place| match place {
            Kept::Here(directory) => Ok(directory.tidy(LEFTOVERS)?),
            Kept::Remote { cache, .. } => Ok(cache.tidy(LEFTOVERS)?),
        })
        .await
    }

    /// Evicts from the cache until `bytes` are freed or it is empty. Returns the bytes that were freed: none
    /// without a cache.
    pub async fn shrink_cache(&self, bytes: u64) -> Result<u64> {
        self.blocking(move |place| match place {
            Kept::Here(_) => Ok(0),
            Kept::Remote { cache, .. } => Ok(cache.shrink(bytes)?),
        })
        .await
    }

    /// Bytes in the local cache of a remote store, if they are known. Does not read the disk.
    pub fn cached_bytes(&self) -> Option<u64> {
        match &self.0.place {
            Kept::Here(_) => None,
            Kept::Remote { cache, .. } => cache.bytes(),
        }
    }

    fn is_remote(&self) -> bool {
        matches!(self.0.place, Kept::Remote { .. })
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Kept) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let tiers = self.0.clone();
        tokio::task::spawn_blocking(move || work(&tiers.place)).await?
    }

    /// Lists all objects of the last tier before the origin.
    pub async fn list(&self) -> Result<Vec<StoredBlob>> {
        match &self.0.place {
            Kept::Here(_) => {
                self.blocking(|place| match place {
                    Kept::Here(directory) => Ok(directory.list()?),
                    Kept::Remote { .. } => Ok(Vec::new()),
                })
                .await
            }
            Kept::Remote { objects, .. } => objects.list().await,
        }
    }

    /// Verifies an object in the last tier before the origin, ignoring earlier verifications. Changes
    /// nothing.
    pub async fn examine(&self, sha256: &str, bytes: u64) -> Result<Found<()>> {
        match &self.0.place {
            Kept::Here(_) => {
                let sha256 = sha256.to_owned();
                self.blocking(move |place| match place {
                    Kept::Here(directory) => Ok(directory.examine(&sha256, bytes)?),
                    Kept::Remote { .. } => Ok(Found::Missing),
                })
                .await
            }
            Kept::Remote { objects, .. } => objects.examine(sha256, bytes).await,
        }
    }
}

/// One object of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBlob {
    /// Its name: SHA-256 in lower-case hexadecimal digits.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// Time of its last change.
    pub modified: DateTime<Utc>,
}

#[cfg(all(test, feature = "testing"))]
mod tests;
