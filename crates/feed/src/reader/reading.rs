//! Shared context of one reading, and texts with deferred sanitising.

use std::rc::Rc;

use chrono::{DateTime, Utc};
use url::Url;

use super::dates;
use super::text::{Cleaner, RawText};
use super::xml::Element;
use crate::Format;

/// Format of the feed and time of the reading.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances {
    pub format: Format,
    pub now: DateTime<Utc>,
}

impl Circumstances {
    /// The date in an element.
    pub fn date(&self, element: &Element<'_, '_>) -> Option<DateTime<Utc>> {
        dates::read(&element.text(), self.now)
    }
}

/// Whether an element contains only text and inline markup. Other children have a meaning of their own, or
/// are inside only because the element was never closed.
pub fn is_line(element: &Element<'_, '_>) -> bool {
    const INLINE: [&str; 9] = ["a", "b", "br", "em", "font", "i", "small", "span", "strong"];
    element.children().all(|child| INLINE.iter().any(|name| child.head.is(name)))
}

/// A text that is sanitised only when it is known to be the one that counts.
#[derive(Debug, Clone)]
pub struct HeldFeed<'a> {
    told: RawText<'a>,
    base: Rc<Url>,
}

impl<'a> HeldFeed<'a> {
    /// None if the text is blank.
    pub fn new(told: Option<RawText<'a>>, element: &Element<'_, 'a>) -> Option<Self> {
        Some(Self { told: told.filter(|told| told.length() > 0)?, base: element.base().clone() })
    }

    pub fn length(&self) -> usize {
        self.told.length()
    }

    pub fn html(&self, cleaner: &mut Cleaner) -> String {
        self.told.html(cleaner, &self.base)
    }

    pub fn plain(&self, most: usize) -> String {
        self.told.plain(most)
    }
}
