//! Lists and searches, however many items there are: a statement says only what is asked, so that an index can serve it.

use sea_orm::{DbBackend, Value};

use super::{SELECT, Seen};
use crate::db::search::{self, Filling, Hits, Place, Terms, Window};
use crate::db::sources::VISIBLE;
use crate::db::sql::{all, args, listed, value, values};
use crate::db::{ConnectionTrait, DbErr};
use crate::domain::item::{Item, ItemFilter};
use crate::domain::page::PageQuery;
use crate::domain::{Page, UserId};

/// As many items are sooner found first and then put in order than met on the way through the list.
const FEW: i64 = 20_000;

/// Newest first, by when the item came here: publishers' dates change under a cursor.
pub async fn list(
    db: &impl ConnectionTrait,
    owner: UserId,
    filter: &ItemFilter,
    page: &PageQuery,
) -> Result<Page<Item>, DbErr> {
    let mut asked = Asked::by(owner, db);
    asked.narrow(filter, true);
    let ranges = ranges(filter);
    let few = few(db, filter, &ranges).await?;
    for (place, range) in ranges.iter().enumerate() {
        asked.within(range, few == Some(place));
    }
    if let Some(last) = page.after_id() {
        asked.also("i.id < ?", &[last.into()]);
    }
    let limit = page.limit();
    let sql = format!(
        "{SELECT} WHERE {} ORDER BY i.id DESC LIMIT {}",
        asked.conditions(),
        asked.place((limit + 1).into())
    );
    let rows: Vec<Seen> = all(db, &sql, asked.values).await?;
    let rows = rows.into_iter().map(|seen| seen.0).collect();
    Ok(Page::cut(rows, limit, |i: &Item| i.id.to_string()))
}

/// Hits in one place after the other, the newest of each first.
pub async fn search(
    db: &impl ConnectionTrait,
    owner: UserId,
    terms: &Terms,
    places: &[Place],
    filter: &ItemFilter,
    page: &PageQuery,
) -> Result<Page<Item>, DbErr> {
    let mut page = Filling::new(places, page);
    while let Some((place, after, limit)) = page.next() {
        let mut found = Vec::new();
        for window in search::windows(db, "item", terms, filter.source_id, after).await? {
            let left = limit - found.len() as i64;
            if left > 0 {
                let query = terms.query(place, &window, filter.source_id, search::language(db));
                found.extend(hits_within(db, owner, query, &window, filter, left).await?);
            }
        }
        page.found(found);
    }
    // Whole items are a lot to carry through a join.
    let (page, mut asked) = (page.page(), args![owner]);
    let ids = listed(page.data.iter().copied(), &mut asked);
    let sql = format!("{SELECT} WHERE {VISIBLE} AND i.id IN ({ids})");
    let rows: Vec<Seen> = all(db, &sql, asked).await?;
    Ok(page.of_rows(rows.into_iter().map(|seen| seen.0).collect(), |item: &Item| item.id.0))
}

/// The newest hits among some rows.
async fn hits_within(
    db: &impl ConnectionTrait,
    owner: UserId,
    query: String,
    window: &Window,
    filter: &ItemFilter,
    limit: i64,
) -> Result<Vec<i64>, DbErr> {
    let mut asked = Asked::by(owner, db);
    let Hits { from, matches, id } = search::hits(db, "item", "i", &asked.place(query.into()), window);
    asked.narrow(filter, false);
    for range in &ranges(filter) {
        asked.within(range, false);
    }
    for (bound, number) in [("<", window.until), (">=", window.from)] {
        if let Some(number) = number {
            asked.also(&format!("{id} {bound} ?"), &[number.into()]);
        }
    }
    let sql = format!(
        "SELECT i.id FROM {from} JOIN source s ON s.id = i.source_id
         WHERE {matches} AND {} ORDER BY {id} DESC LIMIT {}",
        asked.conditions(),
        asked.place(limit.into())
    );
    values(db, &sql, asked.values).await
}

