//! Request limits that administrators set for users, and resets of their counters.

use std::collections::HashMap;

use super::sql::{all, args, execute, listed, one, row, sql};
use super::{ConnectionTrait, DbErr};
use crate::request_limit::RequestLimits;
use crate::{DateTime, UserId, Utc};

/// Limits of a user in place of those of the role, if any, and the time from which on requests count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LimitSettings {
    pub limits: Option<RequestLimits>,
    pub reset_at: Option<DateTime<Utc>>,
}

struct LimitRow {
    user_id: UserId,
    minute: Option<i64>,
    hour: Option<i64>,
    day: Option<i64>,
    hard_percent: Option<i64>,
    reset_at: Option<DateTime<Utc>>,
}
row!(LimitRow { user_id, minute, hour, day, hard_percent, reset_at });

impl LimitRow {
    fn settings(self) -> LimitSettings {
        let Self { minute, hour, day, hard_percent, reset_at, .. } = self;
        let limits = minute.zip(hour).zip(day.zip(hard_percent));
        let limits = limits.map(|((minute, hour), (day, hard_percent))| RequestLimits {
            minute,
            hour,
            day,
            hard_percent,
        });
        LimitSettings { limits, reset_at }
    }
}

const SELECT: &str = "SELECT user_id, minute, hour, day, hard_percent, reset_at FROM request_limit";

pub async fn get(db: &impl ConnectionTrait, owner: UserId) -> Result<LimitSettings, DbErr> {
    let row: Option<LimitRow> = one(db, sql!("{SELECT} WHERE user_id = $1"), args![owner]).await?;
    Ok(row.map(LimitRow::settings).unwrap_or_default())
}

/// Settings of those among these users who have any.
pub async fn of_users(
    db: &impl ConnectionTrait,
    owners: &[UserId],
) -> Result<HashMap<UserId, LimitSettings>, DbErr> {
    let mut values = Vec::new();
    let owners = listed(owners.iter().copied(), &mut values);
    let rows: Vec<LimitRow> = all(db, sql!("{SELECT} WHERE user_id IN ({owners})"), values).await?;
    Ok(rows.into_iter().map(|row| (row.user_id, row.settings())).collect())
}

/// Sets the limits of a user, or those of the role with none.
pub async fn set(
    db: &impl ConnectionTrait,
    owner: UserId,
    limits: Option<RequestLimits>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO request_limit (user_id, minute, hour, day, hard_percent) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (user_id) DO UPDATE SET minute = excluded.minute, hour = excluded.hour, day = excluded.day,
         hard_percent = excluded.hard_percent";
    let (minute, hour) = (limits.map(|it| it.minute), limits.map(|it| it.hour));
    let (day, percent) = (limits.map(|it| it.day), limits.map(|it| it.hard_percent));
    execute(db, sql, args![owner, minute, hour, day, percent]).await.map(|_| ())
}

/// Makes the user's requests count from now on. All processes see it when they read the settings again.
pub async fn record_reset(db: &impl ConnectionTrait, owner: UserId, now: DateTime<Utc>) -> Result<(), DbErr> {
    let sql = "INSERT INTO request_limit (user_id, reset_at) VALUES ($1, $2)
         ON CONFLICT (user_id) DO UPDATE SET reset_at = excluded.reset_at";
    execute(db, sql, args![owner, now]).await.map(|_| ())
}
