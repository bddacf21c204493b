//! Repairs HTML in which an unclosed raw text element, comment or quote would swallow the rest of the text.

use std::borrow::Cow;

use memchr::{memchr, memmem};

use super::attributes::attributes;
use super::tags::{is_known, raw_end, tag_length};

/// Elements whose content a parser treats as raw text, or as hidden, up to their end tags.
const RAW: [&str; 10] =
    ["iframe", "noembed", "noframes", "script", "select", "style", "template", "textarea", "title", "xmp"];
/// An element that no tag ends.
const ENDLESS: &str = "plaintext";
/// Key for comments in `never_end`.
const COMMENT: &str = "<!--";

/// Removes start tags and comment starts that have no end, and closes quotes at the end of their tag. For a
/// script or a style the code is removed as well, up to the next HTML tag.
pub fn mended(html: &str) -> Cow<'_, str> {
    let mut mender = Mender { html, kept: String::new(), from: 0, never_end: Vec::new() };
    let mut at = 0;
    while let Some(next) = memchr(b'<', &html.as_bytes()[at..]) {
        match mender.markup(at + next) {
            Some(after) => at = after,
            None => break,
        }
    }
    mender.finish()
}

struct Mender<'a> {
    html: &'a str,
    kept: String,
    /// Position up to which the HTML is in `kept`, or dropped.
    from: usize,
    /// Elements, and comments, known to have no end in the rest of the text.
    never_end: Vec<&'static str>,
}

impl<'a> Mender<'a> {
    /// Handles the `<` at a position. Returns the position after it; none if no tag ends any more.
    fn markup(&mut self, start: usize) -> Option<usize> {
        let text = &self.html[start..];
        if text.starts_with("<!--") {
            let length = if self.never_end.contains(&COMMENT) { None } else { comment_length(text) };
            return Some(match length {
                Some(length) => start + length,
                None => {
                    self.remember(COMMENT);
                    self.cut(start, start + comment_start(text))
                }
            });
        }
        if !text[1..].starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Some(start + 1);
        }
        let length = tag_length(text)?;
        let (tag, after) = (&text[..length], start + length);
        let name = tag[1..].split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        if name.eq_ignore_ascii_case(ENDLESS) {
            return Some(self.cut(start, after));
        }
        let raw = RAW.iter().copied().find(|raw| raw.eq_ignore_ascii_case(name));
        let end = raw.and_then(|raw| self.raw_end(after, raw));
        match (raw, end) {
            (Some(_), Some(end)) => Some(end),
            (Some("script" | "style"), None) if !is_link(tag) => {
                Some(self.cut(start, after + code_length(&self.html[after..])))
            }
            (Some(_), None) => Some(self.cut(start, after)),
            (None, _) => {
                if let Some(quote) = open_quote(tag) {
                    self.kept.push_str(&self.html[self.from..after - 1]);
                    self.kept.extend([quote, '>']);
                    self.from = after;
                }
                Some(after)
            }
        }
    }

    fn raw_end(&mut self, after: usize, name: &'static str) -> Option<usize> {
        if self.never_end.contains(&name) {
            return None;
        }
        let end = raw_end(&self.html[after..], name);
        if end.is_none() {
            self.remember(name);
        }
        end.map(|length| after + length)
    }

    fn remember(&mut self, name: &'static str) {
        if !self.never_end.contains(&name) {
            self.never_end.push(name);
        }
    }

    fn cut(&mut self, start: usize, end: usize) -> usize {
        self.kept.push_str(&self.html[self.from..start]);
        self.from = end;
        end
    }

    fn finish(self) -> Cow<'a, str> {
        if self.from == 0 {
            return Cow::Borrowed(self.html);
        }
        Cow::Owned(self.kept + &self.html[self.from..])
    }
}

/// Length of a comment (HTML standard, 13.2.5.43): `<!-->` and `<!--->` are complete, and `--!>` is an end.
fn comment_length(text: &str) -> Option<usize> {
    let inner = &text["<!--".len()..];
    if let Some(empty) = [">", "->"].iter().find(|empty| inner.starts_with(**empty)) {
        return Some(4 + empty.len());
    }
    let ends = memmem::find_iter(inner.as_bytes(), b"--");
    ends.map(|at| (at, &inner[at + 2..]))
        .find_map(|(at, rest)| match () {
            () if rest.starts_with('>') => Some(at + 3),
            () if rest.starts_with("!>") => Some(at + 4),
            () => None,
        })
        .map(|length| 4 + length)
}

