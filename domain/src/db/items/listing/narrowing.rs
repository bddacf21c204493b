//! Filters of item lists, as separate conditions so that the database can choose an index.

use sea_orm::Value;

use super::order::{LENGTH, LISTED_AT, SortKey};
use crate::UserId;
use crate::db::sources::FOLLOWED;
use crate::db::sql::{SafeSql, args, is_postgres, sql, value};
use crate::db::{ConnectionTrait, DbErr};
use crate::item::ItemFilter;

/// Number of items below which finding them first and sorting is faster than scanning the list in order.
const FEW: i64 = 20_000;

/// Statement under construction: conditions not yet taken, and bound values.
pub struct Statement {
    pub conditions: Vec<SafeSql>,
    pub values: Vec<Value>,
    /// Prefix that keeps SQLite from using a column's index, since it plans by rules. Empty for PostgreSQL,
    /// which has statistics.
    unindexed: &'static str,
}

impl Statement {
    /// Starts a statement with the owner as its first value.
    pub fn by(owner: UserId, db: &impl ConnectionTrait) -> Self {
        let unindexed = if is_postgres(db) { "" } else { "+" };
        Self { conditions: Vec::new(), values: args![owner], unindexed }
    }

    /// Binds a value and returns its placeholder.
    pub fn value(&mut self, value: Value) -> SafeSql {
        self.values.push(value);
        SafeSql::placeholder(self.values.len())
    }

    /// Adds a condition. Each `?` stands for one of the values.
    pub fn also(&mut self, condition: impl Into<SafeSql>, values: &[Value]) {
        let placeholders: Vec<_> = values.iter().map(|value| self.value(value.clone())).collect();
        self.conditions.push(condition.into().fill(&placeholders));
    }

    /// Takes the conditions added so far, each after an `AND`.
    pub fn conditions(&mut self) -> SafeSql {
        SafeSql::join(self.conditions.drain(..).map(|condition| sql!(" AND {condition}")), "")
    }

    /// Adds conditions on the source.
    pub fn of_source(&mut self, filter: &ItemFilter) {
        if let Some(source) = filter.source_id {
            self.also("s.id = ?", &[source.into()]);
        }
        if let Some(kind) = filter.kind {
            self.also("s.kind = ?", &[kind.into()]);
        }
        // Without the index, which would lead to all items of these sources first.
        let not = |wanted: bool| if wanted { "" } else { "NOT " };
        let followed = |wanted| sql!("{}s.id {}IN ({FOLLOWED})", self.unindexed, not(wanted));
        self.conditions.extend(filter.followed.map(followed));
    }

    pub fn of_availability(&mut self, filter: &ItemFilter, look_up: bool) {
        if let Some(availability) = filter.availability {
            let before = if look_up { "" } else { self.unindexed };
            self.also(sql!("{before}i.availability = ?"), &[availability.into()]);
        }
    }

    /// Adds a condition on length, size or date of an item.
    pub fn within(&mut self, range: &Range, found_first: bool, look_up: bool) {
        let condition = match found_first {
            true => sql!("i.id IN (SELECT x.id FROM item x WHERE {})", range.bounds("x", "")),
            false => range.bounds("i", if look_up { "" } else { self.unindexed }),
        };
        self.also(condition, &range.values);
    }
}

/// Bounds on a numeric or time column of an item.
pub struct Range {
    /// Column of an item called `{item}`.
    pub column: &'static str,
    comparisons: Vec<&'static str>,
    values: Vec<Value>,
}

impl Range {
    fn new<T: Into<Value>>(
        column: &'static str,
        from: Option<T>,
        to: Option<(&'static str, T)>,
    ) -> Option<Self> {
        let bounds: Vec<_> = from.map(|from| (">=", from)).into_iter().chain(to).collect();
        let (comparisons, values) = bounds.into_iter().map(|(how, value)| (how, value.into())).unzip();
        let range = Self { column, comparisons, values };
        (!range.values.is_empty()).then_some(range)
    }

    /// One availability, as a range of one value.
    pub fn of_availability(filter: &ItemFilter) -> Option<Self> {
        let values = vec![filter.availability?.into()];
        Some(Self { column: "{item}.availability", comparisons: vec!["="], values })
    }

    fn bounds(&self, item: &'static str, before: &'static str) -> SafeSql {
        let column = SafeSql::new(self.column).replace("{item}", &item);
        // Parentheses, because a sign would apply to the first word of an expression only.
        let column = if before.is_empty() { column } else { sql!("{before}({column})") };
        SafeSql::join(self.comparisons.iter().map(|how| sql!("{column} {how} ?")), " AND ")
    }
}

pub fn ranges(filter: &ItemFilter) -> Vec<Range> {
    let up_to = |most: Option<i64>| most.map(|most| ("<=", most));
    // Items without a length are in no range of lengths.
    let least = filter.min_seconds.or(filter.max_seconds.map(|_| 0));
    let all = [
        Range::new(LISTED_AT, filter.since, filter.until.map(|until| ("<", until))),
        Range::new(LENGTH, least, up_to(filter.max_seconds)),
        Range::new("{item}.media_bytes", filter.min_bytes, up_to(filter.max_bytes)),
    ];
    all.into_iter().flatten().collect()
}

/// Position of a range that matches few items. None on PostgreSQL, which uses statistics, and within one
/// source. The range of the sort key is skipped, since its index serves both.
pub async fn few(
    db: &impl ConnectionTrait,
    filter: &ItemFilter,
    ranges: &[Range],
    key: &SortKey,
) -> Result<Option<usize>, DbErr> {
    if is_postgres(db) || filter.source_id.is_some() {
        return Ok(None);
    }
    for (place, range) in ranges.iter().enumerate().filter(|(_, range)| !key.is_by(range)) {
        let mut counted = Statement { conditions: Vec::new(), values: Vec::new(), unindexed: "" };
        counted.also(range.bounds("x", ""), &range.values);
        let sql = sql!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM item x WHERE TRUE{} LIMIT {FEW})",
            counted.conditions()
        );
        if value::<i64>(db, sql, counted.values).await?.is_some_and(|found| found < FEW) {
            return Ok(Some(place));
        }
    }
    Ok(None)
}
