//! Where the words that somebody looked for stand.

use serde::{Deserialize, Serialize};

/// The parts of a text in order: what was looked for, and what stands between.
pub type Pieces = Vec<Piece>;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Plain text, not markup.
    pub text: String,
    pub is_hit: bool,
}

/// What of a row fits a search.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The whole title or name.
    pub title: Pieces,
    /// The part of the text around the first hit, or its beginning.
    pub excerpt: Pieces,
}
