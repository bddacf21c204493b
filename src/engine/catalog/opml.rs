//! Subscription lists: read as the programs of others write them, and written so that others can read them.

use std::fmt;

mod list;
mod outlines;
mod rows;
mod writer;

pub use writer::{Entry, write};

use crate::engine::catalog::feed::{decode, limits};

/// A list of subscriptions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// Empty if the list has none.
    pub title: String,
    pub rows: Vec<Row>,
}

/// One line of the list that is, or should be, a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Number of the outline in the document, folders included, from 1; in a plain list, of the address.
    pub line: usize,
    /// Empty if nobody told one.
    pub title: String,
    /// Titles of the folders around it, outermost first, at most 20.
    pub folders: Vec<String>,
    /// The address of the feed, or why there is none, as a sentence for a person.
    pub found: Result<String, String>,
    /// The list had no scheme, so that https was assumed.
    pub is_scheme_assumed: bool,
}

/// Why bytes are no list of subscriptions, in words for the person who sent them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    Empty,
    WebPage,
    Feed,
    NotAList,
    TooLarge,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "There is nothing in this file.",
            Self::WebPage => "This is a web page, not a list of subscriptions (OPML).",
            Self::Feed => "This is a feed itself, not a list of feeds (OPML). Add it by its address.",
            Self::NotAList => {
                "This is not a list of subscriptions: neither OPML nor a text with one address in each line."
            }
            Self::TooLarge => "This file is too large to be read: it has more than 64 MB.",
        })
    }
}

impl std::error::Error for Unreadable {}

/// Reads OPML of any version, or a plain text with an address in each line. Broken documents are read as far as they
/// go; an outline that is no good feed becomes a row that says why.
///
/// `content_type` is the whole header of that name, where there was one.
///
/// # Errors
/// If the bytes are something else altogether.
pub fn read(bytes: &[u8], content_type: Option<&str>) -> Result<Outline, Unreadable> {
    if bytes.len() > 4 * limits::TEXT_BYTES_MOST {
        return Err(Unreadable::TooLarge);
    }
    let text = decode::decode(bytes, content_type);
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    match text.len() {
        0 => Err(Unreadable::Empty),
        length if length > limits::TEXT_BYTES_MOST => Err(Unreadable::TooLarge),
        _ => match outlines::read(text) {
            Err(Unreadable::NotAList) if !text.starts_with('<') => list::read(text),
            read => read,
        },
    }
}

#[cfg(test)]
mod tests;
