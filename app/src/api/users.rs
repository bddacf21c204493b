//! Users of the server, as administrators see and change them.

use domain::UserId;
use domain::managed_user::ManagedUser;
use domain::reset_link::ResetLink;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::super::{number, text, word};
    pub(super) use crate::server_side::{NewSecret, signed_in, stepped_up};
    pub(super) use domain::Page;
    pub(super) use domain::managed_user::{UserChange, UserFilter};
    pub(super) use domain::page::PageQuery;
    pub(super) use smartcache::engine::rights::Right;
    pub(super) use smartcache::engine::{accounts, users};
}

/// Users as their page shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsersView {
    pub users: Vec<ManagedUser>,
    pub next_cursor: Option<String>,
    /// Users who may be the guardian of a listener, by name.
    pub guardians: Vec<(UserId, String)>,
    /// Reset link that a form without JavaScript has just made. Shown this once.
    pub made: Option<ResetLink>,
}

/// Returns the users whose name has the text, newest first.
#[server(prefix = "/api/ui", endpoint = "list_users")]
pub async fn list_users(#[server(default)] q: String, cursor: String) -> Result<UsersView, ApiError> {
    let made = NewSecret::ResetLink.handed_over();
    let (engine, _) = signed_in(Right::Administer).await?;
    let made = match made {
        Some(token) => accounts::reset_link(&engine, &token).await?,
        None => None,
    };
    let page = PageQuery { limit: Some(30), cursor: text(&cursor) };
    let Page { data: users, next_cursor } = users::list(&engine, &UserFilter { q: text(&q) }, &page).await?;
    Ok(UsersView { users, next_cursor, guardians: users::guardians(&engine).await?, made })
}

/// Changes the role and the guardian of a user.
#[server(prefix = "/api/ui", endpoint = "change_user_role")]
pub async fn change_user_role(
    user_id: UserId,
    role: String,
    #[server(default)] guardian_id: String,
) -> Result<(), ApiError> {
    let (engine, _) = stepped_up(Right::Administer).await?;
    let guardian = text(&guardian_id).map(|id| UserId(number(&id)));
    let change = UserChange { role: word(&role), guardian_id: Some(guardian), ..UserChange::default() };
    users::change(&engine, user_id, change).await?;
    Ok(())
}

/// Disables a user if `disabled` is set, else enables the user.
#[server(prefix = "/api/ui", endpoint = "disable_user")]
pub async fn disable_user(user_id: UserId, #[server(default)] disabled: String) -> Result<(), ApiError> {
    let (engine, _) = stepped_up(Right::Administer).await?;
    let change = UserChange { disabled: Some(!disabled.is_empty()), ..UserChange::default() };
    users::change(&engine, user_id, change).await?;
    Ok(())
}

/// Ends all sessions of a user.
#[server(prefix = "/api/ui", endpoint = "end_user_sessions")]
pub async fn end_user_sessions(user_id: UserId) -> Result<(), ApiError> {
    let (engine, _) = stepped_up(Right::Administer).await?;
    Ok(users::end_sessions(&engine, user_id).await?)
}

/// Makes a link by which a user chooses a new password.
#[server(prefix = "/api/ui", endpoint = "make_reset_link")]
pub async fn make_reset_link(user_id: UserId) -> Result<ResetLink, ApiError> {
    let (engine, administrator) = stepped_up(Right::Administer).await?;
    let made = accounts::make_reset_link(&engine, administrator.id, user_id).await?;
    let token = made.url.rsplit('/').next().unwrap_or_default();
    NewSecret::ResetLink.hand_over(&engine, token)?;
    Ok(made)
}
