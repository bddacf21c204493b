//! Artifacts are what a run leaves behind for later: candidates, picks, summaries.

use serde::{Deserialize, Serialize};

use super::run::Agent;
use super::{ArtifactId, DateTime, RunId, Utc};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Artifact {
    pub id: ArtifactId,
    pub run_id: RunId,
    pub agent: Agent,
    pub kind: String,
    pub content: serde_json::Value,
    pub created_at: DateTime<Utc>,
}
