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

pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    ListQuery(_, page): ListQuery<NoFilter>,
) -> ApiResult<Json<Page<Subscription>>> {
    Ok(Json(catalog::subscriptions(web.engine(), user.id, &page).await?))
}

pub async fn add(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(new): Body<NewSubscription>,
) -> ApiResult<(StatusCode, Json<Subscription>)> {
    Ok((StatusCode::CREATED, Json(catalog::subscribe(web.engine(), user.id, new).await?)))
}

/// Subscribes to every feed of a list: OPML, or one address per line.
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
pub async fn export(State(web): State<Web>, SignedIn(user): SignedIn) -> ApiResult<impl IntoResponse> {
    let list = catalog::lists::export(web.engine(), user.id).await?;
    let file = "attachment; filename=\"subscriptions.opml\"";
    Ok(([(header::CONTENT_TYPE, "text/x-opml; charset=utf-8"), (header::CONTENT_DISPOSITION, file)], list))
}

pub async fn change(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SubscriptionId>,
    Body(change): Body<SubscriptionChange>,
) -> ApiResult<Json<Subscription>> {
    Ok(Json(catalog::change_subscription(web.engine(), user.id, id, change).await?))
}

pub async fn remove(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SubscriptionId>,
) -> ApiResult<StatusCode> {
    catalog::unsubscribe(web.engine(), user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Undoes the deletion of a moment ago, with priority and rules.
pub async fn restore(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SubscriptionId>,
) -> ApiResult<Json<Subscription>> {
    Ok(Json(catalog::resubscribe(web.engine(), user.id, id).await?))
}
