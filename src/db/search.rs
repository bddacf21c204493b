//! The words of items and sources: FTS5 on SQLite, a text search vector on PostgreSQL. Both hold the same words, made
//! before, and those of titles and names once more with a sign before them: where a hit stands is asked of the index.

use std::fmt::Write;

use sea_orm::DbBackend;

use super::sql::{args, execute, values};
use super::{ConnectionTrait, DbErr};
use crate::domain::page::PageQuery;
use crate::domain::{ItemId, Page, SourceId};

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
    fn rows(&self, source: SourceId) -> [Vec<String>; 6] {
        let signed = |sign, words: &[String]| words.iter().map(|word| format!("{sign}{word}")).collect();
        [
            vec![format!("{OF_SOURCE}{source}")],
            signed(IN_TITLE, &self.title),
            signed(IN_SOURCE, &self.source),
            self.title.clone(),
            self.source.clone(),
            self.body.clone(),
        ]
    }
}

/// Where the words of a hit stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// All of them in the title.
    Title,
    /// Each in the title or in the source's name, not all in the title.
    Names,
    /// One of them in the text alone.
    Text,
    /// Wherever.
    Any,
}

impl Place {
    pub const BEST_FIRST: &[Self] = &[Self::Title, Self::Names, Self::Text];
    pub const NEWEST_FIRST: &[Self] = &[Self::Any];
}

/// What is looked for: each term is a word, or several in a row. All of them have to be there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    pub terms: Vec<Vec<String>>,
    /// Whether the last word may be the beginning of one: somebody may still be typing.
    pub open_end: bool,
}

impl Terms {
    /// As the database's own language of queries says it, for hits in this place, of one source where one is given. Words
    /// are letters and digits, so that nothing in them means anything there.
    pub(super) fn query(&self, place: Place, source: Option<SourceId>, language: &Language) -> String {
        let Language { and, or, not, .. } = language;
        let each = |signs: &[&str]| {
            let term = |n| {
                let ways: Vec<_> = signs.iter().map(|sign| self.term(n, sign, language)).collect();
                format!("({})", ways.join(or))
            };
            (0..self.terms.len()).map(term).collect::<Vec<_>>().join(and)
        };
        let (title, names, anywhere) = (each(&[IN_TITLE]), each(&[IN_TITLE, IN_SOURCE]), each(&[""]));
        let hits = match place {
            Place::Title => title,
            Place::Names => format!("({names}){not}({title})"),
            Place::Text => format!("({anywhere}){not}({names})"),
            Place::Any => anywhere,
        };
        match source.map(|source| (language.phrase)(&[format!("{OF_SOURCE}{source}")], false)) {
            Some(of_source) => format!("{of_source}{and}({hits})"),
            None => hits,
        }
    }

    fn term(&self, n: usize, sign: &str, language: &Language) -> String {
        let words: Vec<_> = self.terms[n].iter().map(|word| format!("{sign}{word}")).collect();
        (language.phrase)(&words, self.open_end && n + 1 == self.terms.len())
    }
}

/// How a database says what is looked for (SQLite: FTS5, 3; PostgreSQL: 8.11.2).
pub(super) struct Language {
    and: &'static str,
    or: &'static str,
    not: &'static str,
    /// Words in a row, of which the last may be the beginning of one.
    phrase: fn(&[String], bool) -> String,
    /// That the words of a row of `{words}` are a hit of the query `{query}`.
    matches: &'static str,
}

const FTS5: Language = Language {
    and: " AND ",
    or: " OR ",
    not: " NOT ",
    phrase: |words, open| format!("\"{}\"{}", words.join(" "), if open { "*" } else { "" }),
    matches: "{words} MATCH {query}",
};

const TSQUERY: Language = Language {
    and: " & ",
    or: " | ",
    not: " & !",
    phrase: |words, open| format!("({}{})", words.join(" <-> "), if open { ":*" } else { "" }),
    matches: "{words}.words @@ CAST({query} AS TSQUERY)",
};

fn is_postgres(db: &impl ConnectionTrait) -> bool {
    db.get_database_backend() == DbBackend::Postgres
}

pub(super) fn language(db: &impl ConnectionTrait) -> &'static Language {
    if is_postgres(db) { &TSQUERY } else { &FTS5 }
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
pub(super) fn hits(db: &impl ConnectionTrait, table: &str, row: &str, query: &str) -> Hits {
    let words = format!("{table}_text");
    let matches = language(db).matches.replace("{words}", &words).replace("{query}", query);
    if is_postgres(db) {
        let from = format!("{words} JOIN {table} {row} ON {row}.id = {words}.{table}_id");
        return Hits { from, matches, id: format!("{words}.{table}_id") };
    }
    // Whose an item is stands in a small index, too: most hits need no more of it.
    let place = if table == "item" { " INDEXED BY item_place" } else { "" };
    // The words first, whatever else narrows: to ask them for one row after the other takes ages.
    let from = format!("{words} CROSS JOIN {table} {row}{place} ON {row}.id = {words}.rowid");
    Hits { from, matches, id: format!("{words}.rowid") }
}

/// A page that is filled with the hits of one place after the other.
pub(super) struct Filling<'a, T> {
    places: &'a [Place],
    /// Which of them is asked next, and the id after which it goes on.
    part: usize,
    after: Option<i64>,
    limit: i64,
    rows: Vec<(usize, T)>,
}

impl<'a, T> Filling<'a, T> {
    pub fn new(places: &'a [Place], page: &PageQuery) -> Self {
        let (part, after) = page.after_in_part().map_or((0, None), |(part, id)| (part, Some(id)));
        Self { places, part, after, limit: page.limit(), rows: Vec::new() }
    }

    /// Where to look next, after which id, and for how many.
    pub fn next(&self) -> Option<(Place, Option<i64>, i64)> {
        let left = self.limit + 1 - self.rows.len() as i64;
        let place = self.places.get(self.part).filter(|_| left > 0)?;
        Some((*place, self.after, left))
    }

    /// All that was found there.
    pub fn found(&mut self, rows: Vec<T>) {
        self.rows.extend(rows.into_iter().map(|row| (self.part, row)));
        (self.part, self.after) = (self.part + 1, None);
    }

    pub fn page(self, id: impl Fn(&T) -> i64) -> Page<T> {
        let cursor = |(part, row): &(usize, T)| PageQuery::cursor_in(*part, id(row));
        let Page { data, next_cursor } = Page::cut(self.rows, self.limit, cursor);
        Page { data: data.into_iter().map(|(_, row)| row).collect(), next_cursor }
    }
}

/// Lets an item be found by these words, and by no others.
pub async fn index(
    db: &impl ConnectionTrait,
    source: SourceId,
    item: ItemId,
    text: &Text,
) -> Result<(), DbErr> {
    keep(db, "item", item.0, &text.rows(source)).await
}

/// The same for a source.
pub async fn index_source(db: &impl ConnectionTrait, source: SourceId, text: &Text) -> Result<(), DbErr> {
    keep(db, "source", source.0, &text.rows(source)).await
}

async fn keep(db: &impl ConnectionTrait, table: &str, id: i64, rows: &[Vec<String>]) -> Result<(), DbErr> {
    let (sql, words) = if is_postgres(db) {
        let sql = format!(
            "INSERT INTO {table}_text ({table}_id, words) VALUES ($1, CAST(CAST($2 AS TEXT) AS TSVECTOR))
             ON CONFLICT ({table}_id) DO UPDATE SET words = excluded.words"
        );
        (sql, vector(rows))
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
