//! Subscriptions: the sources a user follows, and their priorities.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use smartcache::domain::Page;
use smartcache::domain::page::NoFilter;
use smartcache::domain::source::{ImportReport, NewSubscription, Subscription, SubscriptionChange};
use smartcache::engine::catalog;

use super::*;

/// Lists the user's subscriptions.
#[utoipa::path(
    get, path = "/api/v1/subscriptions", params(PageQuery),
    responses((status = 200, body = Page<Subscription>))
)]
pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<Subscription>>> {
    Ok(Json(catalog::subscriptions(web.engine(), user.id, &page).await?))
}

/// Subscribes to a source, or to a feed by its address.
#[utoipa::path(
    post, path = "/api/v1/subscriptions", request_body = NewSubscription,
    responses((status = 201, body = Subscription), Conflict, NotFound)
)]
pub async fn add(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(new): Body<NewSubscription>,
) -> ApiResult<(StatusCode, Json<Subscription>)> {
    Ok((StatusCode::CREATED, Json(catalog::subscribe(web.engine(), user.id, new).await?)))
}

/// Subscribes to every feed of a list: OPML, or one address per line.
#[utoipa::path(
    post, path = "/api/v1/subscriptions/import",
    request_body(content = String, content_type = "text/x-opml", description = "OPML, or one address per line."),
    responses((status = 200, body = ImportReport))
)]
pub async fn import(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    headers: HeaderMap,
    list: Bytes,
) -> ApiResult<Json<ImportReport>> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|told| told.to_str().ok());
    Ok(Json(catalog::lists::import(web.engine(), user.id, &list, content_type).await?))
}

/// The user's subscriptions as OPML.
#[utoipa::path(
    get, path = "/api/v1/subscriptions/export",
    responses((status = 200, body = String, content_type = "text/x-opml; charset=utf-8"))
)]
pub async fn export(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<impl IntoResponse> {
    let list = catalog::lists::export(web.engine(), user.id).await?;
    let file = "attachment; filename=\"subscriptions.opml\"";
    Ok(([(header::CONTENT_TYPE, "text/x-opml; charset=utf-8"), (header::CONTENT_DISPOSITION, file)], list))
}

/// Changes a subscription; omitted fields stay unchanged.
#[utoipa::path(
    patch, path = "/api/v1/subscriptions/{id}", request_body = SubscriptionChange,
    responses((status = 200, body = Subscription), Conflict)
)]
pub async fn change(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SubscriptionId>,
    Body(change): Body<SubscriptionChange>,
) -> ApiResult<Json<Subscription>> {
    Ok(Json(catalog::change_subscription(web.engine(), user.id, id, change).await?))
}

/// Unsubscribes from a source.
#[utoipa::path(delete, path = "/api/v1/subscriptions/{id}", responses((status = 204)))]
pub async fn remove(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SubscriptionId>,
) -> ApiResult<StatusCode> {
    catalog::unsubscribe(web.engine(), user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Undoes the deletion of a moment ago, with priority and rules.
#[utoipa::path(
    post, path = "/api/v1/subscriptions/{id}/restore",
    responses((status = 200, body = Subscription), Conflict)
)]
pub async fn restore(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SubscriptionId>,
) -> ApiResult<Json<Subscription>> {
    Ok(Json(catalog::resubscribe(web.engine(), user.id, id).await?))
}
