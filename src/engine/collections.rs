//! Collections: a user's projects, each of which groups many runs.

use super::{Engine, Result};
use crate::db::{accounts, collections};
use crate::domain::collection::{Collection, MAX_COLLECTIONS, TypedCollection};
use crate::domain::page::PageQuery;
use crate::domain::{CollectionId, Page, Refusal, UserId};

/// Lists collections, newest first.
pub async fn list(engine: &Engine, owner: UserId, page: &PageQuery) -> Result<Page<Collection>> {
    Ok(collections::list(&engine.db, owner, page).await?)
}

pub async fn get(engine: &Engine, owner: UserId, id: CollectionId) -> Result<Collection> {
    Ok(collections::get(&engine.db, owner, id).await?.ok_or_else(missing)?)
}

pub async fn add(engine: &Engine, owner: UserId, typed: TypedCollection) -> Result<Collection> {
    let (name, notes) = typed.check(None)?;
    let work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    if collections::count(&*work, owner).await? >= MAX_COLLECTIONS {
        let why =
            format!("You have {MAX_COLLECTIONS} collections, and there can be no more. Delete one first.");
        return Err(Refusal::conflict(why).into());
    }
    let id = collections::insert(&*work, owner, &name, &notes, engine.now()).await?;
    work.commit().await?;
    get(engine, owner, id).await
}

/// Updates the given fields and keeps the others.
pub async fn change(
    engine: &Engine,
    owner: UserId,
    id: CollectionId,
    typed: TypedCollection,
) -> Result<Collection> {
    let work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    let known = collections::get(&*work, owner, id).await?.ok_or_else(missing)?;
    let (name, notes) = typed.check(Some(&known))?;
    collections::replace(&*work, owner, id, &name, &notes).await?;
    work.commit().await?;
    Ok(Collection { name, notes, ..known })
}

/// Deletes a collection. Its runs, their artifacts and downloads are kept.
pub async fn remove(engine: &Engine, owner: UserId, id: CollectionId) -> Result<()> {
    if collections::delete(&engine.db, owner, id).await? { Ok(()) } else { Err(missing().into()) }
}

fn missing() -> Refusal {
    Refusal::missing("collection")
}