/// A statement under way: its conditions, and the values that stand in it.
struct Asked {
    conditions: Vec<String>,
    values: Vec<Value>,
    /// Before a column that is not to be looked up in its index. SQLite goes by rules where PostgreSQL counts.
    unindexed: &'static str,
}

impl Asked {
    fn by(owner: UserId, db: &impl ConnectionTrait) -> Self {
        let unindexed = if db.get_database_backend() == DbBackend::Postgres { "" } else { "+" };
        Self { conditions: vec![VISIBLE.to_owned()], values: args![owner], unindexed }
    }

    /// The name of a value in the statement.
    fn place(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    /// Each `?` stands for one of the values.
    fn also(&mut self, condition: &str, values: &[Value]) {
        let mut condition = condition.to_owned();
        for value in values {
            condition = condition.replacen('?', &self.place(value.clone()), 1);
        }
        self.conditions.push(condition);
    }

    fn conditions(&self) -> String {
        self.conditions.join(" AND ")
    }

    /// By what an item is. With `look_up`, off an index.
    fn narrow(&mut self, filter: &ItemFilter, look_up: bool) {
        let unindexed = self.unindexed;
        let before = |looked_up: bool| if looked_up { "" } else { unindexed };
        if let Some(source) = filter.source_id {
            self.also(&format!("{}i.source_id = ?", before(look_up)), &[source.into()]);
        }
        if let Some(kind) = filter.kind {
            self.also("s.kind = ?", &[kind.into()]);
        }
        if let Some(availability) = filter.availability {
            // A source's own items are few; those of one availability may be nearly all.
            let before = before(look_up && filter.source_id.is_none());
            self.also(&format!("{before}i.availability = ?"), &[availability.into()]);
        }
    }

    /// By how long, large or old it is.
    fn within(&mut self, range: &Range, found_first: bool) {
        let condition = match found_first {
            true => format!("i.id IN (SELECT x.id FROM item x WHERE {})", range.bounds("x", "")),
            false => range.bounds("i", self.unindexed),
        };
        self.also(&condition, &range.values);
    }
}

/// What a number or a time of an item is to lie within.
struct Range {
    /// Of an item called `{item}`.
    column: &'static str,
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

    fn bounds(&self, item: &str, before: &str) -> String {
        let column = self.column.replace("{item}", item);
        let bounds: Vec<_> = self.comparisons.iter().map(|how| format!("{before}{column} {how} ?")).collect();
        bounds.join(" AND ")
    }
}

fn ranges(filter: &ItemFilter) -> Vec<Range> {
    let up_to = |most: Option<i64>| most.map(|most| ("<=", most));
    let time = "COALESCE({item}.published_at, {item}.first_seen_at)";
    let all = [
        Range::new(time, filter.since, filter.until.map(|until| ("<", until))),
        Range::new("{item}.duration_seconds", filter.min_seconds, up_to(filter.max_seconds)),
        Range::new("{item}.media_bytes", filter.min_bytes, up_to(filter.max_bytes)),
    ];
    all.into_iter().flatten().collect()
}

/// The place of a range that holds few items. PostgreSQL knows by itself, and those of one source are few anyway.
async fn few(
    db: &impl ConnectionTrait,
    filter: &ItemFilter,
    ranges: &[Range],
) -> Result<Option<usize>, DbErr> {
    if db.get_database_backend() == DbBackend::Postgres || filter.source_id.is_some() {
        return Ok(None);
    }
    for (place, range) in ranges.iter().enumerate() {
        let mut asked = Asked { conditions: Vec::new(), values: Vec::new(), unindexed: "" };
        asked.also(&range.bounds("x", ""), &range.values);
        let sql =
            format!("SELECT COUNT(*) FROM (SELECT 1 FROM item x WHERE {} LIMIT {FEW})", asked.conditions());
        if value::<i64>(db, &sql, asked.values).await?.is_some_and(|found| found < FEW) {
            return Ok(Some(place));
        }
    }
    Ok(None)
}
