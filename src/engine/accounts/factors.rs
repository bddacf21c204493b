//! Second factors: enrolled, listed and removed by their user, and claimed at sign-in.

mod recovery;
mod rule;
mod totp;

use serde_json::json;

pub use recovery::renew as renew_recovery_codes;
pub(in crate::engine) use rule::begin as begin_rule;
pub(super) use rule::keep_one;
pub use rule::{GRACE, begin_for_all as begin_rule_for_all, deadline};
pub use totp::{
    begin as begin_totp, confirm as confirm_totp, pending as pending_totp, remove as remove_totp,
};

use super::named;
use super::notices::notify;
use crate::db::{ConnectionTrait, accounts, ceremonies, passkeys, recovery_codes, totps};
use crate::domain::audit_entry::AuditAction;
use crate::domain::factor::{Factor, Factors, RecoveryCodes, StepUpWays};
use crate::domain::factor_code::FactorCode;
use crate::domain::{TimeDelta, UserId};
use crate::engine::rate_limit::RateLimit;
use crate::engine::work::Work;
use crate::engine::{Engine, Result};

/// Codes that one account may try, over all sign-ins and all processes.
pub(super) const TRIES: RateLimit = RateLimit { name: "factor_code", hits: 5, window: TimeDelta::minutes(5) };

pub async fn list(engine: &Engine, owner: UserId) -> Result<Factors> {
    let totp = totps::get(&engine.db, owner).await?;
    let passkeys = passkeys::count(&engine.db, owner).await?;
    let recovery_codes_left = recovery_codes::left(&engine.db, owner).await?;
    Ok(Factors { totp_since: totp.and_then(|totp| totp.confirmed_at), passkeys, recovery_codes_left })
}

/// Factors that finish a sign-in of the user. Empty if the password suffices: recovery codes alone ask for
/// nothing.
pub(super) async fn enrolled(db: &impl ConnectionTrait, owner: UserId) -> Result<Vec<Factor>> {
    let is_on = totps::get(db, owner).await?.is_some_and(|totp| totp.confirmed_at.is_some());
    let has_passkey = passkeys::count(db, owner).await? > 0;
    let own = [is_on.then_some(Factor::Totp), has_passkey.then_some(Factor::Passkey)];
    let mut factors: Vec<_> = own.into_iter().flatten().collect();
    if !factors.is_empty() && recovery_codes::left(db, owner).await? > 0 {
        factors.push(Factor::RecoveryCode);
    }
    Ok(factors)
}

/// Ways by which a user confirms who they are, besides the password.
pub async fn step_up_ways(engine: &Engine, owner: UserId) -> Result<StepUpWays> {
    let factors = enrolled(&engine.db, owner).await?;
    let has_passkey = factors.contains(&Factor::Passkey) && super::passkeys::are_available(engine);
    Ok(StepUpWays { asks_code: !factors.is_empty(), has_passkey })
}

/// Makes recovery codes for a user with a new factor, if there are none. The caller holds the user's lock.
pub(super) async fn make_missing_codes(work: &Work<'_>, owner: UserId) -> Result<Option<RecoveryCodes>> {
    match recovery_codes::left(&**work, owner).await? {
        0 => Ok(Some(recovery::make(work, owner).await?)),
        _ => Ok(None),
    }
}

/// Deletes the recovery codes of a user without another factor.
pub(super) async fn drop_unneeded_codes(work: &Work<'_>, owner: UserId) -> Result<()> {
    if enrolled(&**work, owner).await?.is_empty() {
        recovery_codes::delete_all_of(&**work, owner).await?;
    }
    Ok(())
}

/// Uses a code up. False if it is wrong or was used before.
pub(super) async fn claim(
    engine: &Engine,
    work: &mut Work<'_>,
    owner: UserId,
    code: &FactorCode,
) -> Result<bool> {
    match code {
        FactorCode::Totp(digits) => totp::claim(engine, work, owner, digits).await,
        FactorCode::Recovery(signs) => recovery::claim(work, owner, signs).await,
    }
}

/// Removes all second factors of an account. Used by the command line.
pub async fn remove_all(engine: &Engine, username: &str) -> Result<()> {
    let known = named(engine, username).await?;
    let (owner, mut work) = (known.user.id, engine.begin().await?);
    accounts::lock(&*work, owner).await?;
    totps::delete(&*work, owner).await?;
    passkeys::delete_all_of(&*work, owner).await?;
    recovery_codes::delete_all_of(&*work, owner).await?;
    ceremonies::delete_all_of(&*work, owner).await?;
    let message = "An administrator of the machine has removed them. Your password alone signs you in.";
    notify(&mut work, owner, "warning", "Your second factors are removed", message).await?;
    work.audit(AuditAction::FactorChange, Some(owner), json!({ "factor": "all", "change": "removed" }));
    work.commit().await
}

/// Writes a change of a factor to the audit log.
pub(super) fn audit(work: &mut Work<'_>, owner: UserId, factor: Factor, change: &str) {
    work.audit(AuditAction::FactorChange, Some(owner), json!({ "factor": factor, "change": change }));
}

#[cfg(all(test, feature = "testing"))]
mod tests;
