//! What is looked for, in the database's own language of queries.

use super::windows::Window;
use super::{IN_SOURCE, IN_TITLE, OF_SOURCE, is_postgres};
use crate::db::ConnectionTrait;
use crate::domain::SourceId;

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
}

/// What is looked for: each term is a word, or several in a row. All of them have to be there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    pub terms: Vec<Vec<String>>,
    /// Whether the last word may be the beginning of one: somebody may still be typing.
    pub open_end: bool,
}

impl Terms {
    /// As the database's own language of queries says it, for hits in this place and among these rows, of one source where
    /// one is given. Words are letters and digits, so that nothing in them means anything there.
    pub(in crate::db) fn query(
        &self,
        place: Place,
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
        let mut hits = match place {
            Place::Title => each(&title),
            Place::Names => but(&names, &title),
            Place::Text => but(&anywhere, &names),
            Place::Any => each(&anywhere),
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

/// How a database says what is looked for (SQLite: FTS5, 3; PostgreSQL: 8.11.2).
pub(in crate::db) struct Language {
    and: &'static str,
    or: &'static str,
    not: &'static str,
    /// Words in a row, of which the last may be the beginning of one.
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
