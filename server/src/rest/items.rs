//! Items: episodes, articles and videos of the sources a person sees.

use axum::Json;
use axum::extract::State;
use smartcache::domain::Page;
use smartcache::domain::item::{Item, ItemFilter};
use smartcache::domain::page::PageQuery;
use smartcache::engine::catalog;

use super::*;

pub async fn list(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Asked(filter): Asked<ItemFilter>,
    Asked(page): Asked<PageQuery>,
) -> Answer<Json<Page<Item>>> {
    Ok(Json(catalog::items(web.engine(), user.id, &filter, &page).await?))
}

pub async fn show(
    State(web): State<Web>,
    SignedIn(user): SignedIn,
    Id(id): Id<ItemId>,
) -> Answer<Json<Item>> {
    Ok(Json(catalog::item(web.engine(), user.id, id).await?))
}
