//! Artifacts are what a run leaves behind for later: candidates, picks, summaries, decisions, results.

use serde::{Deserialize, Serialize};

use super::page::ListFilter;
use super::run::Agent;
use super::{ArtifactId, DateTime, RunId, Utc};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Artifact {
    pub id: ArtifactId,
    pub run_id: RunId,
    /// Who left it; of what the program keeps by itself, whose work it is about.
    pub agent: Agent,
    pub kind: String,
    pub content: serde_json::Value,
    /// What it came from: the tool and its call, or the approval.
    pub metadata: serde_json::Value,
    pub created_at: DateTime<Utc>,
}

/// What the built-in planner's Discovery leaves, and what later runs of a collection do not pick again.
pub const PICKS: &str = "picks";
/// Kept by the program itself, so that they are true whatever a model says.
pub const CANDIDATES: &str = "candidates";
pub const APPROVALS: &str = "approvals";
pub const RESULTS: &str = "results";

/// Whether agents are to leave this kind alone.
pub fn is_kept_by_program(kind: &str) -> bool {
    [CANDIDATES, APPROVALS, RESULTS].contains(&kind)
}

/// An artifact that is still to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct NewArtifact {
    pub agent: Agent,
    pub kind: String,
    pub content: serde_json::Value,
    pub metadata: serde_json::Value,
}

/// What to list: every part narrows the list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtifactFilter {
    pub kind: Option<String>,
}

impl ListFilter for ArtifactFilter {}
