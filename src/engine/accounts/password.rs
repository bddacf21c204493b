//! Change of a password by its user, or on the command line.

use serde_json::json;

use super::client::Client;
use super::login_limiter::LoginAttempt;
use super::notices::password_changed;
use super::sessions::{GRACE, NewSession, open_session, revoke_all};
use super::token::token_hash;
use super::{devices, hasher, named};
use crate::db::accounts::{self, AccountRow};
use crate::db::{bundles, reset_links, sessions};
use crate::domain::account::{Credentials, PasswordChange};
use crate::domain::audit_entry::AuditAction;
use crate::domain::{FieldError, Refusal, UserId};
use crate::engine::{Engine, Result, audit};

pub(super) const WRONG_CURRENT: &str = "This is not the password that you sign in with now. Type that one.";

/// Changes the password and ends all other sessions. The caller's session moves to a new token, so that a
/// stolen one is worthless (ASVS 5.0.0, 7.2.4). A wrong current password counts as a failed sign-in.
///
/// # Errors
/// `Refusal::Invalid` for `current_password` or `new_password`; `Refusal::RateLimited` after too many
/// attempts; `Refusal::Unavailable` if the hashing queue is full.
pub async fn change_password(
    engine: &Engine,
    owner: UserId,
    token: &str,
    typed: PasswordChange,
    client: &Client,
) -> Result<NewSession> {
    typed.check()?;
    let known = accounts::by_id(&engine.db, owner).await?.ok_or(Refusal::SignInRequired)?;
    if let Some(home) = bundles::home(&engine.db, owner).await? {
        let why = format!(
            "This account comes from {home}. Change its password there; it comes with a later bundle."
        );
        return Err(Refusal::conflict(why).into());
    }
    let hash = verify_and_hash(engine, &known, typed, client).await?;
    let (now, current) = (engine.now(), token_hash(token));
    let mut work = engine.begin().await?;
    if !accounts::change_password(&*work, owner, &known.password_hash, &hash).await? {
        let why = "Your password was changed at the same moment, elsewhere. Sign in with that one.";
        return Err(Refusal::conflict(why).into());
    }
    let by_provider = sessions::expire(&*work, owner, &current, now, now + GRACE).await?;
    let by_provider = by_provider.ok_or(Refusal::SignInRequired)?;
    reset_links::delete_of(&*work, owner).await?;
    let ended = sessions::delete_others_of(&*work, owner, &current).await?;
    let session = open_session(engine, &*work, known.user, &hash, client, by_provider).await?;
    password_changed(&mut work, owner).await?;
    work.audit(AuditAction::PasswordChange, Some(owner), json!({}));
    work.commit().await?;
    revoke_all(engine, &ended);
    Ok(session)
}

/// Verifies the current password and judges the new one, so that both errors are shown at once. Returns the
/// hash of the new one.
async fn verify_and_hash(
    engine: &Engine,
    known: &AccountRow,
    typed: PasswordChange,
    client: &Client,
) -> Result<String> {
    let AccountRow { user, password_hash, .. } = known;
    let admission = engine.hasher.admit()?;
    let device = devices::known(&client.device, user.id, password_hash);
    let attempt = LoginAttempt::begin(engine, &user.username, client.address, device).await?;
    let PasswordChange { current_password, new_password } = typed;
    let (stored, username, judged) = (password_hash.clone(), user.username.clone(), new_password.clone());
    let breached = engine.config.breached_passwords.clone();
    let compare = move || {
        let judgement = hasher::judge("new_password", &username, &judged, breached.as_deref());
        (hasher::verify(&current_password, &stored), judgement)
    };
    let (fits, judgement) = admission.run(compare).await?;
    let mut wrong = Vec::new();
    if fits {
        attempt.succeed().await?;
    } else {
        audit::refused(engine, AuditAction::PasswordChange, Some(user.id), json!({})).await;
        attempt.fail(user.id).await;
        wrong.push(FieldError::new("current_password", WRONG_CURRENT));
    }
    match judgement {
        Ok(()) => {}
        Err(Refusal::Invalid { fields }) => wrong.extend(fields),
        Err(other) => return Err(other.into()),
    }
    if !wrong.is_empty() {
        return Err(Refusal::Invalid { fields: wrong }.into());
    }
    admission.run(move || hasher::hash(&new_password)).await?
}

/// Sets a new password and ends all of the user's sessions.
pub async fn reset_password(engine: &Engine, username: &str, password: String) -> Result<()> {
    let typed = Credentials { username: username.to_owned(), password };
    typed.check()?;
    let known = named(engine, username).await?;
    let admission = engine.hasher.admit()?;
    let breached = engine.config.breached_passwords.clone();
    let judged = move || {
        hasher::judge("password", &typed.username, &typed.password, breached.as_deref())?;
        hasher::hash(&typed.password)
    };
    let hash = admission.run(judged).await??;
    let mut work = engine.begin().await?;
    accounts::set_password(&*work, known.user.id, &hash).await?;
    reset_links::delete_of(&*work, known.user.id).await?;
    sessions::delete_all_of(&*work, known.user.id).await?;
    password_changed(&mut work, known.user.id).await?;
    work.audit(AuditAction::PasswordReset, Some(known.user.id), json!({}));
    work.commit().await?;
    engine.hub.revoke_all_of(known.user.id);
    Ok(())
}
