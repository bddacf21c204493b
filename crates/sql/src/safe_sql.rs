//! SQL text that no input can become part of.

use std::borrow::Cow;

/// SQL text made of literals, numbers and other SQL text alone (`sql!`). Values are arguments of a statement
/// and never part of its text, so that injection is impossible by construction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SafeSql(Cow<'static, str>);

/// A piece of SQL text.
pub trait SqlPiece {
    /// Appends the piece.
    fn push_to(&self, sql: &mut String);
}

impl SafeSql {
    /// SQL text of a literal.
    pub const fn new(literal: &'static str) -> Self {
        Self(Cow::Borrowed(literal))
    }

    /// The placeholder `$n`. The first one is `$1`.
    pub fn placeholder(n: usize) -> Self {
        Self(format!("${n}").into())
    }

    /// The placeholders from `$first` on, for `n` values: `$1, $2, $3`.
    pub fn placeholders(first: usize, n: usize) -> Self {
        Self::join((first..first + n).map(Self::placeholder), ", ")
    }

    /// A word of the domain: `'queued'`.
    pub fn word(word: &'static str) -> Self {
        Self(format!("'{}'", word.replace('\'', "''")).into())
    }

    /// A list of words of the domain: `('queued', 'ready')`.
    pub fn words(words: impl IntoIterator<Item = &'static str>) -> Self {
        let mut list = Self::new("(");
        list.push(&Self::join(words.into_iter().map(Self::word), ", "));
        list.push(&")");
        list
    }

    /// Pieces with a separator between them.
    pub fn join<P: SqlPiece>(pieces: impl IntoIterator<Item = P>, separator: &'static str) -> Self {
        let mut all = Self::default();
        for (n, piece) in pieces.into_iter().enumerate() {
            if n > 0 {
                all.push(&separator);
            }
            all.push(&piece);
        }
        all
    }

    /// Replaces every `name` by a piece.
    pub fn replace(&self, name: &'static str, piece: &impl SqlPiece) -> Self {
        let mut text = String::new();
        piece.push_to(&mut text);
        Self(self.0.replace(name, &text).into())
    }

    /// Replaces every `?` by the next of the pieces.
    pub fn fill(&self, pieces: &[Self]) -> Self {
        let (mut filled, mut pieces) = (String::new(), pieces.iter());
        for part in self.0.split_inclusive('?') {
            match (part.strip_suffix('?'), pieces.next()) {
                (Some(before), Some(piece)) => filled.extend([before, piece.as_str()]),
                _ => filled.push_str(part),
            }
        }
        Self(filled.into())
    }

    /// Appends a piece.
    pub fn push(&mut self, piece: &impl SqlPiece) {
        piece.push_to(self.0.to_mut());
    }

    /// The text, for a statement.
    pub fn into_string(self) -> String {
        self.0.into_owned()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&'static str> for SafeSql {
    fn from(literal: &'static str) -> Self {
        Self::new(literal)
    }
}

impl From<&SafeSql> for SafeSql {
    fn from(sql: &SafeSql) -> Self {
        sql.clone()
    }
}

impl SqlPiece for &'static str {
    fn push_to(&self, sql: &mut String) {
        sql.push_str(self);
    }
}

impl SqlPiece for SafeSql {
    fn push_to(&self, sql: &mut String) {
        sql.push_str(&self.0);
    }
}

impl<P: SqlPiece> SqlPiece for &P {
    fn push_to(&self, sql: &mut String) {
        (**self).push_to(sql);
    }
}

impl SqlPiece for i64 {
    fn push_to(&self, sql: &mut String) {
        sql.push_str(&self.to_string());
    }
}

impl SqlPiece for usize {
    fn push_to(&self, sql: &mut String) {
        sql.push_str(&self.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql;

    #[test]
    fn pieces_stand_where_their_names_do() {
        const TABLE: &str = "note";
        let (limit, order) = (7_usize, SafeSql::new("id DESC"));
        let text = sql!(
            "SELECT {} FROM {TABLE} WHERE n IN ({}) ORDER BY {order} LIMIT {limit}",
            "n",
            SafeSql::placeholders(2, 3)
        );
        assert_eq!(text.as_str(), "SELECT n FROM note WHERE n IN ($2, $3, $4) ORDER BY id DESC LIMIT 7");
        assert_eq!(sql!("'{{}}'").as_str(), "'{}'");
    }

    #[test]
    fn question_marks_and_names_are_filled() {
        let text = SafeSql::new("{item}.n >= ? AND {item}.n < ?").replace("{item}", &"i");
        let filled = text.fill(&[SafeSql::placeholder(4), SafeSql::placeholder(5)]);
        assert_eq!(filled.as_str(), "i.n >= $4 AND i.n < $5");
    }

    #[test]
    fn words_are_quoted() {
        assert_eq!(SafeSql::words(["queued", "o'clock"]).as_str(), "('queued', 'o''clock')");
    }
}
