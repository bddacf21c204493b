//! Export of the log as lines of JSON, with the digests by which a reader follows the chain.

use std::io;

use bytes::Bytes;
use chrono::SecondsFormat;
use futures::stream::{self, BoxStream, StreamExt};
use serde::Serialize;
use serde_json::{Map, json};

use super::BATCH;
use crate::db::audit_entries::{self as rows, LinkedEntry};
use crate::domain::audit_entry::{AuditAction, AuditActor, AuditFilter, AuditOutcome};
use crate::domain::{AuditEntryId, UserId};
use crate::engine::{Result, SharedEngine};

/// A line of an export. `digest` is the SHA-256 of a JSON array of `previous` and the fields up to
/// `user_agent`, in this order and as they are written here; `data` is JSON within a text.
#[derive(Serialize)]
struct ExportLine<'a> {
    id: AuditEntryId,
    at: String,
    actor: AuditActor,
    actor_id: Option<UserId>,
    action: AuditAction,
    outcome: AuditOutcome,
    about_id: Option<UserId>,
    data: &'a str,
    request_id: &'a str,
    network: &'a str,
    user_agent: &'a str,
    previous: &'a str,
    digest: &'a str,
}

/// Exports the entries of the filter, oldest first, one JSON object a line. The export is an entry itself,
/// and the last one that it can have; those that follow are left out.
pub async fn export(
    engine: &SharedEngine,
    filter: AuditFilter,
) -> Result<BoxStream<'static, io::Result<Bytes>>> {
    let mut work = engine.begin().await?;
    let AuditFilter { action, outcome, user_id } = filter;
    let asked = [("action", json!(action)), ("outcome", json!(outcome)), ("user", json!(user_id))];
    let asked = asked.into_iter().filter(|(_, value)| !value.is_null());
    let asked: Map<_, _> = asked.map(|(name, value)| (name.to_owned(), value)).collect();
    work.audit(AuditAction::AuditExport, None, asked.into());
    work.commit().await?;
    let last = rows::chain(&engine.db).await?.last_id;
    let begin = (engine.clone(), filter, AuditEntryId(0));
    let batches = stream::try_unfold(begin, move |(engine, filter, after)| async move {
        let entries =
            rows::linked(&engine.db, &filter, after, last, BATCH).await.map_err(io::Error::other)?;
        let Some(end) = entries.last().map(|end| end.entry.id) else { return Ok::<_, io::Error>(None) };
        Ok(Some((lines(&entries)?, (engine, filter, end))))
    });
    Ok(batches.boxed())
}

fn lines(entries: &[LinkedEntry]) -> io::Result<Bytes> {
    let mut text = Vec::new();
    for LinkedEntry { entry, previous } in entries {
        let line = ExportLine {
            id: entry.id,
            at: entry.at.to_rfc3339_opts(SecondsFormat::Micros, true),
            actor: entry.actor,
            actor_id: entry.actor_id,
            action: entry.action,
            outcome: entry.outcome,
            about_id: entry.about_id,
            data: &entry.data,
            request_id: &entry.request_id,
            network: &entry.network,
            user_agent: &entry.user_agent,
            previous,
            digest: &entry.digest,
        };
        serde_json::to_writer(&mut text, &line)?;
        text.push(b'\n');
    }
    Ok(text.into())
}
