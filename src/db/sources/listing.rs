//! Lists of sources and searches for them: a statement says only what is asked, so that an index can serve it.

use super::{COLUMNS, FOLLOWED, LATELY, VISIBLE};
use crate::db::search::{self, Hits, Terms};
use crate::db::sql::{all, args, row};
use crate::db::{ConnectionTrait, DbErr};
use crate::domain::page::PageQuery;
use crate::domain::source::{Source, SourceFilter};
use crate::domain::{DateTime, Page, UserId, Utc};

pub async fn list(
    db: &impl ConnectionTrait,
    owner: UserId,
    filter: &SourceFilter,
    page: &PageQuery,
    now: DateTime<Utc>,
) -> Result<Page<Source>, DbErr> {
    let limit = page.limit();
    let mut values = args![owner, now - LATELY, page.after_id().unwrap_or_default(), limit + 1];
    let narrowed = narrowed(filter, &mut values);
    let sql = format!(
        "SELECT {COLUMNS} FROM source s WHERE {VISIBLE} AND s.id > $3{narrowed} ORDER BY s.id LIMIT $4"
    );
    let rows = all(db, &sql, values).await?;
    Ok(Page::cut(rows, limit, |s: &Source| s.id.to_string()))
}

/// The same, of those whose words fit, the best hits first. The cursor is the number of those that were seen.
pub async fn search(
    db: &impl ConnectionTrait,
    owner: UserId,
    terms: &Terms,
    filter: &SourceFilter,
    page: &PageQuery,
    now: DateTime<Utc>,
) -> Result<Page<Source>, DbErr> {
    let (limit, seen) = (page.limit(), page.after_id().unwrap_or_default().max(0));
    let Hits { from, matches, score, .. } = search::hits(db, "source", "s", "$3");
    let mut values = args![owner, now - LATELY, terms.query(db, None), limit + 1, seen];
    let narrowed = narrowed(filter, &mut values);
    // Put in order by their numbers alone: what is counted for each row is counted for one page.
    let sql = format!(
        "SELECT {COLUMNS} FROM (SELECT s.id, {score} AS score FROM {from}
             WHERE {matches} AND {VISIBLE}{narrowed} ORDER BY score, s.id LIMIT $4 OFFSET $5) hit
         JOIN source s ON s.id = hit.id ORDER BY hit.score, s.id"
    );
    let rows = all(db, &sql, values).await?;
    Ok(Page::cut(rows, limit, |_: &Source| (seen + limit).to_string()))
}

/// Only what is asked stands in the statement: a condition that may be empty hides what an index could serve.
fn narrowed(filter: &SourceFilter, values: &mut Vec<sea_orm::Value>) -> String {
    let mut narrowed = String::new();
    let mut also = |condition: &str, value: sea_orm::Value| {
        values.push(value);
        narrowed += &format!(" AND {condition} = ${}", values.len());
    };
    if let Some(kind) = filter.kind {
        also("s.kind", kind.into());
    }
    if let Some(health) = filter.health {
        also("s.health", health.into());
    }
    match filter.subscribed {
        Some(true) => narrowed += &format!(" AND s.id IN ({FOLLOWED})"),
        Some(false) => narrowed += &format!(" AND s.id NOT IN ({FOLLOWED})"),
        None => {}
    }
    narrowed
}

/// What another program needs to follow the same.
pub struct Outline {
    pub feed_url: String,
    pub name: String,
    pub site_url: Option<String>,
}
row!(Outline { feed_url, name, site_url });

/// All that a person follows.
pub async fn outlines(db: &impl ConnectionTrait, owner: UserId) -> Result<Vec<Outline>, DbErr> {
    let sql = format!(
        "SELECT s.feed_url, s.name, s.site_url FROM source s WHERE s.id IN ({FOLLOWED}) ORDER BY s.id"
    );
    all(db, &sql, args![owner]).await
}
