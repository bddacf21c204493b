//! User accounts: registration, sign-in, sessions, passwords and preferences.

mod breached;
mod client;
mod devices;
mod hasher;
mod login_limiter;
mod password;
mod preferences;
mod profile;
mod sessions;
mod token;

use chrono::TimeDelta;

pub use breached::check as check_breached_passwords;
pub use client::{Client, ClientAddress};
pub use hasher::Hasher;
pub use login_limiter::LoginLimiter;
pub use password::{change_password, check_password, reset_password};
use preferences::check_preferences;
pub use preferences::{
    change_preferences, check_zone, preferences, set_language, set_preferences, set_quiet_hours, set_theme,
};
pub use profile::{account, change_account, display_name, me, user};
use sessions::open_session;
pub use sessions::{NewSession, end_other_sessions, end_session, list_sessions, sign_out, who};
pub use token::token_hash;
pub(super) use token::{new_token, random_bytes};

use super::rate_limit::RateLimit;
use super::{Engine, Error, Result, metrics};
use crate::db::{accounts, users};
use crate::domain::Refusal;
use crate::domain::account::{AccountRole, Credentials, User};
use crate::domain::preference::Preferences;

/// Creates an account and signs the user in.
///
/// # Errors
/// `Refusal::RateLimited` if the client's network has created too many accounts within the hour.
pub async fn register(
    engine: &Engine,
    typed: Credentials,
    preferences: Preferences,
    client: &Client,
) -> Result<NewSession> {
    if !engine.config.signup_open {
        return Err(Refusal::Forbidden {
            why: "This server takes no new accounts. Ask its owner for one.".into(),
        }
        .into());
    }
    let new = check(engine, typed, preferences).await?;
    let hits = usize::try_from(engine.config.signups_per_hour).unwrap_or(usize::MAX);
    let per_network = RateLimit { name: "sign_up", hits, window: TimeDelta::hours(1) };
    // A taken name counts too, because the refusal tells the client that the name exists.
    per_network.take(engine, &client.address.network().to_string()).await?;
    let (user, hash) = insert(engine, new).await?;
    open_session(engine, &engine.db, user, &hash, client).await
}

/// Creates an account without signing in. Used by the command line.
pub async fn create(engine: &Engine, typed: Credentials, preferences: Preferences) -> Result<User> {
    let new = check(engine, typed, preferences).await?;
    Ok(insert(engine, new).await?.0)
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

/// Inserts the account. Returns the user and the password hash.
async fn insert(engine: &Engine, new: NewAccount) -> Result<(User, String)> {
    let NewAccount { typed: Credentials { username, password }, preferences, admission } = new;
    let hash = admission.run(move || hasher::hash(&password)).await??;
    let user = accounts::insert(&engine.db, &username, &hash, &preferences, engine.now()).await?;
    let user = user.ok_or_else(|| Refusal::field("username", "This name is taken. Choose another."))?;
    Ok((user, hash))
}

/// Signs in. An unknown name and a wrong password get the same answer after the same work.
///
/// # Errors
/// `Refusal::WrongCredentials`; `Refusal::RateLimited` after too many attempts; `Refusal::Unavailable` if
/// the hashing queue is full.
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
    let (password, stored) = (typed.password.clone(), hash.clone());
    let fits = admission.run(move || hasher::verify(&password, &stored)).await?;
    let Some(user) = user.filter(|_| fits) else { return Err(Refusal::wrong_credentials().into()) };
    attempt.succeed().await?;
    open_session_under(engine, user, &hash, client).await
}

/// Opens a session if the password is still the one that was verified. A session that was opened after a
/// change of the password would outlive the end of all others.
async fn open_session_under(
    engine: &Engine,
    user: User,
    verified_hash: &str,
    client: &Client,
) -> Result<NewSession> {
    let work = engine.begin().await?;
    accounts::lock(&*work, user.id).await?;
    let known = accounts::by_id(&*work, user.id).await?;
    let known = known.filter(|known| known.password_hash == verified_hash);
    if known.ok_or_else(Refusal::wrong_credentials)?.disabled_at.is_some() {
        let why = "This account is disabled. Ask an administrator of this server.";
        return Err(Refusal::Forbidden { why: why.into() }.into());
    }
    let session = open_session(engine, &*work, user, verified_hash, client).await?;
    work.commit().await?;
    Ok(session)
}

/// Makes a user an administrator. Used by the command line.
pub async fn make_admin(engine: &Engine, username: &str) -> Result<()> {
    let known = accounts::by_name(&engine.db, username).await?.ok_or_else(|| Refusal::missing("account"))?;
    Ok(users::set_role(&engine.db, known.user.id, AccountRole::Admin, None).await?)
}

#[cfg(all(test, feature = "testing"))]
mod tests;
