//! Ratings of items, and of the parts of agents in runs.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use smartcache::domain::rating::{NewRating, Rating};
use smartcache::domain::run::Agent;
use smartcache::engine::ratings;

use super::*;

/// Rates an item.
#[utoipa::path(
    put, path = "/api/v1/items/{id}/rating", request_body = NewRating,
    responses((status = 200, body = Rating))
)]
pub async fn rate_item(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ItemId>,
    Body(new): Body<NewRating>,
) -> ApiResult<Json<Rating>> {
    Ok(Json(ratings::rate_item(web.engine(), user.id, id, new.verdict).await?))
}

/// Removes the rating of an item.
#[utoipa::path(delete, path = "/api/v1/items/{id}/rating", responses((status = 204)))]
pub async fn unrate_item(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ItemId>,
) -> ApiResult<StatusCode> {
    ratings::unrate_item(web.engine(), user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Rates the part of an agent in a run.
#[utoipa::path(
    put, path = "/api/v1/runs/{id}/agents/{name}/rating", request_body = NewRating,
    responses((status = 200, body = Rating))
)]
pub async fn rate_agent(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    PathText(part): PathText<(String, String)>,
    Body(new): Body<NewRating>,
) -> ApiResult<Json<Rating>> {
    let (run, agent) = named(&part)?;
    Ok(Json(ratings::rate_agent(web.engine(), user.id, run, agent, new.verdict).await?))
}

/// Removes the rating of an agent's part in a run.
#[utoipa::path(delete, path = "/api/v1/runs/{id}/agents/{name}/rating", responses((status = 204)))]
pub async fn unrate_agent(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    PathText(part): PathText<(String, String)>,
) -> ApiResult<StatusCode> {
    let (run, agent) = named(&part)?;
    ratings::unrate_agent(web.engine(), user.id, run, agent).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Run and agent in a path. Unparsable ones are answered like missing rows.
fn named((run, agent): &(String, String)) -> Result<(RunId, Agent), Refusal> {
    let run = run.parse().map_err(|_| Refusal::missing("run"))?;
    Ok((run, agent.parse().map_err(|_| Refusal::missing("agent"))?))
}
