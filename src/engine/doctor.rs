//! Diagnosis of an installation: whether it can work, and whether its rows match its bytes and jobs.

mod inspection;
mod repair;

use std::path::PathBuf;
use std::time::Instant;

use url::Url;

pub use inspection::inspect;
pub use repair::repair;

use super::{Config, Engine, Result, downloads, start};
use crate::domain::size::size;
use crate::domain::{DownloadId, UserId};

/// Extent and findings of an inspection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspection {
    pub ready: i64,
    pub copies: usize,
    pub bytes: u64,
    pub objects: usize,
    /// Entries of the audit log whose digests were recomputed.
    pub audit_entries: usize,
    pub findings: Vec<DoctorFinding>,
}

/// An inconsistency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoctorFinding {
    pub fault: Fault,
    /// Location, short enough for a table.
    pub place: String,
    pub detail: String,
}

/// Kind of an inconsistency, with the data for its repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A copy whose bytes do not match its SHA-256.
    Damaged { sha256: String },
    /// A copy that has a row but no bytes.
    Missing { sha256: String },
    /// An object of the store without a row.
    Orphan { sha256: String },
    /// A ready download without a copy, or whose size differs from its copy's.
    Miscounted { owner: UserId, id: DownloadId },
    /// A download in progress according to its row, without a running job.
    Stranded { owner: UserId, id: DownloadId, url: String },
    /// A partial file that no transfer continues.
    Leftover { path: PathBuf },
    /// An audit log in which an entry was changed, removed or added.
    BrokenChain,
}

impl Fault {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Damaged { .. } => "damaged copy",
            Self::Missing { .. } => "missing copy",
            Self::Orphan { .. } => "unknown object",
            Self::Miscounted { .. } => "wrong size",
            Self::Stranded { .. } => "stranded download",
            Self::Leftover { .. } => "old temporary file",
            Self::BrokenChain => "changed audit log",
        }
    }
}

/// A requirement of the installation, and its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub name: &'static str,
    pub is_well: bool,
    pub words: String,
}

/// Checks settings, database, storage, disk and jobs, in plain words. Opens the engine if possible.
pub async fn check_up(config: Config) -> Vec<Check> {
    let mut checks = vec![settings(&config)];
    let kind = if config.database_url.starts_with("postgres") { "PostgreSQL" } else { "SQLite" };
    let begun = Instant::now();
    match start::open(config).await {
        Ok(engine) => {
            let words =
                format!("{kind} answers, its schema is up to date ({} ms)", begun.elapsed().as_millis());
            checks.push(Check { name: "database", is_well: true, words });
            checks.extend([storage(&engine).await, disk(&engine.config), work(&engine).await]);
        }
        Err(error) => {
            let words = format!("{kind} or the directory of the objects cannot be opened: {error}");
            checks.push(Check { name: "database", is_well: false, words });
        }
    }
    checks
}

fn settings(config: &Config) -> Check {
    let reads = Url::parse(&config.public_url).is_ok_and(|url| url.has_host());
    let is_open = !config.addr.ip().is_loopback() && !config.is_https();
    let words = match (reads, is_open) {
        (false, _) => format!("the public address {} is none", config.public_url),
        (true, true) => {
            format!(
                "people come to {}; without https, passwords cross the network in the clear",
                config.public_url
            )
        }
        (true, false) => {
            format!("people come to {}, data is in {}", config.public_url, config.data_dir.display())
        }
    };
    Check { name: "settings", is_well: reads, words }
}

async fn storage(engine: &Engine) -> Check {
    let (is_well, words) = match engine.store.probe().await {
        Ok(()) => (true, "a few bytes were written, read back and removed".to_owned()),
        Err(error) => (false, format!("it does not work: {error}")),
    };
    Check { name: "storage", is_well, words }
}

fn disk(config: &Config) -> Check {
    let least = config.min_free();
    let in_words = |bytes: u64| size(i64::try_from(bytes).unwrap_or(i64::MAX));
    let (is_well, words) = match downloads::free(config) {
        Ok(free) if free < least => {
            let words = "are free, less than the setting asks for: nothing new is fetched";
            (false, format!("{} {words} ({})", in_words(free), in_words(least)))
        }
        Ok(free) => (true, format!("{} are free; {} must stay so", in_words(free), in_words(least))),
        Err(error) => (false, format!("its free space cannot be told: {error}")),
    };
    Check { name: "disk", is_well, words }
}

async fn work(engine: &Engine) -> Check {
    let (is_well, words) = match jobs::unfinished(&engine.db).await {
        Ok(0) => (true, "nothing is left to do".to_owned()),
        Ok(n) => (true, format!("{n} jobs wait or are under way")),
        Err(error) => (false, format!("the jobs cannot be counted: {error}")),
    };
    Check { name: "work", is_well, words }
}

#[cfg(all(test, feature = "testing"))]
mod tests;
