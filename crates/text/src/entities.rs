//! Character references of HTML, well-formed or not.

use std::borrow::Cow;

use markup5ever::data::{C1_REPLACEMENTS, NAMED_ENTITIES};
use memchr::memchr;

/// Maximum letters of an entity name; the longest of HTML has 31.
pub const MAX_NAME: usize = 32;

/// Replaces the character references of HTML in a text. Unknown references stay as they are.
pub fn decode(text: &str) -> Cow<'_, str> {
    decode_with(text, |_, _| None)
}

/// Like [`decode`], with entities of the caller's own: `declared` gets the text from an `&` on, appends the
/// replacement, and returns the length of the reference; none if it knows none.
pub fn decode_with(text: &str, mut declared: impl FnMut(&str, &mut String) -> Option<usize>) -> Cow<'_, str> {
    let Some(first) = memchr(b'&', text.as_bytes()) else { return Cow::Borrowed(text) };
    let mut decoded = String::with_capacity(text.len());
    decoded.push_str(&text[..first]);
    let mut rest = &text[first..];
    loop {
        let taken = match rest[1..].starts_with('#') {
            true => numeric(rest, &mut decoded),
            false => declared(rest, &mut decoded).unwrap_or_else(|| reference(rest, &mut decoded)),
        };
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

/// Decodes the named reference at the start of `text` and returns its length; 0 if there is none.
fn reference(text: &str, decoded: &mut String) -> usize {
    let bytes = text.as_bytes();
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let length = bytes[1..].iter().take(MAX_NAME + 1).take_while(|b| is_name(b)).count();
    if length == 0 || length > MAX_NAME {
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

fn named(with_semicolon: &str, decoded: &mut String) -> bool {
    let found = NAMED_ENTITIES.get(with_semicolon).copied();
    let found = found.or_else(|| NAMED_ENTITIES.get(&with_semicolon.to_ascii_lowercase()).copied());
    found.is_some_and(|found| push(found, decoded))
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
}
