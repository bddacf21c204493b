//! Categories, keywords and tags: each once, whoever tells them.

use super::limits::{CATEGORIES_MOST, NAME_MOST};
use super::text::{Custom, Told};
use super::xml::Element;

/// iTunes nests categories in categories, though never deeper than this.
const DEPTH_MOST: u8 = 3;

#[derive(Debug, Clone, Default)]
pub struct Categories(Vec<String>);

impl Categories {
    pub fn add(&mut self, told: &str) {
        let told = told.trim();
        if !told.is_empty() && self.0.len() < CATEGORIES_MOST && !self.0.iter().any(|known| known == told) {
            self.0.push(told.to_owned());
        }
    }

    /// Adds what an element tells in `label`, `term`, `text`, or as its text, and the categories within it.
    pub fn read(&mut self, element: &Element<'_, '_>) {
        self.read_nested(element, DEPTH_MOST);
    }

    fn read_nested(&mut self, element: &Element<'_, '_>, depth: u8) {
        match ["label", "term", "text"].iter().find_map(|name| element.attribute(name)) {
            Some(told) => self.add(&Told::Html(told).plain(NAME_MOST)),
            None if element.has_elements() => {}
            None => self.add(&plain(element)),
        }
        for child in element.children().filter(|child| depth > 0 && child.head.is("category")) {
            self.read_nested(&child, depth - 1);
        }
    }

    /// Adds what stands between commas.
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
    Told::of(element, Custom::Rss).map(|told| told.plain(10 * NAME_MOST)).unwrap_or_default()
}
