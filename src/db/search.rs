//! The words of items: FTS5 on SQLite, a text search vector on PostgreSQL. Both hold words that were made alike before.

use sea_orm::DbBackend;

use super::sql::{args, execute, values};
use super::{ConnectionTrait, DbErr};
use crate::domain::ItemId;

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

/// Where hits are looked for: the table, the condition with the query at `$11`, and how good a hit is, the best first.
pub(super) fn hits(db: &impl ConnectionTrait) -> [&'static str; 3] {
    match db.get_database_backend() {
        DbBackend::Postgres => [
            "item_text JOIN item i ON i.id = item_text.item_id",
            "item_text.words @@ to_tsquery('simple', $11)",
            "-ts_rank_cd(item_text.words, to_tsquery('simple', $11))",
        ],
        _ => [
            "item_text JOIN item i ON i.id = item_text.rowid",
            "item_text MATCH $11",
            "bm25(item_text, 8.0, 1.0, 4.0)",
        ],
    }
}

/// Lets an item be found by these words, and by no others.
pub async fn index(db: &impl ConnectionTrait, item: ItemId, text: &Text) -> Result<(), DbErr> {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => {
            "INSERT INTO item_text (item_id, words) VALUES ($1, setweight(to_tsvector('simple', $2), 'A')
                || setweight(to_tsvector('simple', $3), 'D') || setweight(to_tsvector('simple', $4), 'B'))
             ON CONFLICT (item_id) DO UPDATE SET words = excluded.words"
        }
        _ => "INSERT OR REPLACE INTO item_text (rowid, title, body, source) VALUES ($1, $2, $3, $4)",
    };
    let Text { title, source, body } = text;
    execute(db, sql, args![item, title.as_str(), body.as_str(), source.as_str()]).await.map(|_| ())
}

/// Items that are found by nothing yet.
pub async fn missing(db: &impl ConnectionTrait, most: i64) -> Result<Vec<ItemId>, DbErr> {
    let known = match db.get_database_backend() {
        DbBackend::Postgres => "SELECT item_id FROM item_text",
        _ => "SELECT rowid FROM item_text",
    };
    values(db, &format!("SELECT id FROM item WHERE id NOT IN ({known}) ORDER BY id LIMIT $1"), args![most])
        .await
}
