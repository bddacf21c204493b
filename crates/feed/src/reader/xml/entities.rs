//! Character references and entities: predefined by HTML, declared in the document, and misspelled.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;

use markup5ever::data::{C1_REPLACEMENTS, NAMED_ENTITIES};
use memchr::memchr;

use crate::reader::limits::{ENTITIES_MOST, ENTITY_BYTES_MOST, EXPANSION_BYTES_MOST};

/// Maximum letters of an entity name; the longest of HTML has 31.
const NAME_MOST: usize = 32;

/// Maximum depth at which declared entities may reference later ones.
const DEPTH_MOST: usize = 3;

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
            let fits = value.len() <= ENTITY_BYTES_MOST && self.declared.len() < ENTITIES_MOST;
            if fits && !self.declared.contains_key(name) {
                self.declared.insert(name, Cow::Borrowed(value));
                names.push(name);
            }
        }
        for _ in 0..DEPTH_MOST {
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
            if settled.len() > ENTITY_BYTES_MOST {
                return;
            }
        }
        settled.push_str(rest);
        if settled.len() <= ENTITY_BYTES_MOST
            && let Some(value) = self.declared.get_mut(name)
        {
            *value = Cow::Owned(settled);
        }
    }

    /// Replaces the references in a text. Unknown references stay as they are.
    pub fn decode<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let Some(first) = memchr(b'&', text.as_bytes()) else { return Cow::Borrowed(text) };
        let mut decoded = String::with_capacity(text.len());
        decoded.push_str(&text[..first]);
        let mut rest = &text[first..];
        loop {
            let taken = self.reference(rest, &mut decoded);
            if taken == 0 {
                decoded.push('&');
            }
            rest = &rest[taken.max(1)..];
            let Some(next) = memchr(b'&', rest.as_bytes()) else { break };
            decoded.push_str(&rest[..next]);
            rest = &rest[next..];
        }
        decoded.push_str(rest);
        Cow::Owned(decoded)
    }

    /// Decodes the reference at the start of `text` and returns its length; 0 if there is none.
    fn reference(&self, text: &str, decoded: &mut String) -> usize {
        if text[1..].starts_with('#') {
            return numeric(text, decoded);
        }
        if let Some(length) = self.declared(text, decoded) {
            return length;
        }
        let bytes = text.as_bytes();
        let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        let length = bytes[1..].iter().take(NAME_MOST + 1).take_while(|b| is_name(b)).count();
        if length == 0 || length > NAME_MOST {
            return 0;
        }
        let name = &text[1..=length];
        if bytes.get(length + 1) == Some(&b';') {
            return if named(&text[1..length + 2], decoded) { length + 2 } else { 0 };
        }
        // As browsers do in attributes: `?a=1&copy=2` is an address, not a copyright sign.
        match NAMED_ENTITIES.get(name).filter(|_| bytes.get(length + 1) != Some(&b'=')) {
            Some(&found) if push(found, decoded) => length + 1,
            _ => 0,
        }
    }

    /// Expands a declared entity. Returns the length of the reference.
    fn declared(&self, text: &str, decoded: &mut String) -> Option<usize> {
        if self.declared.is_empty() {
            return None;
        }
        let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':' | 0x80..);
        let length = text.as_bytes()[1..].iter().take(NAME_MOST + 1).take_while(|b| is_name(b)).count();
        let value = self.declared.get(text[1..].get(..length)?)?;
        let expanded = self.expanded.get() + value.len();
        if text.as_bytes().get(length + 1) != Some(&b';') || expanded > EXPANSION_BYTES_MOST {
            return None;
        }
        self.expanded.set(expanded);
        decoded.push_str(&Entities::default().decode(value));
        Some(length + 2)
    }
}

fn named(with_semicolon: &str, decoded: &mut String) -> bool {
    let found = NAMED_ENTITIES.get(with_semicolon).copied();
    let found = found.or_else(|| NAMED_ENTITIES.get(&with_semicolon.to_ascii_lowercase()).copied());
    found.is_some_and(|found| push(found, decoded))
}

