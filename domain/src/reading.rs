//! Readable content of a page, without its surroundings.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reading {
    pub title: Option<String>,
    pub byline: Option<String>,
    /// Sanitised: no scripts, styles, forms or frames. For users also without external pictures, which the
    /// stored text still names.
    pub html: String,
    pub words: i64,
}

/// Transcript of an episode.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Transcription {
    pub lines: Vec<SaidLine>,
    /// Used instead of lines if the transcript is a web page. Sanitised.
    pub html: String,
    pub language: Option<String>,
}

/// Paragraph of a transcript.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaidLine {
    /// None if the transcript has no timestamps.
    pub start_seconds: Option<f64>,
    /// Set where a speaker begins.
    pub speaker: Option<String>,
    pub text: String,
}
