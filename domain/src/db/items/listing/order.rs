//! Sort orders of item lists, as SQL expressions.

use super::narrowing::{Range, Statement};
use crate::db::sql::{SafeSql, SqlPiece, sql};
use crate::item::{Item, ItemOrder};
use crate::item_position::{ItemPosition, SortValue};

/// Date of an item in lists: its publication, or when it was first seen if it has no date or a later one,
/// which would keep it on top until then. An index holds this exact expression.
pub(super) const LISTED_AT: &str = "CASE WHEN {item}.published_at < {item}.first_seen_at THEN {item}.published_at ELSE {item}.first_seen_at END";
/// Length in seconds. Items without one come last in either direction.
pub(super) const LENGTH: &str = "COALESCE({item}.duration_seconds, -1)";
const LENGTH_UP: &str = "COALESCE({item}.duration_seconds, 9000000000)";

/// Expression that a list is sorted by. Ties are broken by id.
#[derive(Debug, Clone, Copy)]
pub struct SortKey {
    order: ItemOrder,
    /// Column of an item called `{item}`; none if only the id sorts.
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

    /// Whether a range is on the sort column, so that one index serves both.
    pub fn is_by(&self, range: &Range) -> bool {
        self.column == Some(range.column)
    }

    pub fn column(&self, item: &'static str) -> SafeSql {
        SafeSql::new(self.column.unwrap_or("{item}.id")).replace("{item}", &item)
    }

    /// `ORDER BY` columns for items called `i`.
    pub fn order_by(&self) -> SafeSql {
        self.order_by_columns(self.column("i"), "i.id")
    }

    pub fn order_by_columns(&self, column: impl SqlPiece, id: &'static str) -> SafeSql {
        let direction = if self.is_descending { "DESC" } else { "ASC" };
        match self.column {
            Some(_) => sql!("{column} {direction}, {id} {direction}"),
            None => sql!("{id} {direction}"),
        }
    }

    pub fn position(&self, item: &Item) -> ItemPosition {
        let listed_at = item.published_at.filter(|at| *at < item.first_seen_at).unwrap_or(item.first_seen_at);
        let key = match self.order {
            ItemOrder::Newest | ItemOrder::Oldest => SortValue::Time(listed_at),
            ItemOrder::Added => SortValue::None,
            ItemOrder::Longest => SortValue::Number(item.duration_seconds.unwrap_or(-1)),
            ItemOrder::Shortest => SortValue::Number(item.duration_seconds.unwrap_or(9_000_000_000)),
        };
        ItemPosition { order: self.order, key, id: item.id.0 }
    }

    /// Restricts a statement to rows after the position of a cursor (keyset pagination).
    pub fn narrow(&self, after: &ItemPosition, statement: &mut Statement) {
        let (sign, column) = (if self.is_descending { "<" } else { ">" }, self.column("i"));
        let key: sea_orm::Value = match after.key {
            SortValue::Time(at) => at.into(),
            SortValue::Number(number) => number.into(),
            SortValue::None => return statement.also(sql!("i.id {sign} ?"), &[after.id.into()]),
        };
        // The index serves the first bound.
        let condition = sql!("{column} {sign}= ? AND ({column} {sign} ? OR i.id {sign} ?)");
        statement.also(condition, &[key.clone(), key, after.id.into()]);
    }
}
