#![doc = include_str!("../README.md")]

pub mod json;
mod safe_sql;
#[cfg(feature = "testing")]
mod seen;
pub mod turns;

#[cfg(feature = "testing")]
use std::panic::Location;

pub use safe_sql::{SafeSql, SqlPiece};
#[doc(hidden)]
pub use sql_macro::build_sql;

#[doc(hidden)]
pub use sea_orm;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, FromQueryResult, QueryResult, Statement, TryGetable, Value,
};
use serde::{Serialize, de::DeserializeOwned};

/// Builds a [`SafeSql`] from a literal, as `format!` builds a `String`: `{name}` and `{}` stand for pieces. A
/// piece is a literal, a number or a `SafeSql`, so that no input can become part of a statement.
#[macro_export]
macro_rules! sql {
    ($($template:tt)*) => { $crate::build_sql!($crate; $($template)*) };
}

/// Values of a statement's `$1`, `$2`, …
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::sea_orm::Value::from($value)),*] };
}

/// Reads a domain struct from a row by column names. Names after `;` are stored as JSON; those after another
/// `;` are not stored and get their default; those after a third one are read by a function of their own.
#[macro_export]
macro_rules! row {
    ($name:ty { $($field:ident),* $(,)? $(; $($json:ident),* $(,)? $(; $($other:ident),* $(,)? $(; $($part:ident: $read:path),* $(,)?)?)?)? }) => {
        impl $crate::sea_orm::FromQueryResult for $name {
            fn from_query_result(row: &$crate::sea_orm::QueryResult, prefix: &str) -> Result<Self, $crate::sea_orm::DbErr> {
                Ok(Self {
                    $($field: row.try_get(prefix, stringify!($field))?,)*
                    $($($json: $crate::json(row, prefix, stringify!($json))?,)*
                    $($($other: Default::default(),)*
                    $($($part: $read(row, prefix)?,)*)?)?)?
                })
            }
        }
    };
}

#[track_caller]
fn statement(db: &impl ConnectionTrait, sql: impl Into<SafeSql>, args: Vec<Value>) -> Statement {
    #[cfg(feature = "testing")]
    seen::record(Location::caller(), db.get_database_backend());
    Statement::from_sql_and_values(db.get_database_backend(), sql.into().into_string(), args)
}

/// Returns all rows.
#[track_caller]
pub fn all<T: FromQueryResult>(
    db: &impl ConnectionTrait,
    sql: impl Into<SafeSql>,
    args: Vec<Value>,
) -> impl Future<Output = Result<Vec<T>, DbErr>> {
    let statement = statement(db, sql, args);
    async move {
        let rows = db.query_all_raw(statement).await?;
        rows.iter().map(|row| T::from_query_result(row, "")).collect()
    }
}

/// Returns the first row.
#[track_caller]
pub fn one<T: FromQueryResult>(
    db: &impl ConnectionTrait,
    sql: impl Into<SafeSql>,
    args: Vec<Value>,
) -> impl Future<Output = Result<Option<T>, DbErr>> {
    let statement = statement(db, sql, args);
    async move {
        let row = db.query_one_raw(statement).await?;
        row.map(|row| T::from_query_result(&row, "")).transpose()
    }
}

/// Adds values and returns their placeholders for `IN (…)`; `NULL` if there are none.
pub fn listed<T: Into<Value>>(more: impl IntoIterator<Item = T>, args: &mut Vec<Value>) -> SafeSql {
    let before = args.len();
    args.extend(more.into_iter().map(Into::into));
    match args.len() - before {
        0 => SafeSql::new("NULL"),
        n => SafeSql::placeholders(before + 1, n),
    }
}

/// Returns the first column of every row.
#[track_caller]
pub fn values<T: TryGetable>(
    db: &impl ConnectionTrait,
    sql: impl Into<SafeSql>,
    args: Vec<Value>,
) -> impl Future<Output = Result<Vec<T>, DbErr>> {
    let statement = statement(db, sql, args);
    async move {
        let rows = db.query_all_raw(statement).await?;
        rows.iter().map(|row| row.try_get_by_index(0)).collect()
    }
}

/// Returns the first column of the first row.
#[track_caller]
pub fn value<T: TryGetable>(
    db: &impl ConnectionTrait,
    sql: impl Into<SafeSql>,
    args: Vec<Value>,
) -> impl Future<Output = Result<Option<T>, DbErr>> {
    let statement = statement(db, sql, args);
    async move {
        let row = db.query_one_raw(statement).await?;
        row.map(|row| row.try_get_by_index(0)).transpose()
    }
}

/// Whether the database is PostgreSQL, not SQLite.
pub fn is_postgres(db: &impl ConnectionTrait) -> bool {
    db.get_database_backend() == DbBackend::Postgres
}

/// SQL for the database's clock in Unix seconds, which all machines share. It is constant within a statement.
pub fn now(db: &impl ConnectionTrait) -> &'static str {
    match db.get_database_backend() {
        DbBackend::Postgres => "EXTRACT(EPOCH FROM statement_timestamp())::float8",
        _ => "unixepoch('subsec')",
    }
}

/// Executes a statement and returns the number of affected rows.
#[track_caller]
pub fn execute(
    db: &impl ConnectionTrait,
    sql: impl Into<SafeSql>,
    args: Vec<Value>,
) -> impl Future<Output = Result<u64, DbErr>> {
    let statement = statement(db, sql, args);
    async move { Ok(db.execute_raw(statement).await?.rows_affected()) }
}

/// Reads a column that holds JSON.
pub fn json<T: DeserializeOwned>(row: &QueryResult, prefix: &str, name: &str) -> Result<T, DbErr> {
    let text: String = row.try_get(prefix, name)?;
    serde_json::from_str(&text).map_err(|e| DbErr::Type(format!("column {name}: {e}")))
}

/// Writes a value as JSON for a column.
pub fn to_json(value: &impl Serialize) -> Result<String, DbErr> {
    serde_json::to_string(value).map_err(|e| DbErr::Json(e.to_string()))
}

/// Pattern for `LIKE … ESCAPE '!'` that finds the text anywhere, with its wildcards escaped.
pub fn anywhere(text: Option<&str>) -> String {
    let text = text.unwrap_or_default().trim().to_lowercase();
    format!("%{}%", text.replace('!', "!!").replace('%', "!%").replace('_', "!_"))
}
