//! Ratings: thumbs of users for items, and for the parts of agents in their runs.

use super::{Engine, Result, catalog};
use crate::db::{agent_ratings, items, ratings, runs};
use crate::domain::rating::{AgentPart, AgentRatings, Rating, Thumb};
use crate::domain::run::Agent;
use crate::domain::{ItemId, Refusal, RunId, UserId};

/// Rates an item (idempotent). With a thumb down it is neither picked nor prefetched again; a download of it
/// stays.
pub async fn rate_item(engine: &Engine, owner: UserId, item: ItemId, verdict: Thumb) -> Result<Rating> {
    let mut work = engine.begin().await?;
    items::get(&*work, owner, item).await?.ok_or_else(|| Refusal::missing("item"))?;
    let rated = ratings::put(&*work, owner, item, verdict, work.now()).await?;
    catalog::replan(&mut work, item).await?;
    work.commit().await?;
    Ok(rated)
}

/// Takes the rating of an item back (idempotent). An item that the user cannot see counts as missing.
pub async fn unrate_item(engine: &Engine, owner: UserId, item: ItemId) -> Result<()> {
    let mut work = engine.begin().await?;
    items::get(&*work, owner, item).await?.ok_or_else(|| Refusal::missing("item"))?;
    if ratings::delete(&*work, owner, item).await? {
        catalog::replan(&mut work, item).await?;
    }
    work.commit().await
}

/// Rates the part of an agent in one of the user's runs (idempotent).
pub async fn rate_agent(
    engine: &Engine,
    owner: UserId,
    run: RunId,
    agent: Agent,
    verdict: Thumb,
) -> Result<Rating> {
    own_run(engine, owner, run).await?;
    let rated = agent_ratings::put(&engine.db, owner, run, agent, verdict, engine.now()).await?;
    Ok(rated.ok_or_else(|| Refusal::missing("agent in this run"))?)
}

/// Takes the rating of an agent's part back (idempotent).
pub async fn unrate_agent(engine: &Engine, owner: UserId, run: RunId, agent: Agent) -> Result<()> {
    own_run(engine, owner, run).await?;
    agent_ratings::delete(&engine.db, owner, run, agent).await?;
    Ok(())
}

/// Ratings of an agent in the user's last fifty runs.
pub async fn of_agent(engine: &Engine, owner: UserId, agent: Agent) -> Result<AgentRatings> {
    let all = agent_ratings::counts(&engine.db, owner).await?;
    let counted = all.into_iter().find(|ratings| ratings.agent == agent);
    Ok(counted.unwrap_or(AgentRatings { agent, rated: 0, liked: 0 }))
}

/// Part of an agent in the latest of the user's last fifty runs in which it spoke.
pub async fn latest_part(engine: &Engine, owner: UserId, agent: Agent) -> Result<Option<AgentPart>> {
    Ok(agent_ratings::latest_part(&engine.db, owner, agent).await?)
}

async fn own_run(engine: &Engine, owner: UserId, run: RunId) -> Result<()> {
    runs::get(&engine.db, owner, run).await?.ok_or_else(|| Refusal::missing("run"))?;
    Ok(())
}

#[cfg(all(test, feature = "testing"))]
mod tests;
