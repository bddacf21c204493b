//! Identities of a user: linked, listed and removed.

use serde_json::json;

use super::token::Claims;
use super::{Failure, provider};
use crate::db::{accounts as users, identities as rows};
use crate::domain::audit_entry::AuditAction;
use crate::domain::identity::{Identity, OidcFailure};
use crate::domain::{IdentityId, Refusal, UserId};
use crate::engine::{Engine, Result, accounts};

/// Maximum characters of an identity's name.
const MAX_NAME: usize = 100;
/// Maximum number of identities per user.
const MAX_IDENTITIES: usize = 10;

pub(super) async fn link(engine: &Engine, owner: UserId, claims: &Claims) -> Result<(), Failure> {
    let issuer = provider(engine)?.settings.issuer.clone();
    let mut work = engine.begin().await?;
    users::lock(&*work, owner).await?;
    if rows::list(&*work, owner).await?.len() >= MAX_IDENTITIES {
        return Err(Failure::Known(OidcFailure::TooMany));
    }
    if !rows::insert(&*work, owner, &issuer, &claims.sub, &name(claims), work.now()).await? {
        // Linking one's own identity again changes nothing.
        let is_own = rows::user(&*work, &issuer, &claims.sub).await? == Some(owner);
        return if is_own { Ok(()) } else { Err(Failure::Known(OidcFailure::Taken)) };
    }
    work.audit(AuditAction::IdentityAdd, Some(owner), json!({ "issuer": issuer }));
    Ok(work.commit().await?)
}

/// Name of an identity for its user to recognise.
pub(super) fn name(claims: &Claims) -> String {
    let name = claims.email.as_ref().or(claims.preferred_username.as_ref()).unwrap_or(&claims.sub);
    name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect()
}

/// Lists the user's identities.
pub async fn list(engine: &Engine, owner: UserId) -> Result<Vec<Identity>> {
    Ok(rows::list(&engine.db, owner).await?)
}

/// Removes an identity, unless the user could not sign in any more.
///
/// # Errors
/// `Refusal::NotFound`; `Refusal::Conflict` for the last identity of an account without a password.
pub async fn unlink(engine: &Engine, owner: UserId, id: IdentityId) -> Result<()> {
    let mut work = engine.begin().await?;
    users::lock(&*work, owner).await?;
    if !rows::delete(&*work, owner, id).await? {
        return Err(Refusal::missing("identity").into());
    }
    if rows::list(&*work, owner).await?.is_empty() && !accounts::has_password(&*work, owner).await? {
        let why =
            "You sign in by this alone. Ask an administrator for a reset link, and choose a password first.";
        return Err(Refusal::conflict(why).into());
    }
    work.audit(AuditAction::IdentityRemove, Some(owner), json!({ "identity": id }));
    work.commit().await
}
