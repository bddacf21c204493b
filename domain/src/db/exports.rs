//! Exports of users, and the rows that go into them.

mod tables;

pub use tables::{ExportedTable, LEFT_OUT_COLUMNS, LEFT_OUT_TABLES, TABLES};

use serde::Serialize;
use serde_json::Value;

use super::sql::{all, args, execute, one, row, sql};
use super::{ConnectionTrait, DbErr};
use crate::export::ExportState;
use crate::{DateTime, UserId, Utc};

/// Export of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportRow {
    pub state: ExportState,
    pub requested_at: DateTime<Utc>,
    pub ready_at: Option<DateTime<Utc>>,
    pub expires_at: Option<DateTime<Utc>>,
    pub bytes: Option<i64>,
    pub sha256: Option<String>,
}
row!(ExportRow { state, requested_at, ready_at, expires_at, bytes, sha256 });

/// Export of a user, unless its time is over.
pub async fn get(
    db: &impl ConnectionTrait,
    owner: UserId,
    now: DateTime<Utc>,
) -> Result<Option<ExportRow>, DbErr> {
    let sql = "SELECT state, requested_at, ready_at, expires_at, bytes, sha256 FROM account_export
         WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > $2)";
    one(db, sql, args![owner, now]).await
}

/// Begins an export in place of the last one. False if one is being prepared.
pub async fn begin(db: &impl ConnectionTrait, owner: UserId, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = "INSERT INTO account_export (user_id, state, requested_at) VALUES ($1, 'preparing', $2)
         ON CONFLICT (user_id) DO UPDATE SET state = 'preparing', requested_at = excluded.requested_at,
            ready_at = NULL, expires_at = NULL, sha256 = NULL, bytes = NULL
         WHERE account_export.state <> 'preparing'";
    Ok(execute(db, sql, args![owner, now]).await? > 0)
}

/// File of an export.
#[derive(Debug, Clone, Copy)]
pub struct ExportFile<'a> {
    pub sha256: &'a str,
    pub bytes: i64,
    pub expires_at: DateTime<Utc>,
}

/// Records the file of an export that is being prepared (compare-and-set). False if it was requested at
/// another time, or is gone.
pub async fn finish(
    db: &impl ConnectionTrait,
    owner: UserId,
    requested_at: DateTime<Utc>,
    file: ExportFile<'_>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let ExportFile { sha256, bytes, expires_at } = file;
    let sql =
        "UPDATE account_export SET state = 'ready', sha256 = $3, bytes = $4, ready_at = $5, expires_at = $6
         WHERE user_id = $1 AND requested_at = $2 AND state = 'preparing'";
    Ok(execute(db, sql, args![owner, requested_at, sha256, bytes, now, expires_at]).await? > 0)
}

/// Records that the export that is being prepared has failed. It expires like one that is ready.
pub async fn fail(
    db: &impl ConnectionTrait,
    owner: UserId,
    expires_at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE account_export SET state = 'failed', expires_at = $2
         WHERE user_id = $1 AND state = 'preparing'";
    Ok(execute(db, sql, args![owner, expires_at]).await? > 0)
}

/// Marks the exports with these bytes as failed, because the bytes were lost.
pub async fn lose(db: &impl ConnectionTrait, sha256: &str) -> Result<(), DbErr> {
    let sql = "UPDATE account_export SET state = 'failed', sha256 = NULL, bytes = NULL WHERE sha256 = $1";
    execute(db, sql, args![sha256]).await.map(|_| ())
}

/// Deletes the export of a user. Its bytes are deleted when nothing holds them any more.
pub async fn delete_of(db: &impl ConnectionTrait, owner: UserId) -> Result<(), DbErr> {
    execute(db, "DELETE FROM account_export WHERE user_id = $1", args![owner]).await.map(|_| ())
}

pub async fn delete_expired(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, DbErr> {
    execute(db, "DELETE FROM account_export WHERE expires_at <= $1", args![now]).await
}

/// A page of a user's rows of a table, as objects by the names of columns, without what is left out.
pub async fn rows(
    db: &impl ConnectionTrait,
    owner: UserId,
    table: &ExportedTable,
    limit: i64,
    offset: i64,
) -> Result<Vec<Value>, DbErr> {
    let ExportedTable { name, owned, order } = *table;
    let sql = sql!("SELECT * FROM {name} WHERE {owned} ORDER BY {order} LIMIT $2 OFFSET $3");
    let mut rows: Vec<Value> = all(db, sql, args![owner, limit, offset]).await?;
    let left_out = LEFT_OUT_COLUMNS.iter().filter(|(of, ..)| *of == name);
    for column in left_out.map(|(_, column, _)| column) {
        rows.iter_mut().filter_map(Value::as_object_mut).for_each(|row| drop(row.remove(*column)));
    }
    Ok(rows)
}

/// File of a user's download.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportedMedia {
    pub title: String,
    pub url: String,
    pub sha256: String,
    pub bytes: i64,
    pub mime_type: String,
}
row!(ExportedMedia { title, url, sha256, bytes, mime_type });

/// Files that the user's downloads hold.
pub async fn media(
    db: &impl ConnectionTrait,
    owner: UserId,
    limit: i64,
    offset: i64,
) -> Result<Vec<ExportedMedia>, DbErr> {
    let sql = "SELECT d.title, d.media_url AS url, b.sha256, b.bytes, b.mime_type
         FROM download d JOIN blob b ON b.sha256 = d.sha256 WHERE d.user_id = $1
         ORDER BY d.id LIMIT $2 OFFSET $3";
    all(db, sql, args![owner, limit, offset]).await
}
