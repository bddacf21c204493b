//! Statistics and clearing of the response cache. Administrators only.

use serde_json::json;

use crate::db::{accounts, cache_epochs};
use crate::domain::account::User;
use crate::domain::audit_entry::AuditAction;
use crate::domain::cache::{CacheScope, CacheStats};
use crate::domain::{Refusal, UserId};
use crate::engine::{Engine, Result};

/// Statistics of this process, with the epoch that all processes share.
pub async fn stats(engine: &Engine, by: &User) -> Result<CacheStats> {
    only_administrators(by)?;
    let (cache, epoch) =
        (&engine.response_cache, cache_epochs::current(&engine.db, CacheScope::All).await?.of_all);
    // Another process may have cleared the cache.
    cache.memory.retain(|key| key.scope.epoch.of_all >= epoch);
    Ok(CacheStats { epoch, redis_up: cache.redis_up(), scopes: cache.usage(engine.now()) })
}

/// Clears the whole cache, in all processes and in Redis.
pub async fn clear(engine: &Engine, by: &User) -> Result<()> {
    only_administrators(by)?;
    clear_scope(engine, CacheScope::All).await
}

/// Clears the responses that were cached for one user alone.
///
/// # Errors
/// If there is no such user.
pub async fn clear_user(engine: &Engine, by: &User, id: UserId) -> Result<()> {
    only_administrators(by)?;
    let user = accounts::get(&engine.db, id).await?.ok_or_else(|| Refusal::missing("user"))?;
    clear_scope(engine, CacheScope::User(user.id)).await
}

async fn clear_scope(engine: &Engine, scope: CacheScope) -> Result<()> {
    let mut work = engine.begin().await?;
    cache_epochs::raise(&*work, scope, work.now()).await?;
    let about = match scope {
        CacheScope::User(id) => Some(id),
        CacheScope::All => None,
    };
    work.audit(AuditAction::CacheClear, about, json!({}));
    work.commit().await?;
    engine.response_cache.release(scope);
    Ok(())
}

fn only_administrators(by: &User) -> Result<()> {
    Ok(by.check_admin("Only an administrator of this server may see and clear its caches.")?)
}
