//! Invitations, as administrators make, list and revoke them.

use domain::invite::{Invite, MadeInvite, SignupMode};
use domain::{InviteId, UserId};
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
    pub(super) use domain::invite::NewInvite;
    pub(super) use domain::page::PageQuery;
    pub(super) use domain::{Page, TimeDelta};
    pub(super) use smartcache::engine::rights::Right;
    pub(super) use smartcache::engine::{invites, users};
}

/// Invitations as their page shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitesView {
    pub invites: Vec<Invite>,
    pub next_cursor: Option<String>,
    /// Users who may be the guardian of a listener, by name.
    pub guardians: Vec<(UserId, String)>,
    pub signup: SignupMode,
    /// Link that a form without JavaScript has just made. Shown this once.
    pub made: Option<String>,
}

/// Returns the invitations, newest first.
#[server(prefix = "/api/ui", endpoint = "list_invites")]
pub async fn list_invites(cursor: String) -> Result<InvitesView, ApiError> {
    let made = NewSecret::Invite.handed_over();
    let (engine, _) = signed_in(Right::Administer).await?;
    let page = PageQuery { limit: Some(30), cursor: text(&cursor) };
    let Page { data: invites, next_cursor } = invites::list(&engine, &page).await?;
    Ok(InvitesView {
        invites,
        next_cursor,
        guardians: users::guardians(&engine).await?,
        signup: engine.config.signup,
        made: made.map(|token| invites::address(&engine, &token)),
    })
}

/// Makes an invitation that works for a number of days.
#[server(prefix = "/api/ui", endpoint = "make_invite")]
pub async fn make_invite(
    #[server(default)] role: String,
    #[server(default)] guardian_id: String,
    #[server(default)] uses: String,
    #[server(default)] days: String,
) -> Result<MadeInvite, ApiError> {
    let fields = [("role", &role), ("guardian_id", &guardian_id), ("uses", &uses), ("days", &days)];
    let kept = fields.map(|(name, value)| (name, value.clone()));
    let (engine, maker) = stepped_up(Right::Administer).await.map_err(|error| error.keeping(kept.clone()))?;
    // Less than every allowed expiry, so that the engine's own message answers unparsable input.
    let lasts = TimeDelta::try_days(number(&days)).unwrap_or(-TimeDelta::days(1));
    let new = NewInvite {
        role: word(&role),
        guardian_id: text(&guardian_id).map(|id| UserId(number(&id))),
        uses: Some(number(&uses)),
        expires_at: engine.now().checked_add_signed(lasts).or(Some(engine.now())),
    };
    let made = invites::make(&engine, maker.id, new).await;
    let made = made.map_err(|error| ApiError::from(error).keeping(kept))?;
    NewSecret::Invite.hand_over(&engine, made.url.rsplit('=').next().unwrap_or_default())?;
    Ok(made)
}

/// Revokes an invitation.
#[server(prefix = "/api/ui", endpoint = "revoke_invite")]
pub async fn revoke_invite(invite_id: InviteId) -> Result<(), ApiError> {
    let (engine, _) = stepped_up(Right::Administer).await?;
    Ok(invites::revoke(&engine, invite_id).await?)
}
