//! State of an installation, as administrators see it.

use serde::{Deserialize, Serialize};

use super::cache::CacheStats;
use super::process::Process;
use super::run::RunStatus;
use super::{DateTime, RunId, UserId, Utc};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SystemReport {
    pub version: String,
    /// All processes that are alive.
    pub processes: Vec<Process>,
    pub queues: Vec<QueueCount>,
    pub storage: StorageUse,
    /// Of the process that answers.
    pub cache: CacheStats,
    /// Open runs of all users: whose they are and how they stand, never what they are about.
    pub runs: Vec<OpenRun>,
    /// Settings of the process that answers. Of a secret, only whether it is set.
    pub settings: Vec<ShownSetting>,
}

/// Jobs of one queue in one state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueCount {
    pub queue: String,
    pub state: String,
    pub jobs: i64,
    /// Seconds that the oldest due job has waited. Null unless jobs are due.
    pub oldest_seconds: Option<f64>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StorageUse {
    /// Verified files. Each is stored once, however many users have it.
    pub files: i64,
    pub bytes: i64,
    /// Free space on this machine. Null if it cannot be told.
    pub free_bytes: Option<i64>,
    /// Free space below which nothing new is fetched.
    pub min_free_bytes: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenRun {
    pub id: RunId,
    pub user_id: UserId,
    pub username: String,
    pub status: RunStatus,
    pub created_at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShownSetting {
    /// Name of the environment variable.
    pub name: String,
    pub value: String,
}
