//! Helpers that tie plain SQL to the domain's types.

use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, ValueType, ValueTypeErr};
use sea_orm::{
    ColIdx, ConnectionTrait, DbBackend, DbErr, FromQueryResult, QueryResult, Statement, TryGetError,
    TryGetable, Value,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::domain::approval::ApprovalStatus;
use crate::domain::dismissal::DismissalReason;
use crate::domain::download::{DownloadStatus, Provider};
use crate::domain::event::EventKind;
use crate::domain::failure::RetrySchedule;
use crate::domain::history::Outcome;
use crate::domain::item::Availability;
use crate::domain::media::Wanted;
use crate::domain::run::{Agent, MessageKind, RunStatus};
use crate::domain::source::{Health, Kind, Origin, Policy};
use crate::domain::*;

/// Values of a statement's `$1`, `$2`, …
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$(sea_orm::Value::from($value)),*] };
}
pub(crate) use args;

/// Reads a domain struct from a row by column names. Names after `;` are stored as JSON; those after another
/// `;` are not stored and get their default.
macro_rules! row {
    ($name:ty { $($field:ident),* $(,)? $(; $($json:ident),* $(,)? $(; $($other:ident),* $(,)?)?)? }) => {
        impl sea_orm::FromQueryResult for $name {
            fn from_query_result(row: &sea_orm::QueryResult, prefix: &str) -> Result<Self, sea_orm::DbErr> {
                Ok(Self {
                    $($field: row.try_get(prefix, stringify!($field))?,)*
                    $($($json: crate::db::sql::json(row, prefix, stringify!($json))?,)*
                    $($($other: Default::default(),)*)?)?
                })
            }
        }
    };
}
pub(crate) use row;

fn statement(db: &impl ConnectionTrait, sql: &str, args: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), sql, args)
}

pub async fn all<T: FromQueryResult>(
    db: &impl ConnectionTrait,
    sql: &str,
    args: Vec<Value>,
) -> Result<Vec<T>, DbErr> {
    let rows = db.query_all_raw(statement(db, sql, args)).await?;
    rows.iter().map(|row| T::from_query_result(row, "")).collect()
}

pub async fn one<T: FromQueryResult>(
    db: &impl ConnectionTrait,
    sql: &str,
    args: Vec<Value>,
) -> Result<Option<T>, DbErr> {
    let row = db.query_one_raw(statement(db, sql, args)).await?;
    row.map(|row| T::from_query_result(&row, "")).transpose()
}

/// Adds values and returns their placeholders for `IN (…)`; `NULL` if there are none.
pub fn listed<T: Into<Value>>(more: impl IntoIterator<Item = T>, args: &mut Vec<Value>) -> String {
    let names = more.into_iter().map(|value| {
        args.push(value.into());
        format!("${}", args.len())
    });
    let names: Vec<_> = names.collect();
    if names.is_empty() { "NULL".to_owned() } else { names.join(", ") }
}

/// Returns the first column of every row.
pub async fn values<T: TryGetable>(
    db: &impl ConnectionTrait,
    sql: &str,
    args: Vec<Value>,
) -> Result<Vec<T>, DbErr> {
    let rows = db.query_all_raw(statement(db, sql, args)).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// Returns the first column of the first row.
pub async fn value<T: TryGetable>(
    db: &impl ConnectionTrait,
    sql: &str,
    args: Vec<Value>,
) -> Result<Option<T>, DbErr> {
    let row = db.query_one_raw(statement(db, sql, args)).await?;
    row.map(|row| row.try_get_by_index(0)).transpose()
}

/// SQL for the database's clock in Unix seconds, which all machines share. It is constant within a statement.
pub fn now(db: &impl ConnectionTrait) -> &'static str {
    match db.get_database_backend() {
        DbBackend::Postgres => "EXTRACT(EPOCH FROM statement_timestamp())::float8",
        _ => "unixepoch('subsec')",
    }
}

/// Executes a statement and returns the number of affected rows.
pub async fn execute(db: &impl ConnectionTrait, sql: &str, args: Vec<Value>) -> Result<u64, DbErr> {
    Ok(db.execute_raw(statement(db, sql, args)).await?.rows_affected())
}

pub fn json<T: DeserializeOwned>(row: &QueryResult, prefix: &str, name: &str) -> Result<T, DbErr> {
    let text: String = row.try_get(prefix, name)?;
    serde_json::from_str(&text).map_err(|e| DbErr::Type(format!("column {name}: {e}")))
}

pub fn to_json(value: &impl Serialize) -> Result<String, DbErr> {
    serde_json::to_string(value).map_err(|e| DbErr::Json(e.to_string()))
}

/// Pattern for `LIKE … ESCAPE '!'` that finds the text anywhere, with its wildcards escaped.
pub fn anywhere(text: Option<&str>) -> String {
    let text = text.unwrap_or_default().trim().to_lowercase();
    format!("%{}%", text.replace('!', "!!").replace('%', "!%").replace('_', "!_"))
}

macro_rules! stored_ids {
    ($($name:ident),+ $(,)?) => { $(
        impl From<$name> for Value {
            fn from(id: $name) -> Self { Value::BigInt(Some(id.0)) }
        }
        impl TryGetable for $name {
            fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
                i64::try_get_by(row, index).map($name)
            }
        }
        impl Nullable for $name {
            fn null() -> Value { Value::BigInt(None) }
        }
        impl ValueType for $name {
            fn try_from(value: Value) -> Result<Self, ValueTypeErr> { <i64 as ValueType>::try_from(value).map($name) }
            fn type_name() -> String { stringify!($name).into() }
            fn array_type() -> ArrayType { ArrayType::BigInt }
            fn column_type() -> ColumnType { ColumnType::BigInteger }
        }
    )+ };
}
stored_ids!(
    UserId,
    SourceId,
    SubscriptionId,
    ItemId,
    DownloadId,
    RunId,
    MessageId,
    ArtifactId,
    ApprovalId,
    EvictionId,
    CommuteWindowId,
    CollectionId,
);

macro_rules! stored_words {
    ($($name:ident),+ $(,)?) => { $(
        impl From<$name> for Value {
            fn from(word: $name) -> Self { Value::from(word.as_str()) }
        }
        impl TryGetable for $name {
            fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
                let text = String::try_get_by(row, index)?;
                text.parse().map_err(|e: words::UnknownWord| TryGetError::DbErr(DbErr::Type(e.to_string())))
            }
        }
        impl Nullable for $name {
            fn null() -> Value { Value::String(None) }
        }
    )+ };
}
stored_words!(
    Kind,
    Policy,
    Health,
    Origin,
    Availability,
    Wanted,
    DownloadStatus,
    Provider,
    RunStatus,
    Agent,
    MessageKind,
    EventKind,
    ApprovalStatus,
    DismissalReason,
    Outcome,
    RetrySchedule
);
