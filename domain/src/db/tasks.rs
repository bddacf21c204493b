//! Tasks of a user, read from runs, messages and downloads.

use super::events::NewEvent;
use super::sql::{all, args, one, row, sql};
use super::transitions::those;
use super::{ConnectionTrait, DbErr};
use crate::download::DownloadStatus;
use crate::event::EventKind;
use crate::run::RunStatus;
use crate::task::{ChangedTask, Task, TaskChange, TaskKind, TaskStatus, handoff_title, run_title};
use crate::{DateTime, DownloadId, ItemId, MessageId, RunId, UserId, Utc};

/// Maximum number of tasks of each kind.
const MOST: i64 = 200;

struct RunTask {
    id: RunId,
    number: i64,
    goal: Option<String>,
    status: RunStatus,
    error: Option<String>,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}
row!(RunTask { id, number, goal, status, error, created_at, finished_at });

/// Open runs, and those that ended since a time; newest first.
pub async fn runs(
    db: &impl ConnectionTrait,
    owner: UserId,
    since: DateTime<Utc>,
) -> Result<Vec<Task>, DbErr> {
    let sql = sql!(
        "SELECT id, number, goal, status, error, created_at, finished_at FROM run
         WHERE user_id = $1 AND (status IN {open} OR finished_at >= $2) ORDER BY id DESC LIMIT {MOST}",
        open = those(|status: RunStatus| !status.is_over())
    );
    let rows: Vec<RunTask> = all(db, sql, args![owner, since]).await?;
    Ok(rows.into_iter().map(Task::from).collect())
}

impl From<RunTask> for Task {
    fn from(row: RunTask) -> Self {
        Self {
            id: row.id.0,
            kind: TaskKind::Run,
            title: run_title(row.number, row.goal.as_deref()),
            status: TaskStatus::of_run(row.status),
            progress: None,
            eta_seconds: None,
            error: row.error,
            run_id: Some(row.id),
            item_id: None,
            created_at: row.created_at,
            ended_at: row.finished_at,
        }
    }
}

struct HandoffTask {
    id: MessageId,
    run_id: RunId,
    text: String,
    turn: i64,
    turns: i64,
    status: RunStatus,
    created_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}
row!(HandoffTask { id, run_id, text, turn, turns, status, created_at, ended_at });

/// Handoffs of runs, as [`HandoffTask`] reads them.
const HANDOFFS: &str =
    "SELECT m.id, m.run_id, m.text, m.turn, r.turns, r.status, m.created_at, r.finished_at AS ended_at
     FROM run r JOIN message m ON m.run_id = r.id AND m.kind = 'handoff'";

/// Handoffs of those runs, newest first. A handoff ends at the latest with its run.
pub async fn handoffs(
    db: &impl ConnectionTrait,
    owner: UserId,
    since: DateTime<Utc>,
) -> Result<Vec<Task>, DbErr> {
    let sql = sql!(
        "{HANDOFFS} WHERE r.user_id = $1 AND (r.status IN {open} OR r.finished_at >= $2) ORDER BY m.id DESC LIMIT {MOST}",
        open = those(|status: RunStatus| !status.is_over())
    );
    let rows: Vec<HandoffTask> = all(db, sql, args![owner, since]).await?;
    Ok(rows.into_iter().map(Task::from).collect())
}

impl From<HandoffTask> for Task {
    fn from(row: HandoffTask) -> Self {
        Self {
            id: row.id.0,
            kind: TaskKind::Handoff,
            status: TaskStatus::of_handoff(row.turn, row.turns, row.status),
            title: handoff_title(&row.text),
            progress: None,
            eta_seconds: None,
            error: None,
            run_id: Some(row.run_id),
            item_id: None,
            created_at: row.created_at,
            ended_at: row.ended_at,
        }
    }
}

struct DownloadTask {
    id: DownloadId,
    item_id: ItemId,
    run_id: Option<RunId>,
    title: String,
    status: DownloadStatus,
    bytes_total: Option<i64>,
    bytes_done: i64,
    eta_seconds: Option<i64>,
    error: Option<String>,
    created_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}
row!(DownloadTask {
    id,
    item_id,
    run_id,
    title,
    status,
    bytes_total,
    bytes_done,
    eta_seconds,
    error,
    created_at,
    ended_at
});

