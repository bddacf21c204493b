//! Full-text search of items, best hits first.

use super::super::{SELECT, SeenItem};
use super::narrowing::{Statement, ranges};
use crate::db::search::{self, Hits, RankedPage, SearchZone, Terms, Window};
use crate::db::sql::{all, args, listed, sql, values};
use crate::db::visibility::Visibility;
use crate::db::{ConnectionTrait, DbErr};
use crate::item::{Item, ItemFilter};
use crate::page::PageQuery;
use crate::{Page, UserId};

/// Hits in one zone after the other (full-text ranking by `SearchZone`), the latest to arrive first in each.
pub async fn search(
    db: &impl ConnectionTrait,
    owner: UserId,
    terms: &Terms,
    zones: &[SearchZone],
    filter: &ItemFilter,
    page: &PageQuery,
) -> Result<Page<Item>, DbErr> {
    let visible = Visibility::of(db, owner).await?.item();
    let mut page = RankedPage::new(zones, page);
    while let Some((place, after, limit)) = page.next() {
        let mut found = Vec::new();
        for window in search::windows(db, "item", terms, filter.source_id, after).await? {
            let left = limit - found.len() as i64;
            if left > 0 {
                let query = terms.query(place, &window, filter.source_id, search::language(db));
                found.extend(hits_within(db, (owner, visible), query, &window, filter, left).await?);
            }
        }
        page.found(found);
    }
    // Loaded afterwards: whole items are costly to carry through a join.
    let (page, mut asked) = (page.page(), args![owner]);
    let ids = listed(page.data.iter().copied(), &mut asked);
    let sql = sql!("{SELECT} WHERE {visible} AND i.id IN ({ids})");
    let rows: Vec<SeenItem> = all(db, sql, asked).await?;
    Ok(page.of_rows(rows.into_iter().map(|seen| seen.0).collect(), |item: &Item| item.id.0))
}

/// Newest hits within a window of rows, of those that are `visible`.
async fn hits_within(
    db: &impl ConnectionTrait,
    (owner, visible): (UserId, &'static str),
    query: String,
    window: &Window,
    filter: &ItemFilter,
    limit: i64,
) -> Result<Vec<i64>, DbErr> {
    let mut asked = Statement::by(owner, db);
    let Hits { from, matches, id } = search::hits(db, "item", "i", &asked.value(query.into()), window);
    asked.of_source(filter);
    asked.of_availability(filter, false);
    for range in &ranges(filter) {
        asked.within(range, false, false);
    }
    for (bound, number) in [("<", window.until), (">=", window.from)] {
        if let Some(number) = number {
            asked.also(sql!("{id} {bound} ?"), &[number.into()]);
        }
    }
    let (conditions, limit) = (asked.conditions(), asked.value(limit.into()));
    let sql = sql!(
        "SELECT i.id FROM {from} JOIN source s ON s.id = i.source_id
         WHERE {matches} AND {visible}{conditions} ORDER BY {id} DESC LIMIT {limit}"
    );
    values(db, sql, asked.values).await
}
