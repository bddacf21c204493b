//! Request limits: the user's own, and those of all users for administrators.

use domain::UserId;
use domain::request_limit::UserLimits;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::{number, text};
    pub(super) use crate::server_side::{signed_in, stepped_up};
    pub(super) use domain::Page;
    pub(super) use domain::managed_user::UserFilter;
    pub(super) use domain::page::PageQuery;
    pub(super) use domain::request_limit::RequestLimits;
    pub(super) use smartcache::engine::request_limits;
    pub(super) use smartcache::engine::rights::Right;
}

/// Limits of users as their page shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitsView {
    pub users: Vec<UserLimits>,
    pub next_cursor: Option<String>,
}

/// Returns the request limits of the user and their use.
#[server(prefix = "/api/ui", endpoint = "show_my_limits")]
pub async fn show_my_limits() -> Result<UserLimits, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    Ok(request_limits::get(&engine, owner.id).await?)
}

/// Returns the request limits of the users whose name has the text, newest first.
#[server(prefix = "/api/ui", endpoint = "list_limits")]
pub async fn list_limits(#[server(default)] q: String, cursor: String) -> Result<LimitsView, ApiError> {
    let (engine, _) = signed_in(Right::Administer).await?;
    let page = PageQuery { limit: Some(30), cursor: text(&cursor) };
    let filter = UserFilter { q: text(&q) };
    let Page { data: users, next_cursor } = request_limits::list(&engine, &filter, &page).await?;
    Ok(LimitsView { users, next_cursor })
}

/// Sets request limits of a user in place of those of the role.
#[server(prefix = "/api/ui", endpoint = "set_limits")]
pub async fn set_limits(
    user_id: UserId,
    minute: String,
    hour: String,
    day: String,
    hard_percent: String,
) -> Result<(), ApiError> {
    let (engine, _) = stepped_up(Right::Administer).await?;
    let limits = RequestLimits {
        minute: number(&minute),
        hour: number(&hour),
        day: number(&day),
        hard_percent: number(&hard_percent),
    };
    request_limits::override_limits(&engine, user_id, Some(limits)).await?;
    Ok(())
}

/// Returns a user to the request limits of the role.
#[server(prefix = "/api/ui", endpoint = "unset_limits")]
pub async fn unset_limits(user_id: UserId) -> Result<(), ApiError> {
    let (engine, _) = stepped_up(Right::Administer).await?;
    request_limits::override_limits(&engine, user_id, None).await?;
    Ok(())
}

/// Makes the requests of a user and of the user's keys count from now on.
#[server(prefix = "/api/ui", endpoint = "reset_limits")]
pub async fn reset_limits(user_id: UserId) -> Result<(), ApiError> {
    let (engine, _) = stepped_up(Right::Administer).await?;
    Ok(request_limits::reset(&engine, user_id).await?)
}
