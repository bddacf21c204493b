//! Commute windows of users.

use sea_orm::{FromQueryResult, QueryResult, TryGetable};

use super::downloads::transitions;
use super::sql::{all, args, execute, json, one, sql, to_json, value};
use super::{ConnectionTrait, DbErr};
use crate::commute::{CommuteWindow, Plan, TimeOfDay};
use crate::preference::Preferences;
use crate::{CommuteWindowId, DateTime, UserId, Utc};

impl FromQueryResult for CommuteWindow {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let plan = Plan {
            label: row.try_get(prefix, "label")?,
            start: time(row, prefix, "starts")?,
            end: time(row, prefix, "ends")?,
            days: json(row, prefix, "days")?,
            is_active: row.try_get(prefix, "is_active")?,
        };
        Ok(Self { id: row.try_get(prefix, "id")?, plan })
    }
}

fn time(row: &QueryResult, prefix: &str, name: &str) -> Result<TimeOfDay, DbErr> {
    let text = String::try_get(row, prefix, name)?;
    text.parse().map_err(|error| DbErr::Type(format!("column {name}: {error}")))
}

const SELECT: &str = "SELECT w.id, w.label, w.starts, w.ends, w.days, w.is_active FROM commute_window w";

pub async fn list(db: &impl ConnectionTrait, owner: UserId) -> Result<Vec<CommuteWindow>, DbErr> {
    all(db, sql!("{SELECT} WHERE w.user_id = $1 ORDER BY w.starts, w.id"), args![owner]).await
}

pub async fn get(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: CommuteWindowId,
) -> Result<Option<CommuteWindow>, DbErr> {
    one(db, sql!("{SELECT} WHERE w.user_id = $1 AND w.id = $2"), args![owner, id]).await
}

pub async fn count(db: &impl ConnectionTrait, owner: UserId) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) FROM commute_window WHERE user_id = $1";
    Ok(value(db, sql, args![owner]).await?.unwrap_or_default())
}

pub async fn insert(
    db: &impl ConnectionTrait,
    owner: UserId,
    plan: &Plan,
    now: DateTime<Utc>,
) -> Result<CommuteWindowId, DbErr> {
    let (start, end, days) = (plan.start.to_string(), plan.end.to_string(), to_json(&plan.days)?);
    let id = value(
        db,
        "INSERT INTO commute_window (user_id, label, starts, ends, days, is_active, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        args![owner, plan.label.as_str(), start, end, days, plan.is_active, now],
    )
    .await?;
    id.ok_or(DbErr::RecordNotInserted)
}

/// Replaces a window. False if there is no such window.
pub async fn replace(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: CommuteWindowId,
    plan: &Plan,
) -> Result<bool, DbErr> {
    let (start, end, days) = (plan.start.to_string(), plan.end.to_string(), to_json(&plan.days)?);
    let moved = execute(
        db,
        "UPDATE commute_window SET label = $3, starts = $4, ends = $5, days = $6, is_active = $7
         WHERE user_id = $1 AND id = $2",
        args![owner, id, plan.label.as_str(), start, end, days, plan.is_active],
    )
    .await?;
    Ok(moved > 0)
}

/// Deletes a window. False if there is no such window.
pub async fn delete(db: &impl ConnectionTrait, owner: UserId, id: CommuteWindowId) -> Result<bool, DbErr> {
    let sql = "DELETE FROM commute_window WHERE user_id = $1 AND id = $2";
    Ok(execute(db, sql, args![owner, id]).await? > 0)
}

/// Active window of a user, with the user's preferences.
pub struct Travels {
    pub user_id: UserId,
    pub window: CommuteWindow,
    pub preferences: Preferences,
}

impl FromQueryResult for Travels {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let window = CommuteWindow::from_query_result(row, prefix)?;
        Ok(Self {
            user_id: row.try_get(prefix, "user_id")?,
            window,
            preferences: json(row, prefix, "preferences")?,
        })
    }
}

/// Active windows of all users, grouped by user.
pub async fn active(db: &impl ConnectionTrait) -> Result<Vec<Travels>, DbErr> {
    all(
        db,
        "SELECT w.*, a.preferences FROM commute_window w JOIN account a ON a.id = w.user_id
         WHERE w.is_active ORDER BY w.user_id, w.id",
        args![],
    )
    .await
}

/// Active windows of the users who wait for the bytes of an address, or of any address; ordered by user.
pub async fn of_who_waits(db: &impl ConnectionTrait, media_url: Option<&str>) -> Result<Vec<Travels>, DbErr> {
    let (place, values) = match media_url {
        Some(url) => ("AND d.media_url = $1", args![url]),
        None => ("", args![]),
    };
    let sql = sql!(
        "SELECT w.*, a.preferences FROM commute_window w JOIN account a ON a.id = w.user_id
         WHERE w.is_active AND w.user_id IN (
             SELECT d.user_id FROM download d WHERE d.status IN {waiting} {place})
         ORDER BY w.user_id, w.id",
        waiting = transitions::awaiting()
    );
    all(db, sql, values).await
}
