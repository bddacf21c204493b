//! Position in an ordered list at which its next page continues (keyset pagination), as encoded in cursors.

use std::fmt;
use std::str::FromStr;

use super::words::words;
use super::{DateTime, Utc};

words! {
    /// Order of a list of items, by publication date unless noted. Items dated in the future count from when
    /// they were first seen; items without a length come last in an order by it.
    ItemOrder {
        Newest = "newest",
        Oldest = "oldest",
        /// By arrival here, the latest first.
        Added = "added",
        Longest = "longest",
        Shortest = "shortest",
    }
}

#[allow(clippy::derivable_impls)]
impl Default for ItemOrder {
    fn default() -> Self {
        Self::Newest
    }
}

impl ListOrder for ItemOrder {
    fn key(self) -> KeyKind {
        match self {
            ItemOrder::Newest | ItemOrder::Oldest => KeyKind::Time,
            ItemOrder::Longest | ItemOrder::Shortest => KeyKind::Number,
            ItemOrder::Added => KeyKind::None,
        }
    }
}

/// Order of a list, with the kind of key that it sorts by.
pub trait ListOrder: Copy + fmt::Display + FromStr {
    fn key(self) -> KeyKind;
}

/// Kind of a sort key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    Time,
    Number,
    None,
}

pub type ItemPosition = Position<ItemOrder>;

/// Sort key and id of a page's last row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position<Order> {
    pub order: Order,
    pub key: SortValue,
    pub id: i64,
}

/// Sort key of a list; none in the order of arrival, which is by id alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortValue {
    Time(DateTime<Utc>),
    Number(i64),
    None,
}

impl<Order: ListOrder> fmt::Display for Position<Order> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { order, key, id } = self;
        match key {
            // This format of chrono is available without an allocator and can be parsed again.
            SortValue::Time(at) => write!(f, "{order}~{at:?}~{id}"),
            SortValue::Number(number) => write!(f, "{order}~{number}~{id}"),
            SortValue::None => write!(f, "{order}~~{id}"),
        }
    }
}

/// Fails if the text is not a position that a list gave out.
impl<Order: ListOrder> FromStr for Position<Order> {
    type Err = ();

    fn from_str(cursor: &str) -> Result<Self, ()> {
        let mut parts = cursor.split('~');
        let (Some(order), Some(key), Some(id), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(());
        };
        let order: Order = order.parse().map_err(drop)?;
        let key = match order.key() {
            KeyKind::Time => SortValue::Time(key.parse().map_err(drop)?),
            KeyKind::Number => SortValue::Number(key.parse().map_err(drop)?),
            KeyKind::None if key.is_empty() => SortValue::None,
            KeyKind::None => return Err(()),
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
            assert_eq!(cursor.parse::<ItemPosition>().map(|read| read.to_string()).as_deref(), Ok(cursor));
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
            assert_eq!(cursor.parse::<ItemPosition>(), Err(()), "{cursor}");
        }
    }
}
