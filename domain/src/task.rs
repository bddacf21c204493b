//! Tasks: runs, handoffs and downloads in one list, under way or ended a short time ago.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::cut::cut;
use super::download::DownloadStatus;
use super::event::EventKind;
use super::page::ListFilter;
use super::run::RunStatus;
use super::words::words;
use super::{DateTime, DownloadId, ItemId, RunId, TimeDelta, Utc};

/// Time for which an ended task stays in the list.
pub const ENDED_FOR: TimeDelta = TimeDelta::hours(24);

/// Maximum characters of a handoff's title.
const MAX_TITLE: usize = 160;

words! {
    TaskKind { Run = "run", Handoff = "handoff", Download = "download" }
}

words! {
    TaskStatus {
        Queued = "queued",
        Running = "running",
        /// For an answer or for its owner to resume it.
        Waiting = "waiting",
        Completed = "completed",
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

impl TaskStatus {
    pub fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }

    pub fn of_run(status: RunStatus) -> Self {
        match status {
            RunStatus::Queued => Self::Queued,
            RunStatus::Running => Self::Running,
            RunStatus::WaitingApproval | RunStatus::Paused => Self::Waiting,
            RunStatus::Completed => Self::Completed,
            RunStatus::Failed => Self::Failed,
            RunStatus::Cancelled => Self::Cancelled,
        }
    }

    /// An expired download has completed before.
    pub fn of_download(status: DownloadStatus) -> Self {
        match status {
            DownloadStatus::Queued => Self::Queued,
            DownloadStatus::Downloading | DownloadStatus::Verifying => Self::Running,
            DownloadStatus::Paused => Self::Waiting,
            DownloadStatus::Ready | DownloadStatus::Expired => Self::Completed,
            DownloadStatus::Failed => Self::Failed,
            DownloadStatus::Cancelled => Self::Cancelled,
        }
    }

    /// Status of a handoff made in a turn, while its run stands at `turns` ended turns. Its recipient has the
    /// turn after it.
    pub fn of_handoff(turn: i64, turns: i64, run: RunStatus) -> Self {
        match turns - turn {
            1.. => Self::Completed,
            _ if run.is_over() => Self::Cancelled,
            0 => Self::Running,
            _ => Self::Queued,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Task {
    /// Unique within its kind.
    pub id: i64,
    pub kind: TaskKind,
    pub title: String,
    pub status: TaskStatus,
    /// Part that is done, from 0 to 1. Null if it is not known.
    pub progress: Option<f64>,
    /// Null if it is not known.
    pub eta_seconds: Option<i64>,
    /// Reason for a failure, in plain words.
    pub error: Option<String>,
    /// The run itself, or the run that it belongs to.
    pub run_id: Option<RunId>,
    /// Item of a download.
    pub item_id: Option<ItemId>,
    pub created_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

impl Task {
    /// Whether the user can cancel it by itself.
    pub fn can_cancel(&self) -> bool {
        !self.status.is_over() && self.kind != TaskKind::Handoff
    }
}

/// Filter of the list of tasks. Every field narrows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct TaskFilter {
    pub status: Option<TaskStatus>,
    pub kind: Option<TaskKind>,
}

impl ListFilter for TaskFilter {}

/// Change of a task: data of a `task_update` frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskChange {
    pub task_id: i64,
    pub kind: TaskKind,
    pub status: TaskStatus,
    pub title: String,
}

impl TaskChange {
    pub fn of_download(id: DownloadId, status: DownloadStatus, title: impl Into<String>) -> Self {
        let status = TaskStatus::of_download(status);
        Self { task_id: id.0, kind: TaskKind::Download, status, title: title.into() }
    }

    /// Data of the frame.
    pub fn data(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// Title of a run.
pub fn run_title(number: i64, goal: Option<&str>) -> String {
    goal.map_or_else(|| format!("Run {number}"), |goal| format!("Run {number}: {goal}"))
}

/// Title of a handoff: the beginning of its instructions.
pub fn handoff_title(instructions: &str) -> String {
    cut(instructions, MAX_TITLE)
}

/// Task that an event changes. All other changes are recorded as such.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangedTask {
    Run(RunId, TaskStatus),
    Download(TaskChange),
}

impl ChangedTask {
    pub fn of_event(run: Option<RunId>, kind: EventKind, data: &Value) -> Option<Self> {
        let text = |name: &str| data[name].as_str().unwrap_or_default();
        let download = |status| {
            let id = DownloadId(data["download_id"].as_i64()?);
            Some(Self::Download(TaskChange::of_download(id, status, text("title"))))
        };
        let of_run = |status: RunStatus| run.map(|run| Self::Run(run, TaskStatus::of_run(status)));
        match kind {
            EventKind::DownloadQueued => download(DownloadStatus::Queued),
            EventKind::DownloadReady => download(DownloadStatus::Ready),
            // Without a status it is a failed attempt, which waits in the queue to be repeated.
            EventKind::DownloadFailed => download(text("status").parse().unwrap_or(DownloadStatus::Queued)),
            EventKind::ExecutionStarted => of_run(RunStatus::Queued),
            EventKind::ApprovalRequested => of_run(RunStatus::WaitingApproval),
            EventKind::ApprovalDecided => of_run(RunStatus::Running),
            // A pause and its end are told with the status of the run.
            EventKind::ExecutionComplete | EventKind::System => of_run(text("status").parse().ok()?),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_handoff_runs_in_the_turn_after_it() {
        let status = |turns, run| TaskStatus::of_handoff(3, turns, run);
        assert_eq!(status(2, RunStatus::Running), TaskStatus::Queued);
        assert_eq!(status(3, RunStatus::Running), TaskStatus::Running);
        assert_eq!(status(3, RunStatus::Paused), TaskStatus::Running);
        assert_eq!(status(4, RunStatus::Running), TaskStatus::Completed);
        assert_eq!(status(4, RunStatus::Failed), TaskStatus::Completed);
        assert_eq!(status(3, RunStatus::Completed), TaskStatus::Cancelled);
    }

    #[test]
    fn events_of_runs_and_downloads_change_their_tasks() {
        let of = |kind, data: Value| ChangedTask::of_event(Some(RunId(7)), kind, &data);
        let run = |status| Some(ChangedTask::Run(RunId(7), status));
        assert_eq!(of(EventKind::ExecutionStarted, json!({})), run(TaskStatus::Queued));
        assert_eq!(of(EventKind::System, json!({ "status": "paused" })), run(TaskStatus::Waiting));
        assert_eq!(of(EventKind::System, json!({ "message": "3 items new" })), None);
        assert_eq!(of(EventKind::ExecutionComplete, json!({ "status": "failed" })), run(TaskStatus::Failed));
        let ready = of(EventKind::DownloadReady, json!({ "download_id": 4, "title": "One" }));
        let Some(ChangedTask::Download(change)) = ready else { panic!("no change") };
        assert_eq!(
            change.data(),
            json!({ "task_id": 4, "kind": "download", "status": "completed", "title": "One" })
        );
        let attempt = json!({ "download_id": 4, "title": "One", "will_retry": true });
        let Some(ChangedTask::Download(change)) = of(EventKind::DownloadFailed, attempt) else {
            panic!("no change")
        };
        assert_eq!(change.status, TaskStatus::Queued, "the download goes on");
    }
}
