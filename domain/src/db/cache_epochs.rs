//! Epochs of cached responses: a row for each scope that was ever cleared.

use super::sql::{args, execute, one, row};
use super::{ConnectionTrait, DbErr};
use crate::cache::{CacheEpoch, CacheScope};
use crate::{DateTime, Utc};

row!(CacheEpoch { of_all, of_user });

/// Epoch of a scope now.
pub async fn current(db: &impl ConnectionTrait, scope: CacheScope) -> Result<CacheEpoch, DbErr> {
    let sql = "SELECT COALESCE(MAX(CASE WHEN scope = 'all' THEN epoch END), 0) AS of_all,
                COALESCE(MAX(CASE WHEN scope <> 'all' THEN epoch END), 0) AS of_user
         FROM cache_epoch WHERE scope IN ('all', $1)";
    let epoch = one(db, sql, args![scope.to_string()]).await?;
    Ok(epoch.unwrap_or(CacheEpoch { of_all: 0, of_user: 0 }))
}

/// Raises the epoch of a scope, in the transaction that changes what its responses depend on. The new epoch
/// is the time in milliseconds, or one more than the last: a database that was restored from a backup does
/// not reach an epoch again that it had before.
pub async fn raise(db: &impl ConnectionTrait, scope: CacheScope, now: DateTime<Utc>) -> Result<(), DbErr> {
    let sql = "INSERT INTO cache_epoch (scope, epoch) VALUES ($1, $2) ON CONFLICT (scope) DO UPDATE SET
         epoch = CASE WHEN excluded.epoch > cache_epoch.epoch THEN excluded.epoch ELSE cache_epoch.epoch + 1 END";
    execute(db, sql, args![scope.to_string(), now.timestamp_millis()]).await.map(|_| ())
}
