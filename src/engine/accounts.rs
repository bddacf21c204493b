//! User accounts: registration, sign-in, sessions, passwords and preferences.

mod breached;
mod ceremony;
mod client;
mod devices;
pub mod factors;
mod hasher;
mod invitation;
mod login_limiter;
pub(super) mod notices;
pub mod passkeys;
mod password;
mod preferences;
mod profile;
mod registration;
mod reset_link;
pub(super) mod roles;
mod sessions;
mod step_up;
mod token;
mod without_password;

use serde_json::{Value, json};

pub use breached::check as check_breached_passwords;
pub use ceremony::{CEREMONY, finish_sign_in, sign_in_with};
pub use client::{Client, ClientAddress};
pub use hasher::Hasher;
pub(super) use invitation::may_guard;
pub(super) use invitation::take_invite;
#[cfg(all(test, feature = "testing"))]
pub(super) use invitation::useless_invite;
pub use invitation::{invite_offer, signup_offer};
pub use login_limiter::LoginLimiter;
pub use password::{change_password, reset_password};
pub use preferences::{
    change_preferences, check_zone, preferences, set_language, set_preferences, set_quiet_hours, set_theme,
};
pub use profile::{account, change_account, display_name, me, user};
pub use registration::{create, register};
pub use reset_link::{make_reset_link, make_reset_link_by_name, reset_by_link, reset_link};
pub(super) use sessions::SignInWay;
pub(super) use sessions::note_failure;
use sessions::open_session;
pub use sessions::{NewSession, caller, end_other_sessions, end_session, list_sessions, sign_out};
pub use step_up::step_up;
pub(super) use step_up::{begin_second_step, renew_session};
pub use token::token_hash;
pub(super) use token::{new_token, random_bytes};
use without_password::is_password;
pub(super) use without_password::{count_sign_up, has_password, no_password, open_session_of};

use super::rights::Caller;
use super::{Engine, Result, Work, audit, metrics};
use crate::db::accounts::{self, AccountRow};
use crate::domain::account::{AccountRole, Credentials, User};
use crate::domain::audit_entry::AuditAction;
use crate::domain::{Refusal, UserId};

/// Signs in. An unknown name and a wrong password get the same answer after the same work.
///
/// # Errors
/// `Refusal::WrongCredentials`; `Refusal::FactorRequired` if the account has a second factor;
/// `Refusal::RateLimited` after too many attempts; `Refusal::Unavailable` if the hashing queue is full.
pub async fn sign_in(engine: &Engine, typed: &Credentials, client: &Client) -> Result<NewSession> {
    let session = authenticate(engine, typed, client).await;
    engine.metrics.sign_ins.inc([metrics::outcome(&session)]);
    session
}

async fn authenticate(engine: &Engine, typed: &Credentials, client: &Client) -> Result<NewSession> {
    let admission = engine.hasher.admit()?;
    let (user, hash) = match accounts::by_name(&engine.db, &typed.username).await? {
        Some(known) => (Some(known.user), known.password_hash),
        None => (None, hasher::UNKNOWN_HASH.to_owned()),
    };
    let device = user.as_ref().and_then(|user| devices::known(&client.device, user.id, &hash));
    let attempt = login_limiter::LoginAttempt::begin(engine, &typed.username, client.address, device).await?;
    let stored = if is_password(&hash) { hash.clone() } else { hasher::UNKNOWN_HASH.to_owned() };
    let password = typed.password.clone();
    let fits = admission.run(move || hasher::verify(&password, &stored)).await?;
    if !fits {
        // Without the name that was typed: it is sometimes a password.
        audit::refused(engine, AuditAction::SignIn, user.as_ref().map(|user| user.id), json!({})).await;
        if let Some(user) = user {
            attempt.fail(user.id).await;
        }
        return Err(Refusal::wrong_credentials().into());
    }
    let user = user.ok_or_else(Refusal::wrong_credentials)?;
    attempt.succeed().await?;
    open_session_under(engine, user, &hash, client, SignInWay::Own).await
}

/// Opens a session, or a ceremony if the account has a second factor.
async fn open_session_under(
    engine: &Engine,
    user: User,
    verified_hash: &str,
    client: &Client,
    way: SignInWay,
) -> Result<NewSession> {
    let mut work = engine.begin().await?;
    accounts::lock(&*work, user.id).await?;
    let factors = factors::enrolled(&*work, user.id).await?;
    if !factors.is_empty() {
        check_account(&work, user.id, verified_hash).await?;
        let required = ceremony::begin(engine, &*work, (user.id, verified_hash), factors, way).await?;
        work.commit().await?;
        return Err(required.into());
    }
    let session =
        open_session_within(engine, &mut work, (user, verified_hash), client, way, json!({})).await?;
    work.commit().await?;
    Ok(session)
}

/// Opens a session within a transaction that holds the lock of the user's row. `by` is what the audit log
/// tells of the sign-in.
async fn open_session_within(
    engine: &Engine,
    work: &mut Work<'_>,
    (user, verified_hash): (User, &str),
    client: &Client,
    way: SignInWay,
    by: Value,
) -> Result<NewSession> {
    check_account(work, user.id, verified_hash).await?;
    let session = open_session(engine, &**work, user, verified_hash, client, way.is_by_provider()).await?;
    audit::identify(&Caller::of_session(session.user.clone(), work.now()));
    // Who has just signed up knows of it.
    if way != SignInWay::SignUp {
        notices::signed_in(work, session.user.id, verified_hash, client).await?;
    }
    work.audit(AuditAction::SignIn, Some(session.user.id), by);
    Ok(session)
}

/// Refuses a disabled account, and one whose password is no longer the one that was verified. A session that
/// was opened after a change of the password would outlive the end of all others.
async fn check_account(work: &Work<'_>, owner: UserId, verified_hash: &str) -> Result<()> {
    let known = accounts::by_id(&**work, owner).await?;
    let known = known.filter(|known| known.password_hash == verified_hash);
    if known.ok_or_else(Refusal::wrong_credentials)?.disabled_at.is_some() {
        let why = "This account is disabled. Ask an administrator of this server.";
        return Err(Refusal::Forbidden { why: why.into() }.into());
    }
    Ok(())
}

/// Account with this name, for the commands of the machine.
async fn named(engine: &Engine, username: &str) -> Result<AccountRow> {
    Ok(accounts::by_name(&engine.db, username).await?.ok_or_else(|| Refusal::missing("account"))?)
}

/// Makes a user an administrator. Used by the command line.
pub async fn make_admin(engine: &Engine, username: &str) -> Result<()> {
    let User { id, role, .. } = named(engine, username).await?.user;
    let mut work = engine.begin().await?;
    accounts::lock(&*work, id).await?;
    roles::set_role(engine, &mut work, (id, role), AccountRole::Admin, None).await?;
    work.audit(AuditAction::UserChange, Some(id), json!({ "role": AccountRole::Admin }));
    work.commit().await
}

#[cfg(all(test, feature = "testing"))]
mod tests;
