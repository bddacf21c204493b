//! The user's private feed of ready downloads, for podcast clients.

use domain::personal_feed::{PersonalFeed, PersonalFeedAddress};
use leptos::prelude::*;

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use crate::server_side::signed_in;
    pub(super) use smartcache::engine::personal_feed;
    pub(super) use smartcache::engine::rights::Right;
}

/// Returns the feed, if there is one. Its address is not shown again.
#[server(prefix = "/api/ui", endpoint = "show_personal_feed")]
pub async fn show_personal_feed() -> Result<Option<PersonalFeed>, ApiError> {
    let (engine, owner) = signed_in(Right::Account).await?;
    Ok(personal_feed::get(&engine, owner.id).await?)
}

/// Creates an address and revokes the previous one.
#[server(prefix = "/api/ui", endpoint = "open_personal_feed")]
pub async fn open_personal_feed() -> Result<PersonalFeedAddress, ApiError> {
    let (engine, owner) = signed_in(Right::Account).await?;
    Ok(personal_feed::open(&engine, owner.id).await?)
}

#[server(prefix = "/api/ui", endpoint = "close_personal_feed")]
pub async fn close_personal_feed() -> Result<(), ApiError> {
    let (engine, owner) = signed_in(Right::Account).await?;
    Ok(personal_feed::close(&engine, owner.id).await?)
}
