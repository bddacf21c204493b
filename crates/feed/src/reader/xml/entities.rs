//! Entities that a document declares, beside those of HTML.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;

use text::entities::{MAX_NAME, decode, decode_with};

use crate::reader::limits::{MAX_ENTITIES, MAX_ENTITY_BYTES, MAX_EXPANSION_BYTES};

/// Maximum depth at which declared entities may reference later ones.
const MAX_DEPTH: usize = 3;

/// Entity decoder, with bounded length and total size of expansions.
#[derive(Default)]
pub struct Entities<'a> {
    declared: HashMap<&'a str, Cow<'a, str>>,
    expanded: Cell<usize>,
}

impl<'a> Entities<'a> {
    /// Declares the simple internal entities of a document type: `<!ENTITY name "text">`.
    pub fn declare(&mut self, doctype: &'a str) {
        let mut names = Vec::new();
        let mut rest = doctype;
        while let Some(at) = rest.find("<!") {
            rest = &rest[at..];
            if rest.starts_with("<!--") {
                rest = rest[4..].split_once("-->").map_or("", |(_, after)| after);
                continue;
            }
            let Some((name, value, after)) = declaration(rest) else {
                rest = &rest[2..];
                continue;
            };
            rest = after;
            let fits = value.len() <= MAX_ENTITY_BYTES && self.declared.len() < MAX_ENTITIES;
            if fits && !self.declared.contains_key(name) {
                self.declared.insert(name, Cow::Borrowed(value));
                names.push(name);
            }
        }
        for _ in 0..MAX_DEPTH {
            names.iter().for_each(|name| self.settle(name));
        }
    }

    /// Expands the entities within an entity's value, if it stays short.
    fn settle(&mut self, name: &str) {
        let Some(value) = self.declared.get(name).filter(|value| value.contains('&')) else { return };
        let mut settled = String::new();
        let mut rest = value.as_ref();
        while let Some((before, after)) = rest.split_once('&') {
            settled.push_str(before);
            let other =
                after.split_once(';').and_then(|(other, after)| Some((self.declared.get(other)?, after)));
            rest = match other {
                Some((value, after)) => {
                    settled.push_str(value);
                    after
                }
                None => {
                    settled.push('&');
                    after
                }
            };
            if settled.len() > MAX_ENTITY_BYTES {
                return;
            }
        }
        settled.push_str(rest);
        if settled.len() <= MAX_ENTITY_BYTES
            && let Some(value) = self.declared.get_mut(name)
        {
            *value = Cow::Owned(settled);
        }
    }

    /// Replaces the references in a text. Unknown references stay as they are.
    pub fn decode<'t>(&self, text: &'t str) -> Cow<'t, str> {
        decode_with(text, |rest, decoded| self.declared(rest, decoded))
    }

    /// Expands a declared entity. Returns the length of the reference.
    fn declared(&self, text: &str, decoded: &mut String) -> Option<usize> {
        if self.declared.is_empty() {
            return None;
        }
        let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':' | 0x80..);
        let length = text.as_bytes()[1..].iter().take(MAX_NAME + 1).take_while(|b| is_name(b)).count();
        let value = self.declared.get(text[1..].get(..length)?)?;
        let expanded = self.expanded.get() + value.len();
        if text.as_bytes().get(length + 1) != Some(&b';') || expanded > MAX_EXPANSION_BYTES {
            return None;
        }
        self.expanded.set(expanded);
        decoded.push_str(&decode(value));
        Some(length + 2)
    }
}

/// Parses an entity declaration at the start of `text`: its name, value, and the rest.
fn declaration(text: &str) -> Option<(&str, &str, &str)> {
    let text = text.strip_prefix("<!ENTITY")?.trim_ascii_start();
    let name = text.bytes().take(2 * MAX_NAME).position(|b| b.is_ascii_whitespace())?;
    let rest = text[name..].trim_ascii_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (value, after) = rest[1..].split_once(quote)?;
    // The closing quote is missing.
    if value.contains("<!ENTITY") {
        return None;
    }
    Some((&text[..name], value, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_entities_are_put_in_as_long_as_they_are_short() {
        let mut entities = Entities::default();
        entities.declare(
            "<!DOCTYPE x [<!-- <!ENTITY a 'no'> --><!ENTITY a \"A&amp;&b;\"><!ENTITY b '&d;!'> <!ENTITY c SYSTEM \"file:///c\"> \
             <!ENTITY d 'd'><!ENTITY é:e 'f'><!ENTITY r '&r;r'>",
        );
        assert_eq!(entities.decode("&a;|&c;|&é:e;|&é;"), "A&d!|&c;|f|&é;");
        assert!(entities.decode("&r;").len() < 100);
    }

    #[test]
    fn expansion_stops_at_its_bound() {
        let mut entities = Entities::default();
        let doctype = format!("<!ENTITY a \"{}\">", "x".repeat(1_000));
        entities.declare(&doctype);
        let decoded = entities.decode(&"&a;".repeat(100_000)).len();
        assert!(decoded < MAX_EXPANSION_BYTES + 300_000, "{decoded}");
    }
}
