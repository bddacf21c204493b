//! Tokenizer for XML. It never fails: anything that is not markup is text.

use memchr::{memchr, memchr2, memmem};

/// A token of a document. Comments and processing instructions are skipped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum XmlToken<'a> {
    Start {
        name: &'a str,
        attributes: &'a str,
        empty: bool,
    },
    End(&'a str),
    /// With undecoded entities.
    Text(&'a str),
    Cdata(&'a str),
    Doctype(&'a str),
}

const CDATA: &str = "<![CDATA[";

/// Tokenizer state. Scans every byte a bounded number of times, whatever is left open.
#[derive(Clone)]
pub struct XmlTokens<'a> {
    text: &'a str,
    at: usize,
    had_doctype: bool,
    /// Cached positions of the next end of a comment, CDATA section and instruction, or the text's length.
    comment_end: usize,
    cdata_end: usize,
    instruction_end: usize,
    /// Whether a CDATA section began within another, so that an unmatched end follows.
    has_nested: bool,
}

impl<'a> XmlTokens<'a> {
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            had_doctype: false,
            comment_end: 0,
            cdata_end: 0,
            instruction_end: 0,
            has_nested: false,
        }
    }

    /// Position of the next token, for [`XmlTokens::rewind`].
    pub fn position(&self) -> usize {
        self.at
    }

    pub fn rewind(&mut self, position: usize) {
        self.at = position;
    }

    /// The next token. `open` is the innermost open element; its end tag also ends an unclosed CDATA section.
    pub fn next(&mut self, open: &str) -> Option<XmlToken<'a>> {
        loop {
            let rest = &self.text[self.at..];
            if rest.is_empty() {
                return None;
            }
            if self.has_nested && rest.starts_with("]]>") {
                self.at += 3;
                self.has_nested = false;
                continue;
            }
            if !begins_markup(rest.as_bytes()) {
                return Some(self.text_token(0));
            }
            match rest.as_bytes()[1] {
                b'/' => return Some(self.end_tag(rest)),
                b'?' => self.instruction(rest),
                b'!' if rest.starts_with("<!--") => self.comment(rest),
                b'!' if starts_with_ignoring_case(rest, CDATA) => return Some(self.cdata(open)),
                b'!' => {
                    if let Some(token) = self.declaration(rest) {
                        return Some(token);
                    }
                }
                _ => match tag_end(rest.as_bytes()) {
                    TagEnd::At(end) => {
                        self.at += end + 1;
                        return Some(start_tag(&rest[1..end]));
                    }
                    TagEnd::NoTag => return Some(self.text_token(1)),
                    TagEnd::Truncated => self.at = self.text.len(),
                },
            }
        }
    }

    /// Text up to the next markup; the first `sure` bytes are text in any case.
    fn text_token(&mut self, sure: usize) -> XmlToken<'a> {
        let rest = &self.text[self.at..];
        let bytes = rest.as_bytes();
        let mut end = sure;
        while let Some(found) = memchr(b'<', &bytes[end..]) {
            end += found;
            if begins_markup(&bytes[end..]) {
                break;
            }
            end += 1;
        }
        if memchr(b'<', &bytes[end..]).is_none() {
            end = bytes.len();
        }
        if self.has_nested
            && let Some(left_over) = memmem::find(&bytes[sure..end], b"]]>")
        {
            end = sure + left_over;
        }
        self.at += end;
        XmlToken::Text(&rest[..end])
    }

    fn end_tag(&mut self, rest: &'a str) -> XmlToken<'a> {
        let end = memchr2(b'<', b'>', &rest.as_bytes()[2..]).map_or(rest.len(), |found| found + 2);
        self.at += end + usize::from(rest.as_bytes().get(end) == Some(&b'>'));
        let name = rest[2..end].trim_ascii_start();
        XmlToken::End(&name[..name_length(name)])
    }

    fn skip_past(&mut self, rest: &str, byte: u8) {
        self.at += memchr(byte, rest.as_bytes()).map_or(rest.len(), |end| end + 1);
    }

    /// A comment without an end is skipped like a tag.
    fn comment(&mut self, rest: &str) {
        let from = self.at + 4;
        if self.comment_end < from {
            self.comment_end = self.find(from, "-->");
        }
        if self.comment_end == self.text.len() {
            self.skip_past(rest, b'>');
        } else {
            self.at = self.comment_end + 3;
        }
    }

    /// An instruction ends at `?>`. It ends at the first `>` if there is no `?>`, if another instruction
    /// begins in between, and in an XML declaration, which contains no `>`.
    fn instruction(&mut self, rest: &str) {
        let from = self.at + 2;
        if self.instruction_end < from {
            self.instruction_end = self.find(from, "?>");
        }
        let inside = &rest.as_bytes()[2..self.instruction_end - self.at];
        let slip = memchr(b'>', inside).filter(|end| {
            starts_with_ignoring_case(rest, "<?xml ") || memmem::find(&inside[*end..], b"<?").is_some()
        });
        self.at = match slip {
            Some(end) => from + end + 1,
            None if self.instruction_end == self.text.len() => {
                self.skip_past(rest, b'>');
                return;
            }
            None => self.instruction_end + 2,
        };
    }

    fn cdata(&mut self, open: &str) -> XmlToken<'a> {
        let from = self.at + CDATA.len();
        if self.cdata_end < from {
            self.cdata_end = self.find(from, "]]>");
        }
        let end = self.cdata_end;
        let section = &self.text[from..end];
        let closed = end < self.text.len();
        // The end belongs to a later section: this one was left open.
        let own =
            if closed { memmem::find(section.as_bytes(), CDATA.as_bytes()) } else { Some(section.len()) };
        let cut =
            own.and_then(|own| memmem::find(&section.as_bytes()[..own], format!("</{open}").as_bytes()));
        let cut = cut.filter(|_| !open.is_empty());
        // Nested sections are read separately.
        let inner = own.filter(|_| closed);
        self.has_nested |= cut.is_none() && inner.is_some();
        let length = cut.or(inner).unwrap_or(section.len());
        let is_whole = length == section.len() && closed;
        self.at = from + length + if is_whole { 3 } else { 0 };
        XmlToken::Cdata(&section[..length])
    }

    /// Returns the document type, once, and skips any other declaration.
    fn declaration(&mut self, rest: &'a str) -> Option<XmlToken<'a>> {
        if self.had_doctype || !starts_with_ignoring_case(rest, "<!doctype") {
            self.skip_past(rest, b'>');
            return None;
        }
        self.had_doctype = true;
        let first = memchr2(b'[', b'>', rest.as_bytes());
        let end = match first {
            Some(at) if rest.as_bytes()[at] == b'[' => subset_end(rest, at),
            other => other,
        };
        let end = end.or_else(|| memchr(b'>', rest.as_bytes())).unwrap_or(rest.len() - 1);
        self.at += end + 1;
        Some(XmlToken::Doctype(rest.get(..end).unwrap_or_default()))
    }

    fn find(&self, from: usize, what: &str) -> usize {
        let found = self.text.as_bytes().get(from..).and_then(|rest| memmem::find(rest, what.as_bytes()));
        found.map_or(self.text.len(), |found| from + found)
    }
}

