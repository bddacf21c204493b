//! The team as people see it, and what administrators may change about it.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use smartcache::domain::agent::{AgentCard, AgentVersion};
use smartcache::domain::run::Agent;

use crate::error::ApiError;

/// All agents, for somebody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Team {
    pub agents: Vec<AgentCard>,
    /// Whether whoever asks may end the runs of all.
    pub may_stop: bool,
}

/// One agent with everything it was ever told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dossier {
    pub card: AgentCard,
    /// The newest first; the last is what the program brings along.
    pub versions: Vec<AgentVersion>,
    /// Whether whoever asks may write the next one.
    pub may_change: bool,
}

#[server(prefix = "/api/ui", endpoint = "list_agents")]
pub async fn list_agents() -> Result<Team, ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::agents::roster;
    let (engine, owner) = signed_in().await?;
    Ok(Team { agents: roster::list(&engine, owner.id).await?, may_stop: owner.is_admin })
}

#[server(prefix = "/api/ui", endpoint = "show_agent")]
pub async fn show_agent(agent: Agent) -> Result<Dossier, ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::agents::roster;
    let (engine, owner) = signed_in().await?;
    Ok(Dossier {
        card: roster::get(&engine, owner.id, agent).await?,
        versions: roster::versions(&engine, agent).await?,
        may_change: owner.is_admin,
    })
}

/// Writes what an agent is told from now on. `version` is the one that it is made from.
#[server(prefix = "/api/ui", endpoint = "change_agent")]
pub async fn change_agent(
    agent: Agent,
    version: i64,
    #[server(default)] prompt: String,
    #[server(default)] model: String,
    #[server(default)] temperature: String,
) -> Result<AgentVersion, ApiError> {
    use super::text;
    use crate::server_side::signed_in;
    use smartcache::domain::agent::NewAgentVersion;
    use smartcache::engine::agents::roster;
    let (engine, owner) = signed_in().await?;
    let new = NewAgentVersion {
        version,
        // Browsers that send the form by themselves end lines as mail does.
        prompt: prompt.replace("\r\n", "\n"),
        model: text(&model),
        // What is no number is one that no limit allows, so that the engine's words answer it.
        temperature: text(&temperature).map(|typed| typed.parse().unwrap_or(f64::NAN)),
    };
    let kept = [("prompt", prompt.as_str()), ("model", &model), ("temperature", &temperature)];
    let changed = roster::change(&engine, &owner, agent, new).await;
    changed.map_err(|error| ApiError::from(error).keeping(kept))
}
