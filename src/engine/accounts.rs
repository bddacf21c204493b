//! People: registering, signing in and out, and what they prefer.

use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString, rand_core::OsRng};
use rand::TryRngCore;
use sha2::{Digest, Sha256};

use super::downloads::OrderTransfers;
use super::{Engine, Error, Result};
use crate::db::{accounts, sessions};
use crate::domain::account::{Credentials, Me, User};
use crate::domain::preference::Preferences;
use crate::domain::{Refusal, UserId};

/// How long a sign-in lasts.
const SESSION: Duration = Duration::from_secs(30 * 24 * 3600);

/// The least zxcvbn score of a new password: 3 is "safely unguessable".
const STRENGTH_LEAST: u8 = 3;

/// Somebody who has just proved who they are. The token is given out here once and kept only as a hash.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub user: User,
    pub token: String,
    pub lasts: Duration,
}

/// Opens an account and signs its owner in.
pub async fn register(engine: &Engine, typed: Credentials, preferences: Preferences) -> Result<SignedIn> {
    if !engine.config.signup_open {
        return Err(Refusal::Forbidden {
            why: "This server takes no new accounts. Ask its owner for one.".into(),
        }
        .into());
    }
    let user = create(engine, typed, preferences).await?;
    open_session(engine, user).await
}

/// Opens an account without signing in: what the command line does.
pub async fn create(engine: &Engine, typed: Credentials, preferences: Preferences) -> Result<User> {
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
    let Credentials { username, password } = typed;
    let hash = hash_password(username.clone(), password).await?;
    let user = accounts::insert(&engine.db, &username, &hash, &preferences, engine.now()).await?;
    user.ok_or_else(|| Refusal::field("username", "This name is taken. Choose another.").into())
}

/// Signs in. A wrong name and a wrong password get the same answer, after the same work.
pub async fn sign_in(engine: &Engine, typed: &Credentials) -> Result<SignedIn> {
    let known = accounts::by_name(&engine.db, &typed.username).await?;
    let (user, hash) = match known {
        Some(known) => (Some(known.user), known.password_hash),
        None => (None, nobodys_hash().await?),
    };
    let password = typed.password.clone();
    let fits = costly(move || verify(&password, &hash)).await?;
    match user {
        Some(user) if fits => open_session(engine, user).await,
        _ => Err(Refusal::field("password", "This name and password do not fit together.").into()),
    }
}

pub async fn sign_out(engine: &Engine, token: &str) -> Result<()> {
    Ok(sessions::delete(&engine.db, &token_hash(token)).await?)
}

/// Whose token it is; nobody's when it is unknown or has run out.
pub async fn who(engine: &Engine, token: &str) -> Result<Option<User>> {
    Ok(sessions::user(&engine.db, &token_hash(token), engine.now()).await?)
}

pub async fn me(engine: &Engine, owner: UserId) -> Result<Me> {
    let user = accounts::get(&engine.db, owner).await?.ok_or(Refusal::SignInRequired)?;
    let preferences = accounts::preferences(&engine.db, owner).await?;
    let stats = accounts::stats(&engine.db, owner).await?;
    Ok(Me { user, preferences, stats })
}

pub async fn set_preferences(engine: &Engine, owner: UserId, typed: Preferences) -> Result<Preferences> {
    let preferences = check_preferences(typed)?;
    let mut work = engine.begin().await?;
    if accounts::preferences(&*work, owner).await?.timezone != preferences.timezone {
        // By another clock they leave at another time.
        work.push(&OrderTransfers {}).await?;
    }
    accounts::set_preferences(&*work, owner, &preferences).await?;
    work.commit().await?;
    Ok(preferences)
}

/// Sets a new password and ends every sign-in made with the old one.
pub async fn reset_password(engine: &Engine, username: &str, password: String) -> Result<()> {
    Credentials { username: username.to_owned(), password: password.clone() }.check()?;
    let known = accounts::by_name(&engine.db, username).await?.ok_or_else(|| Refusal::missing("account"))?;
    let hash = hash_password(username.to_owned(), password).await?;
    let work = engine.begin().await?;
    accounts::set_password(&*work, known.user.id, &hash).await?;
    sessions::delete_all_of(&*work, known.user.id).await?;
    work.commit().await
}

pub async fn make_admin(engine: &Engine, username: &str) -> Result<()> {
    let known = accounts::by_name(&engine.db, username).await?.ok_or_else(|| Refusal::missing("account"))?;
    Ok(accounts::make_admin(&engine.db, known.user.id).await?)
}

fn check_preferences(typed: Preferences) -> Result<Preferences> {
    let zone_is_known = typed.timezone.parse::<chrono_tz::Tz>().is_ok();
    let zone = || crate::domain::FieldError::new("timezone", "Use a name such as Europe/Berlin or UTC.");
    match typed.check() {
        Ok(fine) if zone_is_known => Ok(fine),
        Ok(_) => Err(Refusal::Invalid { fields: vec![zone()] }.into()),
        Err(Refusal::Invalid { mut fields }) => {
            if !zone_is_known {
                fields.push(zone());
            }
            Err(Refusal::Invalid { fields }.into())
        }
        Err(other) => Err(other.into()),
    }
}

async fn open_session(engine: &Engine, user: User) -> Result<SignedIn> {
    let token = new_token()?;
    let now = engine.now();
    sessions::insert(&engine.db, user.id, &token_hash(&token), now, now + SESSION).await?;
    Ok(SignedIn { user, token, lasts: SESSION })
}

/// 256 bits that nobody guesses, in lower-case hex.
pub(super) fn new_token() -> Result<String> {
    let mut secret = [0u8; 32];
    rand::rngs::OsRng.try_fill_bytes(&mut secret).map_err(Error::fault)?;
    Ok(hex::encode(secret))
}

/// What is kept of a token: whoever steals the database opens nothing with it.
pub(super) fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

/// Judges and hashes a new password.
async fn hash_password(username: String, password: String) -> Result<String> {
    costly(move || {
        // The judge's work grows with the square of the length; 100 characters are enough to judge.
        let judged: String = password.chars().take(100).collect();
        let judgement = zxcvbn::zxcvbn(&judged, &[&username, "smartcache"]);
        if u8::from(judgement.score()) < STRENGTH_LEAST {
            let advice =
                judgement.feedback().and_then(|f| f.warning()).map(|w| format!(" {w}")).unwrap_or_default();
            let message =
                format!("This password is too easy to guess.{advice} A few unusual words work well.");
            return Err(Refusal::field("password", message).into());
        }
        hash(&password)
    })
    .await?
}

/// Runs what takes long and much memory on purpose: off the async threads, and a few at a time.
async fn costly<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    static ROOM: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(4);
    let _place = ROOM.acquire().await.map_err(Error::fault)?;
    Ok(tokio::task::spawn_blocking(work).await?)
}

/// Argon2id (RFC 9106) with the crate's default cost: 19 MiB, two passes.
fn hash(password: &str) -> Result<String> {
    let salt = SaltString::generate(&mut OsRng);
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
    Ok(hash.map_err(|e| Error::fault(e.to_string()))?.to_string())
}

fn verify(password: &str, hash: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(hash) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok()
}

/// The hash unknown names are checked against, so that they take as long as known ones.
async fn nobodys_hash() -> Result<String> {
    static HASH: tokio::sync::OnceCell<String> = tokio::sync::OnceCell::const_new();
    let made = HASH.get_or_try_init(|| async { costly(|| hash("nobody")).await? });
    made.await.cloned()
}
