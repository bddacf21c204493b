//! Full-text search of items and sources: FTS5 on SQLite, a text search vector on PostgreSQL. Both index the
//! same words, prepared beforehand. Words of titles and names are indexed once more with a marker in front,
//! so that the index itself knows which field a hit is in.

use std::fmt::Write;

use super::sql::{SafeSql, args, execute, is_postgres, sql, values};
use super::{ConnectionTrait, DbErr};
use crate::{ItemId, SourceId};

mod page;
mod terms;
mod windows;

pub(super) use page::RankedPage;
pub(super) use terms::language;
pub use terms::{SearchZone, Terms};
use windows::SLICES;
pub(super) use windows::{Window, windows};

/// Searchable words of an item or a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchText {
    pub title: Vec<String>,
    /// Name of an item's source, or address of a source.
    pub source: Vec<String>,
    pub body: Vec<String>,
}

/// Markers in front of words: private use characters of Unicode, which no word contains.
const OF_SOURCE: &str = "\u{e000}";
const IN_TITLE: &str = "\u{e001}";
const IN_SOURCE: &str = "\u{e002}";

impl SearchText {
    /// Words in rows. A phrase does not match across rows.
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

/// Parts of a SQL statement that searches a table.
pub(super) struct Hits {
    /// Tables, for the `FROM` clause.
    pub from: SafeSql,
    /// Condition that a row matches the query.
    pub matches: SafeSql,
    /// Id of the row, which yields hits in order without sorting.
    pub id: SafeSql,
}

/// Search of `table` under the alias `row`. `query` is the placeholder of the query's value.
pub(super) fn hits(
    db: &impl ConnectionTrait,
    table: &'static str,
    row: &'static str,
    query: &SafeSql,
    window: &Window,
) -> Hits {
    let words = sql!("{table}_text");
    if is_postgres(db) {
        let number = sql!("{words}.{table}_id");
        let from = sql!("{words} JOIN {table} {row} ON {row}.id = {number}");
        let query = sql!("CAST({query} AS TSQUERY)");
        let (matches, id) = match window.from {
            // Row by row: the function behind the operator uses no index.
            Some(_) => (sql!("ts_match_vq({words}.words, {query})"), number),
            // Through the index of words: no index covers a sum, so rows cannot be scanned in order of id.
            None => (sql!("{words}.words @@ {query}"), sql!("({number} + 0)")),
        };
        return Hits { from, matches, id };
    }
    // A small index covers the item's source as well; most hits need nothing else of the item.
    let place = if table == "item" { " INDEXED BY item_place" } else { "" };
    // Words first, whatever else narrows: probing them row by row is very slow.
    let from = sql!("{words} CROSS JOIN {table} {row}{place} ON {row}.id = {words}.rowid");
    Hits { from, matches: sql!("{words} MATCH {query}"), id: sql!("{words}.rowid") }
}

/// Condition that the row with this id matches a query, given the placeholder of its value.
pub(super) fn condition(
    db: &impl ConnectionTrait,
    table: &'static str,
    id: &'static str,
    query: &SafeSql,
) -> SafeSql {
    let words = sql!("{table}_text");
    match is_postgres(db) {
        true => sql!("{id} IN (SELECT {table}_id FROM {words} WHERE words @@ CAST({query} AS TSQUERY))"),
        false => sql!("{id} IN (SELECT rowid FROM {words} WHERE {words} MATCH {query})"),
    }
}

/// Indexes an item under these words and no others.
pub async fn index(
    db: &impl ConnectionTrait,
    source: SourceId,
    item: ItemId,
    text: &SearchText,
) -> Result<(), DbErr> {
    keep(db, "item", item.0, text.rows(source)).await
}

/// Like `index`, for a source.
pub async fn index_source(
    db: &impl ConnectionTrait,
    source: SourceId,
    text: &SearchText,
) -> Result<(), DbErr> {
    keep(db, "source", source.0, text.rows(source)).await
}

async fn keep(
    db: &impl ConnectionTrait,
    table: &'static str,
    id: i64,
    mut rows: Vec<Vec<String>>,
) -> Result<(), DbErr> {
    let (sql, words) = if is_postgres(db) {
        let sql = sql!(
            "INSERT INTO {table}_text ({table}_id, words) VALUES ($1, CAST(CAST($2 AS TEXT) AS TSVECTOR))
             ON CONFLICT ({table}_id) DO UPDATE SET words = excluded.words"
        );
        rows.extend(SLICES.map(|(sign, size)| vec![format!("{sign}{}", id / size)]));
        (sql, vector(&rows))
    } else {
        let sql = sql!("INSERT OR REPLACE INTO {table}_text (rowid, words) VALUES ($1, $2)");
        // Separator word at the end of a row.
        let end = format!(" {OF_SOURCE} ");
        (sql, rows.iter().map(|words| words.join(" ")).collect::<Vec<_>>().join(&end))
    };
    execute(db, sql, args![id, words]).await.map(|_| ())
}

/// Words with their positions in the text (PostgreSQL, 8.11.1). One position is skipped at the end of a row.
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

/// Items after an id that are not indexed yet, in order of id.
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
    table: &'static str,
    after: i64,
    most: i64,
) -> Result<Vec<T>, DbErr> {
    let known = if is_postgres(db) {
        sql!("SELECT 1 FROM {table}_text t WHERE t.{table}_id = {table}.id")
    } else {
        // FTS5's own table of text sizes; querying the words themselves takes ten times as long.
        sql!("SELECT 1 FROM {table}_text_docsize t WHERE t.id = {table}.id")
    };
    let sql = sql!("SELECT id FROM {table} WHERE id > $1 AND NOT EXISTS ({known}) ORDER BY id LIMIT $2");
    values(db, sql, args![after, most]).await
}
