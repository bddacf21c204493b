//! Feed parser: bytes to text, text to elements, elements to a feed and its items in a common model.

use std::fmt;

use chrono::{DateTime, Utc};
use url::Url;

use crate::Feed;
#[cfg(test)]
use crate::Item;

mod best;
mod categories;
mod channel;
mod chapters;
mod dates;
pub(crate) mod decode;
mod document;
mod enclosures;
mod fields;
mod hints;
mod item;
mod json;
pub(crate) mod limits;
mod links;
pub(crate) mod numbers;
mod people;
mod places;
mod podcasting;
mod reading;
pub(crate) mod text;
pub(crate) mod urls;
pub(crate) mod xml;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod properties;

/// Reason why bytes are not a feed. `Display` is a message for the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// Nothing but white space.
    Empty,
    /// HTML.
    WebPage,
    /// Neither RSS, Atom, CDF nor JSON Feed.
    NotAFeed,
    /// JSON that even a lenient parser cannot read.
    BrokenJson,
    /// More than 64 MB of text.
    TooLarge,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "The address answered with nothing.",
            Self::WebPage => {
                "This is a web page, not a feed. Look on it for a link called RSS, Atom or feed."
            }
            Self::NotAFeed => "This is not a feed that can be read: neither RSS, Atom nor JSON Feed.",
            Self::BrokenJson => "This looks like a JSON Feed, but it is broken and cannot be read.",
            Self::TooLarge => "This feed is too large to be read: it has more than 64 MB.",
        })
    }
}

impl std::error::Error for Unreadable {}

/// Reads a feed of any common format, as far as possible. The same bytes always give the same feed.
///
/// `content_type` is the whole Content-Type header, `base` the address of the response after all redirects,
/// and `now` the current time: publication dates more than a day after it are ignored.
///
/// # Errors
/// If the bytes contain no feed; never because of errors within a feed.
pub fn read(
    bytes: &[u8],
    content_type: Option<&str>,
    base: &Url,
    now: DateTime<Utc>,
) -> Result<Feed, Unreadable> {
    if bytes.len() > 4 * limits::MAX_TEXT_BYTES {
        return Err(Unreadable::TooLarge);
    }
    let text = decode::decode(bytes, content_type);
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if text.is_empty() {
        return Err(Unreadable::Empty);
    }
    if text.len() > limits::MAX_TEXT_BYTES {
        return Err(Unreadable::TooLarge);
    }
    match json::part(text) {
        Some(text) => json::read(text, base, now),
        None => document::read(text, base, now),
    }
}
