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
    /// anything there.
    pub(super) fn query(&self, db: &impl ConnectionTrait) -> String {
        let is_postgres = db.get_database_backend() == DbBackend::Postgres;
        let last = self.terms.len().saturating_sub(1);
        let term = |(place, words): (usize, &Vec<String>)| {
            let open = self.open_end && place == last;
            match is_postgres {
                true => format!("({}{})", words.join(" <-> "), if open { ":*" } else { "" }),
                false => format!("\"{}\"{}", words.join(" "), if open { "*" } else { "" }),
            }
        };
        self.terms.iter().enumerate().map(term).collect::<Vec<_>>().join(if is_postgres {
            " & "
        } else {
            " AND "
        })
    }
}

/// The words of a `table`'s rows: where they are kept, the condition that they fit the query at a place, and how well they
/// do, the best first.
pub(super) struct Hits {
    pub words: String,
    pub key: String,
    pub matches: String,
    pub score: String,
}

pub(super) fn hits(db: &impl ConnectionTrait, table: &str, query: &str) -> Hits {
    let words = format!("{table}_text");
    match db.get_database_backend() {
        DbBackend::Postgres => Hits {
            key: format!("{words}.{table}_id"),
            matches: format!("{words}.words @@ to_tsquery('simple', {query})"),
            score: format!("-ts_rank_cd({words}.words, to_tsquery('simple', {query}))"),
            words,
        },
        _ => Hits {
            key: format!("{words}.rowid"),
            matches: format!("{words} MATCH {query}"),
            score: format!("bm25({words}, 8.0, 1.0, 4.0)"),
            words,
        },
    }
}

/// Lets an item be found by these words, and by no others.
pub async fn index(db: &impl ConnectionTrait, item: ItemId, text: &Text) -> Result<(), DbErr> {
    keep(db, "item", item.0, text).await
}

/// The same for a source.
pub async fn index_source(db: &impl ConnectionTrait, source: SourceId, text: &Text) -> Result<(), DbErr> {
    keep(db, "source", source.0, text).await
}

async fn keep(db: &impl ConnectionTrait, table: &str, id: i64, text: &Text) -> Result<(), DbErr> {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => format!(
            "INSERT INTO {table}_text ({table}_id, words) VALUES ($1, setweight(to_tsvector('simple', $2), 'A')
                || setweight(to_tsvector('simple', $3), 'D') || setweight(to_tsvector('simple', $4), 'B'))
             ON CONFLICT ({table}_id) DO UPDATE SET words = excluded.words"
        ),
        _ => format!("INSERT OR REPLACE INTO {table}_text (rowid, title, body, source) VALUES ($1, $2, $3, $4)"),
    };
    let Text { title, source, body } = text;
    execute(db, &sql, args![id, title.as_str(), body.as_str(), source.as_str()]).await.map(|_| ())
}

/// Items that are found by nothing yet.
pub async fn missing(db: &impl ConnectionTrait, most: i64) -> Result<Vec<ItemId>, DbErr> {
    unfound(db, "item", most).await
}

pub async fn missing_sources(db: &impl ConnectionTrait, most: i64) -> Result<Vec<SourceId>, DbErr> {
    unfound(db, "source", most).await
}

async fn unfound<T: sea_orm::TryGetable>(
    db: &impl ConnectionTrait,
    table: &str,
    most: i64,
) -> Result<Vec<T>, DbErr> {
    let key = match db.get_database_backend() {
        DbBackend::Postgres => format!("{table}_id"),
        _ => "rowid".to_owned(),
    };
    let sql = format!(
        "SELECT id FROM {table} WHERE id NOT IN (SELECT {key} FROM {table}_text) ORDER BY id LIMIT $1"
    );
    values(db, &sql, args![most]).await
}
