//! Writes XML 1.0 element by element. Every text and value is escaped and free of characters that XML
//! forbids.

use crate::reader::xml::{allowed, escape, escape_value};

pub struct XmlWriter(String);

impl XmlWriter {
    /// Begins a document.
    pub fn new() -> Self {
        Self("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned())
    }

    pub fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.open(name, attributes);
        self.0.push_str(">\n");
    }

    pub fn end(&mut self, name: &str) {
        self.0.extend(["</", name, ">\n"]);
    }

    pub fn text(&mut self, name: &str, text: &str) {
        self.element(name, &[], text);
    }

    /// Writes the element only if there is a text for it.
    pub fn optional(&mut self, name: &str, text: Option<&str>) {
        text.into_iter().for_each(|text| self.text(name, text));
    }

    pub fn element(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.open(name, attributes);
        self.0.push('>');
        escape(&allowed(text), &mut self.0);
        self.end(name);
    }

    pub fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.open(name, attributes);
        self.0.push_str("/>\n");
    }

    pub fn finish(self) -> String {
        self.0
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.0.extend(["<", name]);
        for (name, value) in attributes {
            self.0.extend([" ", name, "=\""]);
            escape_value(&allowed(value), &mut self.0);
            self.0.push('"');
        }
    }
}
