//! Health of all sources of the server, for administrators.

use domain::managed_source::ManagedSource;
use domain::source::RefreshReport;
use domain::{Page, SourceId};
use leptos::prelude::*;

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::{text, word};
    pub(super) use crate::server_side::signed_in;
    pub(super) use domain::managed_source::ManagedSourceFilter;
    pub(super) use domain::page::PageQuery;
    pub(super) use smartcache::engine::rights::Right;
    pub(super) use smartcache::engine::system;
}

/// Returns the sources of the filter. `followed` is `yes`, `no` or empty.
#[server(prefix = "/api/ui", endpoint = "list_managed_sources")]
pub async fn list_managed_sources(
    #[server(default)] health: String,
    #[server(default)] followed: String,
    #[server(default)] cursor: String,
) -> Result<Page<ManagedSource>, ApiError> {
    let (engine, _) = signed_in(Right::Administer).await?;
    let followed = match followed.as_str() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    let filter = ManagedSourceFilter { health: word(&health), followed };
    let page = PageQuery { limit: Some(30), cursor: text(&cursor) };
    Ok(system::sources(&engine, &filter, &page).await?)
}

/// Refreshes a source now and returns the result.
#[server(prefix = "/api/ui", endpoint = "refresh_managed_source")]
pub async fn refresh_managed_source(source_id: SourceId) -> Result<RefreshReport, ApiError> {
    let (engine, _) = signed_in(Right::Administer).await?;
    Ok(system::refresh_source(&engine, source_id).await?)
}
