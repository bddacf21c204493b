//! Comparison of the rows with the bytes and jobs that exist; changes nothing.

use blobs::{Found, StoredBlob};
use chrono::TimeDelta;
use jobs::Job;

use super::{DoctorFinding, Engine, Fault, Inspection, Result};
use crate::db::doctor::{self as checks, AuditRow};
use crate::db::downloads as rows;
use crate::db::media::Blob;
use crate::domain::size::size;
use crate::domain::{AuditEntryId, Utc};
use crate::engine::audit::{self, ChainCheck};
use crate::engine::downloads::{self, Leftover, Transfer};

/// Minimum age of an orphan: an object precedes its row, so a younger one may belong to a transfer that is
/// about to end.
const SETTLED: TimeDelta = TimeDelta::hours(1);

/// Reads every copy and checks every row. Safe while workers run: concurrent changes are no findings.
pub async fn inspect(engine: &Engine) -> Result<Inspection> {
    let mut inspection =
        Inspection { ready: checks::count_ready(&engine.db).await?, ..Inspection::default() };
    let blobs = checks::blobs(&engine.db).await?;
    let mut objects = engine.store.list().await?;
    objects.sort_by(|a, b| a.sha256.cmp(&b.sha256));
    inspection.copies = blobs.len();
    inspection.objects = objects.len();
    for blob in &blobs {
        inspection.findings.extend(copy(engine, blob).await?);
    }
    inspection.bytes = objects.iter().map(|listed| listed.bytes).sum();
    for listed in &objects {
        inspection.findings.extend(orphan(engine, listed).await?);
    }
    inspection.findings.extend(checks::miscounted(&engine.db).await?.into_iter().map(miscounted));
    inspection.findings.extend(checks::stranded(&engine.db, Transfer::KIND).await?.into_iter().map(stranded));
    inspection.findings.extend(downloads::leftovers(engine).await?.into_iter().map(leftover));
    let ChainCheck { entries, broken } = audit::verify(engine).await?;
    inspection.audit_entries = entries;
    inspection.findings.extend(broken.map(broken_chain));
    Ok(inspection)
}

fn broken_chain((id, detail): (AuditEntryId, &'static str)) -> DoctorFinding {
    DoctorFinding { fault: Fault::BrokenChain, place: format!("entry {id}"), detail: detail.to_owned() }
}

async fn copy(engine: &Engine, blob: &Blob) -> Result<Option<DoctorFinding>> {
    let Some((fault, detail)) = examine(engine, blob).await? else { return Ok(None) };
    if checks::blob(&engine.db, &blob.sha256).await?.is_none() {
        // Deleted while it was being read.
        return Ok(None);
    }
    let holders = rows::holding(&engine.db, &blob.sha256).await?.len();
    let detail = format!("{detail}; ready downloads that rely on it: {holders}");
    Ok(Some(DoctorFinding { fault, place: short(&blob.sha256), detail }))
}

async fn examine(engine: &Engine, blob: &Blob) -> Result<Option<(Fault, String)>> {
    let sha256 = blob.sha256.clone();
    let found = engine.store.examine(&blob.sha256, u64::try_from(blob.bytes).unwrap_or_default()).await?;
    let bytes = size(blob.bytes);
    Ok(match found {
        Found::Good(()) => None,
        Found::Damaged => {
            Some((Fault::Damaged { sha256 }, format!("its {bytes} are not the bytes that it is named after")))
        }
        Found::Missing => {
            Some((Fault::Missing { sha256 }, format!("a row promises {bytes}, and the store has none of it")))
        }
    })
}

async fn orphan(engine: &Engine, listed: &StoredBlob) -> Result<Option<DoctorFinding>> {
    if Utc::now() - listed.modified < SETTLED || checks::blob(&engine.db, &listed.sha256).await?.is_some() {
        return Ok(None);
    }
    let bytes = size(i64::try_from(listed.bytes).unwrap_or(i64::MAX));
    Ok(Some(DoctorFinding {
        fault: Fault::Orphan { sha256: listed.sha256.clone() },
        place: short(&listed.sha256),
        detail: format!("the store has {bytes} that no row speaks of"),
    }))
}

fn miscounted(row: AuditRow) -> DoctorFinding {
    let detail = match (row.bytes, row.kept) {
        (_, None) => "it is ready without a copy".to_owned(),
        (said, Some(kept)) => {
            format!("it counts {} bytes, and its copy has {kept}", said.unwrap_or_default())
        }
    };
    DoctorFinding { place: place(&row), fault: Fault::Miscounted { owner: row.user_id, id: row.id }, detail }
}

fn stranded(row: AuditRow) -> DoctorFinding {
    DoctorFinding {
        place: place(&row),
        detail: "it is said to be on its way, and no worker has it".to_owned(),
        fault: Fault::Stranded { owner: row.user_id, id: row.id, url: row.media_url },
    }
}

fn leftover(left: Leftover) -> DoctorFinding {
    let bytes = size(i64::try_from(left.bytes).unwrap_or(i64::MAX));
    DoctorFinding {
        place: left.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        detail: format!("{bytes}, untouched for {} days", left.age.as_secs() / (24 * 3600)),
        fault: Fault::Leftover { path: left.path },
    }
}

fn short(sha256: &str) -> String {
    sha256.chars().take(12).collect()
}

fn place(row: &AuditRow) -> String {
    format!("download {}", row.id)
}
