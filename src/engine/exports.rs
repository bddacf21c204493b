//! Exports: everything that the server knows of a user, written by a job into one file for its owner.

mod writer;

use async_trait::async_trait;
use blobs::Found;
use bytes::Bytes;
use futures::stream::BoxStream;
use jobs::{Job, JobError, JobFailure, Lease};
use sea_orm::{AccessMode, DatabaseTransaction, DbErr, IsolationLevel, TransactionTrait};
use serde::{Deserialize, Serialize};
use serde_json::json;

use self::writer::ExportWriter;
use super::downloads::{self, Loss};
use super::rate_limit::RateLimit;
use super::{Engine, Error, Result, SharedEngine, Work, catalog};
use crate::db::exports::{self as rows, ExportFile, ExportRow, TABLES};
use crate::db::media::{self, Blob};
use crate::db::{accounts, sql};
use crate::domain::audit_entry::AuditAction;
use crate::domain::event::EventKind;
use crate::domain::export::{Export, ExportState, FILE_URL, LASTS, MAX_A_DAY, MIME_TYPE};
use crate::domain::{Refusal, TimeDelta, UserId};

/// Rows that are read at once.
const PAGE: i64 = 500;

/// Returns the user's export, in whatever state.
pub async fn get(engine: &Engine, owner: UserId) -> Result<Export> {
    Ok(find(engine, owner).await?.ok_or_else(missing)?)
}

/// Like `get`; None if there is none, or its time is over.
pub async fn find(engine: &Engine, owner: UserId) -> Result<Option<Export>> {
    Ok(rows::get(&engine.db, owner, engine.now()).await?.map(shown))
}

/// Requests an export, in place of the last one. If one is being prepared, returns that.
///
/// # Errors
/// `Refusal::RateLimited` after too many within a day.
pub async fn request(engine: &Engine, owner: UserId) -> Result<Export> {
    let known = rows::get(&engine.db, owner, engine.now()).await?;
    if let Some(open) = known.filter(|known| known.state == ExportState::Preparing) {
        return Ok(shown(open));
    }
    let daily = RateLimit { name: "export", hits: MAX_A_DAY, window: TimeDelta::days(1) };
    daily.take(engine, &owner.to_string()).await?;
    let mut work = engine.begin().await?;
    work.push(&ExportAccount { user_id: owner }).await?;
    if rows::begin(&*work, owner, engine.now()).await? {
        work.audit(AuditAction::ExportRequest, Some(owner), json!({}));
    }
    work.commit().await?;
    get(engine, owner).await
}

/// File of an export that is ready.
pub struct ReadyFile {
    pub sha256: String,
    pub bytes: u64,
    pub stream: BoxStream<'static, std::io::Result<Bytes>>,
}

/// Opens the file, for its owner.
///
/// # Errors
/// `Refusal::Conflict` while it is not ready, or if its bytes were lost.
pub async fn file(engine: &Engine, owner: UserId) -> Result<ReadyFile> {
    let known = rows::get(&engine.db, owner, engine.now()).await?.ok_or_else(missing)?;
    let (ExportState::Ready, Some(sha256), Some(bytes)) = (known.state, known.sha256, known.bytes) else {
        return Err(Refusal::conflict("The export is not ready.").into());
    };
    let bytes = u64::try_from(bytes).map_err(Error::fault)?;
    let loss = match engine.store.find(&sha256, bytes).await? {
        Found::Good(copy) => return Ok(ReadyFile { sha256, bytes, stream: copy.read(None).await? }),
        Found::Damaged => Loss::Damaged,
        Found::Missing => Loss::Missing,
    };
    downloads::refetch(engine, &sha256, bytes, loss).await?;
    Err(Refusal::conflict("The file of the export was lost. Ask for another one.").into())
}

/// Writes the export of a user.
#[derive(Debug, Serialize, Deserialize)]
pub struct ExportAccount {
    user_id: UserId,
}

#[async_trait]
impl Job for ExportAccount {
    const KIND: &'static str = "export_account";
    const QUEUE: &'static str = "refresh";
    type Context = SharedEngine;

    fn unique_key(&self) -> Option<String> {
        Some(self.user_id.to_string())
    }

    async fn subject(&self, _: &SharedEngine) -> String {
        format!("user {}", self.user_id)
    }

