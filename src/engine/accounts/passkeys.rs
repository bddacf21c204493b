//! Passkeys (WebAuthn Level 3): registered by their user, and signed in with. Their authenticators verify the
//! user, so that one counts as two factors.

mod relying_party;
mod step_up;
mod verification;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use webauthn_rs::prelude::{PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Uuid};

pub use relying_party::are_available;
use relying_party::relying_party;
pub use step_up::{begin as begin_step_up, step_up};
use verification::{record_use, verify};

use super::client::Client;
use super::factors;
use super::notices::notify;
use super::sessions::{NewSession, SignInWay};
use super::token::{new_token, token_hash};
use super::{CEREMONY, open_session_within};
use crate::db::accounts;
use crate::db::ceremonies::{self, PasskeyCeremony};
use crate::db::passkeys::{self as rows, PasskeyDraft};
use crate::domain::account::User;
use crate::domain::audit_entry::AuditAction;
use crate::domain::factor::Factor;
use crate::domain::passkey::{
    AddedPasskey, MAX_PASSKEYS, NewPasskey, Passkey, PasskeyChallenge, PasskeySignIn, check_name,
};
use crate::domain::{FieldError, PasskeyId, Refusal, TimeDelta, UserId};
use crate::engine::rate_limit::RateLimit;
use crate::engine::{Engine, Error, Result, metrics};

/// Challenges for sign-ins, per network: each is a row until it ends.
const CHALLENGES: RateLimit =
    RateLimit { name: "passkey_challenge", hits: 60, window: TimeDelta::minutes(5) };

/// Open registration: the challenge, and the handle that the authenticator gets.
#[derive(Serialize, Deserialize)]
struct OpenRegistration {
    user_handle: Uuid,
    state: PasskeyRegistration,
}

pub async fn list(engine: &Engine, owner: UserId) -> Result<Vec<Passkey>> {
    Ok(rows::list(&engine.db, owner).await?)
}

/// Begins a registration: a challenge for an authenticator that can be found without a user name.
///
/// # Errors
/// `Refusal::Conflict` if the server has no address for passkeys, or the user has too many.
pub async fn begin(engine: &Engine, owner: &User) -> Result<PasskeyChallenge> {
    let party = relying_party(engine)?;
    refuse_too_many(rows::count(&engine.db, owner.id).await?)?;
    let known = rows::user_handle(&engine.db, owner.id).await?;
    let user_handle = known.and_then(|text| Uuid::parse_str(&text).ok()).unwrap_or_else(Uuid::new_v4);
    let ids = rows::credential_ids(&engine.db, owner.id).await?;
    let ids = ids.iter().filter_map(|id| URL_SAFE_NO_PAD.decode(id).ok()).collect();
    let name = &owner.username;
    let begun = party.start_passkey_registration(user_handle, name, name, Some(ids));
    let (challenge, state) = begun.map_err(Error::fault)?;
    let mut options = serde_json::to_value(challenge.public_key)?;
    options["authenticatorSelection"]["residentKey"] = json!("required");
    options["authenticatorSelection"]["requireResidentKey"] = json!(true);
    let state = serde_json::to_string(&OpenRegistration { user_handle, state })?;
    let (ceremony, now) = (new_token()?, engine.now());
    let hash = token_hash(&ceremony);
    ceremonies::insert_passkey(
        &engine.db,
        owner.id,
        PasskeyCeremony::Registration,
        &hash,
        &state,
        now,
        now + CEREMONY,
    )
    .await?;
    Ok(PasskeyChallenge { ceremony, options })
}

/// Registers the passkey that answers a challenge. From then on, a password alone does not sign in. Returns
/// recovery codes if the user has none.
///
/// # Errors
/// `Refusal::Invalid` for `name` or `credential`; `Refusal::Gone` if the challenge has ended;
/// `Refusal::Conflict` if the passkey is registered, or the user has too many.
pub async fn add(engine: &Engine, owner: UserId, new: NewPasskey) -> Result<AddedPasskey> {
    let name = check_name(&new.name)?;
    let answer: RegisterPublicKeyCredential = read(new.credential)?;
    let (party, now) = (relying_party(engine)?, engine.now());
    let taken = ceremonies::take_passkey(
        &engine.db,
        owner,
        PasskeyCeremony::Registration,
        &token_hash(&new.ceremony),
        now,
    )
    .await?;
    let OpenRegistration { user_handle, state } = serde_json::from_str(&taken.ok_or_else(ended)?)?;
    let stored = party.finish_passkey_registration(&answer, &state).map_err(|error| unfit(&error))?;
    let (user_handle, credential) = (user_handle.to_string(), serde_json::to_string(&stored)?);
    let credential_id = URL_SAFE_NO_PAD.encode(stored.cred_id());
    let mut work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    refuse_too_many(rows::count(&*work, owner).await?)?;
    let draft = PasskeyDraft {
        user_handle: &user_handle,
        credential_id: &credential_id,
        credential: &credential,
        name: &name,
    };
    let passkey = rows::insert(&*work, owner, draft, now).await?;
    let passkey = passkey.ok_or_else(|| Refusal::conflict("This passkey is registered already."))?;
    let recovery = factors::make_missing_codes(&work, owner).await?;
    let message = "It signs you in. Your password alone does not sign in any more.";
    notify(&mut work, owner, "success", "You have a new passkey", message).await?;
    factors::audit(&mut work, owner, Factor::Passkey, "added");
    work.commit().await?;
    Ok(AddedPasskey { passkey, recovery })
}

