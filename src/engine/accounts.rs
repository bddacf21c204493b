//! User accounts: registration, sign-in, sign-out and preferences.

mod client;
mod devices;
mod hasher;
mod login_limiter;
mod preferences;

use std::time::Duration;

use chrono::TimeDelta;
use rand::TryRngCore;
use sha2::{Digest, Sha256};

pub use client::{Client, ClientAddress};
pub use hasher::Hasher;
pub use login_limiter::LoginLimiter;
use preferences::check_preferences;
pub use preferences::{change_preferences, check_zone, preferences, set_preferences, set_theme};

use super::rate_limit::RateLimit;
use super::{Engine, Error, Result, metrics};
use crate::db::{accounts, sessions};
use crate::domain::account::{Credentials, Me, User};
use crate::domain::preference::Preferences;
use crate::domain::{Refusal, UserId};

/// Lifetime of a session.
const SESSION: Duration = Duration::from_secs(30 * 24 * 3600);

/// Lifetime of a device cookie: the longest that browsers keep a cookie.
const DEVICE: Duration = Duration::from_secs(400 * 24 * 3600);

/// A user who has just authenticated. The token is returned here once and stored only as a hash.
#[derive(Debug, Clone)]
pub struct NewSession {
    pub user: User,
    pub token: String,
    pub lasts: Duration,
    /// Value of the device cookie, which makes the client a known device of this account.
    pub device: String,
    pub device_lasts: Duration,
}

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
    open_session(engine, user, &hash, client).await
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
    admission.run(move || hasher::judge(&judged.username, &judged.password)).await??;
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
    open_session(engine, user, &hash, client).await
}

/// Ends a session and closes its live connections in this process at once. Other processes
/// notice at their next check.
pub async fn sign_out(engine: &Engine, token: &str) -> Result<()> {
    let hash = token_hash(token);
    sessions::delete(&engine.db, &hash).await?;
    engine.hub.revoke(&hash);
    Ok(())
}

/// Returns the user that a session token belongs to, or `None` if it is unknown or expired.
pub async fn who(engine: &Engine, token: &str) -> Result<Option<User>> {
    Ok(sessions::user(&engine.db, &token_hash(token), engine.now()).await?)
}

pub async fn me(engine: &Engine, owner: UserId) -> Result<Me> {
    let user = accounts::get(&engine.db, owner).await?.ok_or(Refusal::SignInRequired)?;
    let preferences = accounts::preferences(&engine.db, owner).await?;
    let stats = accounts::stats(&engine.db, owner).await?;
    Ok(Me { user, preferences, stats })
}

/// Sets a new password and ends all of the user's sessions.
pub async fn reset_password(engine: &Engine, username: &str, password: String) -> Result<()> {
    let typed = Credentials { username: username.to_owned(), password };
    typed.check()?;
    let known = accounts::by_name(&engine.db, username).await?.ok_or_else(|| Refusal::missing("account"))?;
    let admission = engine.hasher.admit()?;
    let judged = move || {
        hasher::judge(&typed.username, &typed.password)?;
        hasher::hash(&typed.password)
    };
    let hash = admission.run(judged).await??;
    let work = engine.begin().await?;
    accounts::set_password(&*work, known.user.id, &hash).await?;
    sessions::delete_all_of(&*work, known.user.id).await?;
    work.commit().await?;
    engine.hub.revoke_all_of(known.user.id);
    Ok(())
}

pub async fn make_admin(engine: &Engine, username: &str) -> Result<()> {
    let known = accounts::by_name(&engine.db, username).await?.ok_or_else(|| Refusal::missing("account"))?;
    Ok(accounts::make_admin(&engine.db, known.user.id).await?)
}

async fn open_session(
    engine: &Engine,
    user: User,
    password_hash: &str,
    client: &Client,
) -> Result<NewSession> {
    let token = new_token()?;
    let now = engine.now();
    sessions::insert(&engine.db, user.id, &token_hash(&token), now, now + SESSION).await?;
    let device = devices::remember(&client.device, user.id, password_hash)?;
    Ok(NewSession { user, token, lasts: SESSION, device, device_lasts: DEVICE })
}

/// Returns a random token of 256 bits, in lower-case hex.
pub(super) fn new_token() -> Result<String> {
    let mut secret = [0u8; 32];
    rand::rngs::OsRng.try_fill_bytes(&mut secret).map_err(Error::fault)?;
    Ok(hex::encode(secret))
}

/// Returns the hash under which a token is stored, so that a stolen database yields no usable tokens.
pub fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

#[cfg(all(test, feature = "testing"))]
mod tests;
