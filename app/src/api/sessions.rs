//! Sessions of the user, listed and ended from the account page.

use domain::{DateTime, Page, SessionId, Utc};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::text;
    pub(super) use crate::server_side::{signed_in, stepped_up, token};
    pub(super) use crate::t;
    pub(super) use domain::page::PageQuery;
    pub(super) use domain::session::UserSession;
    pub(super) use domain::user_agent::device_name;
    pub(super) use smartcache::engine::accounts;
    pub(super) use smartcache::engine::rights::Right;
}

/// A session as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    pub id: SessionId,
    pub is_current: bool,
    /// Browser and system in plain words.
    pub device: String,
    /// Network in CIDR notation. Empty if unknown.
    pub network: String,
    pub last_seen_at: DateTime<Utc>,
}

#[cfg(feature = "ssr")]
impl From<UserSession> for SessionRow {
    fn from(session: UserSession) -> Self {
        let UserSession { id, current, last_seen_at, user_agent, network, .. } = session;
        Self { id, is_current: current, device: device_words(&user_agent), network, last_seen_at }
    }
}

/// Name of a device in the page's language.
#[cfg(feature = "ssr")]
fn device_words(user_agent: &str) -> String {
    let name = device_name(user_agent);
    match name.split_once(" on ") {
        Some((browser, system)) => t!("{browser} on {system}", browser = browser, system = system),
        None if name == "Unknown program" => t!("Unknown program").to_owned(),
        None => name,
    }
}

/// Returns the user's sessions, the latest sign-in first.
#[server(prefix = "/api/ui", endpoint = "list_sessions")]
pub async fn list_sessions(cursor: String) -> Result<Page<SessionRow>, ApiError> {
    let token = token().unwrap_or_default();
    let (engine, owner) = signed_in(Right::Account).await?;
    let page = PageQuery { limit: Some(30), cursor: text(&cursor) };
    let Page { data, next_cursor } = accounts::list_sessions(&engine, owner.id, &token, &page).await?;
    Ok(Page { data: data.into_iter().map(SessionRow::from).collect(), next_cursor })
}

/// Ends one of the user's sessions.
#[server(prefix = "/api/ui", endpoint = "end_session")]
pub async fn end_session(session_id: SessionId) -> Result<(), ApiError> {
    let token = token().unwrap_or_default();
    let (engine, owner) = stepped_up(Right::Account).await?;
    Ok(accounts::end_session(&engine, owner.id, &token, session_id).await?)
}

/// Ends the user's sessions but this one.
#[server(prefix = "/api/ui", endpoint = "end_other_sessions")]
pub async fn end_other_sessions() -> Result<(), ApiError> {
    let token = token().unwrap_or_default();
    let (engine, owner) = stepped_up(Right::Account).await?;
    Ok(accounts::end_other_sessions(&engine, owner.id, &token).await?)
}
