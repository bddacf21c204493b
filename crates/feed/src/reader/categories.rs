//! Categories, keywords and tags of all vocabularies, without duplicates.

use text::one_line;

use super::limits::{MAX_CATEGORIES, MAX_NAME};
use super::reading::is_line;
use super::text::{Custom, RawText};
use super::xml::Element;

/// Maximum nesting of categories: iTunes nests them, RDF wraps them in lists.
const MAX_DEPTH: u8 = 3;

#[derive(Debug, Clone, Default)]
pub struct Categories(Vec<String>);

impl Categories {
    pub fn add(&mut self, told: &str) {
        let told = told.trim();
        if !told.is_empty() && self.0.len() < MAX_CATEGORIES && !self.0.iter().any(|known| known == told) {
            self.0.push(told.to_owned());
        }
    }

    /// Adds the category in `label`, `term`, `text` or the element's text, and the categories within it.
    pub fn read(&mut self, element: &Element<'_, '_>, custom: Custom) {
        self.read_nested(element, custom, MAX_DEPTH);
    }

    fn read_nested(&mut self, element: &Element<'_, '_>, custom: Custom, depth: u8) {
        let nested = || {
            let names = ["category", "Bag", "Seq", "li", "topic", "value"];
            element.children().filter(move |child| names.iter().any(|name| child.head.is(name)))
        };
        match ["label", "term", "text"].iter().find_map(|name| element.attribute(name)) {
            // Atom labels are plain text (RFC 4287 §4.2.2).
            Some(told) if custom == Custom::Atom => self.add(&one_line(&told, MAX_NAME)),
            Some(told) => self.add(&RawText::Html(told).plain(MAX_NAME)),
            None if is_line(element) => self.add(&plain(element)),
            None => {}
        }
        for child in nested().filter(|_| depth > 0) {
            self.read_nested(&child, custom, depth - 1);
        }
    }

    /// Adds keywords separated by commas or semicolons.
    pub fn read_keywords(&mut self, element: &Element<'_, '_>) {
        for keyword in plain(element).split([',', ';']) {
            self.add(keyword);
        }
    }

    pub fn take(self) -> Vec<String> {
        self.0
    }
}

fn plain(element: &Element<'_, '_>) -> String {
    RawText::of(element, Custom::Rss).map(|told| told.plain(10 * MAX_NAME)).unwrap_or_default()
}
