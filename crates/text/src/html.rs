//! Converts HTML to plain text. If the text is not declared as HTML, only tags of known elements are removed,
//! so that `5 < 6` and `Vec<T>` survive.

use std::borrow::Cow;

use memchr::{memchr, memmem};

use crate::cut::{clip, cut, joined};
use crate::entities::decode;
use crate::tags::{is_known, raw_end, tag_length};
use crate::unclosed::mended;

/// Elements that separate words.
const BLOCKS: &str = " address article aside blockquote br caption center dd details div dl dt figcaption figure footer form h1 h2 \
    h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead title tr ul ";

/// Whether a text is HTML.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Declared as HTML: every tag is markup.
    Html,
    /// HTML or plain text; nothing declares it.
    MaybeHtml,
}

/// Maximum bytes of a text that [`plain`] reads. Nothing about an item needs more.
const LONGEST: usize = 200_000;

/// The text that a reader of the HTML sees: no tags, scripts or styles, one line per block, references
/// decoded.
pub fn plain(html: &str) -> String {
    let text = strip(cut(html, LONGEST), Kind::Html, '\n');
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The same text in one line. Non-breaking spaces are kept, except at the ends.
pub fn without_markup(html: &str, kind: Kind) -> String {
    joined(&strip(html, kind, ' '))
}

/// HTML characters that are read per character of plain text.
const MAX_MARKUP: usize = 20;

/// Like [`without_markup`], shortened to `most` characters. Reads in proportion to them.
pub fn summary(html: &str, kind: Kind, most: usize) -> String {
    clip(&without_markup(clip(html, MAX_MARKUP * most), kind), most).to_owned()
}

/// Removes markup and decodes references; puts `separator` where a block begins or ends.
fn strip(html: &str, kind: Kind, separator: char) -> Cow<'_, str> {
    if memchr::memchr2(b'<', b'&', html.as_bytes()).is_none() {
        return Cow::Borrowed(html);
    }
    let whole = if kind == Kind::Html { mended(html) } else { Cow::Borrowed(html) };
    let (mut text, mut rest) = (String::with_capacity(whole.len()), &*whole);
    let mut scanner = Scanner { kind, never_end: Vec::new() };
    while let Some(at) = memchr(b'<', rest.as_bytes()) {
        text.push_str(&decode(&rest[..at]));
        rest = &rest[at..];
        match scanner.markup(rest) {
            Some((length, parts_words)) => {
                text.extend(parts_words.then_some(separator));
                rest = &rest[length..];
            }
            None => {
                text.push('<');
                rest = &rest[1..];
            }
        }
    }
    text.push_str(&decode(rest));
    Cow::Owned(text)
}

/// Elements whose content is not displayed, or is a fallback for old browsers.
const HIDDEN: [&str; 9] =
    ["head", "iframe", "noembed", "noframes", "script", "style", "svg", "template", "title"];
struct Scanner {
    kind: Kind,
    /// Hidden elements, and tags, known to have no end in the rest of the text.
    never_end: Vec<&'static str>,
}

/// Key for tags in `never_end`.
const TAG: &str = "<";

impl Scanner {
    /// Length of the tag, comment or hidden element at the start, if any, and whether it separates words.
    fn markup(&mut self, text: &str) -> Option<(usize, bool)> {
        let is_html = self.kind == Kind::Html;
        if text.starts_with("<!--") {
            let end = memmem::find(&text.as_bytes()[2..], b"-->").map_or("<!--".len(), |end| end + 5);
            return Some((end, false));
        }
        let name = text[1..].strip_prefix('/').unwrap_or(&text[1..]);
        let is_odd = name.starts_with(['!', '?']) && (is_html || name[1..].starts_with(begins_declaration));
        if is_odd {
            let end = self.tag_end(text, |text| memchr(b'>', text.as_bytes()).map(|end| end + 1));
            return end.map(|end| (end, false));
        }
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let ends_name = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'/' | b'>');
        let length = name.bytes().take(MAX_NAME).take_while(|b| !ends_name(b)).count();
        let is_whole = name.len() > length;
        let name = name.get(..length).unwrap_or_default().to_ascii_lowercase();
        let is_tag = is_html || is_whole && is_known(&name);
        if !is_tag {
            return None;
        }
        let end = self.tag_end(text, tag_length)?;
        let parts_words = BLOCKS.contains(&format!(" {name} "));
        let hidden = HIDDEN.iter().find(|hidden| **hidden == name).filter(|_| !text.starts_with("</"));
        match hidden.map(|hidden| self.hidden_end(text, hidden)) {
            Some(Some(end)) => Some((end, parts_words)),
            _ => Some((end, parts_words)),
        }
    }

    /// An unclosed tag is dropped in HTML, and text elsewhere.
    fn tag_end(&mut self, text: &str, find: impl Fn(&str) -> Option<usize>) -> Option<usize> {
        let end = if self.never_end.contains(&TAG) { None } else { find(text) };
        if end.is_none() && !self.never_end.contains(&TAG) {
            self.never_end.push(TAG);
        }
        end.or_else(|| (self.kind == Kind::Html).then_some(text.len()))
    }

    /// End of a hidden element. An unclosed one is a mere mention of the element; the result is cached.
    fn hidden_end(&mut self, text: &str, name: &'static str) -> Option<usize> {
        if self.never_end.contains(&name) {
            return None;
        }
        let end = raw_end(text, name);
        if end.is_none() {
            self.never_end.push(name);
        }
        end
    }
}

