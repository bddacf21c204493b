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

/// What is said in an episode, as its transcript tells it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Said {
    pub lines: Vec<SaidLine>,
    /// In place of lines, where the transcript is a page. Sanitised.
    pub html: String,
    pub language: Option<String>,
}

/// A paragraph of a transcript.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SaidLine {
    /// Not known where the transcript tells no times.
    pub start_seconds: Option<f64>,
    /// Told where somebody begins to speak.
    pub speaker: Option<String>,
    pub text: String,
}
