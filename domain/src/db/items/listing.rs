//! Lists of items in any order, at any scale. A statement has only the conditions that are set, so that an
//! index can serve it, and a page starts after the key of the last row before it (keyset pagination).

mod narrowing;
mod order;
mod search;

use sea_orm::Value;

use super::{SELECT, SeenItem};
use crate::db::search::{SearchZone, Terms, Window, condition, language};
use crate::db::sql::{SafeSql, all, args, is_postgres, sql, value};
use crate::db::visibility::Visibility;
use crate::db::{ConnectionTrait, DbErr};
use crate::item::{Item, ItemFilter};
use crate::item_position::ItemPosition;
use crate::page::PageQuery;
use crate::{Page, UserId};

use narrowing::{Range, Statement, few, ranges};
use order::SortKey;
pub use search::search;

/// Number of followed sources up to which the first items of each are read from its index. With more sources,
/// a scan of all items soon meets enough of theirs. If the index does not hold the order, all are sorted.
const MAX_SOURCES: i64 = 500;
const MAX_SOURCES_POSTGRES: i64 = 100;
const MAX_SORTED_SOURCES: i64 = 50;

/// Items in the order of the filter, newest first by default. With `terms`, only those that contain them.
pub async fn list(
    db: &impl ConnectionTrait,
    owner: UserId,
    filter: &ItemFilter,
    terms: Option<&Terms>,
    page: &PageQuery,
    after: Option<&ItemPosition>,
) -> Result<Page<Item>, DbErr> {
    let limit = page.limit();
    let (sql, values) = statement(db, owner, filter, terms, limit + 1, after).await?;
    let found: Vec<SeenItem> = all(db, sql, values).await?;
    let found = found.into_iter().map(|seen| seen.0).collect();
    let key = SortKey::of(filter.order.unwrap_or_default());
    Ok(Page::cut(found, limit, |item: &Item| key.position(item).to_string()))
}

/// SQL and values of `list`.
pub async fn statement(
    db: &impl ConnectionTrait,
    owner: UserId,
    filter: &ItemFilter,
    terms: Option<&Terms>,
    limit: i64,
    after: Option<&ItemPosition>,
) -> Result<(SafeSql, Vec<Value>), DbErr> {
    let key = SortKey::of(filter.order.unwrap_or_default());
    let visibility = Visibility::of(db, owner).await?;
    Rows { filter, terms, key, after, limit, visibility }.statement(db, owner).await
}

async fn follows_at_most(db: &impl ConnectionTrait, owner: UserId, most: i64) -> Result<bool, DbErr> {
    let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM subscription WHERE user_id = $1 LIMIT $2) AS followed";
    Ok(value::<i64>(db, sql, args![owner, most + 1]).await?.unwrap_or_default() <= most)
}

/// Rows of one page.
struct Rows<'a> {
    filter: &'a ItemFilter,
    terms: Option<&'a Terms>,
    key: SortKey,
    after: Option<&'a ItemPosition>,
    limit: i64,
    visibility: Visibility,
}

impl Rows<'_> {
    async fn statement(
        &self,
        db: &impl ConnectionTrait,
        owner: UserId,
    ) -> Result<(SafeSql, Vec<Value>), DbErr> {
        let mut statement = Statement::by(owner, db);
        let filter = self.filter;
        let is_in_order = self.key.is_by_time() && filter.availability.is_none();
        let most = match (is_in_order, is_postgres(db)) {
            (false, _) => MAX_SORTED_SOURCES,
            (true, true) => MAX_SOURCES_POSTGRES,
            (true, false) => MAX_SOURCES,
        };
        let is_of_few = filter.source_id.is_some()
            || filter.followed == Some(true) && follows_at_most(db, owner, most).await?;
        let ids = match is_of_few {
            true => self.through_sources(db, &mut statement),
            false => self.through_all(db, &mut statement).await?,
        };
        let sql = sql!("{SELECT} WHERE i.id IN ({ids}) ORDER BY {}", self.key.order_by());
        Ok((sql, statement.values))
    }

    /// Ids of the rows, through the index of all items in this order.
    async fn through_all(
        &self,
        db: &impl ConnectionTrait,
        statement: &mut Statement,
    ) -> Result<SafeSql, DbErr> {
        let mut ranges = ranges(self.filter);
        // By date, an availability index holds this order as well. Otherwise it serves only if few items
        // match: one availability may be nearly all items.
        if !self.key.is_by_time() {
            ranges.extend(Range::of_availability(self.filter));
        }
        let found_first = few(db, self.filter, &ranges, &self.key).await?;
        if self.key.is_by_time() {
            statement.of_availability(self.filter, found_first.is_none());
        }
        statement.of_source(self.filter);
        for (place, range) in ranges.iter().enumerate() {
            statement.within(range, found_first == Some(place), self.key.is_by(range));
        }
        self.narrow(db, statement);
        let join = if is_postgres(db) { "JOIN" } else { "CROSS JOIN" };
        let (conditions, limit) = (statement.conditions(), statement.value(self.limit.into()));
        let visible = self.visibility.source();
        Ok(sql!(
            "SELECT i.id FROM item i {join} source s ON s.id = i.source_id WHERE {visible}{conditions}
             ORDER BY {} LIMIT {limit}",
            self.key.order_by()
        ))
    }

    /// Ids of the rows, from the first items of each source, through its index if that holds this order.
    fn through_sources(&self, db: &impl ConnectionTrait, statement: &mut Statement) -> SafeSql {
        statement.of_availability(self.filter, false);
        for range in &ranges(self.filter) {
            statement.within(range, false, self.key.is_by(range));
        }
        self.narrow(db, statement);
        let (of_items, order) = (statement.conditions(), self.key.order_by());
        statement.of_source(self.filter);
        let (of_sources, limit) = (statement.conditions(), statement.value(self.limit.into()));
        let from = match self.filter.followed {
            Some(true) => "subscription f JOIN source s ON s.id = f.source_id AND f.user_id = $1",
            _ => "source s",
        };
        let visible = self.visibility.source();
        if is_postgres(db) {
            let key = self.key.column("i");
            return sql!(
                "SELECT n.id FROM {from} CROSS JOIN LATERAL (
                     SELECT i.id, {key} AS sort_key FROM item i WHERE i.source_id = s.id{of_items} ORDER BY {order} LIMIT {limit}
                 ) n WHERE {visible}{of_sources} ORDER BY {} LIMIT {limit}",
                self.key.order_by_columns("n.sort_key", "n.id")
            );
        }
        // SQLite leaves a source at the first item that sorts after all that were found.
        sql!(
            "SELECT i.id FROM item i WHERE i.source_id IN (SELECT s.id FROM {from} WHERE {visible}{of_sources}){of_items}
             ORDER BY {order} LIMIT {limit}"
        )
    }

    /// Narrows to visible items, by search terms, and to rows after the previous page.
    fn narrow(&self, db: &impl ConnectionTrait, statement: &mut Statement) {
        statement.conditions.extend(self.visibility.explicit().map(Into::into));
        if let Some(terms) = self.terms {
            let query = terms.query(SearchZone::Any, &Window::default(), self.filter.source_id, language(db));
            let query = statement.value(query.into());
            statement.conditions.push(condition(db, "item", "i.id", &query));
        }
        if let Some(after) = self.after {
            self.key.narrow(after, statement);
        }
    }
}
