//! Guarantees of each tier, with a real directory and a real bucket on loopback, each under faults.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bucket;
mod directory;
mod faults;
mod uploads;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use reqwest::Method;
use sha2::{Digest, Sha256};

use super::*;
use crate::testing::{Asked, Fault, S3};

const MB: usize = 1_000_000;

/// A temporary directory, with a store inside or beside it.
struct Tiers {
    directory: PathBuf,
    store: Store,
}

impl Tiers {
    fn of(place: &StorageLocation, cache_bytes: usize) -> Self {
        let directory = std::env::temp_dir().join(format!("smartcache_{}", uuid::Uuid::new_v4().simple()));
        let store = Store::open(place, &directory, cache_bytes as u64).unwrap();
        Self { directory, store }
    }

    fn on(s3: &S3) -> Self {
        Self::of(&s3.place(), 100 * MB)
    }

    /// For uploads: a part takes time, and the faults of those tests need no timeout.
    fn patient(s3: &S3) -> Self {
        let mut bucket = s3.bucket();
        bucket.timeouts = BucketTimeouts { silence: Duration::from_secs(30), ..bucket.timeouts };
        Self::of(&StorageLocation::S3(Box::new(bucket)), 100 * MB)
    }

    fn in_directory() -> Self {
        let directory = std::env::temp_dir().join(format!("smartcache_{}", uuid::Uuid::new_v4().simple()));
        let store = Store::open(&StorageLocation::Directory(directory.clone()), &directory, 0).unwrap();
        Self { directory, store }
    }

    fn arrived(&self, bytes: &[u8]) -> PathBuf {
        let file = self.directory.join(format!("arrived-{}", uuid::Uuid::new_v4().simple()));
        fs::write(&file, bytes).unwrap();
        file
    }

    async fn keep(&self, bytes: &[u8]) -> Result<String> {
        let sha256 = hex::encode(Sha256::digest(bytes));
        self.store.keep(&sha256, bytes.len() as u64, &self.arrived(bytes)).await?;
        Ok(sha256)
    }

    async fn find(&self, sha256: &str, bytes: &[u8]) -> Result<Found<Copy>> {
        self.store.find(sha256, bytes.len() as u64).await
    }

    /// Tier that served exactly these bytes.
    async fn served(&self, sha256: &str, bytes: &[u8]) -> Tier {
        let Found::Good(copy) = self.find(sha256, bytes).await.unwrap() else { panic!("no good copy") };
        let provider = copy.tier;
        let pieces: Vec<_> = copy.read(None).await.unwrap().try_collect().await.unwrap();
        assert_eq!(pieces.concat(), bytes);
        provider
    }

    fn cached(&self, sha256: &str) -> PathBuf {
        self.directory.join("cache").join(&sha256[..2]).join(&sha256[2..4]).join(sha256)
    }

    fn empty_the_cache(&self, sha256: &str) {
        fs::remove_file(self.cached(sha256)).unwrap();
    }

    fn set_aside(&self) -> usize {
        fs::read_dir(self.directory.join("damaged")).map_or(0, Iterator::count)
    }
}

impl Drop for Tiers {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn noise(seed: u8, bytes: usize) -> Vec<u8> {
    let mut state = u64::from(seed) + 1;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as u8
    };
    (0..bytes).map(|_| next()).collect()
}

fn key(sha256: &str) -> String {
    format!("blobs/{}/{}/{sha256}", &sha256[..2], &sha256[2..4])
}

fn flip_a_bit(file: &std::path::Path) {
    let mut bytes = fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(file, bytes).unwrap();
}

fn is_get(asked: &Asked) -> bool {
    asked.method == Method::GET
}

fn is_put(asked: &Asked) -> bool {
    asked.method == Method::PUT
}

fn anything(_: &Asked) -> bool {
    true
}

fn why<T: std::fmt::Debug>(result: Result<T>) -> String {
    result.expect_err("a fault").to_string()
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..400 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("waited in vain until {what}");
}
