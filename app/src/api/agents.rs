//! The agents as users see them, and the changes that administrators may make.

use domain::agent::{AgentCard, AgentVersion};
use domain::run::Agent;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::text;
    pub(super) use crate::server_side::signed_in;
    pub(super) use domain::agent::NewAgentVersion;
    pub(super) use smartcache::engine::rights::Right;
    pub(super) use smartcache::engine::roster;
}

/// All agents, as shown to one user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TeamView {
    pub agents: Vec<AgentCard>,
    /// Whether the user may end the runs of all users.
    pub may_stop: bool,
}

/// One agent with all versions of its instructions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dossier {
    pub card: AgentCard,
    /// Newest first; the last is the built-in version.
    pub versions: Vec<AgentVersion>,
    /// Whether the user may write a new version.
    pub may_change: bool,
}

#[server(prefix = "/api/ui", endpoint = "list_agents")]
pub async fn list_agents() -> Result<TeamView, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    Ok(TeamView { agents: roster::list(&engine, owner.id).await?, may_stop: owner.is_admin })
}

#[server(prefix = "/api/ui", endpoint = "show_agent")]
pub async fn show_agent(agent: Agent) -> Result<Dossier, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    Ok(Dossier {
        card: roster::get(&engine, owner.id, agent).await?,
        versions: roster::versions(&engine, agent).await?,
        may_change: owner.is_admin,
    })
}

/// Writes a new version of an agent's instructions. `version` is the version that the edit is based on.
#[server(prefix = "/api/ui", endpoint = "change_agent")]
pub async fn change_agent(
    agent: Agent,
    version: i64,
    #[server(default)] prompt: String,
    #[server(default)] model: String,
    #[server(default)] temperature: String,
) -> Result<AgentVersion, ApiError> {
    let (engine, owner) = signed_in(Right::Administer).await?;
    let new = NewAgentVersion {
        version,
        // Browsers that submit a form without JavaScript end lines with CRLF.
        prompt: prompt.replace("\r\n", "\n"),
        model: text(&model),
        // NaN is outside every limit, so the engine's own message answers unparsable input.
        temperature: text(&temperature).map(|typed| typed.parse().unwrap_or(f64::NAN)),
    };
    let kept = [("prompt", prompt.as_str()), ("model", &model), ("temperature", &temperature)];
    let changed = roster::change(&engine, &owner, agent, new).await;
    changed.map_err(|error| ApiError::from(error).keeping(kept))
}
