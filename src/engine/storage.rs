//! Keeps verified bytes under their SHA-256; equal bytes are kept once, whoever asked for them.

mod cache;
mod copy;
mod flights;
mod objects;
mod settings;
mod shelf;
mod upload;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

pub use copy::{Copy, Found};
pub use settings::{Bucket, Keys, Patience, Place};

use self::cache::Cache;
pub use self::flights::Flights;
use self::objects::Objects;
use self::shelf::Shelf;
use super::{Error, Result};
use crate::domain::download::Provider;
use crate::domain::{DateTime, Utc};

/// For questions that are asked inside a transaction: others wait for its locks.
const BRIEF: Duration = Duration::from_secs(3);
/// How long damaged and half-arrived files are kept for somebody to look at.
const LEFTOVERS: Duration = Duration::from_secs(7 * 24 * 3600);

/// The tiers before the origin. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store(Arc<Tiers>);

#[derive(Debug)]
struct Tiers {
    place: Kept,
    flights: Flights,
}

#[derive(Debug)]
enum Kept {
    /// As near as a cache would be: there is no second copy.
    Here(Shelf),
    Remote {
        cache: Cache,
        objects: Objects,
    },
}

impl Store {
    /// Opens the store; a directory is made where it is missing, a bucket must be there.
    pub fn open(place: &Place, data_dir: &Path, cache_bytes: u64) -> Result<Self> {
        let place = match place {
            Place::Directory(path) => Kept::Here(Shelf::new(path.join("blobs"), path.join("damaged"))?),
            Place::S3(bucket) => {
                Kept::Remote { cache: Cache::new(data_dir, cache_bytes)?, objects: Objects::new(bucket)? }
            }
        };
        Ok(Self(Arc::new(Tiers { place, flights: Flights::default() })))
    }

    /// Takes a finished file over: it is gone from where it was.
    pub async fn keep(&self, sha256: &str, bytes: u64, file: &Path) -> Result<()> {
        if let Kept::Remote { objects, .. } = &self.0.place {
            objects.keep(sha256, bytes, file).await?;
        }
        let (sha256, file) = (sha256.to_owned(), file.to_owned());
        self.blocking(move |place| match place {
            Kept::Here(shelf) => Ok(shelf.take(&sha256, &file)?),
            Kept::Remote { cache, .. } => {
                // It is kept; that the next reader has to fetch it is no reason to fail.
                if let Err(error) = cache.take(&sha256, &file) {
                    tracing::warn!(sha256, %error, "a file could not be put into the cache");
                }
                Ok(())
            }
        })
        .await
    }

    /// The nearest tier that has the bytes in full. A store that does not answer at once counts as one that has
    /// nothing.
    pub async fn nearest(&self, sha256: &str, bytes: i64) -> Option<Provider> {
        let near = match &self.0.place {
            Kept::Here(shelf) => shelf.size(sha256),
            Kept::Remote { cache, .. } => cache.size(sha256),
        };
        match near {
            Some(size) => (i64::try_from(size) == Ok(bytes)).then_some(Provider::Cache),
            None => self.keeps(sha256, bytes).await.then_some(Provider::Store),
        }
    }

    /// Whether any tier has the bytes in full.
    pub async fn holds(&self, sha256: &str, bytes: i64) -> bool {
        self.nearest(sha256, bytes).await.is_some()
    }

    /// The same of the last tier before the origin: a cache may still have what was let go of.
    pub async fn keeps(&self, sha256: &str, bytes: i64) -> bool {
        let size = match &self.0.place {
            Kept::Here(shelf) => shelf.size(sha256),
            Kept::Remote { objects, .. } => {
                timeout(BRIEF, objects.size(sha256)).await.ok().and_then(Result::ok).flatten()
            }
        };
        size.is_some_and(|size| i64::try_from(size) == Ok(bytes))
    }

