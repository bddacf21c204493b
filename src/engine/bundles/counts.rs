//! Metrics of exports and imports.

use super::{ExportedBundle, ImportedVolume};
use crate::engine::{Engine, Error, Result};

/// Counts an export.
pub fn count_export(engine: &Engine, made: &Result<ExportedBundle>) {
    let bytes = made.as_ref().map_or(0, |made| made.bytes);
    count(engine, "sent", outcome(made, false), bytes);
}

/// Counts an import.
pub fn count_import(engine: &Engine, imported: &Result<ImportedVolume>) {
    let is_known = imported.as_ref().is_ok_and(|imported| imported.known_since.is_some());
    let bytes = imported.as_ref().ok().filter(|_| !is_known).map_or(0, |imported| imported.bytes);
    count(engine, "received", outcome(imported, is_known), u64::try_from(bytes).unwrap_or_default());
}

fn count(engine: &Engine, direction: &'static str, outcome: &'static str, bytes: u64) {
    engine.metrics.bundles.inc([direction, outcome]);
    engine.metrics.bundle_bytes.of([direction]).inc_by(bytes);
}

fn outcome<T>(result: &Result<T>, is_known: bool) -> &'static str {
    match result {
        Ok(_) if is_known => "known",
        Ok(_) => "done",
        Err(Error::Refused(_)) => "refused",
        Err(_) => "fault",
    }
}
