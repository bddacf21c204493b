//! Invitations: made, listed and revoked by administrators. `accounts` uses them up.

use serde_json::json;

use super::accounts::{may_guard, new_token, token_hash};
use super::{Engine, Result};
use crate::db::invites as rows;
use crate::domain::audit_entry::AuditAction;
use crate::domain::invite::{Invite, KEPT, MAX_INVITES, MadeInvite, NewInvite};
use crate::domain::page::PageQuery;
use crate::domain::{InviteId, Page, Refusal, UserId};

/// Lists invitations, newest first, with those that ended lately.
pub async fn list(engine: &Engine, page: &PageQuery) -> Result<Page<Invite>> {
    Ok(rows::list(&engine.db, page, engine.now()).await?)
}

/// Makes an invitation. Its link is returned this once.
///
/// # Errors
/// `Refusal::Invalid` with the wrong fields; `Refusal::Conflict` if there are too many invitations.
pub async fn make(engine: &Engine, maker: UserId, new: NewInvite) -> Result<MadeInvite> {
    let now = engine.now();
    let terms = new.check(now)?;
    let token = new_token()?;
    let mut work = engine.begin().await?;
    if !may_guard(&work, terms.guardian_id).await? {
        let why = "Choose a user who may sign in, and who is no listener.";
        return Err(Refusal::field("guardian_id", why).into());
    }
    if rows::count(&*work, now).await? >= MAX_INVITES {
        let why = format!(
            "There are {MAX_INVITES} invitations that work, and there can be no more. Revoke one first."
        );
        return Err(Refusal::conflict(why).into());
    }
    let id = rows::insert(&*work, maker, &token_hash(&token), terms, now).await?.ok_or_else(missing)?;
    let row = rows::get(&*work, id, now).await?.ok_or_else(missing)?;
    let data = json!({ "invite": id, "role": terms.role, "guardian": terms.guardian_id, "uses": terms.uses });
    work.audit(AuditAction::InviteMake, None, data);
    work.commit().await?;
    Ok(MadeInvite { row, url: address(engine, &token) })
}

/// Revokes an invitation (idempotent). Accounts that it has opened stay.
pub async fn revoke(engine: &Engine, id: InviteId) -> Result<()> {
    let mut work = engine.begin().await?;
    rows::get(&*work, id, engine.now()).await?.ok_or_else(missing)?;
    if rows::revoke(&*work, id, engine.now()).await? {
        work.audit(AuditAction::InviteRevoke, None, json!({ "invite": id }));
        work.commit().await?;
    }
    Ok(())
}

/// Deletes invitations that ended long ago.
pub async fn tidy(engine: &Engine) -> Result<()> {
    rows::delete_ended(&engine.db, engine.now() - KEPT).await?;
    Ok(())
}

/// Link of an invitation with this secret.
pub fn address(engine: &Engine, token: &str) -> String {
    format!("{}/register?invite={token}", engine.config.public_url)
}

fn missing() -> Refusal {
    Refusal::missing("invitation")
}

#[cfg(all(test, feature = "testing"))]
mod tests;
