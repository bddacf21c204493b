//! What became of a person's downloads, said and drawn by the server: the browser has nothing to count.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use smartcache::domain::history::{DAYS_DEFAULT, Outcome};
use smartcache::domain::{DateTime, Utc};

use crate::error::ApiError;

/// The spans that are offered, in days.
pub const SPANS: [i64; 3] = [7, 30, 90];

/// The span that an address asks for; what is not offered is as good as nothing.
pub fn span(days: &str) -> i64 {
    days.parse().ok().filter(|days| SPANS.contains(days)).unwrap_or(DAYS_DEFAULT)
}

/// A span of days as the page shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Numbers and what they are of; none when nothing has ended in the span.
    pub tiles: Vec<(String, String)>,
    pub charts: Vec<Chart>,
    pub tables: Vec<Table>,
    pub latest: Vec<Entry>,
}

/// A drawing, and the same in words and figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    /// An SVG document of ours; text in it is escaped.
    pub svg: String,
    /// What it shows, for those who do not see it.
    pub label: String,
    /// Which colour stands for what: a class of the style sheet and words.
    pub legend: Vec<(String, String)>,
    pub table: Table,
}

/// Every row has as many cells as the head; the first one names the row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    pub caption: String,
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// One download that ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub title: String,
    pub outcome: Outcome,
    pub facts: Vec<String>,
    pub error: Option<String>,
    pub at: DateTime<Utc>,
}

/// The figures of one of the offered spans, and the last downloads that ended.
#[server(prefix = "/api/ui", endpoint = "show_history")]
pub async fn show_history(days: String) -> Result<History, ApiError> {
    use crate::server_side::{history::shown, signed_in};
    use smartcache::engine::history;
    let (engine, owner) = signed_in().await?;
    let report = history::report(&engine, owner.id, Some(span(&days))).await?;
    let latest = history::latest(&engine, owner.id, 50).await?;
    Ok(shown(&report, latest)?)
}