/// Position of the `>` that ends an internal subset; brackets in comments and values do not count.
fn subset_end(rest: &str, from: usize) -> Option<usize> {
    let bytes = rest.as_bytes();
    let mut at = from;
    loop {
        at += bytes[at..].iter().position(|b| matches!(b, b']' | b'"' | b'\'' | b'<'))?;
        if bytes[at] != b']' {
            at += passed_over(&bytes[at..])?;
            continue;
        }
        let after = bytes[at + 1..].iter().position(|b| !b.is_ascii_whitespace())? + at + 1;
        if bytes[after] == b'>' {
            return Some(after);
        }
        at = after;
    }
}

/// Length of the comment or value at the start; none for a comment without an end. A quote without an end of
/// the declaration after it is ignored.
fn passed_over(bytes: &[u8]) -> Option<usize> {
    const LONGEST: usize = 4_000;
    if bytes[0] == b'<' {
        let is_comment = bytes.starts_with(b"<!--");
        return if is_comment { memmem::find(bytes, b"-->").map(|end| end + 3) } else { Some(1) };
    }
    let within = &bytes[1..bytes.len().min(LONGEST)];
    let Some(end) = memchr(bytes[0], within) else { return Some(1) };
    let ends_declaration = within[end + 1..].trim_ascii_start().starts_with(b">");
    Some(if ends_declaration || memchr(b']', &within[..end]).is_none() { end + 2 } else { 1 })
}

fn begins_markup(bytes: &[u8]) -> bool {
    let begins_name = |b: &u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b':' | 0x80..);
    match bytes {
        [b'<', b'/', next, ..] => begins_name(next) || next.is_ascii_whitespace() || *next == b'>',
        [b'<', b'!', next, ..] => matches!(next, b'-' | b'[') || next.is_ascii_alphabetic(),
        [b'<', b'?', ..] => true,
        [b'<', next, ..] => begins_name(next),
        _ => false,
    }
}

enum TagEnd {
    At(usize),
    /// Another tag begins before this one ends: a stray `<`.
    NoTag,
    Truncated,
}

/// Finds the `>` of a tag. A quote that is still open when the next tag begins is ignored.
fn tag_end(bytes: &[u8]) -> TagEnd {
    let mut quote = None;
    let mut quoted_end = None;
    let mut before = b' ';
    for (at, &byte) in bytes.iter().enumerate().skip(1) {
        match (quote, byte) {
            (None, b'>') => return TagEnd::At(at),
            (None, b'<') => return TagEnd::NoTag,
            (None, b'"' | b'\'') if before == b'=' => quote = Some(byte),
            (Some(open), _) if open == byte => (quote, quoted_end) = (None, None),
            (Some(_), b'>') => quoted_end = quoted_end.or(Some(at)),
            (Some(_), b'<') => {
                if let Some(end) = quoted_end {
                    return TagEnd::At(end);
                }
            }
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            before = byte;
        }
    }
    quoted_end.map_or(TagEnd::Truncated, TagEnd::At)
}

