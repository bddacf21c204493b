//! Audit log, as administrators read it.

use domain::audit_entry::{AuditEntry, AuditFilter};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::{text, word};
    pub(super) use crate::server_side::signed_in;
    pub(super) use domain::Page;
    pub(super) use domain::page::PageQuery;
    pub(super) use domain::user_agent::device_name;
    pub(super) use smartcache::engine::audit;
    pub(super) use smartcache::engine::rights::Right;
    pub(super) use smartcache::engine::users;
}

/// Entries as their page shows them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AuditView {
    pub entries: Vec<AuditEntry>,
    pub next_cursor: Option<String>,
    /// Filter that was applied: without words that are unknown.
    pub filter: AuditFilter,
}

/// Returns entries, newest first. `user` is a user name; one that does not exist has no entries. The browser
/// of an entry is named in plain words.
#[server(prefix = "/api/ui", endpoint = "list_audit")]
pub async fn list_audit(
    #[server(default)] action: String,
    #[server(default)] outcome: String,
    #[server(default)] user: String,
    #[server(default)] cursor: String,
) -> Result<AuditView, ApiError> {
    let (engine, _) = signed_in(Right::Administer).await?;
    let user_id = match text(&user) {
        Some(name) => match users::by_name(&engine, &name).await? {
            Some(id) => Some(id),
            None => return Ok(AuditView::default()),
        },
        None => None,
    };
    let filter = AuditFilter { action: word(&action), outcome: word(&outcome), user_id };
    let page = PageQuery { limit: Some(50), cursor: text(&cursor) };
    let Page { data: mut entries, next_cursor } = audit::list(&engine, &filter, &page).await?;
    for entry in &mut entries {
        if !entry.user_agent.is_empty() {
            entry.user_agent = device_name(&entry.user_agent);
        }
    }
    Ok(AuditView { entries, next_cursor, filter })
}
