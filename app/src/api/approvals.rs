//! Answering what the agents ask.

use leptos::prelude::*;
use smartcache::domain::ApprovalId;
use smartcache::domain::approval::Approval;

use crate::error::ApiError;

/// `verdict` is `approve` or `reject`; anything else is an answer of the person's own, which amends the request.
#[server(prefix = "/api/ui", endpoint = "decide_approval")]
pub async fn decide_approval(
    approval_id: ApprovalId,
    #[server(default)] verdict: String,
    #[server(default)] comment: String,
) -> Result<Approval, ApiError> {
    use super::text;
    use crate::server_side::signed_in;
    use smartcache::domain::approval::{Decision, Verdict};
    use smartcache::engine::approvals;
    let (engine, owner) = signed_in().await?;
    let action = verdict.parse().unwrap_or(Verdict::Amend);
    let amended = (action == Verdict::Amend).then(|| verdict.into());
    let decision = Decision { action, comment: text(&comment), amended, arguments_sha256: None };
    let decided = approvals::decide(&engine, owner.id, approval_id, decision).await;
    decided.map_err(|error| ApiError::from(error).keeping([("comment", &comment)]))
}
