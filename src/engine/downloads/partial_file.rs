//! Partial file: written and hashed in one pass beside the network, and resumable after an interruption.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use super::verify::HEAD;

/// Maximum number of chunks that wait to be written; a chunk has up to a few hundred kilobytes.
const MAX_WAITING: usize = 8;
/// Bytes held in memory before a file is created, unless one is requested: small files are written at once.
const SMALL: u64 = 1_000_000;
/// Sync interval: a power failure loses at most the bytes of this period.
const SYNC_EVERY: Duration = Duration::from_secs(10);

/// Contents in order from the first byte: the file is always a true prefix of the whole.
struct Contents {
    file: File,
    hash: Sha256,
    head: Vec<u8>,
    written: u64,
}

impl Contents {
    fn create(path: &Path) -> io::Result<Self> {
        Ok(Self { file: create(path)?, hash: Sha256::new(), head: Vec::new(), written: 0 })
    }

    fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.hash.update(bytes);
        let room = HEAD - self.head.len();
        self.head.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.written += bytes.len() as u64;
        Ok(())
    }
}

/// A complete file.
pub struct Whole {
    pub bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
    /// First bytes, for content type detection.
    pub head: Vec<u8>,
}

enum WriteOrder {
    Write(Bytes),
    /// Truncates the file: the bytes belong to another version.
    Restart,
}

/// Handle for writing a partial file. If dropped midway, chunks already handed over are still written and
/// kept.
pub struct PartialFile {
    pub path: PathBuf,
    way: Way,
    synced: Arc<AtomicU64>,
    /// Bytes handed over; the file lags behind by a few chunks.
    length: u64,
}

enum Way {
    /// Chunks in memory; no file exists yet.
    Small(Vec<Bytes>),
    Open(Writer),
    /// The file could not be written.
    Gone,
}

/// Blocking task that writes beside the network.
struct Writer {
    orders: mpsc::Sender<WriteOrder>,
    /// None after it has ended with an error.
    task: Option<JoinHandle<io::Result<Contents>>>,
}

impl PartialFile {
    /// Begins a new file with the first `bytes` of an earlier one, if any. Writes to the earlier file by a
    /// late attempt do no harm.
    pub async fn begin(path: PathBuf, earlier: Option<(PathBuf, u64)>) -> io::Result<Self> {
        let synced = Arc::new(AtomicU64::new(0));
        let Some((earlier, bytes)) = earlier else {
            return Ok(Self { path, way: Way::Small(Vec::new()), synced, length: 0 });
        };
        let contents = beside(path.clone(), move |contents| copy(&earlier, bytes, contents)).await?;
        let length = contents.written;
        Ok(Self { path, way: Way::Open(Writer::start(contents, synced.clone())), synced, length })
    }

    pub fn length(&self) -> u64 {
        self.length
    }

    /// Bytes that survive a power failure.
    pub fn synced(&self) -> u64 {
        self.synced.load(Ordering::Relaxed)
    }

    /// Creates the file now: its bytes are worth keeping, however few.
    pub async fn open(&mut self) -> io::Result<()> {
        let Way::Small(chunks) = &mut self.way else { return Ok(()) };
        let chunks = std::mem::take(chunks);
        self.way = Way::Gone;
        let contents = written(self.path.clone(), chunks).await?;
        self.way = Way::Open(Writer::start(contents, self.synced.clone()));
        Ok(())
    }

    /// Hands bytes over; waits while the disk is slower than the network.
    pub async fn add(&mut self, bytes: Bytes) -> io::Result<()> {
        self.length += bytes.len() as u64;
        match &mut self.way {
            Way::Open(writer) => writer.order(WriteOrder::Write(bytes)).await,
            Way::Small(chunks) => {
                chunks.push(bytes);
                if self.length < SMALL { Ok(()) } else { self.open().await }
            }
            Way::Gone => Err(gone()),
        }
    }

    pub async fn restart(&mut self) -> io::Result<()> {
        self.length = 0;
        match &mut self.way {
            Way::Open(writer) => writer.order(WriteOrder::Restart).await,
            Way::Small(chunks) => {
                chunks.clear();
                Ok(())
            }
            Way::Gone => Err(gone()),
        }
    }

    /// Waits until all bytes handed over are in the file.
    pub async fn finish(self) -> io::Result<Whole> {
        let contents = self.end().await?;
        Ok(Whole {
            bytes: contents.written,
            sha256: hex::encode(contents.hash.finalize()),
            head: contents.head,
        })
    }

    /// Stops midway, after the bytes handed over are written.
    pub async fn close(self) -> io::Result<()> {
        match self.way {
            Way::Small(_) => Ok(()),
            _ => self.end().await.map(drop),
        }
    }

    async fn end(self) -> io::Result<Contents> {
        match self.way {
            Way::Small(chunks) => written(self.path, chunks).await,
            Way::Open(Writer { orders, task }) => {
                drop(orders);
                task.ok_or_else(gone)?.await.map_err(io::Error::other)?
            }
            Way::Gone => Err(gone()),
        }
    }
}

impl Writer {
    fn start(contents: Contents, synced: Arc<AtomicU64>) -> Self {
        let (orders, queue) = mpsc::channel(MAX_WAITING);
        let task = spawn_blocking(move || write(contents, queue, &synced));
        Self { orders, task: Some(task) }
    }

