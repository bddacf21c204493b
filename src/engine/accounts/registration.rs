//! Registration: new accounts, by their users or on the command line.

use chrono::TimeDelta;
use serde_json::json;

use super::client::Client;
use super::factors::begin_rule;
use super::hasher;
use super::invitation::{signup_offer, take_invite};
use super::preferences::check_preferences;
use super::roles::set_first_role;
use super::sessions::{NewSession, open_session};
use super::token::token_hash;
use super::without_password::count_sign_up;
use crate::db::{accounts, known_networks};
use crate::domain::Refusal;
use crate::domain::account::{Credentials, User};
use crate::domain::audit_entry::AuditAction;
use crate::domain::preference::Preferences;
use crate::engine::rate_limit::RateLimit;
use crate::engine::{Engine, Error, Result, Work};

/// Creates an account and signs the user in. `invite` is the secret of an invitation, which gives the role.
///
/// # Errors
/// Those of [`signup_offer`]; `Refusal::RateLimited` if the client's network has created too many accounts
/// within the hour.
pub async fn register(
    engine: &Engine,
    typed: Credentials,
    preferences: Preferences,
    invite: Option<&str>,
    client: &Client,
) -> Result<NewSession> {
    // First, so that a stranger without an invitation does not learn which names exist.
    signup_offer(engine, invite).await?;
    let new = check(engine, typed, preferences).await?;
    // A taken name counts too, because the refusal tells the client that the name exists.
    count_sign_up(engine, client).await?;
    let new = new.hashed().await?;
    let mut work = engine.begin().await?;
    let invited = match invite {
        Some(token) => Some(take_invite(&work, &token_hash(token)).await?),
        None => None,
    };
    let user = new.insert(&work).await?;
    let (role, guardian) =
        invited.as_ref().map_or((user.role, None), |invite| (invite.role, invite.guardian_id));
    let user = set_first_role(engine, &work, user, role, guardian).await?;
    let data = invited.map_or(json!({}), |invite| json!({ "invite": invite.id, "role": invite.role }));
    work.audit(AuditAction::SignUp, Some(user.id), data);
    let session = open_session(engine, &*work, user, &new.password_hash, client, false).await?;
    known_networks::record(&*work, session.user.id, &client.address.cidr(), work.now()).await?;
    work.commit().await?;
    Ok(session)
}

/// Limit of new accounts per network.
pub(super) fn sign_ups(engine: &Engine) -> RateLimit {
    let hits = usize::try_from(engine.config.signups_per_hour).unwrap_or(usize::MAX);
    RateLimit { name: "sign_up", hits, window: TimeDelta::hours(1) }
}

/// Creates an account without signing in. Used by the command line.
pub async fn create(engine: &Engine, typed: Credentials, preferences: Preferences) -> Result<User> {
    let new = check(engine, typed, preferences).await?.hashed().await?;
    let mut work = engine.begin().await?;
    let user = new.insert(&work).await?;
    begin_rule(engine, &*work, user.id, user.role).await?;
    work.audit(AuditAction::SignUp, Some(user.id), json!({}));
    work.commit().await?;
    Ok(user)
}

/// A new account whose fields and password have passed validation.
struct NewAccount {
    typed: Credentials,
    preferences: Preferences,
    admission: hasher::Admission,
}

async fn check(engine: &Engine, typed: Credentials, preferences: Preferences) -> Result<NewAccount> {
    let mut wrong = typed.check().err().map(|r| r.fields().to_vec()).unwrap_or_default();
    let preferences = match check_preferences(preferences) {
        Ok(fine) => Some(fine),
        Err(Error::Refused(refusal)) => {
            wrong.extend_from_slice(refusal.fields());
            None
        }
        Err(fault) => return Err(fault),
    };
    let (Some(preferences), true) = (preferences, wrong.is_empty()) else {
        return Err(Refusal::Invalid { fields: wrong }.into());
    };
    let (admission, judged) = (engine.hasher.admit()?, typed.clone());
    let breached = engine.config.breached_passwords.clone();
    let judge = move || hasher::judge("password", &judged.username, &judged.password, breached.as_deref());
    admission.run(judge).await??;
    Ok(NewAccount { typed, preferences, admission })
}

/// A new account that is ready to be inserted.
struct HashedAccount {
    username: String,
    password_hash: String,
    preferences: Preferences,
}

impl NewAccount {
    async fn hashed(self) -> Result<HashedAccount> {
        let Self { typed: Credentials { username, password }, preferences, admission } = self;
        let password_hash = admission.run(move || hasher::hash(&password)).await??;
        Ok(HashedAccount { username, password_hash, preferences })
    }
}

impl HashedAccount {
    async fn insert(&self, work: &Work<'_>) -> Result<User> {
        let Self { username, password_hash, preferences } = self;
        let user = accounts::insert(&**work, username, password_hash, preferences, work.now()).await?;
        Ok(user.ok_or_else(|| Refusal::field("username", "This name is taken. Choose another."))?)
    }
}