/// Length of the intended part of an unclosed comment: up to a `>` before the next tag, else only its start.
fn comment_start(text: &str) -> usize {
    let inner = &text["<!--".len()..];
    match memchr::memchr2(b'<', b'>', inner.as_bytes()) {
        Some(at) if inner.as_bytes()[at] == b'>' => 4 + at + 1,
        _ => 4,
    }
}

/// Whether a script or style is external; text after it is not code.
fn is_link(tag: &str) -> bool {
    tag.ends_with("/>")
        || attributes(&tag[1..tag.len() - 1]).any(|(name, _)| name.eq_ignore_ascii_case("src"))
}

/// Length of the code: up to the next tag of HTML.
fn code_length(text: &str) -> usize {
    let is_tag = |at: &usize| {
        let name = text[at + 1..].strip_prefix('/').unwrap_or(&text[at + 1..]);
        let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let ends =
            name.as_bytes().get(length).is_some_and(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>'));
        length > 0 && ends && is_known(&name[..length].to_ascii_lowercase())
    };
    memchr::memchr_iter(b'<', text.as_bytes()).find(is_tag).unwrap_or(text.len())
}

/// The quote that is still open at the end of a tag.
fn open_quote(tag: &str) -> Option<char> {
    let (mut quote, mut before) = (None, ' ');
    for c in tag.chars() {
        match quote {
            None if matches!(c, '"' | '\'') && before == '=' => quote = Some(c),
            Some(open) if open == c => quote = None,
            _ => {}
        }
        if !c.is_ascii_whitespace() {
            before = c;
        }
    }
    quote
}

#[cfg(test)]
mod tests {
    use super::mended;

    #[test]
    fn what_nobody_closed_swallows_nothing() {
        for (html, mended_to) in [
            ("a<iframe src=x>b<p>c</p>", "ab<p>c</p>"),
            ("a<IFRAME src=x />b", "ab"),
            ("<textarea>b <b>c</b>", "b <b>c</b>"),
            ("<title>b<p>c", "b<p>c"),
            ("<xmp>b<noembed>c<noframes>d<template>e<select>f", "bcdef"),
            ("a<plaintext>b</plaintext>c", "ab</plaintext>c"),
            ("a<!-- b", "a b"),
            ("a<!-- b > c", "a c"),
            ("a<!-- b <p>c</p>", "a b <p>c</p>"),
            ("a<script>var x = '<y>';<p>b</p>", "a<p>b</p>"),
            ("a<script src=x>b", "ab"),
            ("a<script>if (a<b) x()", "a"),
            ("a<style>p{}</p>b", "a</p>b"),
            ("<a href=\"x>b</a> <b>c</b>", "<a href=\"x\">b</a> <b>c</b>"),
            ("<iframe>a</iframe>b<iframe>c", "<iframe>a</iframe>bc"),
        ] {
            assert_eq!(mended(html), mended_to, "{html}");
        }
    }

    #[test]
    fn what_is_closed_stays_as_it_is() {
        for html in [
            "",
            "5 < 6",
            "<p>a",
            "<iframe src=x></iframe>b",
            "<script>'<p>'</script >b",
            "<!-- a -->b<!-->c<!--->d<!-- e --!>f",
            "<title>a</title>b",
            "<img alt='<iframe>'>b",
            "a <b",
            "<select><option>a</select>b",
        ] {
            assert_eq!(mended(html), html);
        }
    }

    #[test]
    fn hostile_texts_are_mended_in_time() {
        for piece in [
            "<iframe>",
            "<!--",
            "<script>",
            "<a b=\"",
            "<a b='>",
            "<style>x<",
            "<xmp",
            "--",
            "<select><textarea>",
        ] {
            mended(&piece.repeat((2 << 20) / piece.len()));
        }
    }
}