    async fn order(&mut self, order: WriteOrder) -> io::Result<()> {
        if self.orders.send(order).await.is_ok() {
            return Ok(());
        }
        // While this handle exists, only an error ends the writer.
        match self.task.take() {
            Some(task) => task.await.map_err(io::Error::other)?.and(Err(gone())),
            None => Err(gone()),
        }
    }
}

/// Creates a file with these chunks.
async fn written(path: PathBuf, chunks: Vec<Bytes>) -> io::Result<Contents> {
    beside(path, move |contents| chunks.iter().try_for_each(|chunk| contents.add(chunk))).await
}

/// Creates a file and fills it on a blocking thread.
async fn beside(
    path: PathBuf,
    fill: impl FnOnce(&mut Contents) -> io::Result<()> + Send + 'static,
) -> io::Result<Contents> {
    let filled = spawn_blocking(move || {
        let mut contents = Contents::create(&path)?;
        fill(&mut contents)?;
        Ok(contents)
    });
    filled.await.map_err(io::Error::other)?
}

/// Creates a file for writing and reading, and its directory if it is missing.
pub fn create(path: &Path) -> io::Result<File> {
    let create = || File::options().read(true).write(true).create(true).truncate(true).open(path);
    match create() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            create()
        }
        file => file,
    }
}

fn gone() -> io::Error {
    io::Error::other("what wrote the file has ended with an error before")
}

fn write(
    mut to: Contents,
    mut queue: mpsc::Receiver<WriteOrder>,
    synced: &AtomicU64,
) -> io::Result<Contents> {
    let mut last = Instant::now();
    while let Some(order) = queue.blocking_recv() {
        match order {
            WriteOrder::Write(bytes) => to.add(&bytes)?,
            WriteOrder::Restart => {
                to.file.set_len(0)?;
                io::Seek::rewind(&mut to.file)?;
                synced.store(0, Ordering::Relaxed);
                (to.hash, to.written) = (Sha256::new(), 0);
                to.head.clear();
            }
        }
        if last.elapsed() >= SYNC_EVERY {
            to.file.sync_data()?;
            synced.store(to.written, Ordering::Relaxed);
            last = Instant::now();
        }
    }
    Ok(to)
}

fn copy(from: &Path, bytes: u64, to: &mut Contents) -> io::Result<()> {
    let mut from = File::open(from)?.take(bytes);
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(()),
            read => to.add(&buffer[..read])?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("smartcache-part-{}-{name}", std::process::id()))
    }

    #[tokio::test]
    async fn a_file_that_is_gone_on_with_has_the_hash_of_the_whole() {
        let (first, second) = (place("first"), place("second"));
        let mut part = PartialFile::begin(first.clone(), None).await.expect("begins");
        part.add(Bytes::from_static(b"night trains")).await.expect("is written");
        part.finish().await.expect("ends");
        let mut part = PartialFile::begin(second.clone(), Some((first.clone(), 6))).await.expect("goes on");
        assert_eq!(part.length(), 6);
        part.add(Bytes::from_static(b"mail")).await.expect("is written");
        let whole = part.finish().await.expect("ends");
        assert_eq!(whole.sha256, hex::encode(Sha256::digest(b"night mail")));
        assert_eq!((whole.bytes, &whole.head[..]), (10, &b"night mail"[..]));
        assert_eq!(std::fs::read(&first).expect("is there"), b"night trains", "the earlier one is untouched");
        for path in [first, second] {
            std::fs::remove_file(path).expect("is there");
        }
    }

    #[tokio::test]
    async fn a_file_that_is_wanted_is_there_from_its_first_bytes() {
        let (path, other) = (place("open"), place("memory"));
        for (path, is_wanted) in [(&path, true), (&other, false)] {
            let mut part = PartialFile::begin(path.clone(), None).await.expect("begins");
            if is_wanted {
                part.open().await.expect("is there");
            }
            part.add(Bytes::from_static(b"night")).await.expect("is taken");
            part.close().await.expect("stops");
        }
        assert_eq!(std::fs::read(&path).expect("is there"), b"night", "for the next attempt to go on with");
        assert!(!other.exists(), "a small one is fetched again");
        std::fs::remove_file(path).expect("is there");
    }

    #[tokio::test]
    async fn another_version_leaves_nothing_of_the_first() {
        let path = place("restart");
        let mut part = PartialFile::begin(path.clone(), None).await.expect("begins");
        part.add(Bytes::from_static(b"the old version, which is long")).await.expect("is written");
        part.restart().await.expect("restarts");
        part.add(Bytes::from_static(b"new")).await.expect("is written");
        let whole = part.finish().await.expect("ends");
        assert_eq!(whole.sha256, hex::encode(Sha256::digest(b"new")));
        assert_eq!(std::fs::read(&path).expect("is there"), b"new");
        std::fs::remove_file(path).expect("is there");
    }

    #[tokio::test]
    #[cfg(target_os = "linux")]
    async fn a_full_disk_is_told_as_such() {
        let mut part = PartialFile::begin("/dev/full".into(), None).await.expect("opens");
        let chunk = Bytes::from_static(&[0; 64]);
        let mut told = Ok(());
        while told.is_ok() {
            told = part.add(chunk.clone()).await;
        }
        assert_eq!(told.expect_err("is full").kind(), io::ErrorKind::StorageFull);
        assert!(part.close().await.is_err(), "and it stays so");
    }
}
