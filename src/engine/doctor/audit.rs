//! Compares what the rows promise with the bytes and the jobs that are there; changes nothing.

use std::time::{Duration, SystemTime};

use chrono::TimeDelta;

use super::{Audit, Engine, Fault, Finding, Result};
use crate::db::audit::{self, Row};
use crate::db::media::Blob;
use crate::db::transfers;
use crate::domain::Utc;
use crate::domain::size::size;
use crate::engine::downloads::Transfer;
use crate::engine::jobs::Job;
use crate::engine::storage::{Found, Listed};

/// An object comes before its row: a younger one may belong to a transfer that is about to end.
const SETTLED: TimeDelta = TimeDelta::hours(1);
/// No transfer takes longer.
const LEFT: Duration = Duration::from_secs(24 * 3600);

/// Reads every copy and looks at every row. May be done while others work: what moved on meanwhile is no finding.
pub async fn audit(engine: &Engine) -> Result<Audit> {
    let mut audit = Audit { ready: audit::count_ready(&engine.db).await?, ..Audit::default() };
    let blobs = audit::blobs(&engine.db).await?;
    let mut objects = engine.store.list().await?;
    objects.sort_by(|a, b| a.sha256.cmp(&b.sha256));
    audit.copies = blobs.len();
    audit.objects = objects.len();
    for blob in &blobs {
        audit.findings.extend(copy(engine, blob).await?);
    }
    audit.bytes = objects.iter().map(|listed| listed.bytes).sum();
    for listed in &objects {
        audit.findings.extend(orphan(engine, listed).await?);
    }
    audit.findings.extend(audit::miscounted(&engine.db).await?.into_iter().map(miscounted));
    audit.findings.extend(audit::stranded(&engine.db, Transfer::KIND).await?.into_iter().map(stranded));
    audit.findings.extend(leftovers(engine).await?);
    Ok(audit)
}

async fn copy(engine: &Engine, blob: &Blob) -> Result<Option<Finding>> {
    let Some((fault, detail)) = examine(engine, blob).await? else { return Ok(None) };
    if audit::blob(&engine.db, &blob.sha256).await?.is_none() {
        // Let go of while we were reading.
        return Ok(None);
    }
    let holders = audit::ready_with(&engine.db, &blob.sha256).await?.len();
    let detail = format!("{detail}; ready downloads that rely on it: {holders}");
    Ok(Some(Finding { fault, place: short(&blob.sha256), detail }))
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

async fn orphan(engine: &Engine, listed: &Listed) -> Result<Option<Finding>> {
    if Utc::now() - listed.modified < SETTLED || audit::blob(&engine.db, &listed.sha256).await?.is_some() {
        return Ok(None);
    }
    let bytes = size(i64::try_from(listed.bytes).unwrap_or(i64::MAX));
    Ok(Some(Finding {
        fault: Fault::Orphan { sha256: listed.sha256.clone() },
        place: short(&listed.sha256),
        detail: format!("the store has {bytes} that no row speaks of"),
    }))
}

fn miscounted(row: Row) -> Finding {
    let detail = match (row.bytes, row.kept) {
        (_, None) => "it is ready without a copy".to_owned(),
        (said, Some(kept)) => {
            format!("it counts {} bytes, and its copy has {kept}", said.unwrap_or_default())
        }
    };
    Finding { place: place(&row), fault: Fault::Miscounted { owner: row.user_id, id: row.id }, detail }
}

fn stranded(row: Row) -> Finding {
    Finding {
        place: place(&row),
        detail: "it is said to be on its way, and no worker has it".to_owned(),
        fault: Fault::Stranded { owner: row.user_id, id: row.id, url: row.media_url },
    }
}

async fn leftovers(engine: &Engine) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    let mut entries = match tokio::fs::read_dir(engine.config.incoming()).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(error.into()),
    };
    let wanted = transfers::parts(&engine.db).await?;
    while let Some(entry) = entries.next_entry().await? {
        // A transfer will go on with it, as soon as somebody lets it.
        if entry.file_name().to_str().is_some_and(|name| wanted.iter().any(|part| part == name)) {
            continue;
        }
        let about = match entry.metadata().await {
            Ok(about) => about,
            // Its transfer has ended meanwhile.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error.into()),
        };
        let age = SystemTime::now().duration_since(about.modified()?).unwrap_or_default();
        if about.is_file() && age > LEFT {
            let bytes = size(i64::try_from(about.len()).unwrap_or(i64::MAX));
            found.push(Finding {
                fault: Fault::Leftover { path: entry.path() },
                place: entry.file_name().to_string_lossy().into_owned(),
                detail: format!("{bytes}, untouched for {} days", age.as_secs() / (24 * 3600)),
            });
        }
    }
    Ok(found)
}

fn short(sha256: &str) -> String {
    sha256.chars().take(12).collect()
}

fn place(row: &Row) -> String {
    format!("download {}", row.id)
}
