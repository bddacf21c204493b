//! The directory of sources.

use leptos::prelude::*;
use smartcache::domain::Page;
use smartcache::domain::source::Source;

use crate::error::ApiError;

/// The sources a person may see, narrowed by name and kind.
#[server(prefix = "/api/ui", endpoint = "list_sources")]
pub async fn list_sources(q: String, kind: String, cursor: String) -> Result<Page<Source>, ApiError> {
    use super::{text, word};
    use crate::server_side::signed_in;
    use smartcache::domain::page::PageQuery;
    use smartcache::domain::source::SourceFilter;
    use smartcache::engine::catalog;
    let (engine, owner) = signed_in().await?;
    let filter = SourceFilter { q: text(&q), kind: word(&kind), ..SourceFilter::default() };
    let page = PageQuery { limit: Some(30), cursor: text(&cursor) };
    Ok(catalog::sources(&engine, owner.id, &filter, &page).await?)
}

/// The sources a person follows.
#[server(prefix = "/api/ui", endpoint = "followed_sources")]
pub async fn followed_sources() -> Result<Page<Source>, ApiError> {
    use crate::server_side::signed_in;
    use smartcache::domain::page::{PAGE_MOST, PageQuery};
    use smartcache::domain::source::SourceFilter;
    use smartcache::engine::catalog;
    let (engine, owner) = signed_in().await?;
    let filter = SourceFilter { subscribed: Some(true), ..SourceFilter::default() };
    let page = PageQuery { limit: Some(PAGE_MOST), cursor: None };
    Ok(catalog::sources(&engine, owner.id, &filter, &page).await?)
}
