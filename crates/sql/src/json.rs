//! Lists and maps as one JSON argument. One statement serves any length, so that the database compiles it
//! once.

use sea_orm::ConnectionTrait;

use crate::{SafeSql, is_postgres, sql};

/// Subquery for `IN (…)` with the numbers of the JSON list `$n`.
pub fn numbers_in(db: &impl ConnectionTrait, n: usize) -> SafeSql {
    match is_postgres(db) {
        true => sql!("SELECT value::bigint FROM json_array_elements_text(${n}::json)"),
        false => sql!("SELECT value FROM json_each(${n})"),
    }
}

/// Subquery for `IN (…)` with the texts of the JSON list `$n`.
pub fn texts_in(db: &impl ConnectionTrait, n: usize) -> SafeSql {
    match is_postgres(db) {
        true => sql!("SELECT value FROM json_array_elements_text(${n}::json)"),
        false => sql!("SELECT value FROM json_each(${n})"),
    }
}

/// Table of the entries of the JSON map `$n`: the columns `key` and `value`, which are numbers after a cast.
pub fn entries_of(db: &impl ConnectionTrait, n: usize) -> SafeSql {
    match is_postgres(db) {
        true => sql!("json_each_text(${n}::json)"),
        false => sql!("json_each(${n})"),
    }
}
