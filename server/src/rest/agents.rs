//! The agents: cards with their records, and versions of their instructions.

use axum::Json;
use axum::extract::State;
use smartcache::domain::Page;
use smartcache::domain::agent::{AgentCard, AgentVersion, NewAgentVersion};
use smartcache::domain::page::NoFilter;
use smartcache::domain::run::Agent;
use smartcache::engine::roster;

use super::*;

/// Lists the agents with their records.
#[utoipa::path(
    get, path = "/api/v1/agents", params(PageQuery), responses((status = 200, body = Page<AgentCard>))
)]
pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<AgentCard>>> {
    Ok(Json(Page::slice(roster::list(web.engine(), user.id).await?, &page)))
}

/// Returns an agent with its record.
#[utoipa::path(get, path = "/api/v1/agents/{name}", responses((status = 200, body = AgentCard)))]
pub async fn show(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    PathText(name): PathText<String>,
) -> ApiResult<Json<AgentCard>> {
    Ok(Json(roster::get(web.engine(), user.id, named(&name)?).await?))
}

/// Lists the versions of an agent's instructions, newest first.
#[utoipa::path(
    get, path = "/api/v1/agents/{name}/versions", params(PageQuery),
    responses((status = 200, body = Page<AgentVersion>))
)]
pub async fn versions(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    PathText(name): PathText<String>,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<AgentVersion>>> {
    Ok(Json(Page::slice(roster::versions(web.engine(), named(&name)?).await?, &page)))
}

/// Writes the next version of an agent's instructions. For administrators.
#[utoipa::path(
    put, path = "/api/v1/agents/{name}", request_body = NewAgentVersion,
    responses((status = 200, body = AgentVersion), Conflict)
)]
pub async fn change(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    PathText(name): PathText<String>,
    Body(new): Body<NewAgentVersion>,
) -> ApiResult<Json<AgentVersion>> {
    Ok(Json(roster::change(web.engine(), &user, named(&name)?, new).await?))
}

fn named(name: &str) -> Result<Agent, Refusal> {
    name.parse().map_err(|_| Refusal::missing("agent"))
}
