//! Requests of a site's users for their gateway, which bundles carry.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use smartcache::domain::Page;
use smartcache::domain::bundle::{BundleRequest, NewRequest, RequestFilter, RequestResponse};
use smartcache::engine::bundles::requests;

use super::*;

/// Whether the answer came from the response cache: `hit` or `miss`.
const X_CACHE: HeaderName = HeaderName::from_static("x-cache");

/// Lists the user's requests, newest first.
#[utoipa::path(
    get, path = "/api/v1/requests", params(RequestFilter, PageQuery),
    responses((status = 200, body = Page<BundleRequest>))
)]
pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(filter, page): ListQuery<RequestFilter>,
) -> ApiResult<Json<Page<BundleRequest>>> {
    Ok(Json(requests::list(web.engine(), user.id, filter, &page).await?))
}

/// Asks the gateway of this site, with the next bundle.
#[utoipa::path(
    post, path = "/api/v1/requests", request_body = NewRequest,
    responses((status = 202, body = BundleRequest), Conflict)
)]
pub async fn ask(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(new): Body<NewRequest>,
) -> ApiResult<(StatusCode, Json<BundleRequest>)> {
    Ok((StatusCode::ACCEPTED, Json(requests::ask(web.engine(), user.id, new).await?)))
}

/// Returns a request.
#[utoipa::path(get, path = "/api/v1/requests/{id}", responses((status = 200, body = BundleRequest)))]
pub async fn show(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    PathText(id): PathText<String>,
) -> ApiResult<Json<BundleRequest>> {
    Ok(Json(requests::get(web.engine(), user.id, &id).await?))
}

/// Withdraws a request.
#[utoipa::path(
    delete, path = "/api/v1/requests/{id}", responses((status = 200, body = BundleRequest), Conflict)
)]
pub async fn withdraw(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    PathText(id): PathText<String>,
) -> ApiResult<Json<BundleRequest>> {
    Ok(Json(requests::withdraw(web.engine(), user.id, &id).await?))
}

/// Returns the gateway's answer, or the request with 202 while there is none. `X-Cache` tells whether the
/// answer was cached: for 24 hours, or until an import changes it.
#[utoipa::path(
    get, path = "/api/v1/requests/{id}/response",
    responses((status = 200, body = RequestResponse), (status = 202, body = BundleRequest), Conflict)
)]
pub async fn response(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    PathText(id): PathText<String>,
) -> ApiResult<Response> {
    match requests::response(web.engine(), user.id, &id).await? {
        Some((response, is_cached)) => {
            let cache = HeaderValue::from_static(if is_cached { "hit" } else { "miss" });
            Ok((HeaderMap::from_iter([(X_CACHE, cache)]), Json(response)).into_response())
        }
        None => {
            let request = requests::get(web.engine(), user.id, &id).await?;
            Ok((StatusCode::ACCEPTED, Json(request)).into_response())
        }
    }
}
