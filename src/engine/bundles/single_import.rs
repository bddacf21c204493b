//! Imports one at a time, and counted.

use std::path::Path;
use std::time::Duration;

use super::ImportedVolume;
use super::counts::count_import;
use super::import::import_volume;
use super::import_lock::ImportLock;
use crate::engine::{Result, SharedEngine};

/// Imports a volume.
///
/// # Errors
/// `Refusal::Invalid` of `volume` with the reason for which it is not accepted; `Refusal::Conflict` while
/// another import is under way.
pub async fn import(engine: &SharedEngine, path: &Path) -> Result<ImportedVolume> {
    let lock = ImportLock::take(engine, Duration::ZERO).await?;
    let imported = import_under(&lock, engine, path).await;
    lock.release().await;
    imported
}

/// Like `import`, for a caller that holds the lock.
pub(super) async fn import_under(
    _: &ImportLock,
    engine: &SharedEngine,
    path: &Path,
) -> Result<ImportedVolume> {
    let imported = import_volume(engine, path).await;
    count_import(engine, &imported);
    imported
}
