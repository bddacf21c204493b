//! Shares: links that open an item or a collection without an account.

use domain::Page;
use domain::share::{Share, SharedContent};
use leptos::prelude::*;

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::{text, word};
    pub(super) use crate::server_side::{signed_in, who};
    pub(super) use domain::page::PageQuery;
    pub(super) use domain::share::NewShare;
    pub(super) use smartcache::engine::rights::Right;
    pub(super) use smartcache::engine::shares;
}

/// Returns the user's shares, newest first.
#[server(prefix = "/api/ui", endpoint = "list_shares")]
pub async fn list_shares(cursor: String) -> Result<Page<Share>, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    let page = PageQuery { limit: Some(20), cursor: text(&cursor) };
    Ok(shares::list(&engine, owner.id, &page).await?)
}

/// Shares an item or a collection. One that is shared already keeps its link.
#[server(prefix = "/api/ui", endpoint = "add_share")]
pub async fn add_share(
    #[server(default)] item_id: String,
    #[server(default)] collection_id: String,
) -> Result<Share, ApiError> {
    let (engine, owner) = signed_in(Right::Write).await?;
    let new = NewShare { item_id: word(&item_id), collection_id: word(&collection_id) };
    Ok(shares::add(&engine, owner.id, new).await?.0)
}

/// Revokes a link.
#[server(prefix = "/api/ui", endpoint = "revoke_share")]
pub async fn revoke_share(token: String) -> Result<(), ApiError> {
    let (engine, owner) = signed_in(Right::Write).await?;
    Ok(shares::revoke(&engine, owner.id, &token).await?)
}

/// Returns what a link opens, to strangers too: the secret of the link is the lock. `None` if it is unknown
/// or revoked.
#[server(prefix = "/api/ui", endpoint = "open_share")]
pub async fn open_share(token: String) -> Result<Option<SharedContent>, ApiError> {
    let (engine, visitor) = who().await?;
    Ok(shares::open(&engine, &token, visitor.map(|visitor| visitor.id)).await?)
}
