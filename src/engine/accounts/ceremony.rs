//! Sign-in in two steps. A ceremony stands between password and code: a row of five minutes, used once.

use serde_json::json;

use super::client::Client;
use super::factors::{self, TRIES};
use super::notices;
use super::sessions::{NewSession, SignInWay};
use super::token::{new_token, token_hash};
use super::{open_session_within, sign_in};
use crate::db::ceremonies::{self, CeremonyRow};
use crate::db::{ConnectionTrait, accounts};
use crate::domain::account::Credentials;
use crate::domain::audit_entry::AuditAction;
use crate::domain::factor::{Factor, PasswordSignIn};
use crate::domain::factor_code::FactorCode;
use crate::domain::{FieldError, Refusal, TimeDelta, UserId};
use crate::engine::{Engine, Error, Result, audit, metrics};

/// Lifetime of a ceremony.
pub const CEREMONY: TimeDelta = TimeDelta::minutes(5);
/// Wrong codes that end a ceremony.
const WRONG_CODES: i64 = 5;
/// Open ceremonies per account. A new one ends the oldest.
const OPEN: i64 = 20;

/// Begins a ceremony of a user whose password was verified, or whom the provider has authenticated, as the
/// refusal that names it.
pub(super) async fn begin(
    engine: &Engine,
    db: &impl ConnectionTrait,
    (owner, password_hash): (UserId, &str),
    factors: Vec<Factor>,
    way: SignInWay,
) -> Result<Refusal> {
    let (token, now) = (new_token()?, engine.now());
    ceremonies::delete_oldest_of(db, owner, OPEN - 2).await?;
    let (hash, digest) = (token_hash(&token), token_hash(password_hash));
    ceremonies::insert(db, owner, &hash, &digest, way.is_by_provider(), now, now + CEREMONY).await?;
    Ok(Refusal::FactorRequired { ceremony: token, factors })
}

/// Signs in with a password, and with a code if one was sent along.
///
/// # Errors
/// As `sign_in` and `finish_sign_in`; `Refusal::FactorRequired` if a code is needed and missing.
pub async fn sign_in_with(engine: &Engine, typed: PasswordSignIn, client: &Client) -> Result<NewSession> {
    let PasswordSignIn { username, password, code } = typed;
    let code = code.filter(|code| !code.is_empty());
    if let Some(code) = &code {
        FactorCode::read(code)?;
    }
    let opened = sign_in(engine, &Credentials { username, password }, client).await;
    match (opened, code) {
        (Err(Error::Refused(Refusal::FactorRequired { ceremony, .. })), Some(code)) => {
            finish_sign_in(engine, &ceremony, &code, client).await
        }
        (opened, _) => opened,
    }
}

/// Finishes a ceremony by a code. A known device does not skip it.
///
/// # Errors
/// `Refusal::Gone` if the ceremony has ended or the password was changed; `Refusal::Invalid` for a `code`
/// without the form of one; `Refusal::WrongCredentials` for a wrong or used one; `Refusal::RateLimited` after
/// too many of them.
pub async fn finish_sign_in(
    engine: &Engine,
    ceremony: &str,
    code: &str,
    client: &Client,
) -> Result<NewSession> {
    let session = finish(engine, &token_hash(ceremony), code, client).await;
    engine.metrics.sign_ins.inc([metrics::outcome(&session)]);
    session
}

async fn finish(engine: &Engine, token_hash: &str, code: &str, client: &Client) -> Result<NewSession> {
    let row = ceremonies::by_token(&engine.db, token_hash, engine.now()).await?;
    let CeremonyRow { user_id: owner, password_digest, by_provider } = row.ok_or_else(ended)?;
    let code = FactorCode::read(code)?;
    let known = accounts::by_id(&engine.db, owner).await?.ok_or_else(ended)?;
    if super::token_hash(&known.password_hash) != password_digest {
        return Err(ended().into());
    }
    let by = json!({ "factor": code.factor() });
    // Counted before the code is compared, so that attempts made at the same time count too.
    let attempt = TRIES.take(engine, &owner.to_string()).await?;
    let mut work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    if !factors::claim(engine, &mut work, owner, &code).await? {
        drop(work);
        ceremonies::count_wrong(&engine.db, owner, token_hash, WRONG_CODES).await?;
        audit::refused(engine, AuditAction::SignIn, Some(owner), by).await;
        notices::tries_failed(engine, owner, attempt.count).await;
        return Err(wrong().into());
    }
    if !ceremonies::finish(&*work, owner, token_hash, engine.now()).await? {
        return Err(ended().into());
    }
    let way = if by_provider { SignInWay::Provider } else { SignInWay::Own };
    let verified = (known.user, known.password_hash.as_str());
    let session = open_session_within(engine, &mut work, verified, client, way, by).await?;
    work.commit().await?;
    attempt.give_back(engine).await?;
    Ok(session)
}

fn ended() -> Refusal {
    Refusal::Gone { why: "This sign-in is over. Begin again with your password.".into() }
}

/// Error of a code that is wrong or was used.
pub(super) const WRONG_CODE: &str =
    "This code is wrong, or was used before. Wait for the next one of your app.";

fn wrong() -> Refusal {
    Refusal::WrongCredentials { fields: vec![FieldError::new("code", WRONG_CODE)] }
}
