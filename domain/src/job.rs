//! Background jobs as administrators see them: what waits, runs or has failed, and never what it is about.

use serde::{Deserialize, Serialize};

use super::page::ListFilter;
use super::words::words;
use super::{DateTime, JobId, Utc};

words! {
    JobState {
        /// Waits, due or for later.
        Ready = "ready",
        Running = "running",
        /// Was given up after its last attempt.
        Failed = "failed",
        Done = "done",
        Cancelled = "cancelled",
    }
}

impl JobState {
    /// States that a list has unless it is narrowed to one: those of jobs that are not over, or have failed.
    pub const OPEN: &'static [Self] = &[Self::Ready, Self::Running, Self::Failed];

    /// Whether an administrator may retry or cancel such a job. A running one is its worker's.
    pub fn is_open_to_changes(self) -> bool {
        matches!(self, Self::Ready | Self::Failed)
    }
}

/// A background job, without its payload, which can hold private addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListedJob {
    pub id: JobId,
    pub queue: String,
    /// Name of what it does, such as `refresh_source`.
    pub kind: String,
    pub state: JobState,
    /// Number of attempts that have begun.
    pub attempts: i64,
    /// Number of failed attempts after which it is given up.
    pub max_attempts: i64,
    /// Reason of the last attempt that did not succeed.
    pub last_error: Option<String>,
    /// Whether it runs and was asked to stop.
    pub is_stopping: bool,
    pub created_at: DateTime<Utc>,
    /// Time from which a worker may begin it.
    pub run_at: DateTime<Utc>,
    /// Time of its end. Null while it waits or runs.
    pub finished_at: Option<DateTime<Utc>>,
}

/// Filter of the list of jobs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct JobFilter {
    pub queue: Option<String>,
    /// Without it, jobs that wait, run or have failed.
    pub state: Option<JobState>,
}

impl ListFilter for JobFilter {}
