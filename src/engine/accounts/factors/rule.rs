//! Rule of second factors: accounts that must have one, and the time that they have to set one up.

use super::enrolled;
use crate::db::{ConnectionTrait, accounts, factor_rules};
use crate::domain::account::{AccountRole, User};
use crate::domain::factor_rule::{FactorDeadline, FactorRule};
use crate::domain::{Refusal, TimeDelta, UserId};
use crate::engine::accounts::note_failure;
use crate::engine::work::Work;
use crate::engine::{Engine, Result};

/// Time to set up a second factor, from the moment that the rule first applied to an account.
pub const GRACE: TimeDelta = TimeDelta::days(7);

/// Begins the rule for all accounts that it applies to. Called when a process starts to serve pages.
pub async fn begin_for_all(engine: &Engine) -> Result<()> {
    match engine.config.mfa {
        FactorRule::Off => Ok(()),
        rule => Ok(factor_rules::begin_for_all(&engine.db, rule == FactorRule::Admins, engine.now()).await?),
    }
}

/// Begins the rule for an account with a new role, if it applies to that. An earlier begin counts.
pub(in crate::engine) async fn begin(
    engine: &Engine,
    db: &impl ConnectionTrait,
    owner: UserId,
    role: AccountRole,
) -> Result<()> {
    if engine.config.mfa.applies_to(role) {
        factor_rules::begin(db, owner, engine.now()).await?;
    }
    Ok(())
}

/// Time until which the user must set up a second factor. None if one is there, or the rule does not apply.
pub async fn deadline(engine: &Engine, user: &User) -> Result<Option<FactorDeadline>> {
    if !engine.config.mfa.applies_to(user.role) {
        return Ok(None);
    }
    let (rule, now) = (factor_rules::get(&engine.db, user.id).await?, engine.now());
    let Some(rule) = rule.filter(|rule| !rule.is_met) else { return Ok(None) };
    if rule.since.is_none() {
        // An account of a command, or of a process that does not know the rule.
        note_failure("rule of second factors", factor_rules::begin(&engine.db, user.id, now).await);
    }
    let at = rule.since.unwrap_or(now) + GRACE;
    Ok(Some(FactorDeadline { at, is_over: at <= now }))
}

/// Refuses to have removed the last factor of an account that must have one. The caller has removed it in
/// this transaction, and holds the user's lock.
pub(in crate::engine::accounts) async fn keep_one(
    engine: &Engine,
    work: &Work<'_>,
    owner: UserId,
) -> Result<()> {
    let user = accounts::get(&**work, owner).await?.ok_or(Refusal::SignInRequired)?;
    if engine.config.mfa.applies_to(user.role) && enrolled(&**work, owner).await?.is_empty() {
        let why =
            "Your account must have a second factor, and this is the last one. Set up another one first.";
        return Err(Refusal::conflict(why).into());
    }
    Ok(())
}

#[cfg(all(test, feature = "testing"))]
mod tests;
