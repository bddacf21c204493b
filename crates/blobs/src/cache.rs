//! Bounded local cache for the remote store, with least-recently-used eviction.

use std::fs::{self, File, FileTimes};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;

use super::Found;
use super::blob_directory::BlobDirectory;

#[derive(Debug)]
pub struct Cache {
    directory: BlobDirectory,
    /// Maximum size in bytes.
    bound: u64,
    /// Bytes in the cache as far as this process knows; None until the first count.
    held: Mutex<Option<u64>>,
}

impl Cache {
    pub fn new(data_dir: &Path, bound: u64) -> io::Result<Self> {
        let directory = BlobDirectory::new(data_dir.join("cache"), data_dir.join("damaged"))?;
        fs::create_dir_all(directory.root().join(ARRIVING))?;
        Ok(Self { directory, bound, held: Mutex::default() })
    }

    /// Path for bytes that are being fetched.
    pub fn arriving(&self, sha256: &str) -> PathBuf {
        self.directory.root().join(ARRIVING).join(format!("{sha256}.{:08x}.part", rand::random::<u32>()))
    }

    pub fn open(&self, sha256: &str, bytes: u64) -> io::Result<Found<File>> {
        let found = self.directory.open(sha256, bytes)?;
        if let Found::Good(file) = &found {
            // The access time survives restarts, even if the file system does not maintain it.
            file.set_times(FileTimes::new().set_accessed(SystemTime::now()))?;
        }
        Ok(found)
    }

    pub fn size(&self, sha256: &str) -> Option<u64> {
        self.directory.size(sha256)
    }

    /// Moves a finished file into the cache, and evicts if needed.
    pub fn take(&self, sha256: &str, file: &Path) -> io::Result<()> {
        let bytes = fs::metadata(file)?.len();
        self.directory.take(sha256, file)?;
        self.grown_by(sha256, bytes)
    }

    /// Like `take`, for a file whose hash was verified while it was received.
    pub fn take_verified(&self, sha256: &str, file: &Path) -> io::Result<()> {
        let bytes = fs::metadata(file)?.len();
        self.directory.take_verified(sha256, file)?;
        self.grown_by(sha256, bytes)
    }

    pub fn remove(&self, sha256: &str) -> io::Result<()> {
        self.directory.remove(sha256)
    }

    /// Recounts the cache, which other processes may share, and deletes old leftovers.
    pub fn tidy(&self, age: Duration) -> io::Result<()> {
        self.directory.tidy(age)?;
        for entry in fs::read_dir(self.directory.root().join(ARRIVING))? {
            let entry = entry?;
            if entry.metadata()?.modified()?.elapsed().is_ok_and(|elapsed| elapsed > age) {
                fs::remove_file(entry.path())?;
            }
        }
        *self.held() = Some(self.evict_least_recently_used(None)?);
        Ok(())
    }

    /// Evicts the least recently used files until `bytes` are freed or the cache is empty. Returns the bytes
    /// that were freed.
    pub fn shrink(&self, bytes: u64) -> io::Result<u64> {
        let mut held = self.held();
        let files = self.files()?;
        let all: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
        let left = self.evict_down_to(all.saturating_sub(bytes), files, None)?;
        *held = Some(left);
        Ok(all - left)
    }

    /// Bytes in the cache, as far as they were counted. None also while files are being evicted.
    pub fn bytes(&self) -> Option<u64> {
        self.held.try_lock().and_then(|held| *held)
    }

    fn grown_by(&self, newest: &str, bytes: u64) -> io::Result<()> {
        let mut held = self.held();
        let now = held.map(|held| held + bytes);
        *held = match now {
            Some(now) if now <= self.bound => Some(now),
            _ => Some(self.evict_least_recently_used(Some(newest))?),
        };
        Ok(())
    }

    /// Evicts to a tenth below the bound, if it is exceeded, so that not every new file causes an eviction.
    /// The newest file stays, whatever its size. Returns the bytes that remain.
    fn evict_least_recently_used(&self, newest: Option<&str>) -> io::Result<u64> {
        let files = self.files()?;
        let held = files.iter().map(|(_, bytes, _)| bytes).sum();
        if held <= self.bound {
            return Ok(held);
        }
        self.evict_down_to(self.bound - self.bound / 10, files, newest)
    }

    /// All files with the time of their last use and their size.
    fn files(&self) -> io::Result<Vec<(SystemTime, u64, PathBuf)>> {
        let mut files = Vec::new();
        self.directory.each(&mut |path, meta| {
            files.push((meta.accessed()?, meta.len(), path.to_owned()));
            Ok(())
        })?;
        Ok(files)
    }

    /// Evicts in the order of last use. Returns the bytes that remain.
    fn evict_down_to(
        &self,
        most: u64,
        mut files: Vec<(SystemTime, u64, PathBuf)>,
        newest: Option<&str>,
    ) -> io::Result<u64> {
        files.sort();
        let mut held = files.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, bytes, path) in files {
            if held <= most {
                break;
            }
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if Some(name) != newest {
                self.directory.remove(name)?;
                held -= bytes;
            }
        }
        Ok(held)
    }

    fn held(&self) -> parking_lot::MutexGuard<'_, Option<u64>> {
        self.held.lock()
    }
}

/// Directory beside those named by two hexadecimal digits.
const ARRIVING: &str = "arriving";
