//! Ratings: the user's thumbs for items, and for the parts of agents in runs.

use domain::rating::{AgentPart, Thumb};
use domain::run::Agent;
use domain::{ItemId, RunId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use crate::server_side::signed_in;
    pub(super) use domain::UserId;
    pub(super) use domain::rating::AgentRatings;
    pub(super) use smartcache::engine::rights::Right;
    pub(super) use smartcache::engine::{Engine, Result as EngineResult, ratings};
}

/// Rates an item, or takes the rating back if the verdict is empty. Returns the verdict in force.
#[server(prefix = "/api/ui", endpoint = "rate_item")]
pub async fn rate_item(
    item_id: ItemId,
    #[server(default)] verdict: String,
) -> Result<Option<Thumb>, ApiError> {
    let (engine, owner) = signed_in(Right::Listen).await?;
    let rated = item_rated(&engine, owner.id, item_id, &verdict).await;
    rated.map_err(|error| ApiError::from(error).keeping([("item_id", &item_id.to_string())]))
}

#[cfg(feature = "ssr")]
async fn item_rated(
    engine: &Engine,
    owner: UserId,
    item: ItemId,
    verdict: &str,
) -> EngineResult<Option<Thumb>> {
    let verdict = Thumb::typed(verdict)?;
    match verdict {
        Some(thumb) => ratings::rate_item(engine, owner, item, thumb).await.map(|_| ())?,
        None => ratings::unrate_item(engine, owner, item).await?,
    }
    Ok(verdict)
}

/// Rates the part of an agent in a run, or takes the rating back if the verdict is empty. Returns the verdict
/// in force.
#[server(prefix = "/api/ui", endpoint = "rate_agent")]
pub async fn rate_agent(
    run_id: RunId,
    agent: Agent,
    #[server(default)] verdict: String,
) -> Result<Option<Thumb>, ApiError> {
    let (engine, owner) = signed_in(Right::Run).await?;
    let verdict = Thumb::typed(&verdict)?;
    match verdict {
        Some(thumb) => {
            ratings::rate_agent(&engine, owner.id, run_id, agent, thumb).await?;
        }
        None => ratings::unrate_agent(&engine, owner.id, run_id, agent).await?,
    }
    Ok(verdict)
}

/// Latest part of an agent in the user's last fifty runs, and its ratings in those.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RatedAgent {
    pub latest: Option<AgentPart>,
    pub rated: i64,
    pub liked: i64,
}

#[server(prefix = "/api/ui", endpoint = "show_agent_ratings")]
pub async fn show_agent_ratings(agent: Agent) -> Result<RatedAgent, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    let latest = ratings::latest_part(&engine, owner.id, agent).await?;
    let AgentRatings { rated, liked, .. } = ratings::of_agent(&engine, owner.id, agent).await?;
    Ok(RatedAgent { latest, rated, liked })
}
