//! Change of a password by its user, or on the command line.

use super::client::Client;
use super::login_limiter::LoginAttempt;
use super::sessions::{GRACE, NewSession, open_session, revoke_all};
use super::token::token_hash;
use super::{devices, hasher};
use crate::db::accounts::{self, AccountRow};
use crate::db::sessions;
use crate::domain::account::{Credentials, MAX_PASSWORD, PasswordChange};
use crate::domain::{FieldError, Refusal, UserId};
use crate::engine::{Engine, Result};

const WRONG_CURRENT: &str = "This is not the password that you sign in with now. Type that one.";

/// Verifies the password that a user types again before a sensitive change. A wrong one counts as a failed
/// sign-in.
///
/// # Errors
/// `Refusal::Invalid` for `current_password`; `Refusal::RateLimited` after too many attempts.
pub async fn check_password(engine: &Engine, owner: UserId, typed: &str, client: &Client) -> Result<()> {
    if typed.is_empty() || typed.chars().count() > MAX_PASSWORD {
        return Err(Refusal::field("current_password", WRONG_CURRENT).into());
    }
    let AccountRow { user, password_hash, .. } =
        accounts::by_id(&engine.db, owner).await?.ok_or(Refusal::SignInRequired)?;
    let admission = engine.hasher.admit()?;
    let device = devices::known(&client.device, user.id, &password_hash);
    let attempt = LoginAttempt::begin(engine, &user.username, client.address, device).await?;
    let typed = typed.to_owned();
    if !admission.run(move || hasher::verify(&typed, &password_hash)).await? {
        return Err(Refusal::field("current_password", WRONG_CURRENT).into());
    }
    attempt.succeed().await
}

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
    let hash = verify_and_hash(engine, &known, typed, client).await?;
    let (now, current) = (engine.now(), token_hash(token));
    let work = engine.begin().await?;
    if !accounts::change_password(&*work, owner, &known.password_hash, &hash).await? {
        let why = "Your password was changed at the same moment, elsewhere. Sign in with that one.";
        return Err(Refusal::conflict(why).into());
    }
    if !sessions::expire(&*work, owner, &current, now, now + GRACE).await? {
        return Err(Refusal::SignInRequired.into());
    }
    let ended = sessions::delete_others_of(&*work, owner, &current).await?;
    let session = open_session(engine, &*work, known.user, &hash, client).await?;
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
    let known = accounts::by_name(&engine.db, username).await?.ok_or_else(|| Refusal::missing("account"))?;
    let admission = engine.hasher.admit()?;
    let breached = engine.config.breached_passwords.clone();
    let judged = move || {
        hasher::judge("password", &typed.username, &typed.password, breached.as_deref())?;
        hasher::hash(&typed.password)
    };
    let hash = admission.run(judged).await??;
    let work = engine.begin().await?;
    accounts::set_password(&*work, known.user.id, &hash).await?;
    sessions::delete_all_of(&*work, known.user.id).await?;
    work.commit().await?;
    engine.hub.revoke_all_of(known.user.id);
    Ok(())
}