    async fn run(&self, engine: &SharedEngine, lease: &Lease) -> Result<(), JobError> {
        let known = rows::get(&engine.db, self.user_id, engine.now()).await?;
        let Some(open) = known.filter(|known| known.state == ExportState::Preparing) else { return Ok(()) };
        let blob = write(engine, self.user_id).await.map_err(JobError::retry)?;
        let mut work = engine.begin().await.map_err(JobError::retry)?;
        if !lease.holds(&work).await? {
            return Err(JobError::LeaseLost);
        }
        keep(engine, &mut work, self.user_id, &open, &blob).await.map_err(JobError::retry)?;
        work.commit().await.map_err(JobError::retry)
    }

    async fn give_up(
        &self,
        engine: &SharedEngine,
        txn: &DatabaseTransaction,
        failure: &JobFailure,
    ) -> Result<(), DbErr> {
        tracing::warn!(user = %self.user_id, why = failure.why, "an export could not be written");
        rows::fail(txn, self.user_id, engine.now() + LASTS).await.map(|_| ())
    }
}

/// Writes all lines, and stores the file. The rows are those of one moment.
async fn write(engine: &Engine, owner: UserId) -> Result<Blob> {
    let opml = catalog::lists::export(engine, owner).await?;
    let is_postgres = sql::is_postgres(&engine.db);
    let isolation = is_postgres.then_some(IsolationLevel::RepeatableRead);
    let txn = engine.db.begin_with_config(isolation, is_postgres.then_some(AccessMode::ReadOnly)).await?;
    let mut writer = ExportWriter::create(engine).await?;
    let written = write_lines(&txn, engine, owner, &opml, &mut writer).await;
    txn.rollback().await?;
    let stored = match written {
        Ok(()) => writer.store(engine).await,
        Err(error) => Err(error),
    };
    writer.remove().await;
    let (sha256, bytes) = stored?;
    Ok(Blob { sha256, bytes, mime_type: MIME_TYPE.into() })
}

async fn write_lines(
    txn: &DatabaseTransaction,
    engine: &Engine,
    owner: UserId,
    opml: &str,
    writer: &mut ExportWriter,
) -> Result<()> {
    let user = accounts::get(txn, owner).await?.ok_or_else(missing)?;
    let head = json!({
        "kind": "head", "format": "smartcache-export", "version": 1, "username": user.username,
        "user_id": owner, "made_at": engine.now(),
    });
    writer.line(&head).await?;
    for table in TABLES {
        let mut offset = 0;
        loop {
            let page = rows::rows(txn, owner, table, PAGE, offset).await?;
            for row in &page {
                writer.line(&json!({ "kind": "row", "table": table.name, "row": row })).await?;
            }
            offset += PAGE;
            if (page.len() as i64) < PAGE {
                break;
            }
        }
    }
    writer.line(&json!({ "kind": "file", "name": "subscriptions.opml", "text": opml })).await?;
    let mut offset = 0;
    loop {
        let page = rows::media(txn, owner, PAGE, offset).await?;
        for media in &page {
            writer.line(&json!({ "kind": "media", "media": media })).await?;
        }
        offset += PAGE;
        if (page.len() as i64) < PAGE {
            return writer.line(&json!({ "kind": "end" })).await;
        }
    }
}

/// Records the file, and tells its owner.
async fn keep(
    engine: &Engine,
    work: &mut Work<'_>,
    owner: UserId,
    open: &ExportRow,
    blob: &Blob,
) -> Result<()> {
    let now = engine.now();
    media::keep_blob(&**work, blob, now).await?;
    // The row is locked now, and deletion locks it first: bytes that are there at this point stay.
    if !media::hold(&**work, &blob.sha256).await? || !engine.store.keeps(&blob.sha256, blob.bytes).await {
        return Err(Error::fault("the file of an export was deleted while it was stored"));
    }
    let file = ExportFile { sha256: &blob.sha256, bytes: blob.bytes, expires_at: now + LASTS };
    if rows::finish(&**work, owner, open.requested_at, file, now).await? {
        let data = json!({
            "message": "Your export is ready. It can be downloaded on your account page for a day.",
            "level": "success",
        });
        work.record(owner, None, EventKind::System, data).await?;
    }
    Ok(())
}

fn shown(row: ExportRow) -> Export {
    let ExportRow { state, requested_at, ready_at, expires_at, bytes, sha256 } = row;
    let url = (state == ExportState::Ready).then(|| FILE_URL.to_owned());
    Export { state, requested_at, ready_at, expires_at, bytes, sha256, url }
}

fn missing() -> Refusal {
    Refusal::missing("export")
}

#[cfg(all(test, feature = "testing"))]
mod tests;
