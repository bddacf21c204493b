//! Blobs of a bundle: those that its writer reads from the store, and those that come.

use std::collections::HashMap;
use std::io::{self, Read};

use ::blobs::{Found, Store};
use bundle::{BlobSource, Sha256};
use futures::StreamExt;
use tokio::runtime::Handle;
use tokio_util::io::{StreamReader, SyncIoBridge};

/// Verified copies of the store, for the blocking writer.
pub(super) struct StoredBlobs {
    store: Store,
    sizes: HashMap<Sha256, u64>,
    runtime: Handle,
}

impl StoredBlobs {
    /// Must be called within the runtime.
    pub fn new(store: Store) -> Self {
        Self { store, sizes: HashMap::new(), runtime: Handle::current() }
    }

    pub fn add(&mut self, sha256: Sha256, bytes: u64) {
        self.sizes.insert(sha256, bytes);
    }
}

impl BlobSource for StoredBlobs {
    fn open(&mut self, sha256: &Sha256) -> io::Result<Box<dyn Read + '_>> {
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        let bytes = *self.sizes.get(sha256).ok_or_else(missing)?;
        let stream = self.runtime.block_on(async {
            match self.store.find(&sha256.to_string(), bytes).await.map_err(io::Error::other)? {
                Found::Good(copy) => copy.read(None).await,
                Found::Damaged | Found::Missing => Err(missing()),
            }
        })?;
        Ok(Box::new(SyncIoBridge::new_with_handle(StreamReader::new(stream.fuse()), self.runtime.clone())))
    }
}
