//! Step-up: a user authenticates again in an open session, before a sensitive action.

use serde_json::{Value, json};

use super::ceremony::{self, WRONG_CODE};
use super::client::Client;
use super::factors::{self, TRIES};
use super::login_limiter::LoginAttempt;
use super::password::WRONG_CURRENT;
use super::sessions::{GRACE, NewSession, SignInWay, open_session, refuse_replaced};
use super::token::token_hash;
use super::{devices, hasher, notices};
use crate::db::{accounts, sessions};
use crate::domain::account::{MAX_PASSWORD, StepUp};
use crate::domain::audit_entry::AuditAction;
use crate::domain::factor_code::FactorCode;
use crate::domain::{Refusal, UserId};
use crate::engine::{Engine, Result, Work, audit};

/// Verifies the password, and the code of an account with a second factor, and moves the session to a new
/// token, for which sensitive actions are allowed (`rights::check_step_up`). A wrong password counts as a
/// failed sign-in.
///
/// # Errors
/// `Refusal::Invalid` for `current_password` or `code`; `Refusal::RateLimited` after too many attempts;
/// `Refusal::Unavailable` if the hashing queue is full.
pub async fn step_up(
    engine: &Engine,
    owner: UserId,
    token: &str,
    typed: StepUp,
    client: &Client,
) -> Result<NewSession> {
    let StepUp { current_password, code } = typed;
    let code = code.filter(|code| !code.trim().is_empty());
    let code = code.map(|code| FactorCode::read(&code)).transpose()?;
    verify(engine, owner, current_password, client).await?;
    match (factors::enrolled(&engine.db, owner).await?.is_empty(), code) {
        (true, _) => renew_session(engine, owner, token, client).await,
        (false, Some(code)) => renew_by_code(engine, owner, token, &code, client).await,
        (false, None) => {
            let message = "Enter the code of your authenticator app, or one of your recovery codes.";
            Err(Refusal::field("code", message).into())
        }
    }
}

/// Moves the session of a user who has just authenticated again to a new token.
pub(in crate::engine) async fn renew_session(
    engine: &Engine,
    owner: UserId,
    token: &str,
    client: &Client,
) -> Result<NewSession> {
    let mut work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    if !factors::enrolled(&*work, owner).await?.is_empty() {
        // Enrolled since the user authenticated without it.
        return Err(Refusal::StepUpRequired.into());
    }
    let session = renew_within(engine, &mut work, owner, token, client, json!({})).await?;
    work.commit().await?;
    Ok(session)
}

/// Uses the code up, and moves the session to a new token in the same transaction.
async fn renew_by_code(
    engine: &Engine,
    owner: UserId,
    token: &str,
    code: &FactorCode,
    client: &Client,
) -> Result<NewSession> {
    let by = json!({ "factor": code.factor() });
    let attempt = TRIES.take(engine, &owner.to_string()).await?;
    let mut work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    if !factors::claim(engine, &mut work, owner, code).await? {
        drop(work);
        audit::refused(engine, AuditAction::StepUp, Some(owner), by).await;
        notices::tries_failed(engine, owner, attempt.count).await;
        return Err(Refusal::field("code", WRONG_CODE).into());
    }
    let session = renew_within(engine, &mut work, owner, token, client, by).await?;
    work.commit().await?;
    attempt.give_back(engine).await?;
    Ok(session)
}

/// Moves the session to a new token within a transaction that holds the lock of the user's row. `by` is what
/// the audit log tells of the step-up.
pub(super) async fn renew_within(
    engine: &Engine,
    work: &mut Work<'_>,
    owner: UserId,
    token: &str,
    client: &Client,
    by: Value,
) -> Result<NewSession> {
    let (now, current) = (engine.now(), token_hash(token));
    // A change of the password that was not seen has ended or replaced the session.
    refuse_replaced(engine, &**work, owner, token).await?;
    let by_provider = sessions::expire(&**work, owner, &current, now, now + GRACE).await?;
    let by_provider = by_provider.ok_or(Refusal::SignInRequired)?;
    let known = accounts::by_id(&**work, owner).await?.ok_or(Refusal::SignInRequired)?;
    let session =
        open_session(engine, &**work, known.user, &known.password_hash, client, by_provider).await?;
    work.audit(AuditAction::StepUp, Some(owner), by);
    Ok(session)
}

/// Begins the second step of a user whom the provider has authenticated again, if the account has a second
/// factor: the secret of a ceremony, which opens a new session in place of the caller's.
pub(in crate::engine) async fn begin_second_step(engine: &Engine, owner: UserId) -> Result<Option<String>> {
    let work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    let factors = factors::enrolled(&*work, owner).await?;
    if factors.is_empty() {
        return Ok(None);
    }
    let known = accounts::by_id(&*work, owner).await?.ok_or(Refusal::SignInRequired)?;
    let verified = (owner, known.password_hash.as_str());
    let required = ceremony::begin(engine, &*work, verified, factors, SignInWay::Provider).await?;
    work.commit().await?;
    match required {
        Refusal::FactorRequired { ceremony, .. } => Ok(Some(ceremony)),
        other => Err(other.into()),
    }
}

async fn verify(engine: &Engine, owner: UserId, typed: String, client: &Client) -> Result<()> {
    let wrong = || Refusal::field("current_password", WRONG_CURRENT);
    if typed.is_empty() || typed.chars().count() > MAX_PASSWORD {
        return Err(wrong().into());
    }
    let known = accounts::by_id(&engine.db, owner).await?.ok_or(Refusal::SignInRequired)?;
    let admission = engine.hasher.admit()?;
    let device = devices::known(&client.device, owner, &known.password_hash);
    let attempt = LoginAttempt::begin(engine, &known.user.username, client.address, device).await?;
    let hash = known.password_hash.clone();
    if !admission.run(move || hasher::verify(&typed, &hash)).await? {
        audit::refused(engine, AuditAction::StepUp, Some(owner), json!({})).await;
        attempt.fail(owner).await;
        return Err(wrong().into());
    }
    attempt.succeed().await
}

#[cfg(all(test, feature = "testing"))]
mod tests;
