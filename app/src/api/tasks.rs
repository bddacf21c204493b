//! Tasks of the user.

use domain::Page;
use domain::task::{Task, TaskKind};
use leptos::prelude::*;

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use crate::server_side::signed_in;
    pub(super) use crate::t;
    pub(super) use domain::page::PageQuery;
    pub(super) use domain::task::TaskFilter;
    pub(super) use domain::{DownloadId, Refusal, RunId};
    pub(super) use smartcache::engine::rights::Right;
    pub(super) use smartcache::engine::{downloads, runs, tasks};
}

/// Returns all tasks: those under way first, then those that ended within a day.
#[server(prefix = "/api/ui", endpoint = "list_tasks")]
pub async fn list_tasks() -> Result<Page<Task>, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    Ok(tasks::list(&engine, owner.id, &TaskFilter::default(), &PageQuery::default()).await?)
}

/// Cancels a run or a download.
#[server(prefix = "/api/ui", endpoint = "cancel_task")]
pub async fn cancel_task(kind: TaskKind, task_id: i64) -> Result<(), ApiError> {
    let (engine, owner) = signed_in(Right::Queue).await?;
    match kind {
        TaskKind::Run => runs::cancel(&engine, owner.id, RunId(task_id)).await.map(|_| ())?,
        TaskKind::Download => downloads::cancel(&engine, owner.id, DownloadId(task_id)).await.map(|_| ())?,
        TaskKind::Handoff => {
            return Err(Refusal::conflict(t!("A handoff ends with its run. Cancel the run.")).into());
        }
    }
    Ok(())
}
