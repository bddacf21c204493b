//! Collections: a user's projects. Their runs and approvals have lists of their own (`collection_id` filter).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use smartcache::domain::Page;
use smartcache::domain::artifact::{Artifact, ArtifactFilter};
use smartcache::domain::collection::{Collection, TypedCollection};
use smartcache::domain::page::NoFilter;
use smartcache::engine::{artifacts, collections};

use super::*;

/// Lists the user's collections, newest first.
#[utoipa::path(
    get, path = "/api/v1/collections", params(PageQuery),
    responses((status = 200, body = Page<Collection>))
)]
pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<Collection>>> {
    Ok(Json(collections::list(web.engine(), user.id, &page).await?))
}

/// Adds a collection.
#[utoipa::path(
    post, path = "/api/v1/collections", request_body = TypedCollection,
    responses((status = 201, body = Collection), Conflict)
)]
pub async fn add(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(typed): Body<TypedCollection>,
) -> ApiResult<(StatusCode, Json<Collection>)> {
    Ok((StatusCode::CREATED, Json(collections::add(web.engine(), user.id, typed).await?)))
}

/// Returns a collection.
#[utoipa::path(get, path = "/api/v1/collections/{id}", responses((status = 200, body = Collection)))]
pub async fn show(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<CollectionId>,
) -> ApiResult<Json<Collection>> {
    Ok(Json(collections::get(web.engine(), user.id, id).await?))
}

/// Changes a collection; omitted fields stay unchanged.
#[utoipa::path(
    patch, path = "/api/v1/collections/{id}", request_body = TypedCollection,
    responses((status = 200, body = Collection))
)]
pub async fn change(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<CollectionId>,
    Body(typed): Body<TypedCollection>,
) -> ApiResult<Json<Collection>> {
    Ok(Json(collections::change(web.engine(), user.id, id, typed).await?))
}

/// Deletes a collection. Its runs stay, outside of any collection.
#[utoipa::path(delete, path = "/api/v1/collections/{id}", responses((status = 204)))]
pub async fn remove(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<CollectionId>,
) -> ApiResult<StatusCode> {
    collections::remove(web.engine(), user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Artifacts of the collection's runs, newest first.
#[utoipa::path(
    get, path = "/api/v1/collections/{id}/artifacts", params(ArtifactFilter, PageQuery),
    responses((status = 200, body = Page<Artifact>))
)]
pub async fn artifacts(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<CollectionId>,
    ListQuery(filter, page): ListQuery<ArtifactFilter>,
) -> ApiResult<Json<Page<Artifact>>> {
    Ok(Json(artifacts::of_collection(web.engine(), user.id, id, &filter, &page).await?))
}
