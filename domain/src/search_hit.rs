//! Positions of search hits in a text.

use serde::{Deserialize, Serialize};

/// Parts of a text in order: the hits, and the text between them.
pub type Pieces = Vec<Piece>;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Piece {
    /// Plain text, not markup.
    pub text: String,
    pub is_hit: bool,
}

/// Texts of a row with the search hits marked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchHit {
    /// The whole title or name.
    pub title: Pieces,
    /// The part of the text around the first hit, or its beginning.
    pub excerpt: Pieces,
}