/// Open downloads, and those that ended since a time; newest first.
pub async fn downloads(
    db: &impl ConnectionTrait,
    owner: UserId,
    since: DateTime<Utc>,
) -> Result<Vec<Task>, DbErr> {
    // Not MAX(at), whose type SQLite does not know.
    let sql = sql!(
        "SELECT d.id, d.item_id, d.run_id, d.title, d.status, d.bytes_total, d.bytes_done, d.eta_seconds,
            d.error, d.created_at, h.at AS ended_at
         FROM download d
         LEFT JOIN (SELECT download_id, MAX(id) AS id FROM delivery WHERE user_id = $1 AND at >= $2
                    GROUP BY download_id) e ON e.download_id = d.id
         LEFT JOIN delivery h ON h.id = e.id
         WHERE d.user_id = $1 AND (d.status IN {open} OR (h.id IS NOT NULL AND d.status IN {ended}))
         ORDER BY d.id DESC LIMIT {MOST}",
        open = those(DownloadStatus::is_open),
        ended = those(|status: DownloadStatus| !status.is_open() && status != DownloadStatus::Expired)
    );
    let rows: Vec<DownloadTask> = all(db, sql, args![owner, since]).await?;
    Ok(rows.into_iter().map(Task::from).collect())
}

impl From<DownloadTask> for Task {
    fn from(row: DownloadTask) -> Self {
        let status = TaskStatus::of_download(row.status);
        let part = |total: i64| (row.bytes_done as f64 / total as f64).clamp(0.0, 1.0);
        let progress = match status {
            TaskStatus::Completed => Some(1.0),
            TaskStatus::Running | TaskStatus::Waiting => row.bytes_total.filter(|total| *total > 0).map(part),
            _ => None,
        };
        Self {
            id: row.id.0,
            kind: TaskKind::Download,
            title: row.title,
            status,
            progress,
            eta_seconds: row.eta_seconds.filter(|_| row.status == DownloadStatus::Downloading),
            error: row.error.filter(|_| row.status == DownloadStatus::Failed),
            run_id: row.run_id,
            item_id: Some(row.item_id),
            created_at: row.created_at,
            ended_at: row.ended_at.filter(|_| status.is_over()),
        }
    }
}

/// Changes of the unfinished handoffs of a run that has ended.
pub async fn ended_with(
    db: &impl ConnectionTrait,
    owner: UserId,
    run: RunId,
) -> Result<Vec<NewEvent>, DbErr> {
    let sql = sql!("{HANDOFFS} WHERE r.user_id = $1 AND r.id = $2 AND m.turn >= r.turns ORDER BY m.id");
    let rows: Vec<HandoffTask> = all(db, sql, args![owner, run]).await?;
    let change = |Task { id, kind, status, title, .. }| TaskChange { task_id: id, kind, status, title };
    Ok(rows.into_iter().map(|row| update(Some(run), &change(row.into()))).collect())
}

struct RunName {
    number: i64,
    goal: Option<String>,
}
row!(RunName { number, goal });

/// Changes of tasks that an event causes. None for a run that is gone.
pub async fn changed_by(
    db: &impl ConnectionTrait,
    owner: UserId,
    event: &NewEvent,
) -> Result<Option<NewEvent>, DbErr> {
    let change = match ChangedTask::of_event(event.run_id, event.kind, &event.data) {
        None => return Ok(None),
        Some(ChangedTask::Download(change)) => change,
        Some(ChangedTask::Run(run, status)) => {
            let sql = "SELECT number, goal FROM run WHERE user_id = $1 AND id = $2";
            let name: Option<RunName> = one(db, sql, args![owner, run]).await?;
            let Some(RunName { number, goal }) = name else { return Ok(None) };
            TaskChange {
                task_id: run.0,
                kind: TaskKind::Run,
                status,
                title: run_title(number, goal.as_deref()),
            }
        }
    };
    Ok(Some(update(event.run_id, &change)))
}

/// The event that tells of a change.
pub fn update(run_id: Option<RunId>, change: &TaskChange) -> NewEvent {
    NewEvent { run_id, kind: EventKind::TaskUpdate, data: change.data() }
}
