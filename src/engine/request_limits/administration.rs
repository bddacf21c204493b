//! Request limits as administrators and users see them: use, overrides and resets.

use std::collections::HashMap;

use serde_json::json;

use super::limiter::day_of;
use super::{LimitIdentity, shared};
use crate::db::request_limits::{self as rows, LimitSettings};
use crate::db::{api_keys, usage, users};
use crate::domain::audit_entry::AuditAction;
use crate::domain::managed_user::{ManagedUser, UserFilter};
use crate::domain::page::PageQuery;
use crate::domain::request_limit::{KeyUse, RequestCounts, RequestLimits, UserLimits, WindowUse};
use crate::domain::{Page, Refusal, UserId};
use crate::engine::{Engine, Result};

/// Lists users with their limits and use, newest first.
pub async fn list(engine: &Engine, filter: &UserFilter, page: &PageQuery) -> Result<Page<UserLimits>> {
    let Page { data, next_cursor } = users::list(&engine.db, filter, page, engine.now()).await?;
    Ok(Page { data: describe(engine, data).await?, next_cursor })
}

/// Limits and use of a user.
pub async fn get(engine: &Engine, id: UserId) -> Result<UserLimits> {
    let user = known(engine, id).await?;
    Ok(describe(engine, vec![user]).await?.pop().ok_or_else(missing)?)
}

/// Sets limits of a user in place of those of the role, or returns to these with none. Effective at once in
/// this process, and within ten seconds in others.
///
/// # Errors
/// `Refusal::Invalid` with the fields that are out of range.
pub async fn override_limits(
    engine: &Engine,
    id: UserId,
    limits: Option<RequestLimits>,
) -> Result<UserLimits> {
    known(engine, id).await?;
    let limits = limits.map(RequestLimits::check).transpose()?;
    let mut work = engine.begin().await?;
    rows::set(&*work, id, limits).await?;
    work.audit(AuditAction::LimitsChange, Some(id), json!({ "limits": limits }));
    work.commit().await?;
    apply(engine, id).await?;
    get(engine, id).await
}

/// Makes the requests of a user and of the user's keys count from now on.
pub async fn reset(engine: &Engine, id: UserId) -> Result<()> {
    known(engine, id).await?;
    let mut work = engine.begin().await?;
    rows::record_reset(&*work, id, engine.now()).await?;
    usage::reset(&*work, id, day_of(engine.now().timestamp_micros())).await?;
    work.audit(AuditAction::LimitsReset, Some(id), json!({}));
    work.commit().await?;
    engine.request_limiter.drop_unwritten(id);
    apply(engine, id).await
}

/// Makes changed settings effective in this process.
async fn apply(engine: &Engine, id: UserId) -> Result<()> {
    let settings = rows::get(&engine.db, id).await?;
    engine.request_limiter.apply(id, settings, engine.now().timestamp_micros());
    Ok(())
}

async fn known(engine: &Engine, id: UserId) -> Result<ManagedUser> {
    Ok(users::get(&engine.db, id, engine.now()).await?.ok_or_else(missing)?)
}

/// An identity of a user, with the name of the key.
struct ShownIdentity {
    identity: LimitIdentity,
    settings: LimitSettings,
    limits: RequestLimits,
    name: String,
    /// The day's requests in the database.
    written: i64,
}

async fn describe(engine: &Engine, users: Vec<ManagedUser>) -> Result<Vec<UserLimits>> {
    let (db, now) = (&engine.db, engine.now());
    let ids: Vec<_> = users.iter().map(|user| user.id).collect();
    let settings = rows::of_users(db, &ids).await?;
    let written = usage::of_users(db, &ids, day_of(now.timestamp_micros())).await?;
    let written: HashMap<_, _> = written.iter().map(|row| ((row.user_id, row.key()), row.n)).collect();
    let keys = api_keys::working_of(db, &ids, now).await?;
    let mut shown = Vec::new();
    for user in &users {
        let settings = settings.get(&user.id).copied().unwrap_or_default();
        let Some(limits) = settings.limits.or(engine.config.request_limits.of(Some(user.role))) else {
            continue;
        };
        let mine = keys.iter().filter(|key| key.user_id == user.id);
        let of_keys = mine.map(|key| (LimitIdentity::Key(user.id, key.id), key.name.clone()));
        let of_account = (LimitIdentity::Account(user.id), String::new());
        shown.extend([of_account].into_iter().chain(of_keys).map(|(identity, name)| {
            let written = written.get(&(user.id, identity.key())).copied().unwrap_or_default();
            ShownIdentity { identity, settings, limits, name, written }
        }));
    }
    let uses = uses(engine, &shown).await;
    let of_user = |user: ManagedUser| {
        let id = Some(user.id);
        let mine = shown.iter().zip(&uses).filter(move |(shown, _)| shown.identity.owner() == id);
        user_limits(user, mine)
    };
    Ok(users.into_iter().map(of_user).collect())
}

fn user_limits<'a>(
    user: ManagedUser,
    mine: impl Iterator<Item = (&'a ShownIdentity, &'a Vec<WindowUse>)>,
) -> UserLimits {
    let ManagedUser { id, username, role, .. } = user;
    let mut limits = UserLimits {
        user_id: id,
        username,
        role,
        limits: None,
        is_override: false,
        windows: Vec::new(),
        api_keys: Vec::new(),
    };
    for (shown, windows) in mine {
        (limits.limits, limits.is_override) = (Some(shown.limits), shown.settings.limits.is_some());
        match shown.identity.key() {
            None => limits.windows = windows.clone(),
            Some(id) => {
                limits.api_keys.push(KeyUse { id, name: shown.name.clone(), windows: windows.clone() });
            }
        }
    }
    limits
}

/// Use by all processes from Redis; without it, by this process, and of the day from the database.
async fn uses(engine: &Engine, shown: &[ShownIdentity]) -> Vec<Vec<WindowUse>> {
    let (limiter, now) = (&engine.request_limiter, engine.now().timestamp_micros());
    let stored = match &limiter.shared {
        Some(counters) => {
            let asked = shown.iter().map(|it| (it.identity.clone(), it.settings.reset_at, it.limits));
            shared::read(counters, &asked.collect::<Vec<_>>()).await
        }
        None => None,
    };
    let of = |(n, it): (usize, &ShownIdentity)| {
        let [tat, hour, day] = stored.as_ref().and_then(|all| all.get(n).copied()).unwrap_or_default();
        let empty = RequestCounts { at: now, tat: now, ..RequestCounts::default() };
        let here = limiter.counts(&it.identity, it.settings, now).unwrap_or(empty);
        let owner = it.identity.owner();
        let unwritten = owner.map_or(0, |owner| limiter.unwritten(owner, it.identity.key(), day_of(now)));
        let counts = RequestCounts {
            at: now,
            tat: tat.unwrap_or(here.tat).max(now),
            interval: if tat.is_some() { it.limits.interval() } else { here.interval },
            hour: hour.unwrap_or(here.hour),
            day: day.unwrap_or(here.day.max(it.written + unwritten)),
        };
        counts.uses(&it.limits)
    };
    shown.iter().enumerate().map(of).collect()
}

fn missing() -> Refusal {
    Refusal::missing("user")
}
