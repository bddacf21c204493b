//! Runs that listeners want to start, and that wait for their guardians.

use serde::{Deserialize, Serialize};

use super::approval::{ApprovalStatus, Verdict};
use super::page::ListFilter;
use super::refusal::Refusal;
use super::{DateTime, RunId, Utc};

/// A run that waits for the guardian, as far as the guardian sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunRequest {
    pub run_id: RunId,
    /// Name of the listener.
    pub listener: String,
    pub status: ApprovalStatus,
    pub goal: Option<String>,
    pub max_items: i64,
    pub created_at: DateTime<Utc>,
    pub decided_at: Option<DateTime<Utc>>,
    pub expires_at: DateTime<Utc>,
}

/// Filter of the list of such runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct RunRequestFilter {
    /// Whether to list decided or undecided ones only.
    pub decided: Option<bool>,
}

impl ListFilter for RunRequestFilter {}

/// Answer of the guardian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RunRequestDecision {
    /// Approve or reject.
    pub action: Verdict,
}

impl RunRequestDecision {
    /// Whether the run may start.
    ///
    /// # Errors
    /// Invalid for `action`.
    pub fn is_yes(self) -> Result<bool, Refusal> {
        match self.action {
            Verdict::Approve => Ok(true),
            Verdict::Reject => Ok(false),
            Verdict::Amend => Err(Refusal::field("action", "This request takes a yes or a no.")),
        }
    }
}
