//! Older pages of feeds: which were read, and the next one.

use super::sql::{args, execute, one, row, value};
use super::{ConnectionTrait, DbErr};
use crate::source::SourceDetails;
use crate::{DateTime, SourceId, Utc};

struct OlderPages {
    older_url: Option<String>,
    older_ended: bool,
    details: SourceDetails,
}
row!(OlderPages { older_url, older_ended; details });

/// Address of the next older page. None if there is none, or all were read.
pub async fn next(db: &impl ConnectionTrait, source: SourceId) -> Result<Option<String>, DbErr> {
    let sql = "SELECT older_url, older_ended, details FROM source WHERE id = $1";
    let state: Option<OlderPages> = one(db, sql, args![source]).await?;
    Ok(state.and_then(|state| match state.older_ended {
        true => None,
        false => state.older_url.or(state.details.next_url),
    }))
}

pub async fn is_read(db: &impl ConnectionTrait, source: SourceId, url: &str) -> Result<bool, DbErr> {
    let sql = "SELECT source_id FROM feed_page WHERE source_id = $1 AND url = $2";
    Ok(value::<SourceId>(db, sql, args![source, url]).await?.is_some())
}

pub async fn count(db: &impl ConnectionTrait, source: SourceId) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) FROM feed_page WHERE source_id = $1";
    Ok(value(db, sql, args![source]).await?.unwrap_or_default())
}

/// Records that a page was read, and the address of the next. False if it was read before.
pub async fn keep(
    db: &impl ConnectionTrait,
    source: SourceId,
    url: &str,
    next: Option<&str>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "INSERT INTO feed_page (source_id, url, read_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    if execute(db, sql, args![source, url, now]).await? == 0 {
        return Ok(false);
    }
    let sql = "UPDATE source SET older_url = $2, older_ended = $3 WHERE id = $1";
    execute(db, sql, args![source, next.map(str::to_owned), next.is_none()]).await?;
    Ok(true)
}

/// Marks the older pages of a feed as read completely.
pub async fn end(db: &impl ConnectionTrait, source: SourceId) -> Result<(), DbErr> {
    let sql = "UPDATE source SET older_url = NULL, older_ended = TRUE WHERE id = $1";
    execute(db, sql, args![source]).await.map(|_| ())
}
