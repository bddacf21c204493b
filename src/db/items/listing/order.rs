//! The orders of a list of items, and the position in a list at which the next page goes on.

use std::fmt;
use std::str::FromStr;

use super::narrowing::{Range, Statement};
use crate::domain::item::{Item, ItemOrder};
use crate::domain::{DateTime, Utc};

/// An item's date in lists: that of its publication, or of its first reading where it has none or one that was still to
/// come: it would stay on top until then. An index holds this very expression.
pub(super) const LISTED_AT: &str = "CASE WHEN {item}.published_at < {item}.first_seen_at THEN {item}.published_at ELSE {item}.first_seen_at END";
/// Length in seconds; items that tell none come last, whether the longest or the shortest comes first.
pub(super) const LENGTH: &str = "COALESCE({item}.duration_seconds, -1)";
const LENGTH_UP: &str = "COALESCE({item}.duration_seconds, 9000000000)";

/// The expression by which a list is sorted; among equals the id counts.
#[derive(Debug, Clone, Copy)]
pub struct SortKey {
    order: ItemOrder,
    /// Of an item called `{item}`; none where the id alone counts.
    column: Option<&'static str>,
    is_descending: bool,
}

impl SortKey {
    pub fn of(order: ItemOrder) -> Self {
        let (column, is_descending) = match order {
            ItemOrder::Newest => (Some(LISTED_AT), true),
            ItemOrder::Oldest => (Some(LISTED_AT), false),
            ItemOrder::Added => (None, true),
            ItemOrder::Longest => (Some(LENGTH), true),
            ItemOrder::Shortest => (Some(LENGTH_UP), false),
        };
        Self { order, column, is_descending }
    }

    pub fn is_by_time(&self) -> bool {
        self.column == Some(LISTED_AT)
    }

    /// Whether a range is one of this key, so that one index serves both.
    pub fn is_by(&self, range: &Range) -> bool {
        self.column == Some(range.column)
    }

    pub fn column(&self, item: &str) -> String {
        self.column.map_or_else(|| format!("{item}.id"), |column| column.replace("{item}", item))
    }

    /// Of items called `i`.
    pub fn order_by(&self) -> String {
        self.order_by_columns(&self.column("i"), "i.id")
    }

    pub fn order_by_columns(&self, column: &str, id: &str) -> String {
        let direction = if self.is_descending { "DESC" } else { "ASC" };
        match self.column {
            Some(_) => format!("{column} {direction}, {id} {direction}"),
            None => format!("{id} {direction}"),
        }
    }

    pub fn position(&self, item: &Item) -> Position {
        let listed_at = item.published_at.filter(|at| *at < item.first_seen_at).unwrap_or(item.first_seen_at);
        let key = match self.order {
            ItemOrder::Newest | ItemOrder::Oldest => Key::Time(listed_at),
            ItemOrder::Added => Key::None,
            ItemOrder::Longest => Key::Number(item.duration_seconds.unwrap_or(-1)),
            ItemOrder::Shortest => Key::Number(item.duration_seconds.unwrap_or(9_000_000_000)),
        };
        Position { order: self.order, key, id: item.id.0 }
    }

    /// Only rows after the position.
    pub fn narrow(&self, after: &Position, statement: &mut Statement) {
        let (sign, column) = (if self.is_descending { "<" } else { ">" }, self.column("i"));
        let key: sea_orm::Value = match after.key {
            Key::Time(at) => at.into(),
            Key::Number(number) => number.into(),
            Key::None => return statement.also(&format!("i.id {sign} ?"), &[after.id.into()]),
        };
        // The first bound is the one that the index serves.
        let condition = format!("{column} {sign}= ? AND ({column} {sign} ? OR i.id {sign} ?)");
        statement.also(&condition, &[key.clone(), key, after.id.into()]);
    }
}

/// The key and id of a page's last row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub order: ItemOrder,
    key: Key,
    id: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Time(DateTime<Utc>),
    Number(i64),
    None,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { order, key, id } = self;
        match key {
            Key::Time(at) => {
                write!(f, "{order}~{}~{id}", at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
            }
            Key::Number(number) => write!(f, "{order}~{number}~{id}"),
            Key::None => write!(f, "{order}~~{id}"),
        }
    }
}

/// None where the text is no position that was given out.
impl FromStr for Position {
    type Err = ();

    fn from_str(cursor: &str) -> Result<Self, ()> {
        let mut parts = cursor.split('~');
        let (Some(order), Some(key), Some(id), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(());
        };
        let order = order.parse().map_err(drop)?;
        let key = match order {
            ItemOrder::Newest | ItemOrder::Oldest => Key::Time(key.parse().map_err(drop)?),
            ItemOrder::Longest | ItemOrder::Shortest => Key::Number(key.parse().map_err(drop)?),
            ItemOrder::Added if key.is_empty() => Key::None,
            ItemOrder::Added => return Err(()),
        };
        Ok(Self { order, key, id: id.parse().map_err(drop)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_as_it_was_written() {
        for cursor in ["newest~2026-11-28T13:00:00.123456789Z~7", "longest~-1~7", "added~~7"] {
            assert_eq!(cursor.parse::<Position>().map(|read| read.to_string()).as_deref(), Ok(cursor));
        }
        for cursor in [
            "",
            "7",
            "AAAA",
            "newest~x~7",
            "newest~2026-11-28T13:00:00Z~",
            "added~1~7",
            "best~1~7",
            "longest~1~7~8",
        ] {
            assert_eq!(cursor.parse::<Position>(), Err(()), "{cursor}");
        }
    }
}
