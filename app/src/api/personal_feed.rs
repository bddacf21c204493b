//! The user's private feed of ready downloads, for podcast clients.

use domain::personal_feed::{PersonalFeed, PersonalFeedAddress};
use leptos::prelude::*;

use crate::error::ApiError;

/// Returns the feed, if there is one. Its address is not shown again.
#[server(prefix = "/api/ui", endpoint = "show_personal_feed")]
pub async fn show_personal_feed() -> Result<Option<PersonalFeed>, ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::personal_feed;
    let (engine, owner) = signed_in().await?;
    Ok(personal_feed::get(&engine, owner.id).await?)
}

/// Creates an address and revokes the previous one.
#[server(prefix = "/api/ui", endpoint = "open_personal_feed")]
pub async fn open_personal_feed() -> Result<PersonalFeedAddress, ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::personal_feed;
    let (engine, owner) = signed_in().await?;
    Ok(personal_feed::open(&engine, owner.id).await?)
}

#[server(prefix = "/api/ui", endpoint = "close_personal_feed")]
pub async fn close_personal_feed() -> Result<(), ApiError> {
    use crate::server_side::signed_in;
    use smartcache::engine::personal_feed;
    let (engine, owner) = signed_in().await?;
    Ok(personal_feed::close(&engine, owner.id).await?)
}
