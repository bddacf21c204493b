//! Health of all sources of the server, and a refresh of one. Nothing of who follows them.

use serde_json::json;

use crate::db::sources as rows;
use crate::db::sources::managed::{self, SourceState};
use crate::domain::audit_entry::AuditAction;
use crate::domain::managed_source::{ManagedSource, ManagedSourceFilter};
use crate::domain::page::PageQuery;
use crate::domain::source::{Health, Origin, RefreshReport};
use crate::domain::{Page, Refusal, SourceId};
use crate::engine::catalog::refresh::{RefreshSource, refresh};
use crate::engine::shares::holds_secret;
use crate::engine::{Engine, Result, Work};

/// Lists the sources of the server.
pub async fn list(
    engine: &Engine,
    filter: &ManagedSourceFilter,
    page: &PageQuery,
) -> Result<Page<ManagedSource>> {
    let Page { data, next_cursor } = managed::list(&engine.db, filter, page).await?;
    Ok(Page { data: data.into_iter().map(shown).collect(), next_cursor })
}

/// Queues a refresh of any source.
pub async fn request_refresh(engine: &Engine, id: SourceId) -> Result<()> {
    let source = rows::feed(&engine.db, id).await?.ok_or_else(|| Refusal::missing("source"))?;
    let mut work = audited(engine, id).await?;
    work.push(&RefreshSource::of(id, &source.feed_url)).await?;
    work.commit().await
}

/// Refreshes any source now and returns the result.
pub async fn refresh_now(engine: &Engine, id: SourceId) -> Result<RefreshReport> {
    let report = refresh(engine, id).await?;
    audited(engine, id).await?.commit().await?;
    Ok(report)
}

async fn audited(engine: &Engine, id: SourceId) -> Result<Work<'_>> {
    let mut work = engine.begin().await?;
    work.audit(AuditAction::SourceRefresh, None, json!({ "source": id }));
    Ok(work)
}

/// The source without what belongs to its followers: its address, and the name of a private feed.
fn shown(source: SourceState) -> ManagedSource {
    let SourceState { id, feed_url, has_owner, name, origin, health, followers, .. } = source;
    let is_private = has_owner || (origin == Origin::Person && holds_secret(&feed_url));
    let is_address = |name: &str| name.starts_with("http://") || name.starts_with("https://");
    let is_polled = followers > 0 && health != Health::Gone;
    ManagedSource {
        id,
        host: egress::host(&feed_url),
        name: Some(name).filter(|name| !is_private && !is_address(name)),
        is_private,
        origin,
        health,
        last_error: source.last_error,
        last_success_at: source.last_success_at,
        last_asked_at: source.last_asked_at,
        next_refresh_at: source.next_refresh_at.filter(|_| is_polled),
        failures: source.failures,
        followers,
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests;
