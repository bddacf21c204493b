//! Migration of the schema at the start of a process.

use std::fs::File;
use std::path::PathBuf;

use smartcache_migrations::{Migrator, MigratorTrait};

use super::connect;
use crate::db::sql::{self, args};
use crate::engine::{Config, Result};

/// Advisory lock under which PostgreSQL's schema is migrated.
const MIGRATION_LOCK: i64 = 0x6d69_6772;

/// Migrates the schema on a connection of its own, under a lock, so that processes that start at once do it
/// one after the other. Open SQLite connections would meet a changed schema, and with `SELECT *` sqlx fails
/// on the additional column.
pub(super) async fn migrate(config: &Config) -> Result<()> {
    // Held until the end. Processes that share a SQLite file share its machine.
    let _lock = lock_file(config.data_dir.join("migration.lock")).await?;
    let db = connect(config, 1).await?;
    if sql::is_postgres(&db) {
        // Of the session, which ends with the only connection.
        sql::execute(&db, "SELECT pg_advisory_lock($1)", args![MIGRATION_LOCK]).await?;
    }
    Migrator::up(&db, None).await?;
    Ok(db.close().await?)
}

/// Waits for an exclusive lock on a file. On a file system without locks there is none.
async fn lock_file(path: PathBuf) -> Result<File> {
    let locked = tokio::task::spawn_blocking(move || {
        let file = File::create(path)?;
        if let Err(error) = file.lock() {
            tracing::warn!(%error, "the migration cannot be locked against other processes of this machine");
        }
        std::io::Result::Ok(file)
    });
    Ok(locked.await.map_err(std::io::Error::other).flatten()?)
}
