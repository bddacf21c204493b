//! Tasks of a user: runs, handoffs and downloads, under way or ended a short time ago.

use std::cmp::Reverse;

use super::{Engine, Result};
use crate::db::tasks;
use crate::domain::page::PageQuery;
use crate::domain::task::{ENDED_FOR, Task, TaskFilter, TaskStatus};
use crate::domain::{Page, UserId};

/// Lists tasks: those under way first, then the ended ones, each the latest first.
pub async fn list(
    engine: &Engine,
    owner: UserId,
    filter: &TaskFilter,
    page: &PageQuery,
) -> Result<Page<Task>> {
    let since = engine.now() - ENDED_FOR;
    let mut all = tasks::runs(&engine.db, owner, since).await?;
    all.extend(tasks::handoffs(&engine.db, owner, since).await?);
    all.extend(tasks::downloads(&engine.db, owner, since).await?);
    all.retain(|task| {
        filter.status.is_none_or(|status| task.status == status)
            && filter.kind.is_none_or(|kind| task.kind == kind)
    });
    all.sort_by_key(|task| {
        (order(task.status), Reverse(task.ended_at.unwrap_or(task.created_at)), task.kind, Reverse(task.id))
    });
    Ok(Page::slice(all, page))
}

/// Position of a status in the list.
fn order(status: TaskStatus) -> u8 {
    match status {
        TaskStatus::Running => 0,
        TaskStatus::Waiting => 1,
        TaskStatus::Queued => 2,
        TaskStatus::Completed | TaskStatus::Failed | TaskStatus::Cancelled => 3,
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests;
