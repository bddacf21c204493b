//! Directory of files named by their SHA-256. A file is not trusted before it has been read and verified.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use super::{Found, StoredBlob};

/// Time after which a file is verified again: disks lose data too.
const TRUSTED: Duration = Duration::from_secs(24 * 3600);
/// Maximum number of remembered verifications; beyond it, all are forgotten.
const REMEMBERED: usize = 20_000;
/// Error of the system for an unreadable sector (EIO).
const UNREADABLE: i32 = 5;

/// Directory of files named by their SHA-256, verified on first use and after every change.
#[derive(Debug)]
pub struct BlobDirectory {
    root: PathBuf,
    /// Directory for damaged files, for inspection.
    aside: PathBuf,
    verified: Mutex<HashMap<String, (Stamp, Instant)>>,
}

/// Metadata that changes when a file is modified or replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
    inode: u64,
}

impl Stamp {
    fn of(meta: &fs::Metadata) -> Self {
        Self { bytes: meta.len(), modified: meta.modified().ok(), inode: meta.ino() }
    }
}

impl BlobDirectory {
    /// Opens the directory, and creates it if it is missing.
    pub fn new(root: PathBuf, aside: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&root)?;
        Ok(Self { root, aside, verified: Mutex::default() })
    }

    /// The directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Moves a finished file into the directory. On return it survives a power failure.
    pub fn take(&self, sha256: &str, file: &Path) -> io::Result<()> {
        let to = self.path(sha256);
        let directory = to.parent().unwrap_or(&self.root);
        let is_new = !directory.is_dir();
        fs::create_dir_all(directory)?;
        File::open(file)?.sync_all()?;
        match fs::rename(file, &to) {
            Err(error) if error.kind() == ErrorKind::CrossesDevices => {
                let beside = directory.join(format!("{sha256}.{:08x}.part", rand::random::<u32>()));
                let copied = copy(file, &beside).and_then(|()| fs::rename(&beside, &to));
                if let Err(error) = copied {
                    let _ = fs::remove_file(&beside);
                    return Err(error);
                }
                fs::remove_file(file)?;
            }
            other => other?,
        }
        let levels = if is_new { 3 } else { 1 };
        directory.ancestors().take(levels).try_for_each(|level| File::open(level)?.sync_all())
    }

    /// Like `take`, for a file whose hash was verified while it was received.
    pub fn take_verified(&self, sha256: &str, file: &Path) -> io::Result<()> {
        let stamp = Stamp::of(&fs::metadata(file)?);
        self.take(sha256, file)?;
        self.remember(sha256, stamp);
        Ok(())
    }

    /// Size of the file in bytes, if it exists; it may be damaged.
    pub fn size(&self, sha256: &str) -> Option<u64> {
        fs::metadata(self.path(sha256)).ok().map(|meta| meta.len())
    }

    /// Opens a verified file. It is read and verified on first use and after every change; a damaged file is
    /// set aside.
    pub fn open(&self, sha256: &str, bytes: u64) -> io::Result<Found<File>> {
        let file = match File::open(self.path(sha256)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Missing),
            file => file?,
        };
        let stamp = Stamp::of(&file.metadata()?);
        if stamp.bytes == bytes && (self.remembers(sha256, stamp) || is_named(&file, sha256)?) {
            // A file that changed during verification is verified again the next time.
            if Stamp::of(&file.metadata()?) == stamp {
                self.remember(sha256, stamp);
            }
            return Ok(Found::Good(file));
        }
        self.set_aside(sha256, stamp)?;
        Ok(Found::Damaged)
    }

    /// Deletes a file, if it exists.
    pub fn remove(&self, sha256: &str) -> io::Result<()> {
        self.verified().remove(sha256);
        match fs::remove_file(self.path(sha256)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// Deletes damaged files and unfinished copies that are older than `age`.
    pub fn tidy(&self, age: Duration) -> io::Result<()> {
        let is_old = |meta: &fs::Metadata| {
            meta.modified().ok().and_then(|at| at.elapsed().ok()).is_some_and(|elapsed| elapsed > age)
        };
        for entry in entries(&self.aside)? {
            // A damaged file keeps its modification time; its name holds the time at which it was set aside.
            let name = entry.file_name();
            let since = name.to_str().and_then(|name| name.rsplit('.').next()?.parse().ok());
            let since = since.map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds));
            if since.and_then(|at| at.elapsed().ok()).is_some_and(|elapsed| elapsed > age) {
                fs::remove_file(entry.path())?;
            }
        }
        self.each(&mut |path, meta| {
            let is_part = path.extension().is_some_and(|extension| extension == "part");
            if is_part && is_old(meta) { fs::remove_file(path) } else { Ok(()) }
        })
    }

    /// Visits every file, including unfinished copies.
    pub fn each(&self, look: &mut impl FnMut(&Path, &fs::Metadata) -> io::Result<()>) -> io::Result<()> {
        let directories = |path: &Path| -> io::Result<Vec<PathBuf>> {
            Ok(entries(path)?.iter().filter(|e| e.path().is_dir()).map(fs::DirEntry::path).collect())
        };
        for outer in directories(&self.root)? {
            for inner in directories(&outer)? {
                for entry in entries(&inner)? {
                    // Another process may have deleted it since it was listed.
                    if let Ok(meta) = entry.metadata() {
                        look(&entry.path(), &meta)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Verifies a file, ignoring earlier verifications, without changing it.
    pub fn examine(&self, sha256: &str, bytes: u64) -> io::Result<Found<()>> {
        let file = match File::open(self.path(sha256)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Missing),
            file => file?,
        };
        let is_whole = file.metadata()?.len() == bytes && is_named(&file, sha256)?;
        Ok(if is_whole { Found::Good(()) } else { Found::Damaged })
    }

    /// Complete files, without unfinished copies.
    pub fn list(&self) -> io::Result<Vec<StoredBlob>> {
        let mut all = Vec::new();
        self.each(&mut |path, meta| {
            if path.extension().is_none() {
                let sha256 = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                all.push(StoredBlob { sha256, bytes: meta.len(), modified: meta.modified()?.into() });
            }
            Ok(())
        })?;
        Ok(all)
    }

    /// Writes, reads back and deletes a few bytes.
    pub fn probe(&self) -> io::Result<()> {
        let path = self.root.join(format!("probe.{:016x}", rand::random::<u64>()));
        fs::write(&path, b"probe")?;
        let read = fs::read(&path);
        fs::remove_file(&path)?;
        if read? == b"probe" { Ok(()) } else { Err(io::Error::other("the store gave back other bytes")) }
    }

    fn set_aside(&self, sha256: &str, damaged: Stamp) -> io::Result<()> {
        self.verified().remove(sha256);
        let path = self.path(sha256);
        // Another process may have replaced it with a good one.
        if !fs::metadata(&path).is_ok_and(|meta| Stamp::of(&meta) == damaged) {
            return Ok(());
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let to = self.aside.join(format!("{sha256}.{now}"));
        tracing::warn!(sha256, to = %to.display(), "a stored copy was damaged and is set aside");
        fs::create_dir_all(&self.aside)?;
        fs::rename(path, to)
    }

    /// Path of a file, whether it exists or not. Two levels of directories, so that none has too many
    /// entries.
    pub fn path(&self, sha256: &str) -> PathBuf {
        let part = |range| sha256.get::<std::ops::Range<usize>>(range).unwrap_or("xx");
        self.root.join(part(0..2)).join(part(2..4)).join(sha256)
    }

    fn remembers(&self, sha256: &str, stamp: Stamp) -> bool {
        let verified = self.verified();
        verified.get(sha256).is_some_and(|(known, at)| *known == stamp && at.elapsed() < TRUSTED)
    }

    fn remember(&self, sha256: &str, stamp: Stamp) {
        let mut verified = self.verified();
        if verified.len() >= REMEMBERED {
            verified.clear();
        }
        // A cached verification keeps its original time.
        match verified.get(sha256) {
            Some((known, at)) if *known == stamp && at.elapsed() < TRUSTED => {}
            _ => drop(verified.insert(sha256.to_owned(), (stamp, Instant::now()))),
        }
    }

    fn verified(&self) -> parking_lot::MutexGuard<'_, HashMap<String, (Stamp, Instant)>> {
        self.verified.lock()
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    File::open(to)?.sync_all()
}

fn entries(directory: &Path) -> io::Result<Vec<fs::DirEntry>> {
    match fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        entries => entries?.collect(),
    }
}

/// Whether the file's hash matches its name. An unreadable sector counts as a mismatch.
fn is_named(mut file: &File, sha256: &str) -> io::Result<bool> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0u8; 256 * 1024];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hex::encode(hash.finalize()) == sha256),
            Ok(read) => hash.update(&buffer[..read]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.raw_os_error() == Some(UNREADABLE) => return Ok(false),
            Err(error) => return Err(error),
        }
    }
}
