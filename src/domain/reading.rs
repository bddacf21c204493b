//! What a page holds for a reader, without all that stands around it.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    pub title: Option<String>,
    pub byline: Option<String>,
    /// Sanitised: no scripts, styles, forms, frames or pictures from elsewhere.
    pub html: String,
    pub words: i64,
}