fn start_tag(inside: &str) -> XmlToken<'_> {
    let (name, attributes) = inside.split_at(name_length(inside));
    let attributes = attributes.trim_ascii();
    let empty = attributes.ends_with('/') && !unquoted_value_ends(attributes);
    let attributes = if empty { &attributes[..attributes.len() - 1] } else { attributes };
    XmlToken::Start { name, attributes, empty }
}

/// Whether the final slash belongs to an unquoted address without a file name: `<a
/// href=http://example.org/>`.
fn unquoted_value_ends(attributes: &str) -> bool {
    let last = attributes.rsplit(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default();
    let Some((_, address)) = last.split_once("//") else { return false };
    let file = address.trim_end_matches('/').rsplit_once('/').map_or("", |(_, file)| file);
    last.contains('=') && !last.contains(['"', '\'']) && !file.contains('.')
}

fn name_length(text: &str) -> usize {
    text.find(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>').unwrap_or(text.len())
}

fn starts_with_ignoring_case(text: &str, start: &str) -> bool {
    text.as_bytes().get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<XmlToken<'_>> {
        let mut tokens = XmlTokens::new(text);
        std::iter::from_fn(|| tokens.next("d")).collect()
    }

    fn start(name: &'static str, attributes: &'static str) -> XmlToken<'static> {
        XmlToken::Start { name, attributes, empty: false }
    }

    #[test]
    fn tags_texts_and_sections_are_told_apart() {
        let found = all("<a b='1'>x<!-- no --><![CDATA[<y>]]><?php no ?></a>");
        assert_eq!(
            found,
            [start("a", "b='1'"), XmlToken::Text("x"), XmlToken::Cdata("<y>"), XmlToken::End("a")]
        );
    }

    #[test]
    fn a_stray_less_than_sign_is_text() {
        assert_eq!(all("1 < 2 <3 <"), [XmlToken::Text("1 < 2 <3 <")]);
        assert_eq!(
            all("if a <b then</d>"),
            [XmlToken::Text("if a "), XmlToken::Text("<b then"), XmlToken::End("d")]
        );
    }

    #[test]
    fn a_quote_left_open_costs_one_tag() {
        let found = all("<a href=\"x>text</a><b c=\"<\">");
        assert_eq!(found[..2], [start("a", "href=\"x"), XmlToken::Text("text")]);
        assert_eq!(found[3], start("b", "c=\"<\""));
    }

    #[test]
    fn a_section_left_open_ends_with_its_element() {
        let found = all("<![CDATA[one</d><d><![CDATA[two]]></d>");
        assert_eq!(found[..2], [XmlToken::Cdata("one"), XmlToken::End("d")]);
        assert_eq!(all("<![CDATA[to the end"), [XmlToken::Cdata("to the end")]);
    }

    #[test]
    fn a_section_within_a_section_is_read_on_its_own() {
        let found = all("<![CDATA[a<![CDATA[b]]>c]]></d>]]>");
        assert_eq!(found[..3], [XmlToken::Cdata("a"), XmlToken::Cdata("b"), XmlToken::Text("c")]);
        assert_eq!(found[3..], [XmlToken::End("d"), XmlToken::Text("]]>")]);
    }

    #[test]
    fn an_instruction_ends_at_its_own_end() {
        assert_eq!(all("a<?p x > <y> ?>b"), [XmlToken::Text("a"), XmlToken::Text("b")]);
        assert_eq!(
            all("<?xml version='1.0'>b<?p?>c<?p>d"),
            [XmlToken::Text("b"), XmlToken::Text("c"), XmlToken::Text("d")]
        );
        assert_eq!(all("<?p>b<?p?>c<?"), [XmlToken::Text("b"), XmlToken::Text("c")]);
    }

    #[test]
    fn an_empty_tag_and_an_address_that_ends_in_a_slash_differ() {
        assert!(matches!(all("<br/>")[0], XmlToken::Start { empty: true, .. }));
        assert!(matches!(all("<a href=http://x/>")[0], XmlToken::Start { empty: false, .. }));
        assert!(matches!(all("<a href=http://x/y.mp3/>")[0], XmlToken::Start { empty: true, .. }));
    }

    #[test]
    fn the_document_type_comes_with_its_subset() {
        let found = all("<!DOCTYPE rss [<!ENTITY a \"b>\"> ] ><rss>");
        assert_eq!(found[1], start("rss", ""));
        assert!(matches!(found[0], XmlToken::Doctype(text) if text.contains("ENTITY")));
    }
}
