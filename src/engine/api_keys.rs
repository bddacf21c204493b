//! API keys: made, listed, used and revoked. A key is found by its hash, like a session.

mod format;

use chrono::TimeDelta;
use serde_json::json;

use super::accounts::{self, ClientAddress, token_hash};
use super::rights::{Caller, Credential};
use super::{Engine, Result, audit};
use crate::db::accounts as users;
use crate::db::api_keys::{self as rows, ApiKeyDraft, ApiKeyLookup};
use crate::domain::account::{AccountRole, User};
use crate::domain::api_key::{ApiKey, KEPT, MAX_API_KEYS, MadeApiKey, NewApiKey, WARNING};
use crate::domain::audit_entry::AuditAction;
use crate::domain::event::EventKind;
use crate::domain::notification::NotificationKind;
use crate::domain::page::PageQuery;
use crate::domain::{ApiKeyId, Page, Refusal, UserId};

/// Interval at which the last use of a key is recorded.
const RECORD_USE: TimeDelta = TimeDelta::minutes(1);

/// Lists the user's keys, newest first, with those that ended lately.
pub async fn list(engine: &Engine, owner: UserId, page: &PageQuery) -> Result<Page<ApiKey>> {
    Ok(rows::list(&engine.db, owner, page).await?)
}

pub async fn get(engine: &Engine, owner: UserId, id: ApiKeyId) -> Result<ApiKey> {
    Ok(rows::get(&engine.db, owner, id).await?.ok_or_else(missing)?)
}

/// Makes a key.
///
/// # Errors
/// `Refusal::Invalid` with the wrong fields; `Refusal::Conflict` if the user has too many keys.
pub async fn add(engine: &Engine, owner: &User, new: NewApiKey) -> Result<MadeApiKey> {
    let now = engine.now();
    let (NewApiKey { name, scopes, .. }, expires_at) = new.check(owner.role == AccountRole::Admin, now)?;
    let key = format::new_key()?;
    let public_id = format::public_id(&key).unwrap_or_default();
    let mut work = engine.begin().await?;
    users::lock(&*work, owner.id).await?;
    if rows::count(&*work, owner.id, now).await? >= MAX_API_KEYS {
        let why = format!("You have {MAX_API_KEYS} API keys, and there can be no more. Revoke one first.");
        return Err(Refusal::conflict(why).into());
    }
    let hash = token_hash(&key);
    let draft = ApiKeyDraft { public_id, hash: &hash, name: &name, scopes: &scopes, expires_at };
    let id = rows::insert(&*work, owner.id, draft, now).await?.ok_or_else(missing)?;
    let row = rows::get(&*work, owner.id, id).await?.ok_or_else(missing)?;
    accounts::notices::key_made(&mut work, owner.id, &name).await?;
    work.audit(AuditAction::ApiKeyAdd, Some(owner.id), json!({ "key": id, "scopes": &scopes }));
    work.commit().await?;
    Ok(MadeApiKey { row, key })
}

/// Revokes a key (idempotent) and closes its live connections.
pub async fn revoke(engine: &Engine, owner: UserId, id: ApiKeyId) -> Result<()> {
    get(engine, owner, id).await?;
    let mut work = engine.begin().await?;
    if let Some(hash) = rows::revoke(&*work, owner, id, work.now()).await? {
        work.audit(AuditAction::ApiKeyRevoke, Some(owner), json!({ "key": id }));
        work.commit().await?;
        engine.hub.revoke(&hash);
    }
    Ok(())
}

/// Returns the caller that a key stands for, and records its use.
///
/// # Errors
/// `Refusal::WrongKey` for a mistyped, unknown, revoked or expired key, with the reason.
pub async fn caller(engine: &Engine, key: &str, address: ClientAddress) -> Result<Caller> {
    let refused = |why: &str| Refusal::WrongKey { why: why.to_owned() };
    let public_id = format::public_id(key)
        .ok_or_else(|| refused("This is no complete API key. Copy all of it, from smc_ to the end."))?;
    let known = rows::by_secret(&engine.db, public_id, &token_hash(key)).await?;
    let known = known.ok_or_else(|| refused("This API key is unknown. Make one under API keys."))?;
    let now = engine.now();
    if known.revoked_at.is_some() {
        return Err(refused("This API key was revoked. Make another one under API keys.").into());
    }
    if known.disabled_at.is_some() {
        return Err(
            refused("The account of this API key is disabled. Ask an administrator of this server.").into()
        );
    }
    if known.expires_at <= now {
        return Err(refused("This API key has expired. Make another one under API keys.").into());
    }
    let before = now - RECORD_USE;
    if known.last_used_at.is_none_or(|last| last <= before) {
        let (owner, network) = (known.user.id, address.cidr());
        let recorded = rows::record_use(&engine.db, owner, known.id, &network, now, before).await;
        accounts::note_failure("API key", recorded);
    }
    let ApiKeyLookup { id, user, scopes, .. } = known;
    let factor_deadline = accounts::factors::deadline(engine, &user).await?;
    let caller = Caller { user, credential: Credential::Key(scopes), key_id: Some(id), factor_deadline };
    audit::identify(&caller);
    Ok(caller)
}

/// Notifies the owners of keys that expire soon, once for each key, and deletes keys that ended long ago.
pub async fn tidy(engine: &Engine) -> Result<()> {
    let now = engine.now();
    for key in rows::expiring(&engine.db, now, now + WARNING).await? {
        let mut work = engine.begin().await?;
        users::lock(&*work, key.user_id).await?;
        if rows::record_warning(&*work, key.user_id, key.id, now).await? {
            let data = json!({
                "message": "Make another key in time, and give it to the program that uses this one.",
                "level": "warning", "notice": NotificationKind::KeyExpires, "title": key.name,
                "api_key_id": key.id, "expires_at": key.expires_at,
            });
            work.record(key.user_id, None, EventKind::System, data).await?;
            work.commit().await?;
        }
    }
    rows::delete_ended(&engine.db, now - KEPT).await?;
    Ok(())
}

fn missing() -> Refusal {
    Refusal::missing("API key")
}

#[cfg(all(test, feature = "testing"))]
mod tests;
