//! Collections: projects that group a user's runs.

use domain::approval::Approval;
use domain::artifact::Artifact;
use domain::collection::Collection;
use domain::run_report::ListedRun;
use domain::share::Share;
use domain::{CollectionId, Page};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::text;
    pub(super) use crate::paths;
    pub(super) use crate::server_side::{lead_to, signed_in};
    pub(super) use domain::approval::ApprovalFilter;
    pub(super) use domain::artifact::ArtifactFilter;
    pub(super) use domain::collection::TypedCollection;
    pub(super) use domain::page::PageQuery;
    pub(super) use domain::run::RunFilter;
    pub(super) use domain::share::ShareTarget;
    pub(super) use smartcache::engine;
    pub(super) use smartcache::engine::collections;
    pub(super) use smartcache::engine::rights::Right;
}

/// A collection and its contents; of each list the newest entries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Project {
    pub collection: Collection,
    pub runs: Page<ListedRun>,
    pub artifacts: Page<Artifact>,
    /// Pending approvals.
    pub pending: Vec<Approval>,
    pub share: Option<Share>,
}

/// Returns the user's collections, newest first.
#[server(prefix = "/api/ui", endpoint = "list_collections")]
pub async fn list_collections(cursor: String) -> Result<Page<Collection>, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    let page = PageQuery { limit: Some(20), cursor: text(&cursor) };
    Ok(collections::list(&engine, owner.id, &page).await?)
}

/// Returns a collection. `runs` and `artifacts` are the cursors of their lists.
#[server(prefix = "/api/ui", endpoint = "show_collection")]
pub async fn show_collection(
    collection_id: CollectionId,
    runs: String,
    artifacts: String,
) -> Result<Project, ApiError> {
    let (host, owner) = signed_in(Right::Read).await?;
    let (host, owner, id) = (&host, owner.id, collection_id);
    let page = |cursor: &str| PageQuery { limit: Some(10), cursor: text(cursor) };
    let of_runs = RunFilter { status: None, collection_id: Some(id) };
    let open = ApprovalFilter { status: None, decided: Some(false), collection_id: Some(id) };
    let all = ArtifactFilter::default();
    Ok(Project {
        collection: engine::collections::get(host, owner, id).await?,
        runs: engine::runs::listed(host, owner, &of_runs, &page(&runs)).await?,
        artifacts: engine::artifacts::of_collection(host, owner, id, &all, &page(&artifacts)).await?,
        pending: engine::approvals::list(host, owner, &open, &PageQuery::default()).await?.data,
        share: engine::shares::of_target(host, owner, ShareTarget::Collection(id)).await?,
    })
}

/// Adds a collection and leads to its page.
#[server(prefix = "/api/ui", endpoint = "add_collection")]
pub async fn add_collection(
    #[server(default)] name: String,
    #[server(default)] notes: String,
) -> Result<CollectionId, ApiError> {
    let (engine, owner) = signed_in(Right::Write).await?;
    let typed = TypedCollection { name: Some(name.clone()), notes: Some(notes.replace("\r\n", "\n")) };
    let added = collections::add(&engine, owner.id, typed).await;
    let kept = [("name", name.as_str()), ("notes", &notes)];
    let id = added.map_err(|error| ApiError::from(error).keeping(kept))?.id;
    lead_to(&paths::collection(id));
    Ok(id)
}

#[server(prefix = "/api/ui", endpoint = "change_collection")]
pub async fn change_collection(
    collection_id: CollectionId,
    #[server(default)] name: String,
    #[server(default)] notes: String,
) -> Result<Collection, ApiError> {
    let (engine, owner) = signed_in(Right::Write).await?;
    let typed = TypedCollection { name: Some(name.clone()), notes: Some(notes.replace("\r\n", "\n")) };
    let changed = collections::change(&engine, owner.id, collection_id, typed).await;
    let kept = [("name", name.as_str()), ("notes", &notes)];
    changed.map_err(|error| ApiError::from(error).keeping(kept))
}

/// Deletes a collection and leads to the list. Its runs are kept.
#[server(prefix = "/api/ui", endpoint = "delete_collection")]
pub async fn delete_collection(collection_id: CollectionId) -> Result<(), ApiError> {
    let (engine, owner) = signed_in(Right::Write).await?;
    collections::remove(&engine, owner.id, collection_id).await?;
    lead_to(paths::COLLECTIONS);
    Ok(())
}
