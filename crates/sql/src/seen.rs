//! Where statements were executed, so that a check can prove that tests run each of them on both databases.

use std::collections::HashSet;
use std::io::Write;
use std::panic::Location;
use std::sync::LazyLock;

use parking_lot::Mutex;
use sea_orm::DbBackend;

/// Name of the environment variable with the file to which places are appended.
const FILE: &str = "SMARTCACHE_STATEMENTS_SEEN";

type Places = HashSet<(&'static str, u32, bool)>;

static SEEN: LazyLock<Mutex<Places>> = LazyLock::new(Mutex::default);

/// Appends `database path:line` for a statement, once per process.
pub fn record(place: &'static Location<'static>, backend: DbBackend) {
    let is_postgres = backend == DbBackend::Postgres;
    if SEEN.lock().insert((place.file(), place.line(), is_postgres))
        && let Some(path) = std::env::var_os(FILE)
        && let Ok(mut file) = std::fs::OpenOptions::new().append(true).create(true).open(path)
    {
        let database = if is_postgres { "postgres" } else { "sqlite" };
        // One write for each line: test binaries run side by side.
        let line = format!("{database} {}:{}\n", place.file(), place.line());
        file.write_all(line.as_bytes()).ok();
    }
}
