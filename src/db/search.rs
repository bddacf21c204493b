//! The words of items and sources: FTS5 on SQLite, a text search vector on PostgreSQL. Both hold the same words, made
//! before, and those of titles and names once more with a sign before them: where a hit stands is asked of the index.

use std::fmt::Write;

use sea_orm::DbBackend;

use super::sql::{args, execute, values};
use super::{ConnectionTrait, DbErr};
use crate::domain::{ItemId, SourceId};

mod page;
mod terms;
mod windows;

pub(super) use page::Filling;
pub(super) use terms::language;
pub use terms::{Place, Terms};
use windows::SLICES;
pub(super) use windows::{Window, windows};

/// What is found by, as words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    pub title: Vec<String>,
    /// What an item's source is called, or a source's address.
    pub source: Vec<String>,
    pub body: Vec<String>,
}

/// Before a word: no word holds these, which stand for nothing in Unicode.
const OF_SOURCE: &str = "\u{e000}";
const IN_TITLE: &str = "\u{e001}";
const IN_SOURCE: &str = "\u{e002}";

impl Text {
    /// Its words in rows: a phrase does not go over the end of one.
    fn rows(&self, source: SourceId) -> Vec<Vec<String>> {
        let signed = |sign, words: &[String]| words.iter().map(|word| format!("{sign}{word}")).collect();
        vec![
            vec![format!("{OF_SOURCE}{source}")],
            signed(IN_TITLE, &self.title),
            signed(IN_SOURCE, &self.source),
            self.title.clone(),
            self.source.clone(),
            self.body.clone(),
        ]
    }
}

fn is_postgres(db: &impl ConnectionTrait) -> bool {
    db.get_database_backend() == DbBackend::Postgres
}

/// Where hits are looked for.
pub(super) struct Hits {
    /// To stand after `FROM`.
    pub from: String,
    /// That a row fits what is looked for.
    pub matches: String,
    /// The number of the row, by which hits come in order without being sorted.
    pub id: String,
}

/// The hits of a query, the name of a value, among the rows of a table by a name for it.
pub(super) fn hits(db: &impl ConnectionTrait, table: &str, row: &str, query: &str, window: &Window) -> Hits {
    let words = format!("{table}_text");
    if is_postgres(db) {
        let number = format!("{words}.{table}_id");
        let from = format!("{words} JOIN {table} {row} ON {row}.id = {number}");
        let query = format!("CAST({query} AS TSQUERY)");
        let (matches, id) = match window.from {
            // Row by row: the function behind the operator is in no index.
            Some(_) => (format!("ts_match_vq({words}.words, {query})"), number),
            // By the index of words: a sum is in none, so that rows cannot be gone through in their order.
            None => (format!("{words}.words @@ {query}"), format!("({number} + 0)")),
        };
        return Hits { from, matches, id };
    }
    // Whose an item is stands in a small index, too: most hits need no more of it.
    let place = if table == "item" { " INDEXED BY item_place" } else { "" };
    // The words first, whatever else narrows: to ask them for one row after the other takes ages.
    let from = format!("{words} CROSS JOIN {table} {row}{place} ON {row}.id = {words}.rowid");
    Hits { from, matches: format!("{words} MATCH {query}"), id: format!("{words}.rowid") }
}

/// That the row of this id is among the hits of a query, the name of a value.
pub(super) fn condition(db: &impl ConnectionTrait, table: &str, id: &str, query: &str) -> String {
    let words = format!("{table}_text");
    match is_postgres(db) {
        true => format!("{id} IN (SELECT {table}_id FROM {words} WHERE words @@ CAST({query} AS TSQUERY))"),
        false => format!("{id} IN (SELECT rowid FROM {words} WHERE {words} MATCH {query})"),
    }
}

/// Lets an item be found by these words, and by no others.
pub async fn index(
    db: &impl ConnectionTrait,
    source: SourceId,
    item: ItemId,
    text: &Text,
) -> Result<(), DbErr> {
    keep(db, "item", item.0, text.rows(source)).await
}

/// The same for a source.
pub async fn index_source(db: &impl ConnectionTrait, source: SourceId, text: &Text) -> Result<(), DbErr> {
    keep(db, "source", source.0, text.rows(source)).await
}

async fn keep(
    db: &impl ConnectionTrait,
    table: &str,
    id: i64,
    mut rows: Vec<Vec<String>>,
) -> Result<(), DbErr> {
    let (sql, words) = if is_postgres(db) {
        let sql = format!(
            "INSERT INTO {table}_text ({table}_id, words) VALUES ($1, CAST(CAST($2 AS TEXT) AS TSVECTOR))
             ON CONFLICT ({table}_id) DO UPDATE SET words = excluded.words"
        );
        rows.extend(SLICES.map(|(sign, size)| vec![format!("{sign}{}", id / size)]));
        (sql, vector(&rows))
    } else {
        let sql = format!("INSERT OR REPLACE INTO {table}_text (rowid, words) VALUES ($1, $2)");
        // A word of its own where a row ends.
        let end = format!(" {OF_SOURCE} ");
        (sql, rows.iter().map(|words| words.join(" ")).collect::<Vec<_>>().join(&end))
    };
    execute(db, &sql, args![id, words]).await.map(|_| ())
}

/// Words with their places in the text (PostgreSQL, 8.11.1), where a row ends a place is free.
fn vector(rows: &[Vec<String>]) -> String {
    let (mut vector, mut place) = (String::new(), 1);
    for words in rows {
        for word in words {
            let _ = write!(vector, "{word}:{place} ");
            place += 1;
        }
        place += 1;
    }
    vector
}

/// Items after one of them that are found by nothing yet, in their order.
pub async fn missing(db: &impl ConnectionTrait, after: ItemId, most: i64) -> Result<Vec<ItemId>, DbErr> {
    unfound(db, "item", after.0, most).await
}

pub async fn missing_sources(
    db: &impl ConnectionTrait,
    after: SourceId,
    most: i64,
) -> Result<Vec<SourceId>, DbErr> {
    unfound(db, "source", after.0, most).await
}

async fn unfound<T: sea_orm::TryGetable>(
    db: &impl ConnectionTrait,
    table: &str,
    after: i64,
    most: i64,
) -> Result<Vec<T>, DbErr> {
    let known = if is_postgres(db) {
        format!("SELECT 1 FROM {table}_text t WHERE t.{table}_id = {table}.id")
    } else {
        // The sizes of texts, a table that FTS5 keeps beside the words; to ask the words themselves takes ten times as long.
        format!("SELECT 1 FROM {table}_text_docsize t WHERE t.id = {table}.id")
    };
    let sql = format!("SELECT id FROM {table} WHERE id > $1 AND NOT EXISTS ({known}) ORDER BY id LIMIT $2");
    values(db, &sql, args![after, most]).await
}
