//! Readable text extracted from pages and transcripts.

use super::sql::{args, execute, one, row};
use super::{ConnectionTrait, DbErr};
use crate::reading::Reading;
use crate::{DateTime, Utc};

row!(Reading { title, byline, html, words });

/// Returns the reading of `origin`: the SHA-256 of a page's bytes, or the address of a transcript.
pub async fn of(db: &impl ConnectionTrait, origin: &str) -> Result<Option<Reading>, DbErr> {
    one(db, "SELECT title, byline, html, words FROM reading WHERE origin = $1", args![origin]).await
}

pub async fn keep(
    db: &impl ConnectionTrait,
    origin: &str,
    reading: &Reading,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let Reading { title, byline, html, words } = reading;
    let sql =
        "INSERT INTO reading (origin, title, byline, html, words, made_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (origin) DO NOTHING";
    let values = args![origin, title.clone(), byline.clone(), html.as_str(), *words, now];
    execute(db, sql, values).await.map(|_| ())
}