/// Parses an entity declaration at the start of `text`: its name, value, and the rest.
fn declaration(text: &str) -> Option<(&str, &str, &str)> {
    let text = text.strip_prefix("<!ENTITY")?.trim_ascii_start();
    let name = text.bytes().take(2 * NAME_MOST).position(|b| b.is_ascii_whitespace())?;
    let rest = text[name..].trim_ascii_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (value, after) = rest[1..].split_once(quote)?;
    // The closing quote is missing.
    if value.contains("<!ENTITY") {
        return None;
    }
    Some((&text[..name], value, after))
}

fn push((first, second): (u32, u32), decoded: &mut String) -> bool {
    let Some(first) = char::from_u32(first).filter(|c| *c != '\0') else { return false };
    decoded.push(first);
    decoded.extend(char::from_u32(second).filter(|c| *c != '\0'));
    true
}

/// Decodes `&#8217;` and `&#x2019;`, also without the semicolon, also as a UTF-16 surrogate pair.
fn numeric(text: &str, decoded: &mut String) -> usize {
    let Some((number, length)) = number(text) else { return 0 };
    if let 0xd800..=0xdbff = number
        && let Some((low @ 0xdc00..=0xdfff, more)) = number_at(&text[length..])
    {
        let pair = 0x10000 + ((number - 0xd800) << 10) + (low - 0xdc00);
        decoded.extend(char::from_u32(pair));
        return length + more;
    }
    decoded.extend(character(number));
    length
}

fn number_at(text: &str) -> Option<(u32, usize)> {
    text.starts_with("&#").then(|| number(text))?
}

fn number(text: &str) -> Option<(u32, usize)> {
    let (digits, radix) = match text.get(2..)? {
        digits if digits.starts_with(['x', 'X']) => (&digits[1..], 16),
        digits => (digits, 10),
    };
    let length = digits.bytes().take_while(|b| (*b as char).is_digit(radix)).count();
    if length == 0 {
        return None;
    }
    let number = u32::from_str_radix(&digits[..length], radix).unwrap_or(u32::MAX);
    let semicolon = usize::from(digits.as_bytes().get(length) == Some(&b';'));
    Some((number, text.len() - digits.len() + length + semicolon))
}

/// Drops control characters; maps the numbers 0x80 to 0x9f as windows-1252.
fn character(number: u32) -> Option<char> {
    match number {
        0x09 | 0x0a | 0x0d => char::from_u32(number),
        0..0x20 | 0x7f | 0xfffe | 0xffff => None,
        0x80..0xa0 => C1_REPLACEMENTS[number as usize - 0x80].or(char::from_u32(number)),
        _ => Some(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(text: &str) -> String {
        Entities::default().decode(text).into_owned()
    }

    #[test]
    fn names_of_html_are_known_however_they_are_spelled() {
        assert_eq!(decode("&lt;&nbsp;&eacute;&Eacute;&NBSP;&amp"), "<\u{a0}éÉ\u{a0}&");
        assert_eq!(decode("&NotEqualTilde;"), "\u{2242}\u{338}");
    }

    #[test]
    fn what_is_no_reference_stays() {
        for text in ["a & b", "&foo;", "&;", "&#;", "&#x;", "?a=1&copy=2", "&", "&&&", "&\u{fc};"] {
            assert_eq!(decode(text), text);
        }
    }

    #[test]
    fn numbers_may_be_of_windows_1252_or_halves_of_a_pair() {
        assert_eq!(decode("&#8217;&#x2019;&#146;&#39"), "\u{2019}\u{2019}\u{2019}'");
        assert_eq!(decode("&#xD83D;&#xDE00;"), "\u{1f600}");
        assert_eq!(decode("&#xD83D;&#99999999999;&#0;&#7;"), "\u{fffd}\u{fffd}");
    }

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
        assert!(decoded < EXPANSION_BYTES_MOST + 300_000, "{decoded}");
    }
}
