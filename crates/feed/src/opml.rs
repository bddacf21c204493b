//! Subscription lists: reads what other programs write, and writes what they can read.

use std::fmt;

mod list;
mod outlines;
mod rows;
mod writer;

pub use writer::{OpmlEntry, write};

use crate::reader::{decode, limits};

/// A subscription list as read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpmlOutline {
    /// Empty if the list has none.
    pub title: String,
    /// Its entries in order; folders are named in the entries.
    pub rows: Vec<OpmlRow>,
}

/// An entry of the list that is, or should be, a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpmlRow {
    /// Number of the outline, counting folders, from 1; in a plain list, number of the address.
    pub line: usize,
    /// Empty if there is none.
    pub title: String,
    /// Titles of the enclosing folders, outermost first, at most 20.
    pub folders: Vec<String>,
    /// Address of the feed, or the reason why there is none, as a sentence for the user.
    pub found: Result<String, String>,
    /// Whether the list had no scheme, so that https was assumed.
    pub is_scheme_assumed: bool,
}

/// Reason why bytes are not a subscription list. `Display` is a message for the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnreadableList {
    /// Nothing but white space.
    Empty,
    /// HTML.
    WebPage,
    /// A feed, which is followed by its own address.
    Feed,
    /// Neither OPML nor one address per line.
    NotAList,
    /// More than 64 MB of text.
    TooLarge,
}

impl fmt::Display for UnreadableList {
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

impl std::error::Error for UnreadableList {}

/// Reads OPML of any version, or plain text with one address per line. A broken document is read as far as
/// possible; an outline without a usable feed becomes a row with the reason.
///
/// `content_type` is the whole Content-Type header, if there was one.
///
/// # Errors
/// If the bytes are not a subscription list at all.
pub fn read(bytes: &[u8], content_type: Option<&str>) -> Result<OpmlOutline, UnreadableList> {
    if bytes.len() > 4 * limits::MAX_TEXT_BYTES {
        return Err(UnreadableList::TooLarge);
    }
    let text = decode::decode(bytes, content_type);
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    match text.len() {
        0 => Err(UnreadableList::Empty),
        length if length > limits::MAX_TEXT_BYTES => Err(UnreadableList::TooLarge),
        _ => match outlines::read(text) {
            Err(UnreadableList::NotAList) if !text.starts_with('<') => list::read(text),
            read => read,
        },
    }
}

#[cfg(test)]
mod tests;
