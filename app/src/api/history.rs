//! History of a user's downloads. The server renders texts and charts, so that the browser computes nothing.

#[cfg(feature = "ssr")]
mod charts;
#[cfg(feature = "ssr")]
mod listening;
#[cfg(feature = "ssr")]
mod report;

use domain::history::{DAYS_DEFAULT, Outcome};
use domain::{DateTime, Utc};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

#[cfg(feature = "ssr")]
use self::prelude::*;

/// Imports of the server functions' bodies.
#[cfg(feature = "ssr")]
mod prelude {
    pub(super) use super::listening::shown as listening_shown;
    pub(super) use super::report::shown;
    pub(super) use crate::server_side::signed_in;
    pub(super) use smartcache::engine::rights::Right;
    pub(super) use smartcache::engine::{history, playback};
}

/// Offered time spans, in days.
pub const SPANS: [i64; 3] = [7, 30, 90];

/// Parses the time span of a URL; one that is not offered becomes the default.
pub fn span(days: &str) -> i64 {
    days.parse().ok().filter(|days| SPANS.contains(days)).unwrap_or(DAYS_DEFAULT)
}

/// History of a time span, as the page shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Figures and their labels; empty if no download has ended in the span.
    pub tiles: Vec<(String, String)>,
    pub charts: Vec<Chart>,
    pub tables: Vec<Table>,
    pub latest: Vec<HistoryEntry>,
}

/// Listening in a time span, as the page shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listening {
    /// Figures and their labels; empty if nothing was listened to or picked in the span.
    pub tiles: Vec<(String, String)>,
    pub charts: Vec<Chart>,
}

/// A chart with its figures as a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    /// SVG document rendered by the server; text in it is escaped.
    pub svg: String,
    /// Text alternative of the chart.
    pub label: String,
    /// Colours and their meaning: a class of the style sheet and a label.
    pub legend: Vec<(String, String)>,
    pub table: Table,
}

/// Every row has as many cells as the head; the first cell is the row's header.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    pub caption: String,
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// One download that ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryEntry {
    pub title: String,
    pub outcome: Outcome,
    pub facts: Vec<String>,
    pub error: Option<String>,
    pub at: DateTime<Utc>,
}

/// Returns the figures on the time listened in an offered time span.
#[server(prefix = "/api/ui", endpoint = "show_listening")]
pub async fn show_listening(days: String) -> Result<Listening, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    let report = playback::report(&engine, owner.id, Some(span(&days))).await?;
    Ok(listening_shown(&report)?)
}

/// Returns the figures of an offered time span, and the latest downloads that ended.
#[server(prefix = "/api/ui", endpoint = "show_history")]
pub async fn show_history(days: String) -> Result<History, ApiError> {
    let (engine, owner) = signed_in(Right::Read).await?;
    let report = history::report(&engine, owner.id, Some(span(&days))).await?;
    let latest = history::latest(&engine, owner.id, 50).await?;
    Ok(shown(&report, latest)?)
}
