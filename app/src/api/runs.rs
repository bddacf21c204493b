//! Starting, watching, pausing and cancelling runs of the agents.

use domain::run::{Message, Run, RunVerb};
use domain::run_report::{ListedRun, RunReport};
use domain::{MessageId, Page, RunId};
use leptos::prelude::*;

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::{number, text, word};
    pub(super) use crate::paths;
    pub(super) use crate::server_side::{lead_to, signed_in};
    pub(super) use domain::CollectionId;
    pub(super) use domain::page::{MAX_PAGE, PageQuery};
    pub(super) use domain::run::{NewRun, RunFilter};
    pub(super) use smartcache::engine::rights::Right;
    pub(super) use smartcache::engine::runs;
}

/// Returns runs with what they got, newest first, filtered by status.
#[server(prefix = "/api/ui", endpoint = "list_runs")]
pub async fn list_runs(status: String, cursor: String) -> Result<Page<ListedRun>, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    let page = PageQuery { limit: Some(20), cursor: text(&cursor) };
    let filter = RunFilter { status: word(&status), collection_id: None };
    Ok(runs::listed(&engine, owner.id, &filter, &page).await?)
}

/// Returns a run with its results, but without the conversation.
#[server(prefix = "/api/ui", endpoint = "show_run")]
pub async fn show_run(run_id: RunId) -> Result<RunReport, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    Ok(runs::report(&engine, owner.id, run_id).await?)
}

/// Returns the messages of a run after `after`, in order, at most `most` of them.
#[server(prefix = "/api/ui", endpoint = "follow_run")]
pub async fn follow_run(run_id: RunId, after: MessageId, most: i64) -> Result<Page<Message>, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    let mut left = most.clamp(1, 1_000);
    let mut said = Page { data: Vec::new(), next_cursor: Some(after.to_string()) };
    while left > 0 && said.next_cursor.is_some() {
        let page = PageQuery { limit: Some(left.min(MAX_PAGE)), cursor: said.next_cursor };
        let next = runs::messages(&engine, owner.id, run_id, &page).await?;
        left -= next.data.len() as i64;
        said.data.extend(next.data);
        said.next_cursor = next.next_cursor;
    }
    Ok(said)
}

/// Starts a run. `continues` is an ended run to continue, `collection_id` the collection it belongs to. With
/// either, leads to the page of the new run.
#[server(prefix = "/api/ui", endpoint = "start_run")]
pub async fn start_run(
    #[server(default)] max_items: String,
    #[server(default)] goal: String,
    #[server(default)] continues: String,
    #[server(default)] collection_id: String,
) -> Result<Run, ApiError> {
    let (engine, owner) = signed_in(Right::Run).await?;
    let continues = text(&continues).map(|id| RunId(number(&id)));
    let collection_id = text(&collection_id).map(|id| CollectionId(number(&id)));
    let new = NewRun {
        max_items: number(&max_items),
        goal: text(&goal),
        continues,
        collection_id,
        ..NewRun::default()
    };
    let typed = [("max_items", max_items.as_str()), ("goal", &goal)];
    let run = runs::start(&engine, owner.id, new).await;
    let run = run.map_err(|error| ApiError::from(error).keeping(typed))?;
    if run.continues.is_some() || run.collection_id.is_some() {
        lead_to(&paths::run(run.id));
    }
    Ok(run)
}

/// Pauses, resumes or cancels a run.
#[server(prefix = "/api/ui", endpoint = "steer_run")]
pub async fn steer_run(run_id: RunId, verb: RunVerb) -> Result<Run, ApiError> {
    let (engine, owner) = signed_in(Right::Run).await?;
    let run = match verb {
        RunVerb::Pause => runs::pause(&engine, owner.id, run_id).await,
        RunVerb::Resume => runs::resume(&engine, owner.id, run_id).await,
        RunVerb::Cancel => runs::cancel(&engine, owner.id, run_id).await,
    };
    Ok(run?)
}

/// Emergency stop: ends the runs of all users and returns their number.
#[server(prefix = "/api/ui", endpoint = "stop_all_runs")]
pub async fn stop_all_runs() -> Result<i64, ApiError> {
    let (engine, owner) = signed_in(Right::Administer).await?;
    let stopped = runs::stop_all(&engine, &owner).await?;
    lead_to(&paths::agents_after_stop(stopped));
    Ok(stopped)
}
