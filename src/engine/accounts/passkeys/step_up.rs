//! Step-up with a passkey of the session's user. It needs no password: the authenticator verifies the user.

use serde_json::json;
use webauthn_rs::prelude::PublicKeyCredential;

use super::verification::{record_use, verify};
use super::{ended, read, relying_party};
use crate::db::accounts;
use crate::db::ceremonies::{self, PasskeyCeremony};
use crate::domain::audit_entry::AuditAction;
use crate::domain::factor::Factor;
use crate::domain::passkey::{PasskeyChallenge, PasskeySignIn};
use crate::domain::{Refusal, UserId};
use crate::engine::accounts::step_up::renew_within;
use crate::engine::accounts::token::{new_token, token_hash};
use crate::engine::accounts::{CEREMONY, Client, NewSession};
use crate::engine::{Engine, Error, Result};

/// Begins a step-up of a user.
///
/// # Errors
/// `Refusal::Conflict` if the server has no address for passkeys.
pub async fn begin(engine: &Engine, owner: UserId) -> Result<PasskeyChallenge> {
    let party = relying_party(engine)?;
    let (challenge, state) = party.start_discoverable_authentication().map_err(Error::fault)?;
    let (ceremony, now) = (new_token()?, engine.now());
    let (hash, state) = (token_hash(&ceremony), serde_json::to_string(&state)?);
    ceremonies::insert_passkey(
        &engine.db,
        owner,
        PasskeyCeremony::StepUp,
        &hash,
        &state,
        now,
        now + CEREMONY,
    )
    .await?;
    Ok(PasskeyChallenge { ceremony, options: serde_json::to_value(challenge.public_key)? })
}

/// Moves the session to a new token, for which sensitive actions are allowed. The challenge is used up,
/// whatever the answer.
///
/// # Errors
/// `Refusal::Gone` if the challenge has ended; `Refusal::Invalid` for `credential` if it is not the answer of
/// a passkey of this user.
pub async fn step_up(
    engine: &Engine,
    owner: UserId,
    token: &str,
    typed: PasskeySignIn,
    client: &Client,
) -> Result<NewSession> {
    let answer: PublicKeyCredential = read(typed.credential)?;
    let hash = token_hash(&typed.ceremony);
    let taken =
        ceremonies::take_passkey(&engine.db, owner, PasskeyCeremony::StepUp, &hash, engine.now()).await?;
    let used = verify(engine, &answer, &taken.ok_or_else(ended)?, AuditAction::StepUp).await;
    let used = used.map_err(in_session)?;
    if used.owner != owner {
        return Err(unknown().into());
    }
    let mut work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    record_use(&work, &used).await.map_err(in_session)?;
    let by = json!({ "factor": Factor::Passkey });
    let session = renew_within(engine, &mut work, owner, token, client, by).await?;
    work.commit().await?;
    Ok(session)
}

/// Error of a wrong passkey in a session that goes on, which is no lost session.
fn in_session(error: Error) -> Error {
    match error {
        Error::Refused(Refusal::WrongCredentials { .. }) => unknown().into(),
        other => other,
    }
}

fn unknown() -> Refusal {
    Refusal::field("credential", "This is no passkey of your account. Type your password in its place.")
}