/// Maximum letters of a tag name; all names of HTML are shorter.
const MAX_NAME: usize = 40;

fn begins_declaration(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '['
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_goes_and_text_stays() {
        for (html, text) in [
            ("a <b>bold</b> word", "a bold word"),
            ("AT&amp;T", "AT&T"),
            ("5 < 6 > 4", "5 < 6 > 4"),
            ("Vec<String>", "Vec<String>"),
            ("one<br/>two<p>three", "one two three"),
            ("x<script>alert('<b>')</script>y", "xy"),
            ("a<!-- b -->c", "ac"),
            ("&lt;b&gt;", "<b>"),
            (" a\n\n b ", "a b"),
            ("I <3 you", "I <3 you"),
            ("<a href=\"x\">y</a>", "y"),
            ("<b", "<b"),
            ("The <script> tag", "The tag"),
            ("a\u{a0}b", "a\u{a0}b"),
            ("<IMG SRC=x>", ""),
        ] {
            assert_eq!(without_markup(html, Kind::MaybeHtml), text, "{html}");
        }
    }

    #[test]
    fn what_is_never_shown_is_no_text() {
        for (html, text) in [
            ("<img alt=\"a > b\" src='c'>y", "y"),
            ("<iframe src=x>no</iframe>y", "y"),
            ("<html><head><title>T</title></head><body>x", "x"),
            ("<svg><path d='M'/></svg>x", "x"),
            ("a<?xml:namespace prefix = o />b<!DOCTYPE html><![if x]>c<![endif]>", "abc"),
            ("a<o:p></o:p>b", "ab"),
        ] {
            for kind in [Kind::Html, Kind::MaybeHtml] {
                assert_eq!(without_markup(html, kind), text, "{html}");
            }
        }
    }

    #[test]
    fn in_html_every_tag_is_markup() {
        for (html, text) in [
            ("safe<crazy>x</crazy><my-tag y>", "safex"),
            ("<math><mi>y</mi></math>", "y"),
            ("<script>alert(1)", ""),
            ("a<img src='b'", "a"),
            ("a<!x>b<!---->c<?p", "abc"),
            ("1 < 2 <3 </ >", "1 < 2 <3 </ >"),
            ("<a b=\"c>d</a>", "d"),
            ("std::vector<é>", "std::vector<é>"),
        ] {
            assert_eq!(without_markup(html, Kind::Html), text, "{html}");
        }
    }

    #[test]
    fn html_becomes_the_text_a_reader_sees() {
        let html = "<p>Fish &amp; chips&nbsp;for <b>5&#8364;</b></p><script>if (a<b) steal()</script><!-- x --><p>Next</p>";
        assert_eq!(plain(html), "Fish & chips for 5€\nNext");
        assert_eq!(plain("<h1>Caf&eacute;</h1>one\ntwo"), "Café\none\ntwo");
    }

    #[test]
    fn broken_html_loses_no_text_and_never_panics() {
        assert_eq!(plain("a < b && c &unknown; d"), "a < b && c &unknown; d");
        assert_eq!(plain("cut <a href='x>y"), "cut y");
        assert_eq!(plain("<style>p{}"), "");
        assert_eq!(plain("é&é;<é"), "é&é;<é");
    }
}
