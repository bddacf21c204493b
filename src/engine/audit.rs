//! Audit log: sign-ins, changes of accounts, and what administrators do. Each entry is written in the
//! transaction of what it tells, and chained to the one before it by its digest.

mod context;
mod export;

use chrono::{SecondsFormat, TimeDelta};
use parking_lot::Mutex;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub use context::{RequestContext, carry, identify, within};
pub use export::export;

use super::{Engine, Result};
use crate::db::ConnectionTrait;
use crate::db::audit_entries::{self as rows, AuditChain, ChainedEntry};
use crate::domain::audit_entry::{AuditAction, AuditEntry, AuditFilter, AuditOutcome};
use crate::domain::page::PageQuery;
use crate::domain::{AuditEntryId, DateTime, Page, UserId, Utc};

/// Time for which entries are kept.
const KEPT: TimeDelta = TimeDelta::days(400);
/// Maximum number of refusals that one process writes within a minute. Guesses of passwords must not fill the
/// disk; further ones are logged alone.
const MAX_REFUSALS: u32 = 100;
/// Number of entries that are read at once.
const BATCH: i64 = 1_000;

/// An entry that waits for the commit.
#[derive(Debug)]
pub struct AuditDraft {
    pub action: AuditAction,
    pub outcome: AuditOutcome,
    pub about: Option<UserId>,
    pub data: Value,
}

/// Number of refusals that were written within the current minute.
#[derive(Debug, Default)]
pub struct RefusalQuota(Mutex<(i64, u32)>);

impl RefusalQuota {
    fn take(&self, now: DateTime<Utc>) -> bool {
        let (minute, mut quota) = (now.timestamp() / 60, self.0.lock());
        if quota.0 != minute {
            *quota = (minute, 0);
        }
        quota.1 += 1;
        quota.1 <= MAX_REFUSALS
    }
}

/// Writes that something was refused. Never fails: the refusal itself counts more.
pub async fn refused(engine: &Engine, action: AuditAction, about: Option<UserId>, data: Value) {
    let draft = AuditDraft { action, outcome: AuditOutcome::Refused, about, data };
    if !engine.refusals.take(engine.now()) {
        log(&draft, false);
        return;
    }
    let written = async {
        let mut work = engine.begin().await?;
        work.audit_draft(draft);
        work.commit().await
    };
    if let Err(error) = written.await {
        tracing::warn!(target: "audit", %action, %error, "a refusal was not written");
    }
}

/// Appends entries to the chain. Called last in a transaction, because the chain is locked from here on.
pub(super) async fn append(
    db: &impl ConnectionTrait,
    drafts: &[AuditDraft],
    now: DateTime<Utc>,
) -> Result<()> {
    if drafts.is_empty() {
        return Ok(());
    }
    let AuditChain { mut last_id, mut last_digest, .. } = rows::lock(db).await?;
    for draft in drafts {
        last_id = AuditEntryId(last_id.0 + 1);
        let mut entry = context::with(|by| {
            let (actor, actor_id) = by.actor();
            ChainedEntry {
                id: last_id,
                at: now,
                actor,
                actor_id,
                action: draft.action,
                outcome: draft.outcome,
                about_id: draft.about,
                data: draft.data.to_string(),
                request_id: by.request_id.clone(),
                network: by.network.clone(),
                user_agent: by.user_agent.clone(),
                digest: String::new(),
            }
        });
        entry.digest = digest(&last_digest, &entry);
        last_digest.clone_from(&entry.digest);
        rows::append(db, &entry).await?;
    }
    Ok(())
}

/// Writes entries to the log after their commit, for programs that collect it elsewhere.
pub(super) fn log_all(drafts: &[AuditDraft]) {
    for draft in drafts {
        log(draft, true);
    }
}

fn log(draft: &AuditDraft, is_written: bool) {
    let AuditDraft { action, outcome, about, data } = draft;
    context::with(|by| {
        let (actor, actor_id) = by.actor();
        let (actor_id, about) = (actor_id.map(|id| id.0), about.map(|id| id.0));
        let (request, network) = (by.request_id.as_str(), by.network.as_str());
        tracing::info!(
            target: "audit", %action, %outcome, %actor, actor_id, about, %data, request, network, is_written
        );
    });
}

/// Digest of an entry: SHA-256 of the digest before it and of all its fields.
fn digest(previous: &str, entry: &ChainedEntry) -> String {
    let ChainedEntry { id, at, actor, actor_id, action, outcome, about_id, .. } = entry;
    let ChainedEntry { data, request_id, network, user_agent, .. } = entry;
    let at = at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let fields = json!([
        previous, id, at, actor, actor_id, action, outcome, about_id, data, request_id, network, user_agent
    ]);
    hex::encode(Sha256::digest(fields.to_string()))
}

/// Lists entries, newest first.
pub async fn list(engine: &Engine, filter: &AuditFilter, page: &PageQuery) -> Result<Page<AuditEntry>> {
    Ok(rows::list(&engine.db, filter, page).await?)
}

/// Deletes entries that have been kept long enough.
pub async fn tidy(engine: &Engine) -> Result<()> {
    let work = engine.begin().await?;
    rows::lock(&*work).await?;
    rows::delete_before(&*work, engine.now() - KEPT).await?;
    work.commit().await
}

/// Result of reading the whole log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainCheck {
    pub entries: usize,
    /// First entry that is not as it was written, and how.
    pub broken: Option<(AuditEntryId, &'static str)>,
}

/// Checks that no entry was changed, removed or added (ASVS 5.0.0, 16.4.2). Safe while entries are written.
pub async fn verify(engine: &Engine) -> Result<ChainCheck> {
    let chain = rows::chain(&engine.db).await?;
    let (mut id, mut previous, mut entries) = (chain.cut_id, chain.cut_digest, 0);
    let after = |id: AuditEntryId| AuditEntryId(id.0 + 1);
    while id < chain.last_id {
        let batch = rows::after(&engine.db, id, BATCH).await?;
        if batch.is_empty() {
            return Ok(ChainCheck { entries, broken: Some((after(id), "it and all after it are missing")) });
        }
        for entry in batch.iter().take_while(|entry| entry.id <= chain.last_id) {
            let next = after(id);
            if entry.id != next {
                return Ok(ChainCheck { entries, broken: Some((next, "it is missing")) });
            }
            if entry.digest != digest(&previous, entry) {
                return Ok(ChainCheck { entries, broken: Some((next, "it was changed")) });
            }
            (id, entries) = (entry.id, entries + 1);
            previous.clone_from(&entry.digest);
        }
    }
    let is_whole = id == chain.last_id && previous == chain.last_digest;
    let broken = (!is_whole).then_some((chain.last_id, "it is not the last one that was written"));
    Ok(ChainCheck { entries, broken })
}

#[cfg(all(test, feature = "testing"))]
mod tests;
