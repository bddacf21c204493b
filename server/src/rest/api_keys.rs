//! API keys of the signed-in user. No key can manage keys.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use smartcache::domain::Page;
use smartcache::domain::api_key::{ApiKey, MadeApiKey, NewApiKey};
use smartcache::domain::page::NoFilter;
use smartcache::engine::api_keys;

use super::*;

/// Lists the user's API keys, newest first, with those that ended lately.
#[utoipa::path(
    get, path = "/api/v1/api-keys", params(PageQuery), responses((status = 200, body = Page<ApiKey>))
)]
pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<ApiKey>>> {
    Ok(Json(api_keys::list(web.engine(), user.id, &page).await?))
}

/// Makes a key. The answer has the whole key, this once.
#[utoipa::path(
    post, path = "/api/v1/api-keys", request_body = NewApiKey,
    responses((status = 201, body = MadeApiKey), Conflict)
)]
pub async fn add(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(new): Body<NewApiKey>,
) -> ApiResult<(StatusCode, Json<MadeApiKey>)> {
    Ok((StatusCode::CREATED, Json(api_keys::add(web.engine(), &user, new).await?)))
}

/// Returns a key, without its secret.
#[utoipa::path(get, path = "/api/v1/api-keys/{id}", responses((status = 200, body = ApiKey)))]
pub async fn show(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ApiKeyId>,
) -> ApiResult<Json<ApiKey>> {
    Ok(Json(api_keys::get(web.engine(), user.id, id).await?))
}

/// Revokes a key (idempotent).
#[utoipa::path(delete, path = "/api/v1/api-keys/{id}", responses((status = 204)))]
pub async fn revoke(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ApiKeyId>,
) -> ApiResult<StatusCode> {
    api_keys::revoke(web.engine(), user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
