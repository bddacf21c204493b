//! Link to the file with all entries of the audit log that a filter leaves.

use domain::audit_entry::AuditFilter;
use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use crate::t;

#[component]
pub fn ExportLink(filter: Memo<AuditFilter>) -> impl IntoView {
    let file = move || filter.with(export_address);
    view! {
        <p>
            <a class="link" rel="external" href=file download="smartcache-audit.jsonl">{t!("Export")}</a>
            " "
            <span class="muted">{t!("All of these entries, as lines of JSON with their digests.")}</span>
        </p>
    }
}

/// Address of the file with all entries of the filter.
fn export_address(filter: &AuditFilter) -> String {
    let AuditFilter { action, outcome, user_id } = filter;
    let values = [
        ("action", action.map(|word| word.to_string())),
        ("outcome", outcome.map(|word| word.to_string())),
        ("user_id", user_id.map(|id| id.to_string())),
    ];
    let mut query = ParamsMap::new();
    for (name, value) in values {
        if let Some(value) = value {
            query.insert(name, value);
        }
    }
    "/api/v1/admin/audit/export".to_owned() + &query.to_query_string()
}
