//! Background jobs, as administrators see, retry and cancel them.

use domain::JobId;
use domain::job::ListedJob;
use domain::system::QueueCount;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::{text, word};
    pub(super) use crate::server_side::signed_in;
    pub(super) use domain::Page;
    pub(super) use domain::job::JobFilter;
    pub(super) use domain::page::PageQuery;
    pub(super) use smartcache::engine::rights::Right;
    pub(super) use smartcache::engine::{job_list, system};
}

/// Jobs as their page shows them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobsView {
    pub counts: Vec<QueueCount>,
    pub jobs: Vec<ListedJob>,
    pub next_cursor: Option<String>,
}

/// Returns the counts of all queues, and jobs of the filter, newest first.
#[server(prefix = "/api/ui", endpoint = "list_jobs")]
pub async fn list_jobs(
    #[server(default)] queue: String,
    #[server(default)] state: String,
    #[server(default)] cursor: String,
) -> Result<JobsView, ApiError> {
    let (engine, _) = signed_in(Right::Administer).await?;
    let filter = JobFilter { queue: text(&queue), state: word(&state) };
    let page = PageQuery { limit: Some(30), cursor: text(&cursor) };
    let Page { data: jobs, next_cursor } = job_list::list(&engine, &filter, &page).await?;
    Ok(JobsView { counts: system::queues(&engine).await?, jobs, next_cursor })
}

/// Makes a job that waits or has failed due at once.
#[server(prefix = "/api/ui", endpoint = "retry_job")]
pub async fn retry_job(job_id: JobId) -> Result<(), ApiError> {
    let (engine, _) = signed_in(Right::Administer).await?;
    job_list::retry(&engine, job_id).await?;
    Ok(())
}

/// Cancels a job that waits, or dismisses one that has failed.
#[server(prefix = "/api/ui", endpoint = "cancel_job")]
pub async fn cancel_job(job_id: JobId) -> Result<(), ApiError> {
    let (engine, _) = signed_in(Right::Administer).await?;
    Ok(job_list::cancel(&engine, job_id).await?)
}