    /// A verified copy, from the nearest tier that has one. Damaged copies are set aside on the way.
    pub async fn find(&self, sha256: &str, bytes: u64) -> Result<Found<Copy>> {
        let (store, sha256) = (self.clone(), sha256.to_owned());
        // In a task of its own: whoever asked may go away, and the next one finds what was fetched.
        tokio::spawn(async move {
            // Several parts of one file are often asked for at once; it is fetched and read through once.
            let _alone = store.0.flights.alone(&sha256).await;
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
            tracing::debug!(sha256, provider = %copy.provider, "a stored copy is read");
        }
        Ok(near)
    }

    async fn open_near(&self, sha256: &str, bytes: u64) -> Result<Found<Copy>> {
        let sha256 = sha256.to_owned();
        self.blocking(move |place| {
            let (found, provider) = match place {
                Kept::Here(shelf) => (shelf.open(&sha256, bytes)?, Provider::Store),
                Kept::Remote { cache, .. } => (cache.open(&sha256, bytes)?, Provider::Cache),
            };
            Ok(found.map(|file| Copy::new(file, bytes, provider)))
        })
        .await
    }

    /// Brings an object into the cache, verified as it streams.
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

    /// Opens a verified file before it goes into the cache: it may leave that again at once.
    async fn settle(&self, sha256: &str, bytes: u64, file: &Path) -> Result<Copy> {
        let (sha256, file) = (sha256.to_owned(), file.to_owned());
        self.blocking(move |place| {
            let copy = Copy::new(std::fs::File::open(&file)?, bytes, Provider::Store);
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
            Kept::Here(shelf) => Ok(shelf.remove(sha256)?),
            Kept::Remote { cache, objects } => {
                let removed = timeout(BRIEF, objects.remove(sha256)).await;
                removed.map_err(|_| Error::fault("the bucket does not answer"))??;
                Ok(cache.remove(sha256)?)
            }
        }
    }

    /// Writes, reads back and removes a few bytes: whether the store works.
    pub async fn probe(&self) -> Result<()> {
        match &self.0.place {
            Kept::Here(_) => {
                self.blocking(|place| match place {
                    Kept::Here(shelf) => Ok(shelf.probe()?),
                    Kept::Remote { .. } => Ok(()),
                })
                .await
            }
            Kept::Remote { objects, .. } => objects.probe().await,
        }
    }

    /// Deletes what was left behind, and brings the cache back within its bound.
    pub async fn tidy(&self) -> Result<()> {
        self.blocking(|place| match place {
            Kept::Here(shelf) => Ok(shelf.tidy(LEFTOVERS)?),
            Kept::Remote { cache, .. } => Ok(cache.tidy(LEFTOVERS)?),
        })
        .await
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

    /// Everything that is kept under a SHA-256, as the last tier before the origin lists it.
    pub async fn list(&self) -> Result<Vec<Listed>> {
        match &self.0.place {
            Kept::Here(_) => {
                self.blocking(|place| match place {
                    Kept::Here(shelf) => Ok(shelf.list()?),
                    Kept::Remote { .. } => Ok(Vec::new()),
                })
                .await
            }
            Kept::Remote { objects, .. } => objects.list().await,
        }
    }

    /// Reads what the last tier before the origin has, whatever was verified before; changes nothing.
    pub async fn examine(&self, sha256: &str, bytes: u64) -> Result<Found<()>> {
        match &self.0.place {
            Kept::Here(_) => {
                let sha256 = sha256.to_owned();
                self.blocking(move |place| match place {
                    Kept::Here(shelf) => Ok(shelf.examine(&sha256, bytes)?),
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
pub struct Listed {
    pub sha256: String,
    pub bytes: u64,
    pub modified: DateTime<Utc>,
}

/// Says of what an error of the remote store is.
fn fault(doing: &'static str) -> impl Fn(object_store::Error) -> Error {
    move |error| Error::fault(format!("{doing}: {error}"))
}

#[cfg(all(test, feature = "testing"))]
mod tests;
