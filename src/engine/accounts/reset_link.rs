//! Reset links: an administrator lets a user choose a new password, once and within an hour.

use serde_json::json;

use super::notices::password_changed;
use super::token::{new_token, token_hash};
use super::{hasher, named};
use crate::db::reset_links::{self as rows, ResetLinkOwner};
use crate::db::{accounts, sessions};
use crate::domain::audit_entry::AuditAction;
use crate::domain::reset_link::{LASTS, PasswordReset, ResetLink};
use crate::domain::{Refusal, UserId};
use crate::engine::{Engine, Result};

/// Makes the link of a user, for an administrator. An earlier link of the user ends.
///
/// # Errors
/// `Refusal::Conflict` for the administrator's own account, whose password is changed with the current one,
/// and for a disabled account.
pub async fn make_reset_link(engine: &Engine, administrator: UserId, id: UserId) -> Result<ResetLink> {
    if id == administrator {
        let why = "Change your own password on your account page.";
        return Err(Refusal::conflict(why).into());
    }
    make(engine, Some(administrator), id).await
}

/// Makes the link of a user. Used by the command line.
pub async fn make_reset_link_by_name(engine: &Engine, username: &str) -> Result<ResetLink> {
    let known = named(engine, username).await?;
    make(engine, None, known.user.id).await
}

async fn make(engine: &Engine, made_by: Option<UserId>, id: UserId) -> Result<ResetLink> {
    let (token, now) = (new_token()?, engine.now());
    let mut work = engine.begin().await?;
    accounts::lock(&*work, id).await?;
    let known = accounts::by_id(&*work, id).await?.ok_or_else(|| Refusal::missing("user"))?;
    if known.disabled_at.is_some() {
        return Err(Refusal::conflict("This account is disabled. Enable it first.").into());
    }
    let expires_at = now + LASTS;
    rows::replace(&*work, id, &token_hash(&token), made_by, now, expires_at).await?;
    work.audit(AuditAction::ResetLinkMake, Some(id), json!({ "role": known.user.role }));
    work.commit().await?;
    Ok(ResetLink {
        user_id: id,
        username: known.user.username,
        url: reset_address(engine, &token),
        expires_at,
    })
}

/// Link with this secret, if it works.
pub async fn reset_link(engine: &Engine, token: &str) -> Result<Option<ResetLink>> {
    let found = rows::owner(&engine.db, &token_hash(token), engine.now()).await?;
    Ok(found.map(|ResetLinkOwner { user_id, username, expires_at }| ResetLink {
        user_id,
        username,
        url: reset_address(engine, token),
        expires_at,
    }))
}

/// Sets the password that a user has chosen, uses up the link, and ends all of the user's sessions. Opens
/// none: sign-in asks for all that it always asks for (ASVS 5.0.0, 6.4.3).
///
/// # Errors
/// `Refusal::Gone` if the link is unknown, used, replaced or expired; `Refusal::Invalid` for `new_password`.
pub async fn reset_by_link(engine: &Engine, typed: PasswordReset) -> Result<()> {
    let hash = token_hash(&typed.token);
    let known = rows::owner(&engine.db, &hash, engine.now()).await?.ok_or_else(gone)?;
    typed.check()?;
    let admission = engine.hasher.admit()?;
    let (breached, username) = (engine.config.breached_passwords.clone(), known.username);
    let judged = move || {
        hasher::judge("new_password", &username, &typed.new_password, breached.as_deref())?;
        hasher::hash(&typed.new_password)
    };
    let password_hash = admission.run(judged).await??;
    let mut work = engine.begin().await?;
    accounts::lock(&*work, known.user_id).await?;
    if !rows::take(&*work, known.user_id, &hash, engine.now()).await? {
        return Err(gone().into());
    }
    accounts::set_password(&*work, known.user_id, &password_hash).await?;
    sessions::delete_all_of(&*work, known.user_id).await?;
    password_changed(&mut work, known.user_id).await?;
    work.audit(AuditAction::PasswordReset, Some(known.user_id), json!({ "by": "link" }));
    work.commit().await?;
    engine.hub.revoke_all_of(known.user_id);
    Ok(())
}

fn reset_address(engine: &Engine, token: &str) -> String {
    format!("{}/reset/{token}", engine.config.public_url)
}

fn gone() -> Refusal {
    let why = "This link was used, or is too old. Ask an administrator of this server for a new one.";
    Refusal::Gone { why: why.into() }
}

#[cfg(all(test, feature = "testing"))]
mod tests;
