//! Announcements of administrators to all users.

use domain::Page;
use domain::announcement::Announcement;
use leptos::prelude::*;

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::{text, word};
    pub(super) use crate::server_side::signed_in;
    pub(super) use domain::announcement::{Level, NewAnnouncement};
    pub(super) use domain::page::PageQuery;
    pub(super) use smartcache::engine::announcements;
    pub(super) use smartcache::engine::rights::Right;
}

/// Returns the announcements, newest first.
#[server(prefix = "/api/ui", endpoint = "list_announcements")]
pub async fn list_announcements(cursor: String) -> Result<Page<Announcement>, ApiError> {
    let (engine, by) = signed_in(Right::Administer).await?;
    let page = PageQuery { limit: Some(30), cursor: text(&cursor) };
    Ok(announcements::list(&engine, &by, &page).await?)
}

/// Announces something to all users.
#[server(prefix = "/api/ui", endpoint = "announce")]
pub async fn announce(
    #[server(default)] message: String,
    #[server(default)] level: String,
) -> Result<Announcement, ApiError> {
    let (engine, by) = signed_in(Right::Administer).await?;
    let new = NewAnnouncement { message: message.clone(), level: word(&level).unwrap_or(Level::Info) };
    let made = announcements::announce(&engine, &by, new).await;
    made.map_err(|error| ApiError::from(error).keeping([("message", message), ("level", level)]))
}
