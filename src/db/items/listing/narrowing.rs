//! What narrows a list of items: conditions, each on its own, so that the database sees what an index could serve.

use sea_orm::{DbBackend, Value};

use super::order::{LENGTH, LISTED_AT, SortKey};
use crate::db::sources::FOLLOWED;
use crate::db::sql::{args, value};
use crate::db::{ConnectionTrait, DbErr};
use crate::domain::UserId;
use crate::domain::item::ItemFilter;

/// As many items are sooner found first and then put in order than met on the way through the list.
const FEW: i64 = 20_000;

/// A statement under way: conditions that were not taken yet, and the values that stand in it.
pub struct Statement {
    pub conditions: Vec<String>,
    pub values: Vec<Value>,
    /// Before a column that is not to be looked up in its index. SQLite goes by rules where PostgreSQL counts.
    unindexed: &'static str,
}

impl Statement {
    /// The first value is its owner.
    pub fn by(owner: UserId, db: &impl ConnectionTrait) -> Self {
        let unindexed = if db.get_database_backend() == DbBackend::Postgres { "" } else { "+" };
        Self { conditions: Vec::new(), values: args![owner], unindexed }
    }

    /// The name of a value in the statement.
    pub fn value(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    /// Each `?` stands for one of the values.
    pub fn also(&mut self, condition: &str, values: &[Value]) {
        let mut condition = condition.to_owned();
        for value in values {
            condition = condition.replacen('?', &self.value(value.clone()), 1);
        }
        self.conditions.push(condition);
    }

    /// Takes the conditions so far, to stand behind another one.
    pub fn conditions(&mut self) -> String {
        self.conditions.drain(..).map(|condition| format!(" AND {condition}")).collect()
    }

    /// By what a source is.
    pub fn of_source(&mut self, filter: &ItemFilter) {
        if let Some(source) = filter.source_id {
            self.also("s.id = ?", &[source.into()]);
        }
        if let Some(kind) = filter.kind {
            self.also("s.kind = ?", &[kind.into()]);
        }
        // Not looked up: it would lead to all items of these sources first.
        let not = |wanted: bool| if wanted { "" } else { "NOT " };
        let followed = |wanted| format!("{}s.id {}IN ({FOLLOWED})", self.unindexed, not(wanted));
        self.conditions.extend(filter.followed.map(followed));
    }

    pub fn of_availability(&mut self, filter: &ItemFilter, look_up: bool) {
        if let Some(availability) = filter.availability {
            let before = if look_up { "" } else { self.unindexed };
            self.also(&format!("{before}i.availability = ?"), &[availability.into()]);
        }
    }

    /// By how long, large or old an item is.
    pub fn within(&mut self, range: &Range, found_first: bool, look_up: bool) {
        let condition = match found_first {
            true => format!("i.id IN (SELECT x.id FROM item x WHERE {})", range.bounds("x", "")),
            false => range.bounds("i", if look_up { "" } else { self.unindexed }),
        };
        self.also(&condition, &range.values);
    }
}

/// Bounds of a number or a time of an item.
pub struct Range {
    /// Of an item called `{item}`.
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

    /// One availability, as a range of one word.
    pub fn of_availability(filter: &ItemFilter) -> Option<Self> {
        let values = vec![filter.availability?.into()];
        Some(Self { column: "{item}.availability", comparisons: vec!["="], values })
    }

    fn bounds(&self, item: &str, before: &str) -> String {
        let column = self.column.replace("{item}", item);
        // A sign before it would belong to the first word of an expression alone.
        let column = if before.is_empty() { column } else { format!("{before}({column})") };
        let bounds: Vec<_> = self.comparisons.iter().map(|how| format!("{column} {how} ?")).collect();
        bounds.join(" AND ")
    }
}

pub fn ranges(filter: &ItemFilter) -> Vec<Range> {
    let up_to = |most: Option<i64>| most.map(|most| ("<=", most));
    // Items that tell no length are in no range of it.
    let least = filter.min_seconds.or(filter.max_seconds.map(|_| 0));
    let all = [
        Range::new(LISTED_AT, filter.since, filter.until.map(|until| ("<", until))),
        Range::new(LENGTH, least, up_to(filter.max_seconds)),
        Range::new("{item}.media_bytes", filter.min_bytes, up_to(filter.max_bytes)),
    ];
    all.into_iter().flatten().collect()
}

/// The place of a range that holds few items. PostgreSQL knows by itself, and what is sorted by a range begins with it.
pub async fn few(
    db: &impl ConnectionTrait,
    filter: &ItemFilter,
    ranges: &[Range],
    key: &SortKey,
) -> Result<Option<usize>, DbErr> {
    if db.get_database_backend() == DbBackend::Postgres || filter.source_id.is_some() {
        return Ok(None);
    }
    for (place, range) in ranges.iter().enumerate().filter(|(_, range)| !key.is_by(range)) {
        let mut counted = Statement { conditions: Vec::new(), values: Vec::new(), unindexed: "" };
        counted.also(&range.bounds("x", ""), &range.values);
        let sql = format!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM item x WHERE TRUE{} LIMIT {FEW})",
            counted.conditions()
        );
        if value::<i64>(db, &sql, counted.values).await?.is_some_and(|found| found < FEW) {
            return Ok(Some(place));
        }
    }
    Ok(None)
}
