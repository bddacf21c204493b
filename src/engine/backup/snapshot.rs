//! A consistent copy of the database, with the list of files that it names.

use std::path::{Path, PathBuf};

use sea_orm::{AccessMode, ConnectOptions, Database, DatabaseConnection, IsolationLevel, TransactionTrait};
use tokio::process::Command;
use url::Url;

use super::DatabaseKind;
use crate::db::doctor;
use crate::db::media::Blob;
use crate::db::sql::{self, args};
use crate::engine::{Engine, Error, Result};

/// A snapshot under a temporary name.
pub(super) struct Snapshot {
    pub kind: DatabaseKind,
    /// The files that this state of the database names.
    pub blobs: Vec<Blob>,
    file: PathBuf,
}

impl Snapshot {
    /// Replaces the snapshot of an earlier backup.
    pub fn publish(&self, directory: &Path) -> Result<()> {
        std::fs::File::open(&self.file)?.sync_all()?;
        std::fs::rename(&self.file, directory.join(self.kind.file_name()))?;
        Ok(std::fs::File::open(directory)?.sync_all()?)
    }
}

pub(super) async fn take(engine: &Engine, directory: &Path) -> Result<Snapshot> {
    let is_postgres = sql::is_postgres(&engine.db);
    let kind = if is_postgres { DatabaseKind::Postgres } else { DatabaseKind::Sqlite };
    let file = directory.join(format!("{}.new", kind.file_name()));
    if file.exists() {
        std::fs::remove_file(&file)?;
    }
    let blobs = match kind {
        DatabaseKind::Sqlite => of_sqlite(&engine.db, &file).await?,
        DatabaseKind::Postgres => of_postgres(engine, &file).await?,
    };
    restrict(&file)?;
    Ok(Snapshot { kind, blobs, file })
}

/// Only its owner reads it: it holds the addresses of private feeds.
fn restrict(file: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600))?)
}

/// `VACUUM INTO` reads in one transaction, and writers go on meanwhile.
async fn of_sqlite(db: &DatabaseConnection, file: &Path) -> Result<Vec<Blob>> {
    sql::execute(db, "VACUUM INTO $1", args![utf8(file)?]).await?;
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=ro", utf8(file)?));
    options.sqlx_logging(false).max_connections(1);
    let snapshot = Database::connect(options).await?;
    let blobs = doctor::blobs(&snapshot).await?;
    snapshot.close().await?;
    Ok(blobs)
}

/// `pg_dump` reads the state that this transaction sees.
async fn of_postgres(engine: &Engine, file: &Path) -> Result<Vec<Blob>> {
    let (isolation, access) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
    let txn = engine.db.begin_with_config(Some(isolation), Some(access)).await?;
    let snapshot: Option<String> = sql::value(&txn, "SELECT pg_export_snapshot()", Vec::new()).await?;
    let snapshot = snapshot.ok_or_else(|| Error::fault("PostgreSQL exports no snapshot"))?;
    let blobs = doctor::blobs(&txn).await?;
    let mut dump = program("pg_dump", &engine.config.database_url)?;
    dump.args(["--format=custom", "--no-owner", "--no-privileges", "--snapshot", &snapshot, "--file"])
        .arg(file);
    run(dump).await?;
    txn.rollback().await?;
    Ok(blobs)
}

/// A client program of PostgreSQL for this database. The password is in its environment, because other users
/// of the machine see its arguments.
pub(super) fn program(name: &str, database_url: &str) -> Result<Command> {
    let mut url = Url::parse(database_url).map_err(Error::fault)?;
    let password =
        url.password().map(|it| percent_encoding::percent_decode_str(it).decode_utf8_lossy().into_owned());
    url.set_password(None).map_err(|()| Error::fault("the address of the database has no host"))?;
    let mut command = Command::new(name);
    command.arg(format!("--dbname={url}")).kill_on_drop(true);
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    Ok(command)
}

/// Runs a program to its end.
///
/// # Errors
/// With the last line that it printed to standard error.
pub(super) async fn run(mut command: Command) -> Result<()> {
    let name = command.as_std().get_program().to_string_lossy().into_owned();
    let output = command.output().await.map_err(|error| {
        Error::fault(format!(
            "{name} cannot be started ({error}): please install PostgreSQL's client programs"
        ))
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Error::fault(format!("{name} failed: {}", said.lines().last().unwrap_or_default())))
}

fn utf8(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| Error::fault(format!("the path {} is not UTF-8", path.display())))
}
