//! Event log of each user, numbered without gaps.

use std::collections::BTreeMap;

use sea_orm::{FromQueryResult, QueryResult};

use super::notifications;
use super::sql::json::entries_of;
use super::sql::{SafeSql, all, args, execute, row, sql, to_json, value};
use super::tasks;
use super::{ConnectionTrait, DbErr};
use crate::event::{EventKind, Frame};
use crate::notification::of_event;
use crate::{DateTime, RunId, UserId, Utc};
use serde_json::Value;

/// Frame as stored in its row.
struct Stored {
    seq: i64,
    ts: DateTime<Utc>,
    kind: EventKind,
    run_id: Option<RunId>,
    data: Value,
}
row!(Stored { seq, ts, kind, run_id; data });

impl From<Stored> for Frame {
    fn from(row: Stored) -> Self {
        Self { v: 1, seq: Some(row.seq), ts: row.ts, kind: row.kind, run_id: row.run_id, data: row.data }
    }
}

/// Event to append, not numbered yet.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    pub run_id: Option<RunId>,
    pub kind: EventKind,
    pub data: Value,
}

/// Numbers and stores an event. The counter's row stays locked until the transaction ends, so that the order
/// of numbers is the order of commits.
pub async fn append(
    db: &impl ConnectionTrait,
    owner: UserId,
    run_id: Option<RunId>,
    kind: EventKind,
    data: Value,
    now: DateTime<Utc>,
) -> Result<Frame, DbErr> {
    let appended = append_all(db, owner, vec![NewEvent { run_id, kind, data }], now).await?;
    appended.into_iter().next().ok_or(DbErr::RecordNotInserted)
}

/// Appends several events, in their order, and behind them the changes of tasks and the
/// notifications that they cause.
pub async fn append_all(
    db: &impl ConnectionTrait,
    owner: UserId,
    told: Vec<NewEvent>,
    now: DateTime<Utc>,
) -> Result<Vec<Frame>, DbErr> {
    let mut told = told;
    for at in 0..told.len() {
        told.extend(tasks::changed_by(db, owner, &told[at]).await?);
    }
    let changes: Vec<_> = told.iter().map(|event| of_event(event.run_id, event.kind, &event.data)).collect();
    let length = told.len() + changes.iter().filter(|change| change.new.is_some()).count();
    let count = "UPDATE account SET event_seq = event_seq + $2 WHERE id = $1 RETURNING event_seq";
    let last: i64 = value(db, count, args![owner, length as i64])
        .await?
        .ok_or_else(|| DbErr::RecordNotFound(format!("account {owner}")))?;
    let first = last - length as i64 + 1;
    for change in changes {
        if let Some(made) = notifications::apply(db, owner, change, now).await? {
            let data = serde_json::to_value(&made).map_err(|error| DbErr::Json(error.to_string()))?;
            told.push(NewEvent { run_id: None, kind: EventKind::Notification, data });
        }
    }
    let rows = SafeSql::join((0..told.len()).map(row_of), ", ");
    let mut values = args![owner, now];
    let mut frames = Vec::new();
    for (seq, NewEvent { run_id, kind, data }) in (first..).zip(told) {
        values.extend(args![seq, kind, run_id, to_json(&data)?]);
        frames.push(Stored { seq, ts: now, kind, run_id, data }.into());
    }
    let sql = sql!("INSERT INTO event (user_id, ts, seq, kind, run_id, data) VALUES {rows}");
    execute(db, sql, values).await?;
    Ok(frames)
}

fn row_of(n: usize) -> SafeSql {
    let [seq, kind, run, data] = [3, 4, 5, 6].map(|at| at + n * 4);
    sql!("($1, $2, ${seq}, ${kind}, ${run}, ${data})")
}

/// Numbers of the oldest stored frame (the next number if none is stored) and of the newest.
pub async fn range(db: &impl ConnectionTrait, owner: UserId) -> Result<(i64, i64), DbErr> {
    let newest: i64 =
        value(db, "SELECT event_seq FROM account WHERE id = $1", args![owner]).await?.unwrap_or_default();
    let oldest: Option<i64> =
        value(db, "SELECT MIN(seq) FROM event WHERE user_id = $1", args![owner]).await?.flatten();
    Ok((oldest.unwrap_or(newest + 1), newest))
}

pub async fn after(
    db: &impl ConnectionTrait,
    owner: UserId,
    seq: i64,
    limit: i64,
) -> Result<Vec<Frame>, DbErr> {
    let rows: Vec<Stored> = all(
        db,
        "SELECT seq, ts, kind, run_id, data FROM event WHERE user_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        args![owner, seq, limit],
    )
    .await?;
    Ok(rows.into_iter().map(Frame::from).collect())
}

/// Frame with its user.
struct Addressed {
    owner: UserId,
    frame: Frame,
}

impl FromQueryResult for Addressed {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let frame = Stored::from_query_result(row, prefix)?.into();
        Ok(Self { owner: row.try_get(prefix, "user_id")?, frame })
    }
}

/// Next frames of each of these users after the given number, in one statement.
pub async fn after_each(
    db: &impl ConnectionTrait,
    users: &[(UserId, i64)],
    most: i64,
) -> Result<Vec<(UserId, Frame)>, DbErr> {
    let (these, owner, seq) = (entries_of(db, 1), "CAST(w.key AS BIGINT)", "CAST(w.value AS BIGINT)");
    // CROSS JOIN makes SQLite start with the few users.
    let sql = sql!(
        "SELECT e.user_id, e.seq, e.ts, e.kind, e.run_id, e.data FROM {these} w CROSS JOIN event e
         WHERE e.user_id = {owner} AND e.seq > {seq} AND e.seq <= {seq} + $2 ORDER BY e.user_id, e.seq"
    );
    let users: BTreeMap<i64, i64> = users.iter().map(|(owner, seq)| (owner.0, *seq)).collect();
    let rows: Vec<Addressed> = all(db, sql, args![to_json(&users)?, most]).await?;
    Ok(rows.into_iter().map(|row| (row.owner, row.frame)).collect())
}

/// Events of a run, up to a number.
pub async fn of_run(
    db: &impl ConnectionTrait,
    owner: UserId,
    run: RunId,
    up_to: i64,
) -> Result<Vec<Frame>, DbErr> {
    let rows: Vec<Stored> = all(
        db,
        "SELECT seq, ts, kind, run_id, data FROM event
         WHERE user_id = $1 AND run_id = $2 AND seq <= $3 ORDER BY seq LIMIT 2000",
        args![owner, run, up_to],
    )
    .await?;
    Ok(rows.into_iter().map(Frame::from).collect())
}

/// Time of the newest event of all users.
pub async fn newest_time(db: &impl ConnectionTrait) -> Result<Option<DateTime<Utc>>, DbErr> {
    // Not MAX, whose type SQLite does not know.
    value(db, "SELECT ts FROM event ORDER BY ts DESC LIMIT 1", args![]).await
}

pub async fn delete_before(db: &impl ConnectionTrait, time: DateTime<Utc>) -> Result<u64, DbErr> {
    execute(db, "DELETE FROM event WHERE ts < $1", args![time]).await
}
