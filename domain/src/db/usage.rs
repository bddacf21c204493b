//! Requests of users per day, written some seconds late. They seed the counters of a process that starts.

use super::sql::{all, args, execute, listed, row, sql, value};
use super::{ConnectionTrait, DbErr};
use crate::{ApiKeyId, UserId};

/// Stored in place of a key for the requests of sessions.
const SESSIONS: ApiKeyId = ApiKeyId(0);

/// Requests of a user on a day, by sessions or by one key.
#[derive(Debug)]
pub struct DailyUsage {
    pub user_id: UserId,
    pub key_id: ApiKeyId,
    pub n: i64,
}
row!(DailyUsage { user_id, key_id, n });

impl DailyUsage {
    /// Key of the requests; none for those of sessions.
    pub fn key(&self) -> Option<ApiKeyId> {
        Some(self.key_id).filter(|id| *id != SESSIONS)
    }
}

/// Adds requests of a day, which is counted from 1970-01-01. Those of a deleted user are dropped.
pub async fn add(
    db: &impl ConnectionTrait,
    owner: UserId,
    key: Option<ApiKeyId>,
    day: i64,
    n: i64,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO usage (user_id, key_id, day, n) SELECT id, $2, $3, $4 FROM account WHERE id = $1
         ON CONFLICT (user_id, key_id, day) DO UPDATE SET n = usage.n + excluded.n";
    execute(db, sql, args![owner, key.unwrap_or(SESSIONS), day, n]).await.map(|_| ())
}

/// Requests of a day by sessions, or by a key.
pub async fn of_day(
    db: &impl ConnectionTrait,
    owner: UserId,
    key: Option<ApiKeyId>,
    day: i64,
) -> Result<i64, DbErr> {
    let sql = "SELECT n FROM usage WHERE user_id = $1 AND key_id = $2 AND day = $3";
    Ok(value(db, sql, args![owner, key.unwrap_or(SESSIONS), day]).await?.unwrap_or_default())
}

/// Requests of a day by these users.
pub async fn of_users(
    db: &impl ConnectionTrait,
    owners: &[UserId],
    day: i64,
) -> Result<Vec<DailyUsage>, DbErr> {
    let mut values = args![day];
    let owners = listed(owners.iter().copied(), &mut values);
    all(db, sql!("SELECT user_id, key_id, n FROM usage WHERE day = $1 AND user_id IN ({owners})"), values)
        .await
}

/// Forgets the requests of a user on a day.
pub async fn reset(db: &impl ConnectionTrait, owner: UserId, day: i64) -> Result<(), DbErr> {
    execute(db, "DELETE FROM usage WHERE user_id = $1 AND day = $2", args![owner, day]).await.map(|_| ())
}

/// Deletes the requests of earlier days.
pub async fn delete_before(db: &impl ConnectionTrait, day: i64) -> Result<u64, DbErr> {
    execute(db, "DELETE FROM usage WHERE day < $1", args![day]).await
}
