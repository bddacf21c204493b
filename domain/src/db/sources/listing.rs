//! Lists and searches of sources. Statements have only the conditions set, so that an index can serve them.

use super::{COLUMNS, FOLLOWED, LATELY};
use crate::db::search::{self, Hits, RankedPage, SearchZone, Terms, Window};
use crate::db::sql::{SafeSql, all, args, listed, row, sql, values};
use crate::db::visibility::Visibility;
use crate::db::{ConnectionTrait, DbErr};
use crate::page::PageQuery;
use crate::source::{Source, SourceFilter};
use crate::{DateTime, Page, UserId, Utc};

pub async fn list(
    db: &impl ConnectionTrait,
    owner: UserId,
    filter: &SourceFilter,
    page: &PageQuery,
    now: DateTime<Utc>,
) -> Result<Page<Source>, DbErr> {
    let limit = page.limit();
    let mut values = args![owner, now - LATELY, page.after_id().unwrap_or_default(), limit + 1];
    let visible = Visibility::of(db, owner).await?.source();
    let narrowed = narrowed(filter, &mut values);
    let sql =
        sql!("SELECT {COLUMNS} FROM source s WHERE {visible} AND s.id > $3{narrowed} ORDER BY s.id LIMIT $4");
    let rows = all(db, sql, values).await?;
    Ok(Page::cut(rows, limit, |s: &Source| s.id.to_string()))
}

/// Like `list`, for sources that match the terms, best hits first.
pub async fn search(
    db: &impl ConnectionTrait,
    owner: UserId,
    terms: &Terms,
    filter: &SourceFilter,
    page: &PageQuery,
    now: DateTime<Utc>,
) -> Result<Page<Source>, DbErr> {
    let visible = Visibility::of(db, owner).await?.source();
    let mut page = RankedPage::new(SearchZone::RANKING, page);
    while let Some((place, after, limit)) = page.next() {
        let window = Window::default();
        let query = terms.query(place, &window, None, search::language(db));
        let Hits { from, matches, .. } = search::hits(db, "source", "s", &"$4".into(), &window);
        let mut asked = args![owner, after.unwrap_or_default(), limit, query];
        let narrowed = narrowed(filter, &mut asked);
        let sql = sql!(
            "SELECT s.id FROM {from} WHERE {matches} AND {visible} AND s.id > $2{narrowed} ORDER BY s.id LIMIT $3"
        );
        page.found(values(db, sql, asked).await?);
    }
    // Counts per row are computed only for the rows of one page.
    let (page, mut asked) = (page.page(), args![owner, now - LATELY]);
    let ids = listed(page.data.iter().copied(), &mut asked);
    let sql = sql!("SELECT {COLUMNS} FROM source s WHERE {visible} AND s.id IN ({ids})");
    let rows = all(db, sql, asked).await?;
    Ok(page.of_rows(rows, |s: &Source| s.id.0))
}

/// The first sources that a user may want to follow: visible to all users, and not known to fail.
pub async fn to_suggest(
    db: &impl ConnectionTrait,
    owner: UserId,
    most: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Source>, DbErr> {
    let sql = sql!(
        "SELECT {COLUMNS} FROM source s WHERE s.origin <> 'person' AND s.health IN ('new', 'ok')
         AND s.id NOT IN ({FOLLOWED}) ORDER BY s.id LIMIT $3"
    );
    all(db, sql, args![owner, now - LATELY, most]).await
}

/// Conditions of the filter. Only those that are set: an optional condition would hide a usable index.
fn narrowed(filter: &SourceFilter, values: &mut Vec<sea_orm::Value>) -> SafeSql {
    let mut narrowed = SafeSql::default();
    let mut also = |column: &'static str, value: sea_orm::Value| {
        values.push(value);
        narrowed.push(&sql!(" AND {column} = ${}", values.len()));
    };
    if let Some(kind) = filter.kind {
        also("s.kind", kind.into());
    }
    if let Some(health) = filter.health {
        also("s.health", health.into());
    }
    match filter.subscribed {
        Some(true) => narrowed.push(&sql!(" AND s.id IN ({FOLLOWED})")),
        Some(false) => narrowed.push(&sql!(" AND s.id NOT IN ({FOLLOWED})")),
        None => {}
    }
    narrowed
}

/// Data that another program needs to follow a source.
pub struct SourceOutline {
    pub feed_url: String,
    pub name: String,
    pub site_url: Option<String>,
}
row!(SourceOutline { feed_url, name, site_url });

/// All sources that a user follows.
pub async fn outlines(db: &impl ConnectionTrait, owner: UserId) -> Result<Vec<SourceOutline>, DbErr> {
    let sql = sql!(
        "SELECT COALESCE(s.private_url, s.feed_url) AS feed_url, s.name, s.site_url FROM source s WHERE s.id IN ({FOLLOWED}) ORDER BY s.id"
    );
    all(db, sql, args![owner]).await
}
