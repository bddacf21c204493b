//! Restores a backup into an empty installation.

use std::path::{Path, PathBuf};

use blobs::{Found, Store};
use sea_orm::{ConnectOptions, Database};

use super::snapshot::{program, run};
use super::{DatabaseKind, FileMode, Manifest, copies, key_file, manifest, write};
use crate::engine::{Config, Error, Result};

/// Outcome of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    pub manifest: Manifest,
    /// Number of files that were copied into the storage.
    pub copied: usize,
    /// Copies in the backup whose bytes have changed since. They are not restored.
    pub damaged: Vec<String>,
}

/// Restores a backup. `key` is the file of `backup_key`. Nothing that exists is overwritten.
///
/// # Errors
/// If the database is not empty, or of the other kind than in the backup.
pub async fn restore(config: &Config, directory: &Path, key: Option<&Path>) -> Result<Restored> {
    let manifest = manifest(directory)?;
    let snapshot = directory.join(manifest.database.file_name());
    let key = key.map(|file| read_key(config, file)).transpose()?;
    std::fs::create_dir_all(&config.data_dir)?;
    // Files first: a database without its files would fetch them again.
    let (copied, damaged) = match manifest.files {
        FileMode::Copied => {
            refuse_unless_empty(config, manifest.database).await?;
            restore_files(config, directory).await?
        }
        FileMode::Referenced => (0, Vec::new()),
    };
    refuse_unless_empty(config, manifest.database).await?;
    match manifest.database {
        DatabaseKind::Sqlite => restore_sqlite(&sqlite_file(config)?, &snapshot)?,
        DatabaseKind::Postgres => restore_postgres(config, &snapshot).await?,
    }
    if let Some(key) = key {
        write(&key_file(config), &key)?;
    }
    Ok(Restored { manifest, copied, damaged })
}

/// Reads the copy of the key. One that is there already is not overwritten.
fn read_key(config: &Config, copy: &Path) -> Result<Vec<u8>> {
    let to = key_file(config);
    if to.exists() {
        return Err(Error::fault(format!("there is a key already: {}", to.display())));
    }
    std::fs::read(copy).map_err(|error| Error::fault(format!("{} cannot be read: {error}", copy.display())))
}

async fn refuse_unless_empty(config: &Config, kind: DatabaseKind) -> Result<()> {
    let is_postgres = config.database_url.starts_with("postgres");
    match kind {
        DatabaseKind::Sqlite if is_postgres => {
            return Err(Error::fault(
                "the backup is of SQLite, and SMARTCACHE_DATABASE_URL names PostgreSQL",
            ));
        }
        DatabaseKind::Postgres if !is_postgres => {
            return Err(Error::fault(
                "the backup is of PostgreSQL: set SMARTCACHE_DATABASE_URL to an empty database",
            ));
        }
        DatabaseKind::Sqlite => {
            let file = sqlite_file(config)?;
            if file.exists() {
                return Err(Error::fault(format!("there is a database already: {}", file.display())));
            }
        }
        DatabaseKind::Postgres => {
            let mut options = ConnectOptions::new(&config.database_url);
            options.sqlx_logging(false).max_connections(1);
            let db = Database::connect(options).await?;
            let tables = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'public'";
            let tables: Option<i64> = crate::db::sql::value(&db, tables, Vec::new()).await?;
            db.close().await?;
            if tables != Some(0) {
                return Err(Error::fault("the database is not empty: create a new one for the restore"));
            }
        }
    }
    Ok(())
}

fn sqlite_file(config: &Config) -> Result<PathBuf> {
    let path = config.database_url.strip_prefix("sqlite:").map(|rest| rest.trim_start_matches("//"));
    let path = path.and_then(|path| path.split('?').next()).filter(|path| !path.is_empty());
    Ok(path.ok_or_else(|| Error::fault("SMARTCACHE_DATABASE_URL names no file"))?.into())
}

/// Copies beside the place and renames, so that a process that dies leaves no half database.
fn restore_sqlite(file: &Path, snapshot: &Path) -> Result<()> {
    let new = file.with_added_extension("new");
    std::fs::copy(snapshot, &new)?;
    std::fs::File::open(&new)?.sync_all()?;
    Ok(std::fs::rename(&new, file)?)
}

async fn restore_postgres(config: &Config, snapshot: &Path) -> Result<()> {
    let mut restore = program("pg_restore", &config.database_url)?;
    restore.args(["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]).arg(snapshot);
    run(restore).await
}

/// Copies the files into the storage, each verified. Files that are there are left alone.
async fn restore_files(config: &Config, directory: &Path) -> Result<(usize, Vec<String>)> {
    let store = Store::open(&config.storage, &config.data_dir, config.cache_mb * 1_000_000)?;
    let copies = copies(directory)?;
    let (mut copied, mut damaged) = (0, Vec::new());
    for blob in copies.list()? {
        let bytes = i64::try_from(blob.bytes).map_err(Error::fault)?;
        if store.holds(&blob.sha256, bytes).await {
            continue;
        }
        match copies.examine(&blob.sha256, blob.bytes)? {
            Found::Good(()) => {
                let file = config.data_dir.join(format!("{}.restoring", blob.sha256));
                std::fs::copy(copies.path(&blob.sha256), &file)?;
                store.keep(&blob.sha256, blob.bytes, &file).await?;
                std::fs::remove_file(&file).ok();
                copied += 1;
            }
            Found::Damaged | Found::Missing => damaged.push(blob.sha256),
        }
    }
    Ok((copied, damaged))
}
