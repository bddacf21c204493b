//! Backups: a consistent copy of the database and of the files that it names, taken while the server runs.
//!
//! A backup is a directory. `backup.json` describes it and is written last, so that an unfinished backup is
//! never taken for a whole one. A second backup into the same directory copies only the new files.

mod restore;
mod snapshot;

use std::path::{Path, PathBuf};

use blobs::{BlobDirectory, Found, StorageLocation, Store};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use restore::{Restored, restore};

use super::{Config, Engine, Error, Result};
use crate::db::media::Blob;

/// Version of the layout.
const FORMAT: u32 = 1;
const MANIFEST: &str = "backup.json";

/// Treatment of the files by a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileMode {
    /// They are in the backup.
    Copied,
    /// They stay in the storage, which is backed up otherwise; the backup holds their names.
    Referenced,
}

impl FileMode {
    /// Copies from a directory, references into a bucket, which other machines reach as well.
    pub fn of(storage: &StorageLocation) -> Self {
        if storage.directory().is_some() { Self::Copied } else { Self::Referenced }
    }
}

/// Description of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// Version of the program that made it. The same or a later one can restore it.
    pub version: String,
    pub made_at: DateTime<Utc>,
    pub database: DatabaseKind,
    pub files: FileMode,
    /// Number and size of the files that the database names.
    pub count: usize,
    pub bytes: u64,
    /// Files that were in the database and could not be read. They are fetched again after a restore.
    pub unreadable: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatabaseKind {
    Sqlite,
    Postgres,
}

impl DatabaseKind {
    fn file_name(self) -> &'static str {
        match self {
            Self::Sqlite => "smartcache.db",
            Self::Postgres => "smartcache.dump",
        }
    }
}

/// Makes a backup in a directory, which may hold an earlier one. That one stays whole until the new one is
/// almost finished.
///
/// # Errors
/// If the directory holds something else, or cannot be written; if `pg_dump` is missing or fails.
pub async fn backup(engine: &Engine, directory: &Path, files: FileMode) -> Result<Manifest> {
    prepare(directory)?;
    let copies = copies(directory)?;
    if files == FileMode::Copied {
        // Files that are deleted during the snapshot are copied before it.
        copy_all(&engine.store, &copies, &crate::db::doctor::blobs(&engine.db).await?).await?;
    }
    let snapshot = snapshot::take(engine, directory).await?;
    let unreadable = match files {
        FileMode::Copied => copy_all(&engine.store, &copies, &snapshot.blobs).await?,
        FileMode::Referenced => Vec::new(),
    };
    withdraw(directory)?;
    snapshot.publish(directory)?;
    let manifest = Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: engine.now(),
        database: snapshot.kind,
        files,
        count: snapshot.blobs.len(),
        bytes: snapshot.blobs.iter().filter_map(|blob| u64::try_from(blob.bytes).ok()).sum(),
        unreadable,
    };
    write(&directory.join(MANIFEST), serde_json::to_string_pretty(&manifest)?.as_bytes())?;
    if files == FileMode::Copied {
        forget_old(&copies, &snapshot.blobs)?;
    }
    Ok(manifest)
}

/// Reads the description of a finished backup.
pub fn manifest(directory: &Path) -> Result<Manifest> {
    let path = directory.join(MANIFEST);
    let text = std::fs::read(&path)
        .map_err(|_| Error::fault(format!("there is no finished backup in {}", directory.display())))?;
    let manifest: Manifest = serde_json::from_slice(&text)
        .map_err(|error| Error::fault(format!("{} cannot be read: {error}", path.display())))?;
    if manifest.format != FORMAT {
        return Err(Error::fault(format!("the backup has the format {}, not {FORMAT}", manifest.format)));
    }
    Ok(manifest)
}

/// Copies the key of sealed secrets to a file of its own that only its owner reads. Without it, the
/// passwords of private feeds have to be entered again after a restore.
pub fn backup_key(config: &Config, file: &Path) -> Result<()> {
    write(file, &std::fs::read(key_file(config))?)
}

fn key_file(config: &Config) -> PathBuf {
    config.secret_file.clone().unwrap_or_else(|| config.data_dir.join("secret.key"))
}

fn copies(directory: &Path) -> Result<BlobDirectory> {
    Ok(BlobDirectory::new(directory.join("blobs"), directory.join("damaged"))?)
}

/// Creates the directory. One that holds other things is refused.
fn prepare(directory: &Path) -> Result<()> {
    std::fs::create_dir_all(directory)?;
    let is_strange = |name: &str| {
        let ours = [MANIFEST, "blobs", "damaged", "smartcache.db", "smartcache.dump"];
        !ours
            .iter()
            .any(|our| name == *our || name.strip_prefix(our).is_some_and(|rest| rest.starts_with(".new")))
    };
    for entry in std::fs::read_dir(directory)? {
        let name = entry?.file_name();
        if is_strange(&name.to_string_lossy()) {
            let why =
                format!("{} holds {}, which is no part of a backup", directory.display(), name.display());
            return Err(Error::fault(why));
        }
    }
    Ok(())
}

/// Withdraws the earlier backup, whose snapshot is about to be replaced. From here on until the end, there is
/// no finished one.
fn withdraw(directory: &Path) -> Result<()> {
    match std::fs::remove_file(directory.join(MANIFEST)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Copies what is not there yet, verified while it is read. Returns the names of what cannot be read.
async fn copy_all(store: &Store, copies: &BlobDirectory, blobs: &[Blob]) -> Result<Vec<String>> {
    let mut unreadable = Vec::new();
    for Blob { sha256, bytes, .. } in blobs {
        let bytes = u64::try_from(*bytes).map_err(Error::fault)?;
        if copies.size(sha256) == Some(bytes) {
            continue;
        }
        match store.find(sha256, bytes).await {
            Ok(Found::Good(copy)) => {
                let file = copies.root().join(format!("{sha256}.new"));
                copy.write_to(&file).await?;
                copies.take(sha256, &file)?;
            }
            Ok(Found::Damaged | Found::Missing) => unreadable.push(sha256.clone()),
            Err(error) => {
                tracing::warn!(sha256, %error, "a file cannot be read for the backup");
                unreadable.push(sha256.clone());
            }
        }
    }
    Ok(unreadable)
}

/// Removes the copies of files that the database no longer names.
fn forget_old(copies: &BlobDirectory, blobs: &[Blob]) -> Result<()> {
    let named: std::collections::HashSet<_> = blobs.iter().map(|blob| blob.sha256.as_str()).collect();
    for copy in copies.list()? {
        if !named.contains(copy.sha256.as_str()) {
            copies.remove(&copy.sha256)?;
        }
    }
    Ok(())
}

/// Writes a file that only its owner reads, as a whole or not at all.
fn write(path: &Path, content: &[u8]) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let new = path.with_added_extension("new");
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(content)?;
    file.sync_all()?;
    Ok(std::fs::rename(&new, path)?)
}

#[cfg(all(test, feature = "testing"))]
mod tests;
