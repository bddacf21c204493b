//! The words of items: FTS5 on SQLite, a text search vector on PostgreSQL. Both hold words that were made alike before.

use sea_orm::DbBackend;

use super::sql::{args, execute, values};
use super::{ConnectionTrait, DbErr};
use crate::domain::{ItemId, SourceId};

/// What is found by, as words with blanks between them; the title weighs most, the text least.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    pub title: String,
    pub source: String,
    pub body: String,
}

/// What is looked for: each term is a word, or several in a row. All of them have to be there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    pub terms: Vec<Vec<String>>,
    /// Whether the last word may be the beginning of one: somebody may still be typing.
    pub open_end: bool,
}

impl Terms {
    /// As the database's own language of queries says it. Words are letters and digits, so that nothing in them means
    /// anything there. With a source, on SQLite alone, only what is in that one.
    pub(super) fn query(&self, db: &impl ConnectionTrait, source: Option<SourceId>) -> String {
        let is_postgres = db.get_database_backend() == DbBackend::Postgres;
        let last = self.terms.len().saturating_sub(1);
        let term = |(place, words): (usize, &Vec<String>)| {
            let open = self.open_end && place == last;
            match is_postgres {
                true => format!("({}{})", words.join(" <-> "), if open { ":*" } else { "" }),
                false => format!("\"{}\"{}", words.join(" "), if open { "*" } else { "" }),
            }
        };
        let mut terms: Vec<_> = self.terms.iter().enumerate().map(term).collect();
        if let Some(source) = source.filter(|_| !is_postgres) {
            terms.push(format!("source_id : \"{}\"", mark(source)));
        }
        terms.join(if is_postgres { " & " } else { " AND " })
    }
}

/// Where hits are looked for.
pub(super) struct Hits {
    /// To stand after `FROM`.
    pub from: String,
    /// That a row fits what is looked for.
    pub matches: String,
    /// How good a hit is, the best first.
    pub score: String,
    /// The number of the row, by which hits come in order without being sorted.
    pub id: String,
}

/// The hits of a query, the name of a value, among the rows of a table by a name for it.
pub(super) fn hits(db: &impl ConnectionTrait, table: &str, row: &str, query: &str) -> Hits {
    let words = format!("{table}_text");
    // Whose an item is stands in a small index, too: most hits need no more of it.
    let place = if table == "item" { " INDEXED BY item_place" } else { "" };
    match db.get_database_backend() {
        DbBackend::Postgres => Hits {
            from: format!("{words} JOIN {table} {row} ON {row}.id = {words}.{table}_id"),
            matches: format!("{words}.words @@ to_tsquery('simple', {query})"),
            score: format!("-ts_rank_cd({words}.words, to_tsquery('simple', {query}))"),
            id: format!("{row}.id"),
        },
        // The words first, whatever else narrows: to ask them for one row after the other takes ages.
        _ => Hits {
            from: format!("{words} CROSS JOIN {table} {row}{place} ON {row}.id = {words}.rowid"),
            matches: format!("{words} MATCH {query}"),
            score: format!("bm25({words}, 8.0, 1.0, 4.0, 0.0)"),
            id: format!("{words}.rowid"),
        },
    }
}

/// What stands for a source among the words on SQLite: no text that people or publishers write holds it.
fn mark(source: SourceId) -> String {
    format!("\u{e000}{source}")
}

/// Lets an item be found by these words, and by no others.
pub async fn index(
    db: &impl ConnectionTrait,
    source: SourceId,
    item: ItemId,
    text: &Text,
) -> Result<(), DbErr> {
    keep(db, "item", item.0, source, text).await
}

/// The same for a source.
pub async fn index_source(db: &impl ConnectionTrait, source: SourceId, text: &Text) -> Result<(), DbErr> {
    keep(db, "source", source.0, source, text).await
}

async fn keep(
    db: &impl ConnectionTrait,
    table: &str,
    id: i64,
    of_source: SourceId,
    text: &Text,
) -> Result<(), DbErr> {
    let Text { title, source, body } = text;
    let mut values = args![id, title.as_str(), body.as_str(), source.as_str()];
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => format!(
            "INSERT INTO {table}_text ({table}_id, words) VALUES ($1, setweight(to_tsvector('simple', $2), 'A')
                || setweight(to_tsvector('simple', $3), 'D') || setweight(to_tsvector('simple', $4), 'B'))
             ON CONFLICT ({table}_id) DO UPDATE SET words = excluded.words"
        ),
        _ => {
            values.extend(args![mark(of_source)]);
            format!(
                "INSERT OR REPLACE INTO {table}_text (rowid, title, body, source, source_id)
                 VALUES ($1, $2, $3, $4, $5)"
            )
        }
    };
    execute(db, &sql, values).await.map(|_| ())
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
    let known = match db.get_database_backend() {
        DbBackend::Postgres => format!("SELECT 1 FROM {table}_text t WHERE t.{table}_id = {table}.id"),
        // The sizes of texts, a table that FTS5 keeps beside the words; to ask the words themselves takes ten times as long.
        _ => format!("SELECT 1 FROM {table}_text_docsize t WHERE t.id = {table}.id"),
    };
    let sql = format!("SELECT id FROM {table} WHERE id > $1 AND NOT EXISTS ({known}) ORDER BY id LIMIT $2");
    values(db, &sql, args![after, most]).await
}
