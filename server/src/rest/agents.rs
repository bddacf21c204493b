//! The agents: cards with their records, and versions of their instructions.

use axum::Json;
use axum::extract::{Path, State};
use smartcache::domain::Page;
use smartcache::domain::agent::{AgentCard, AgentVersion, NewAgentVersion};
use smartcache::domain::page::NoFilter;
use smartcache::domain::run::Agent;
use smartcache::engine::roster;

use super::*;

pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<AgentCard>>> {
    Ok(Json(Page::slice(roster::list(web.engine(), user.id).await?, &page)))
}

pub async fn show(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Path(name): Path<String>,
) -> ApiResult<Json<AgentCard>> {
    Ok(Json(roster::get(web.engine(), user.id, named(&name)?).await?))
}

pub async fn versions(
    State(web): State<Web>,
    SignedIn(_): SignedIn,
    Path(name): Path<String>,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<AgentVersion>>> {
    Ok(Json(Page::slice(roster::versions(web.engine(), named(&name)?).await?, &page)))
}

pub async fn change(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Path(name): Path<String>,
    Body(new): Body<NewAgentVersion>,
) -> ApiResult<Json<AgentVersion>> {
    Ok(Json(roster::change(web.engine(), &user, named(&name)?, new).await?))
}

fn named(name: &str) -> Result<Agent, Refusal> {
    name.parse().map_err(|_| Refusal::missing("agent"))
}
