//! Artifacts: results of a run, kept for its owner and for later runs of the same collection.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Engine, Result, Work, collections};
use crate::db::events::NewEvent;
use crate::db::{ConnectionTrait, DbErr, artifacts, runs};
use crate::domain::artifact::{Artifact, ArtifactFilter, NewArtifact, PICKS};
use crate::domain::event::EventKind;
use crate::domain::page::{MAX_PAGE, PageQuery};
use crate::domain::run::Run;
use crate::domain::{CollectionId, DateTime, ItemId, Page, Refusal, RunId, UserId, Utc};

/// Lists the artifacts of a run, oldest first.
pub async fn of_run(engine: &Engine, owner: UserId, run: RunId) -> Result<Vec<Artifact>> {
    runs::get(&engine.db, owner, run).await?.ok_or_else(|| Refusal::missing("run"))?;
    Ok(artifacts::of_run(&engine.db, owner, run).await?)
}

/// Lists the artifacts of a collection's runs, newest first.
pub async fn of_collection(
    engine: &Engine,
    owner: UserId,
    id: CollectionId,
    filter: &ArtifactFilter,
    page: &PageQuery,
) -> Result<Page<Artifact>> {
    collections::get(engine, owner, id).await?;
    Ok(artifacts::of_collection(&engine.db, owner, id, filter.kind.as_deref(), page).await?)
}

/// Stores an artifact and publishes an event to its owner.
pub async fn save(
    work: &mut Work<'_>,
    owner: UserId,
    run: RunId,
    new: &NewArtifact,
    now: DateTime<Utc>,
) -> Result<()> {
    let NewEvent { run_id, kind, data } = keep(&**work, run, new, now).await?;
    work.record_later(owner, run_id, kind, data).await
}

/// Like `save`, but returns the event for callers that publish it themselves.
pub async fn keep(
    db: &impl ConnectionTrait,
    run: RunId,
    new: &NewArtifact,
    now: DateTime<Utc>,
) -> std::result::Result<NewEvent, DbErr> {
    let artifact = artifacts::insert(db, run, new, now).await?;
    let data = json!({ "artifact_id": artifact.id, "kind": artifact.kind, "agent": artifact.agent });
    Ok(NewEvent { run_id: Some(run), kind: EventKind::ArtifactCreated, data })
}

/// Items that earlier runs of the same collection picked, from the latest two hundred lists of picks.
pub async fn picked_before(engine: &Engine, owner: UserId, run: &Run) -> Result<BTreeSet<ItemId>> {
    let Some(collection) = run.collection_id else { return Ok(BTreeSet::new()) };
    let page = PageQuery { limit: Some(MAX_PAGE), cursor: None };
    let kept = artifacts::of_collection(&engine.db, owner, collection, Some(PICKS), &page).await?.data;
    let earlier = kept.iter().filter(|artifact| artifact.run_id != run.id);
    Ok(earlier.flat_map(|artifact| item_ids(&artifact.content)).collect())
}

fn item_ids(content: &Value) -> impl Iterator<Item = ItemId> {
    let items = content.get("items").and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| item.get("item_id")?.as_i64()).map(ItemId)
}
