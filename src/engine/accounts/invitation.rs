//! Invitations as registrations use them up.

use super::token::token_hash;
use crate::db::invites::{self as rows, UsedInvite};
use crate::db::{accounts, users};
use crate::domain::account::AccountRole;
use crate::domain::invite::{InviteOffer, SignupMode};
use crate::domain::{Refusal, UserId};
use crate::engine::{Engine, Result, Work};

/// Offer of the invitation that a visitor brings, or none on an open server without one.
///
/// # Errors
/// `Refusal::Forbidden` if the server takes no new accounts, or none without an invitation. Every invitation
/// that does not work has the same `Refusal::Invalid`.
pub async fn signup_offer(engine: &Engine, token: Option<&str>) -> Result<Option<InviteOffer>> {
    let refused = |why: &str| Refusal::Forbidden { why: why.to_owned() };
    match (engine.config.signup, token) {
        (SignupMode::Closed, _) => {
            Err(refused("This server takes no new accounts. Ask its owner for one.").into())
        }
        (SignupMode::Invite, None) => {
            let why = "This server takes new accounts by invitation. Open the link of yours, or ask its owner for one.";
            Err(refused(why).into())
        }
        (SignupMode::Open, None) => Ok(None),
        (SignupMode::Open | SignupMode::Invite, Some(token)) => {
            let found = rows::offer(&engine.db, &token_hash(token), engine.now()).await?;
            Ok(Some(found.ok_or_else(useless_invite)?))
        }
    }
}

/// Offer of an invitation that works, even where registration is closed.
pub async fn invite_offer(engine: &Engine, token: &str) -> Result<Option<InviteOffer>> {
    Ok(rows::offer(&engine.db, &token_hash(token), engine.now()).await?)
}

/// Takes one use of the invitation with this hash, in the transaction that inserts the account.
///
/// # Errors
/// The same `Refusal::Invalid` as [`signup_offer`].
pub(in crate::engine) async fn take_invite(work: &Work<'_>, hash: &str) -> Result<UsedInvite> {
    let used = rows::take(&**work, hash, work.now()).await?.ok_or_else(useless_invite)?;
    if !may_guard(work, used.guardian_id).await? {
        return Err(useless_invite().into());
    }
    Ok(used)
}

/// Whether a guardian may be one, or none is named. Locks the guardian's row.
pub(in crate::engine) async fn may_guard(work: &Work<'_>, guardian: Option<UserId>) -> Result<bool> {
    let Some(guardian) = guardian else { return Ok(true) };
    accounts::lock_all(&**work, &[guardian]).await?;
    let user = users::get(&**work, guardian, work.now()).await?;
    Ok(user.is_some_and(|user| user.role != AccountRole::Listener && user.disabled_at.is_none()))
}

pub(in crate::engine) fn useless_invite() -> Refusal {
    Refusal::field("invite", "This invitation does not work. Ask for a new one.")
}
