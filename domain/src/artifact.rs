//! Artifacts that a run stores for later: candidates, picks, summaries, decisions, results.

use serde::{Deserialize, Serialize};

use super::page::ListFilter;
use super::run::Agent;
use super::{ArtifactId, DateTime, RunId, Utc};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Artifact {
    pub id: ArtifactId,
    pub run_id: RunId,
    /// Author. For artifacts stored by the program itself, the agent whose work they describe.
    pub agent: Agent,
    pub kind: String,
    pub content: serde_json::Value,
    /// Provenance: the tool and its call, or the approval.
    pub metadata: serde_json::Value,
    pub created_at: DateTime<Utc>,
}

/// Kind stored by the built-in planner's Discovery. Later runs of a collection do not pick these items again.
pub const PICKS: &str = "picks";
/// Kinds stored by the program itself, so that they are correct whatever a model claims.
pub const CANDIDATES: &str = "candidates";
pub const APPROVALS: &str = "approvals";
pub const RESULTS: &str = "results";

/// Whether agents must not store this kind.
pub fn is_kept_by_program(kind: &str) -> bool {
    [CANDIDATES, APPROVALS, RESULTS].contains(&kind)
}

/// Artifact that is not stored yet.
#[derive(Debug, Clone, PartialEq)]
pub struct NewArtifact {
    pub agent: Agent,
    pub kind: String,
    pub content: serde_json::Value,
    pub metadata: serde_json::Value,
}

/// Filter of the list of artifacts. Every field narrows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct ArtifactFilter {
    pub kind: Option<String>,
}

impl ListFilter for ArtifactFilter {}
