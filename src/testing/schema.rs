//! The schema of a test's database, as it is after all migrations.

use crate::db::sql::{self, SafeSql, args, is_postgres};
use crate::db::{ConnectionTrait, DbErr};

/// Names of all tables and of their columns.
pub async fn columns(db: &impl ConnectionTrait) -> Vec<(String, String)> {
    let sql = if is_postgres(db) {
        "SELECT table_name || ' ' || column_name FROM information_schema.columns
         WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"
    } else {
        "SELECT m.name || ' ' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' ORDER BY m.name, c.cid"
    };
    pairs(sql::values(db, sql, args![]).await)
}

/// Columns that refer to accounts: by a foreign key, or by their name.
pub async fn references_to_accounts(db: &impl ConnectionTrait) -> Vec<(String, String)> {
    let keys = if is_postgres(db) {
        "SELECT conrelid::regclass::text || ' ' || a.attname FROM pg_constraint c
         JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
         WHERE c.contype = 'f' AND c.confrelid = 'account'::regclass"
    } else {
        "SELECT m.name || ' ' || k.\"from\" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) k
         WHERE m.type = 'table' AND k.\"table\" = 'account'"
    };
    let mut all = pairs(sql::values(db, SafeSql::new(keys), args![]).await);
    all.extend(columns(db).await.into_iter().filter(|(_, column)| column == "user_id"));
    all.sort();
    all.dedup();
    all
}

fn pairs(rows: Result<Vec<String>, DbErr>) -> Vec<(String, String)> {
    let pair = |row: String| row.split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    rows.unwrap().into_iter().map(pair).collect()
}
