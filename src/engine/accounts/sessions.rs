//! Sessions of a user: opened, listed, and ended one by one or all but the caller's.

use std::time::Duration;

use serde_json::json;

use super::client::Client;
use super::token::{new_token, token_hash};
use super::{devices, factors};
use crate::db::sessions::{self, SessionClient, SessionEnd};
use crate::db::{ConnectionTrait, DbErr, accounts};
use crate::domain::account::User;
use crate::domain::audit_entry::AuditAction;
use crate::domain::page::PageQuery;
use crate::domain::session::UserSession;
use crate::domain::{Page, Refusal, SessionId, TimeDelta, UserId};
use crate::engine::rights::Caller;
use crate::engine::{Engine, Result, audit};

/// Lifetime of a session.
const SESSION: Duration = Duration::from_secs(30 * 24 * 3600);
/// Time without a request after which a session ends (ASVS 5.0.0, 7.3.1).
const IDLE: TimeDelta = TimeDelta::days(14);
/// Maximum number of sessions per user. A new one ends the oldest.
const MAX_SESSIONS: i64 = 50;

/// Lifetime of a device cookie: the longest that browsers keep a cookie.
const DEVICE: Duration = Duration::from_secs(400 * 24 * 3600);

/// Time for which a replaced token still works, for requests that are under way and tabs that are open.
pub(super) const GRACE: TimeDelta = TimeDelta::seconds(30);

/// Interval at which the time of the last request is recorded. A write for each request would cost more.
const RECORD_USE: TimeDelta = TimeDelta::minutes(5);

/// Maximum characters of a `User-Agent` header that are stored.
const MAX_USER_AGENT: usize = 200;

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

/// Way by which a user has authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum SignInWay {
    /// A password, or a passkey.
    Own,
    /// The OpenID Connect provider.
    Provider,
    /// The same, and it has made the account just now.
    SignUp,
}

impl SignInWay {
    pub(super) fn is_by_provider(self) -> bool {
        self != Self::Own
    }
}

/// Inserts a session and makes the client a known device.
pub(super) async fn open_session(
    engine: &Engine,
    db: &impl ConnectionTrait,
    user: User,
    password_hash: &str,
    client: &Client,
    by_provider: bool,
) -> Result<NewSession> {
    let (token, now) = (new_token()?, engine.now());
    let user_agent: String = client.user_agent.chars().take(MAX_USER_AGENT).collect();
    let seen = SessionClient { user_agent: &user_agent, network: &client.address.cidr(), by_provider };
    sessions::insert(db, user.id, &token_hash(&token), seen, now, now + IDLE).await?;
    revoke_all(engine, &sessions::delete_oldest_of(db, user.id, MAX_SESSIONS).await?);
    let device = devices::remember(&client.device, user.id, password_hash)?;
    Ok(NewSession { user, token, lasts: SESSION, device, device_lasts: DEVICE })
}

/// Returns the caller that a session token stands for, or `None` if it is unknown or expired.
pub async fn caller(engine: &Engine, token: &str) -> Result<Option<Caller>> {
    let (hash, now) = (token_hash(token), engine.now());
    let Some(session) = sessions::user(&engine.db, &hash, now).await? else { return Ok(None) };
    let before = now - RECORD_USE;
    if session.last_seen_at <= before {
        // A replaced token ends when it was to end.
        let until = (session.opened_at + SESSION).min(now + IDLE);
        let lasts = SessionEnd { until, unless_before: now + GRACE };
        note_failure("session", sessions::record_use(&engine.db, &hash, now, before, lasts).await);
    }
    let factor_deadline = factors::deadline(engine, &session.user).await?;
    let caller = Caller { factor_deadline, ..Caller::of_session(session.user, session.opened_at) };
    audit::identify(&caller);
    Ok(Some(caller))
}

/// Logs that the use of a credential was not recorded, because a full disk must not lock users out.
pub(in crate::engine) fn note_failure(credential: &str, recorded: Result<(), DbErr>) {
    if let Err(error) = recorded {
        tracing::warn!(credential, %error, "its last use was not recorded");
    }
}

/// Ends a session and closes its live connections in this process at once. Other processes
/// notice at their next check. Returns whether the OpenID Connect provider had signed its user in.
pub async fn sign_out(engine: &Engine, token: &str) -> Result<bool> {
    let hash = token_hash(token);
    let mut work = engine.begin().await?;
    let ended = sessions::delete(&*work, &hash).await?;
    if let Some(session) = ended {
        work.audit(AuditAction::SignOut, Some(session.user_id), json!({}));
        work.commit().await?;
    }
    engine.hub.revoke(&hash);
    Ok(ended.is_some_and(|session| session.by_provider))
}

/// Lists the user's sessions, the latest sign-in first. The caller's is marked as current.
pub async fn list_sessions(
    engine: &Engine,
    owner: UserId,
    token: &str,
    page: &PageQuery,
) -> Result<Page<UserSession>> {
    // A session with a replaced token is about to end and is left out.
    let until = engine.now() + GRACE;
    Ok(sessions::list(&engine.db, owner, &token_hash(token), until, page).await?)
}

/// Ends one of the user's sessions, with its live connections.
pub async fn end_session(engine: &Engine, owner: UserId, token: &str, id: SessionId) -> Result<()> {
    let mut work = engine.begin().await?;
    refuse_replaced(engine, &*work, owner, token).await?;
    let ended = sessions::delete_one_of(&*work, owner, id).await?;
    let hash = ended.ok_or_else(|| Refusal::missing("session"))?;
    work.audit(AuditAction::SessionEnd, Some(owner), json!({ "session": id }));
    work.commit().await?;
    engine.hub.revoke(&hash);
    Ok(())
}

/// Ends the user's sessions but the caller's, with their live connections.
pub async fn end_other_sessions(engine: &Engine, owner: UserId, token: &str) -> Result<()> {
    let mut work = engine.begin().await?;
    // Two such requests, or a change of the password, would otherwise wait for each other's rows.
    accounts::lock(&*work, owner).await?;
    refuse_replaced(engine, &*work, owner, token).await?;
    let ended = sessions::delete_others_of(&*work, owner, &token_hash(token)).await?;
    work.audit(AuditAction::SessionEnd, Some(owner), json!({ "sessions": ended.len() }));
    work.commit().await?;
    revoke_all(engine, &ended);
    Ok(())
}

/// Refuses a session whose token was replaced: it must not end the one that replaced it.
pub(super) async fn refuse_replaced(
    engine: &Engine,
    db: &impl ConnectionTrait,
    owner: UserId,
    token: &str,
) -> Result<()> {
    let until = engine.now() + GRACE;
    if sessions::lasts_beyond(db, owner, &token_hash(token), until).await? {
        Ok(())
    } else {
        Err(Refusal::SignInRequired.into())
    }
}

/// Closes the live connections of ended sessions in all processes.
pub(super) fn revoke_all(engine: &Engine, hashes: &[String]) {
    hashes.iter().for_each(|hash| engine.hub.revoke(hash));
}
