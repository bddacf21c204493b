//! Approval requests of the agents, and the decisions on them.

use domain::approval::Approval;
use domain::{ApprovalId, Page};
use leptos::prelude::*;

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::text;
    pub(super) use crate::server_side::signed_in;
    pub(super) use domain::approval::{ApprovalFilter, Decision, Verdict};
    pub(super) use domain::page::PageQuery;
    pub(super) use smartcache::engine::approvals;
    pub(super) use smartcache::engine::rights::Right;
}

/// Returns the pending approvals, newest first.
#[server(prefix = "/api/ui", endpoint = "pending_approvals")]
pub async fn pending_approvals() -> Result<Page<Approval>, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    let open = ApprovalFilter { decided: Some(false), ..Default::default() };
    Ok(approvals::list(&engine, owner.id, &open, &PageQuery::default()).await?)
}

/// Returns the decided approvals, newest first.
#[server(prefix = "/api/ui", endpoint = "decided_approvals")]
pub async fn decided_approvals(cursor: String) -> Result<Page<Approval>, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    let page = PageQuery { limit: Some(20), cursor: text(&cursor) };
    let decided = ApprovalFilter { decided: Some(true), ..Default::default() };
    Ok(approvals::list(&engine, owner.id, &decided, &page).await?)
}

/// Decides an approval. `verdict` is `approve`, `reject`, or else the answer itself, which amends the
/// request.
#[server(prefix = "/api/ui", endpoint = "decide_approval")]
pub async fn decide_approval(
    approval_id: ApprovalId,
    #[server(default)] verdict: String,
    #[server(default)] comment: String,
) -> Result<Approval, ApiError> {
    let (engine, owner) = signed_in(Right::Run).await?;
    let action = verdict.parse().unwrap_or(Verdict::Amend);
    let amended = (action == Verdict::Amend).then(|| verdict.into());
    let decision = Decision { action, comment: text(&comment), amended, arguments_sha256: None };
    let decided = approvals::decide(&engine, owner.id, approval_id, decision).await;
    decided.map_err(|error| {
        ApiError::from(error).keeping([("approval_id", &approval_id.to_string()), ("comment", &comment)])
    })
}
