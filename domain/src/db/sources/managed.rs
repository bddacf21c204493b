//! Health of all sources of the server, for administrators.

use super::super::sql::{SafeSql, all, args, row, sql};
use super::super::{ConnectionTrait, DbErr};
use crate::managed_source::ManagedSourceFilter;
use crate::page::PageQuery;
use crate::source::{Health, Origin};
use crate::{DateTime, Page, SourceId, Utc};

/// A source with its address, which may hold secrets.
pub struct SourceState {
    pub id: SourceId,
    pub feed_url: String,
    /// Whether it belongs to one user, and is or was polled with a login.
    pub has_owner: bool,
    pub name: String,
    pub origin: Origin,
    pub health: Health,
    pub last_error: Option<String>,
    pub last_success_at: Option<DateTime<Utc>>,
    pub last_asked_at: Option<DateTime<Utc>>,
    pub next_refresh_at: Option<DateTime<Utc>>,
    pub failures: i64,
    pub followers: i64,
}
row!(SourceState {
    id,
    feed_url,
    has_owner,
    name,
    origin,
    health,
    last_error,
    last_success_at,
    last_asked_at,
    next_refresh_at,
    failures,
    followers
});

/// Subscriptions to source `s`.
const SUBSCRIPTIONS: &str = "SELECT 1 FROM subscription b WHERE b.source_id = s.id";

/// Lists sources by id. The statement has only the conditions that are set.
pub async fn list(
    db: &impl ConnectionTrait,
    filter: &ManagedSourceFilter,
    page: &PageQuery,
) -> Result<Page<SourceState>, DbErr> {
    let limit = page.limit();
    let mut values = args![page.after_id().unwrap_or_default(), limit + 1];
    let mut narrowed = SafeSql::default();
    if let Some(health) = filter.health {
        values.extend(args![health]);
        narrowed.push(&sql!(" AND s.health = ${}", values.len()));
    }
    match filter.followed {
        Some(true) => narrowed.push(&sql!(" AND EXISTS ({SUBSCRIPTIONS})")),
        Some(false) => narrowed.push(&sql!(" AND NOT EXISTS ({SUBSCRIPTIONS})")),
        None => {}
    }
    let sql = sql!(
        "SELECT s.id, COALESCE(s.private_url, s.feed_url) AS feed_url, s.private_to IS NOT NULL AS has_owner,
            s.name, s.origin, s.health, s.last_error, s.last_success_at, s.last_asked_at, s.next_refresh_at,
            s.failures, (SELECT COUNT(*) FROM subscription b WHERE b.source_id = s.id) AS followers
         FROM source s WHERE s.id > $1{narrowed} ORDER BY s.id LIMIT $2"
    );
    let rows = all(db, sql, values).await?;
    Ok(Page::cut(rows, limit, |source: &SourceState| source.id.to_string()))
}
