//! Subscriptions: which sources a person follows, and how much they matter.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use smartcache::domain::Page;
use smartcache::domain::page::PageQuery;
use smartcache::domain::source::{NewSubscription, Subscription};
use smartcache::engine::catalog;

use super::*;

pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Asked(page): Asked<PageQuery>,
) -> Answer<Json<Page<Subscription>>> {
    Ok(Json(catalog::subscriptions(web.engine(), user.id, &page).await?))
}

pub async fn add(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Body(new): Body<NewSubscription>,
) -> Answer<(StatusCode, Json<Subscription>)> {
    Ok((StatusCode::CREATED, Json(catalog::subscribe(web.engine(), user.id, new).await?)))
}

#[derive(Debug, Deserialize)]
pub struct Change {
    priority: i64,
}

pub async fn change(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SubscriptionId>,
    Body(change): Body<Change>,
) -> Answer<Json<Subscription>> {
    Ok(Json(catalog::set_priority(web.engine(), user.id, id, change.priority).await?))
}

pub async fn remove(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<SubscriptionId>,
) -> Answer<StatusCode> {
    catalog::unsubscribe(web.engine(), user.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
