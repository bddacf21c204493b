//! Codes of an authenticator app (TOTP, RFC 6238): SHA-1, six digits, steps of 30 seconds, as apps expect.

use totp_rs::{Builder, Totp};

use super::{TRIES, audit, drop_unneeded_codes, keep_one, make_missing_codes, notify};
use crate::db::accounts;
use crate::db::totps::{self, TotpRow};
use crate::domain::account::User;
use crate::domain::factor::{Factor, RecoveryCodes, TotpEnrolment};
use crate::domain::factor_code::FactorCode;
use crate::domain::{DateTime, Refusal, TimeDelta, UserId, Utc};
use crate::engine::accounts::{random_bytes, token_hash};
use crate::engine::work::Work;
use crate::engine::{Engine, Error, Result};

/// Time for which a seed is shown and can be confirmed.
const PENDING: TimeDelta = TimeDelta::minutes(10);
/// Bytes of a seed: the length of the hash (RFC 4226, section 4, R6).
const SEED: usize = 20;
/// Steps before and after the present one whose codes count, for clocks that differ.
const SKEW: u16 = 1;
const ISSUER: &str = "SmartCache";

/// Begins an enrolment with a new seed, which the session of this token sees until a code confirms it.
///
/// # Errors
/// `Refusal::Conflict` if an app is enrolled.
pub async fn begin(engine: &Engine, owner: &User, token: &str) -> Result<TotpEnrolment> {
    let seed = random_bytes::<SEED>()?;
    let (sealed, now) = (engine.secrets.seal(&seed, &context(owner.id))?, engine.now());
    if !totps::begin(&engine.db, owner.id, &sealed, &token_hash(token), now).await? {
        let why = "An authenticator app is set up already. Turn it off first, then set up the new one.";
        return Err(Refusal::conflict(why).into());
    }
    enrolment(&seed, owner, now)
}

/// Enrolment that the session of this token has begun and not confirmed.
pub async fn pending(engine: &Engine, owner: &User, token: &str) -> Result<Option<TotpEnrolment>> {
    let row = totps::get(&engine.db, owner.id).await?;
    let Some(row) = row.filter(|row| is_pending(engine, row) && row.begun_by == token_hash(token)) else {
        return Ok(None);
    };
    Ok(Some(enrolment(&unseal(engine, owner.id, &row)?, owner, row.begun_at)?))
}

/// Confirms an enrolment by a first code. From then on, sign-in asks for one. Returns recovery codes if the
/// user has none.
///
/// # Errors
/// `Refusal::Invalid` for `code`; `Refusal::Conflict` if no enrolment is open; `Refusal::RateLimited` after
/// too many wrong codes.
pub async fn confirm(engine: &Engine, owner: UserId, typed: &str) -> Result<Option<RecoveryCodes>> {
    let FactorCode::Totp(digits) = FactorCode::read(typed)? else { return Err(wrong().into()) };
    let row = totps::get(&engine.db, owner).await?.filter(|row| is_pending(engine, row));
    let row = row.ok_or_else(no_enrolment)?;
    let seed = unseal(engine, owner, &row)?;
    let attempt = TRIES.take(engine, &owner.to_string()).await?;
    let step = step_of(engine, &seed, &digits).ok_or_else(wrong)?;
    let mut work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    if !totps::confirm(&*work, owner, &row.secret, step, engine.now()).await? {
        return Err(no_enrolment().into());
    }
    let codes = make_missing_codes(&work, owner).await?;
    let message = "From now on you sign in with your password and a code of your authenticator app.";
    notify(&mut work, owner, "success", "Sign-in asks for a second factor", message).await?;
    audit(&mut work, owner, Factor::Totp, "added");
    work.commit().await?;
    attempt.give_back(engine).await?;
    Ok(codes)
}

/// Removes the user's app. With the last factor, the recovery codes go as well.
///
/// # Errors
/// `Refusal::NotFound` if there is none; `Refusal::Conflict` if the account must keep it.
pub async fn remove(engine: &Engine, owner: UserId) -> Result<()> {
    let mut work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    let was_on = totps::get(&*work, owner).await?.is_some_and(|row| row.confirmed_at.is_some());
    if !totps::delete(&*work, owner).await? {
        return Err(Refusal::missing("authenticator app").into());
    }
    if was_on {
        keep_one(engine, &work, owner).await?;
        drop_unneeded_codes(&work, owner).await?;
        let message = "Sign-in asks for no code of it any more. If this was not you, change your password.";
        notify(&mut work, owner, "warning", "Your authenticator app is turned off", message).await?;
        audit(&mut work, owner, Factor::Totp, "removed");
    }
    work.commit().await
}

/// Accepts the code of a step that no accepted code had before (ASVS 5.0.0, 6.5.1).
pub(super) async fn claim(engine: &Engine, work: &Work<'_>, owner: UserId, digits: &str) -> Result<bool> {
    let row = totps::get(&**work, owner).await?.filter(|row| row.confirmed_at.is_some());
    let Some(row) = row else { return Ok(false) };
    let seed = unseal(engine, owner, &row)?;
    match step_of(engine, &seed, digits) {
        Some(step) => Ok(totps::accept(&**work, owner, &row.secret, step).await?),
        None => Ok(false),
    }
}

fn is_pending(engine: &Engine, row: &TotpRow) -> bool {
    row.confirmed_at.is_none() && engine.now() < row.begun_at + PENDING
}

fn enrolment(seed: &[u8], owner: &User, begun_at: DateTime<Utc>) -> Result<TotpEnrolment> {
    let totp = app(seed, &owner.username);
    let uri = totp.to_url().map_err(|error| Error::fault(error.to_string()))?;
    Ok(TotpEnrolment { secret: totp.secret().to_base32(), uri, expires_at: begun_at + PENDING })
}

/// Step whose code this is, among those that count now.
fn step_of(engine: &Engine, seed: &[u8], digits: &str) -> Option<i64> {
    let now = u64::try_from(engine.now().timestamp()).ok()?;
    app(seed, "").check(digits, now).and_then(|step| i64::try_from(step).ok())
}

fn app(seed: &[u8], username: &str) -> Totp {
    let app = Builder::new().with_secret(seed).with_skew(SKEW).with_issuer(Some(ISSUER));
    // Noncompliant is a seed of less than 16 bytes alone; this one has 20.
    app.with_account_name(username).build_noncompliant()
}

fn unseal(engine: &Engine, owner: UserId, row: &TotpRow) -> Result<Vec<u8>> {
    let opened = engine.secrets.unseal(&row.secret, &context(owner));
    opened.ok_or_else(|| {
        let why = format!("the seed of user {owner}'s authenticator app was sealed under another secret key");
        Error::fault(why)
    })
}

fn context(owner: UserId) -> String {
    format!("totp of {owner}")
}

fn wrong() -> Refusal {
    let message = "This is not the code that the app shows now. Check the clock of your phone and try again.";
    Refusal::field("code", message)
}

fn no_enrolment() -> Refusal {
    Refusal::conflict("There is no authenticator app to confirm, or its time is over. Begin again.")
}
