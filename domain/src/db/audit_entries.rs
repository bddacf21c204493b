//! Audit log. Entries are chained: each has the digest of the one before it in its own.

use super::sql::{SafeSql, all, args, execute, one, row, sql};
use super::{ConnectionTrait, DbErr};
use crate::audit_entry::{AuditAction, AuditActor, AuditEntry, AuditFilter, AuditOutcome};
use crate::page::PageQuery;
use crate::{AuditEntryId, DateTime, Page, UserId, Utc};

row!(AuditEntry {
    id,
    at,
    actor,
    actor_id,
    actor_name,
    action,
    outcome,
    about_id,
    about_name,
    request_id,
    network,
    user_agent;
    data
});

/// An entry as its digest is made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainedEntry {
    pub id: AuditEntryId,
    pub at: DateTime<Utc>,
    pub actor: AuditActor,
    pub actor_id: Option<UserId>,
    pub action: AuditAction,
    pub outcome: AuditOutcome,
    pub about_id: Option<UserId>,
    /// JSON.
    pub data: String,
    pub request_id: String,
    pub network: String,
    pub user_agent: String,
    pub digest: String,
}
row!(ChainedEntry {
    id,
    at,
    actor,
    actor_id,
    action,
    outcome,
    about_id,
    data,
    request_id,
    network,
    user_agent,
    digest
});

/// Ends of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditChain {
    /// The newest entry; 0 and an empty digest before the first one.
    pub last_id: AuditEntryId,
    pub last_digest: String,
    /// The newest entry that was deleted for its age.
    pub cut_id: AuditEntryId,
    pub cut_digest: String,
}
row!(AuditChain { last_id, last_digest, cut_id, cut_digest });

const ENDS: &str = "last_id, last_digest, cut_id, cut_digest";

pub async fn chain(db: &impl ConnectionTrait) -> Result<AuditChain, DbErr> {
    ends(db, sql!("SELECT {ENDS} FROM audit_chain")).await
}

/// Locks the chain until the transaction ends, so that the order of entries is the order of commits.
pub async fn lock(db: &impl ConnectionTrait) -> Result<AuditChain, DbErr> {
    ends(db, sql!("UPDATE audit_chain SET last_id = last_id RETURNING {ENDS}")).await
}

async fn ends(db: &impl ConnectionTrait, sql: SafeSql) -> Result<AuditChain, DbErr> {
    let chain = one(db, sql, Vec::new()).await?;
    chain.ok_or_else(|| DbErr::RecordNotFound("the audit log has no chain".into()))
}

/// Appends an entry to the chain, which is locked.
pub async fn append(db: &impl ConnectionTrait, entry: &ChainedEntry) -> Result<(), DbErr> {
    let sql = "INSERT INTO audit_entry (id, at, actor, actor_id, action, outcome, about_id, data, request_id,
            network, user_agent, digest)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let ChainedEntry { id, at, actor, actor_id, action, outcome, about_id, .. } = entry;
    let ChainedEntry { data, request_id, network, user_agent, digest, .. } = entry;
    let values = args![
        *id, *at, *actor, *actor_id, *action, *outcome, *about_id, data, request_id, network, user_agent,
        digest
    ];
    execute(db, sql, values).await?;
    let sql = "UPDATE audit_chain SET last_id = $1, last_digest = $2";
    execute(db, sql, args![*id, digest]).await.map(|_| ())
}

/// Lists entries, newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    filter: &AuditFilter,
    page: &PageQuery,
) -> Result<Page<AuditEntry>, DbErr> {
    let (limit, from) = (page.limit(), page.after_id().unwrap_or(i64::MAX));
    let AuditFilter { action, outcome, user_id } = *filter;
    let sql =
        "SELECT e.id, e.at, e.actor, e.actor_id, a.username AS actor_name, e.action, e.outcome, e.about_id,
            b.username AS about_name, e.data, e.request_id, e.network, e.user_agent
         FROM audit_entry e LEFT JOIN account a ON a.id = e.actor_id LEFT JOIN account b ON b.id = e.about_id
         WHERE e.id < $1 AND (CAST($2 AS TEXT) IS NULL OR e.action = $2)
            AND (CAST($3 AS TEXT) IS NULL OR e.outcome = $3)
            AND (CAST($4 AS BIGINT) IS NULL OR e.actor_id = $4 OR e.about_id = $4)
         ORDER BY e.id DESC LIMIT $5";
    let rows = all(db, sql, args![from, action, outcome, user_id, limit + 1]).await?;
    Ok(Page::cut(rows, limit, |row: &AuditEntry| row.id.to_string()))
}

/// An entry with the digest before it.
pub struct LinkedEntry {
    pub entry: ChainedEntry,
    pub previous: String,
}
row!(LinkedEntry { previous; ; ; entry: ChainedEntry::from_query_result });

/// Entries of the filter after one and up to another, oldest first. The digest before an entry is that of its
/// predecessor, even if the filter leaves that out.
pub async fn linked(
    db: &impl ConnectionTrait,
    filter: &AuditFilter,
    after: AuditEntryId,
    up_to: AuditEntryId,
    limit: i64,
) -> Result<Vec<LinkedEntry>, DbErr> {
    let AuditFilter { action, outcome, user_id } = *filter;
    let sql = "SELECT e.id, e.at, e.actor, e.actor_id, e.action, e.outcome, e.about_id, e.data, e.request_id, e.network,
            e.user_agent, e.digest, COALESCE(p.digest, (SELECT cut_digest FROM audit_chain)) AS previous
         FROM audit_entry e LEFT JOIN audit_entry p ON p.id = e.id - 1
         WHERE e.id > $1 AND e.id <= $2 AND (CAST($3 AS TEXT) IS NULL OR e.action = $3)
            AND (CAST($4 AS TEXT) IS NULL OR e.outcome = $4)
            AND (CAST($5 AS BIGINT) IS NULL OR e.actor_id = $5 OR e.about_id = $5)
         ORDER BY e.id LIMIT $6";
    all(db, sql, args![after, up_to, action, outcome, user_id, limit]).await
}

/// Entries after this one, oldest first.
pub async fn after(
    db: &impl ConnectionTrait,
    id: AuditEntryId,
    limit: i64,
) -> Result<Vec<ChainedEntry>, DbErr> {
    let sql = "SELECT id, at, actor, actor_id, action, outcome, about_id, data, request_id, network, user_agent, digest
         FROM audit_entry WHERE id > $1 ORDER BY id LIMIT $2";
    all(db, sql, args![id, limit]).await
}

/// Deletes the entries before a time, and keeps the digest of the last of them.
pub async fn delete_before(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let sql = "UPDATE audit_chain SET cut_id = e.id, cut_digest = e.digest FROM audit_entry e
         WHERE e.id = (SELECT MAX(id) FROM audit_entry WHERE at < $1)";
    execute(db, sql, args![before]).await?;
    execute(db, "DELETE FROM audit_entry WHERE id <= (SELECT cut_id FROM audit_chain)", Vec::new()).await
}
