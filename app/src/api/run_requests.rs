//! Runs of listeners that wait for their guardian, and the guardian's decisions.

use domain::RunId;
use domain::run_request::RunRequest;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use crate::server_side::signed_in;
    pub(super) use domain::approval::Verdict;
    pub(super) use domain::page::PageQuery;
    pub(super) use domain::run_request::{RunRequestDecision, RunRequestFilter};
    pub(super) use smartcache::engine::rights::Right;
    pub(super) use smartcache::engine::runs::guardian;
}

/// Runs of the user's listeners as the approvals page shows them, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRequestsView {
    pub waiting: Vec<RunRequest>,
    /// The latest ones.
    pub decided: Vec<RunRequest>,
}

/// Returns the runs that the user's listeners want to start.
#[server(prefix = "/api/ui", endpoint = "list_run_requests")]
pub async fn list_run_requests() -> Result<RunRequestsView, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    let list = async |decided: bool, most: i64| {
        let page = PageQuery { limit: Some(most), cursor: None };
        guardian::list(&engine, owner.id, RunRequestFilter { decided: Some(decided) }, &page).await
    };
    Ok(RunRequestsView { waiting: list(false, 100).await?.data, decided: list(true, 10).await?.data })
}

/// Decides whether the run of a listener starts: `verdict` is `approve` or `reject`.
#[server(prefix = "/api/ui", endpoint = "decide_run_request")]
pub async fn decide_run_request(
    run_id: RunId,
    #[server(default)] verdict: String,
) -> Result<RunRequest, ApiError> {
    let (engine, owner) = signed_in(Right::Run).await?;
    let kept = [("run_id", run_id.to_string())];
    let action = verdict.parse().unwrap_or(Verdict::Amend);
    let decided = guardian::decide(&engine, owner.id, run_id, RunRequestDecision { action }).await;
    decided.map_err(|error| ApiError::from(error).keeping(kept))
}