/// # Errors
/// `Refusal::Invalid` for `name`.
pub async fn rename(engine: &Engine, owner: UserId, id: PasskeyId, name: &str) -> Result<Passkey> {
    let name = check_name(name)?;
    Ok(rows::rename(&engine.db, owner, id, &name).await?.ok_or_else(missing)?)
}

/// Removes a passkey. With the last factor, the recovery codes go as well.
///
/// # Errors
/// `Refusal::NotFound`; `Refusal::Conflict` if the account must keep it.
pub async fn remove(engine: &Engine, owner: UserId, id: PasskeyId) -> Result<()> {
    let mut work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    if !rows::delete(&*work, owner, id).await? {
        return Err(missing().into());
    }
    factors::keep_one(engine, &work, owner).await?;
    factors::drop_unneeded_codes(&work, owner).await?;
    let message = "It signs in no more. If this was not you, change your password.";
    notify(&mut work, owner, "warning", "A passkey is removed", message).await?;
    factors::audit(&mut work, owner, Factor::Passkey, "removed");
    work.commit().await
}

/// Begins a sign-in with a passkey of whichever user.
///
/// # Errors
/// `Refusal::RateLimited` if the client's network has begun too many.
pub async fn begin_sign_in(engine: &Engine, client: &Client) -> Result<PasskeyChallenge> {
    let party = relying_party(engine)?;
    CHALLENGES.take(engine, &client.address.network().to_string()).await?;
    let (challenge, state) = party.start_discoverable_authentication().map_err(Error::fault)?;
    let (ceremony, now) = (new_token()?, engine.now());
    let (hash, state) = (token_hash(&ceremony), serde_json::to_string(&state)?);
    ceremonies::insert_passkey_sign_in(&engine.db, &hash, &state, now, now + CEREMONY).await?;
    Ok(PasskeyChallenge { ceremony, options: serde_json::to_value(challenge.public_key)? })
}

/// Signs in with the passkey that answers a challenge. The challenge is used up, whatever the answer.
///
/// # Errors
/// `Refusal::Gone` if the challenge has ended; `Refusal::WrongCredentials` for an unknown passkey or a wrong
/// answer.
pub async fn sign_in(engine: &Engine, typed: PasskeySignIn, client: &Client) -> Result<NewSession> {
    let session = authenticate(engine, typed, client).await;
    engine.metrics.sign_ins.inc([metrics::outcome(&session)]);
    session
}

async fn authenticate(engine: &Engine, typed: PasskeySignIn, client: &Client) -> Result<NewSession> {
    let answer: PublicKeyCredential = read(typed.credential)?;
    let hash = token_hash(&typed.ceremony);
    let taken = ceremonies::take_passkey_sign_in(&engine.db, &hash, engine.now()).await?;
    let used = verify(engine, &answer, &taken.ok_or_else(ended)?, AuditAction::SignIn).await?;
    let mut work = engine.begin().await?;
    accounts::lock(&*work, used.owner).await?;
    let known = accounts::by_id(&*work, used.owner).await?.ok_or_else(wrong)?;
    record_use(&work, &used).await?;
    let verified = (known.user, known.password_hash.as_str());
    let by = json!({ "factor": Factor::Passkey });
    let session = open_session_within(engine, &mut work, verified, client, SignInWay::Own, by).await?;
    work.commit().await?;
    Ok(session)
}

fn read<T: DeserializeOwned>(credential: Value) -> Result<T, Refusal> {
    let message = "This is no answer of a passkey. Try again, or use another browser.";
    serde_json::from_value(credential).map_err(|_| Refusal::field("credential", message))
}

fn refuse_too_many(count: i64) -> Result<(), Refusal> {
    if count < MAX_PASSKEYS {
        return Ok(());
    }
    let why = format!("You have {MAX_PASSKEYS} passkeys, and there can be no more. Remove one first.");
    Err(Refusal::conflict(why))
}

fn unfit(error: &impl std::fmt::Display) -> Refusal {
    tracing::info!(%error, "a new passkey was refused");
    Refusal::field("credential", "The answer of the passkey does not fit this server. Try again.")
}

fn wrong() -> Refusal {
    let message = "This passkey is not known here. Sign in with your password.";
    Refusal::WrongCredentials { fields: vec![FieldError::new("credential", message)] }
}

fn ended() -> Refusal {
    Refusal::Gone { why: "This took too long, or was done already. Try again.".into() }
}

fn missing() -> Refusal {
    Refusal::missing("passkey")
}

#[cfg(all(test, feature = "testing"))]
mod tests;
