//! Search terms, and their translation into the database's query syntax.

use super::windows::Window;
use super::{IN_SOURCE, IN_TITLE, OF_SOURCE, is_postgres};
use crate::SourceId;
use crate::db::ConnectionTrait;

/// Search zone: the fields in which the words of a hit occur. Zones rank full-text hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchZone {
    /// All of them in the title.
    Title,
    /// Each in the title or in the source's name, not all in the title.
    Names,
    /// At least one of them in the text alone.
    Text,
    /// In any field.
    Any,
}

impl SearchZone {
    /// Ranking of full-text hits, in place of `bm25` and `ts_rank`: by zone, then by
    /// arrival: items latest first, sources earliest first.
    pub const RANKING: &[Self] = &[Self::Title, Self::Names, Self::Text];
}

/// Search terms: each is a word or a phrase. All of them must match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    pub terms: Vec<Vec<String>>,
    /// Whether the last word may be a prefix, because the user may still be typing.
    pub open_end: bool,
}

impl Terms {
    /// Query for hits in these fields and among these rows, of one source if given, in the database's syntax.
    /// Words are letters and digits, so that nothing has to be escaped.
    pub(in crate::db) fn query(
        &self,
        zone: SearchZone,
        window: &Window,
        source: Option<SourceId>,
        language: &Language,
    ) -> String {
        let Language { and, or, not, phrase, .. } = language;
        let each = |signs: &[&str]| {
            let term = |n| {
                let ways: Vec<_> = signs.iter().map(|sign| self.term(n, sign, language)).collect();
                format!("({})", ways.join(or))
            };
            (0..self.terms.len()).map(term).collect::<Vec<_>>().join(and)
        };
        let but = |signs: &[&str], others: &[&str]| format!("({}){not}({})", each(signs), each(others));
        let (title, names, anywhere) = ([IN_TITLE], [IN_TITLE, IN_SOURCE], [""]);
        let mut hits = match zone {
            SearchZone::Title => each(&title),
            SearchZone::Names => but(&names, &title),
            SearchZone::Text => but(&anywhere, &names),
            SearchZone::Any => each(&anywhere),
        };
        if let Some(source) = source {
            hits = format!("{}{and}({hits})", phrase(&[format!("{OF_SOURCE}{source}")], false));
        }
        if let Some((sign, slices)) = &window.slices {
            let any: Vec<_> =
                slices.clone().map(|slice| phrase(&[format!("{sign}{slice}")], false)).collect();
            hits = format!("({}){and}({hits})", any.join(or));
        }
        hits
    }

    fn term(&self, n: usize, sign: &str, language: &Language) -> String {
        let words: Vec<_> = self.terms[n].iter().map(|word| format!("{sign}{word}")).collect();
        (language.phrase)(&words, self.open_end && n + 1 == self.terms.len())
    }
}

/// Query syntax of a database (SQLite: FTS5, 3; PostgreSQL: 8.11.2).
pub(in crate::db) struct Language {
    and: &'static str,
    or: &'static str,
    not: &'static str,
    /// Formats a phrase, the last word of which may be a prefix.
    phrase: fn(&[String], bool) -> String,
}

const FTS5: Language = Language {
    and: " AND ",
    or: " OR ",
    not: " NOT ",
    phrase: |words, open| format!("\"{}\"{}", words.join(" "), if open { "*" } else { "" }),
};

const TSQUERY: Language = Language {
    and: " & ",
    or: " | ",
    not: " & !",
    phrase: |words, open| format!("({}{})", words.join(" <-> "), if open { ":*" } else { "" }),
};

pub(in crate::db) fn language(db: &impl ConnectionTrait) -> &'static Language {
    if is_postgres(db) { &TSQUERY } else { &FTS5 }
}
