//! Repair of an inspection's findings, each in its own transaction, with a report.

use blobs::Found;
use jobs::Job;

use super::{Engine, Fault, Result};
use crate::db::accounts;
use crate::db::doctor::{self as checks, AuditRow};
use crate::domain::download::DownloadStatus;
use crate::domain::event::EventKind;
use crate::domain::task::TaskChange;
use crate::domain::{DownloadId, UserId};
use crate::engine::downloads::{self, Loss, Transfer};
use crate::engine::{Error, Work};

/// Report for a finding that has disappeared since the inspection.
const NOTHING: &str = "nothing: it has changed meanwhile";

/// Repairs one finding. Returns a report.
pub async fn repair(engine: &Engine, fault: &Fault) -> Result<String> {
    match fault {
        Fault::Damaged { sha256 } => refetch(engine, sha256, Loss::Damaged).await,
        Fault::Missing { sha256 } => refetch(engine, sha256, Loss::Missing).await,
        Fault::Orphan { sha256 } => remove(engine, sha256).await,
        Fault::Miscounted { owner, id } => count_anew(engine, *owner, *id).await,
        Fault::Stranded { owner, id, url } => take_back(engine, *owner, *id, url).await,
        Fault::Leftover { path } => {
            tokio::fs::remove_file(path).await?;
            Ok("deleted".to_owned())
        }
        Fault::BrokenChain => Err(Error::fault("the log is evidence; compare it with a backup")),
    }
}

async fn refetch(engine: &Engine, sha256: &str, loss: Loss) -> Result<String> {
    let Some(blob) = checks::blob(&engine.db, sha256).await? else { return Ok(NOTHING.to_owned()) };
    let bytes = u64::try_from(blob.bytes).unwrap_or_default();
    if matches!(engine.store.examine(sha256, bytes).await?, Found::Good(())) {
        return Ok(NOTHING.to_owned());
    }
    // Before the jobs are visible: a transfer of the same bytes must not find them stored already.
    engine.store.remove(sha256).await?;
    Ok(match downloads::refetch(engine, sha256, bytes, loss).await? {
        0 => "forgotten: nobody relies on it".to_owned(),
        1 => "removed, and 1 download queued again".to_owned(),
        n => format!("removed, and {n} downloads queued again"),
    })
}

/// Queues a ready download again. Lock order: the job's row, then the user's, then the download's.
async fn put_back(engine: &Engine, work: &mut Work<'_>, row: &AuditRow) -> Result<()> {
    work.push(&Transfer::of(&engine.config, row.media_url.clone())).await?;
    accounts::lock(&**work, row.user_id).await?;
    if checks::start_over(&**work, row.user_id, row.id).await? {
        record_loss(work, row).await?;
    }
    Ok(())
}

async fn record_loss(work: &mut Work<'_>, row: &AuditRow) -> Result<()> {
    let change = TaskChange::of_download(row.id, DownloadStatus::Queued, &row.title);
    work.record(row.user_id, row.run_id, EventKind::TaskUpdate, change.data()).await
}

async fn remove(engine: &Engine, sha256: &str) -> Result<String> {
    if checks::blob(&engine.db, sha256).await?.is_some() {
        return Ok(NOTHING.to_owned());
    }
    engine.store.remove(sha256).await?;
    Ok("deleted".to_owned())
}

async fn count_anew(engine: &Engine, owner: UserId, id: DownloadId) -> Result<String> {
    let mut work = engine.begin().await?;
    let rows = checks::miscounted(&*work).await?;
    let Some(row) = rows.into_iter().find(|row| row.id == id) else { return Ok(NOTHING.to_owned()) };
    let done = match row.kept {
        Some(kept) => {
            accounts::lock(&*work, owner).await?;
            checks::count_anew(&*work, owner, id, kept).await?;
            format!("counts {kept} bytes now")
        }
        None => {
            put_back(engine, &mut work, &row).await?;
            "queued again".to_owned()
        }
    };
    work.commit().await?;
    Ok(done)
}

async fn take_back(engine: &Engine, owner: UserId, id: DownloadId, url: &str) -> Result<String> {
    let mut work = engine.begin().await?;
    work.push(&Transfer::of(&engine.config, url)).await?;
    let rows = checks::stranded(&*work, Transfer::KIND).await?;
    let Some(row) = rows.into_iter().find(|row| row.id == id) else { return Ok(NOTHING.to_owned()) };
    accounts::lock(&*work, owner).await?;
    if !checks::take_back(&*work, Transfer::KIND, owner, id).await? {
        return Ok(NOTHING.to_owned());
    }
    record_loss(&mut work, &row).await?;
    work.commit().await?;
    Ok("queued again".to_owned())
}
