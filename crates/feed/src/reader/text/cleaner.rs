//! HTML sanitiser; all of a publisher's HTML passes through it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use ammonia::{Builder, UrlRelative};
use parking_lot::Mutex;
use text::entities::decode;
use text::html::{Kind, without_markup};
use text::{clip, mended};
use url::Url;

use super::hostile::is_hostile;
use crate::reader::limits::MAX_TEXT;
use crate::reader::urls;
use crate::reader::xml::escape;

/// Sanitises HTML. Keeps the builder of the last base, because the next text usually has the same one.
pub struct Cleaner {
    builder: Builder<'static>,
    base: Rc<Url>,
    /// The base, shared with the sanitiser's attribute filter.
    cited_from: Arc<Mutex<Url>>,
}

impl Cleaner {
    pub fn new(base: &Url) -> Self {
        let mut builder = Builder::default();
        builder
            .add_tags(["audio", "big", "font", "main", "section", "source", "tfoot", "video"])
            // Their content is a fallback for browsers without frames or plugins, and raw text to a parser.
            .add_clean_content_tags(["iframe", "noembed", "noframes"])
            // A page title and the source of a formula would be shown in addition to the content.
            .add_clean_content_tags(["title", "annotation", "annotation-xml"])
            .add_generic_attributes(["dir"])
            .add_tag_attributes("area", ["href", "alt"])
            .add_tag_attributes("audio", ["src", "controls"])
            .add_tag_attributes("video", ["src", "poster", "controls", "width", "height"])
            .add_tag_attributes("source", ["src", "type"])
            .url_schemes(HashSet::from(["http", "https", "mailto"]))
            // No `rel` on links: each page sets its referrer policy as a whole.
            .link_rel(None);
        let cited_from = Arc::new(Mutex::new(base.clone()));
        let around = cited_from.clone();
        builder.attribute_filter(move |_, name, value| match name {
            // Spaces around an address are not part of it.
            "href" | "src" => Some(Cow::Borrowed(value.trim())),
            // An address, although the sanitiser does not treat it as one.
            "cite" => {
                let around = around.lock();
                urls::resolve(&around, value).map(Cow::Owned)
            }
            _ => Some(Cow::Borrowed(value)),
        });
        let mut cleaner = Self { builder, base: Rc::new(base.clone()), cited_from };
        cleaner.settle();
        cleaner
    }

    fn settle(&mut self) {
        self.builder.url_relative(UrlRelative::RewriteWithBase(Url::clone(&self.base)));
        self.cited_from.lock().clone_from(&self.base);
    }

    /// Sanitises HTML: no scripts, no frames, no hidden requests, and absolute addresses only.
    pub fn clean(&mut self, html: &str, base: &Rc<Url>) -> String {
        let html = clip(html.trim(), MAX_TEXT);
        if !has_markup(html) {
            return escaped(&decode(html));
        }
        if is_hostile(html) {
            return escaped(&without_markup(html, Kind::Html));
        }
        if !Rc::ptr_eq(&self.base, base) && self.base != *base {
            self.base = base.clone();
            self.settle();
        }
        let clean = self.builder.clean(&without_unneeded(&mended(html))).to_string();
        match clean.trim() {
            trimmed if trimmed.len() == clean.len() => clean,
            trimmed => trimmed.to_owned(),
        }
    }
}

/// Elements whose tags are removed first, because the sanitiser would drop the content of a formula.
const UNNEEDED: [&str; 33] = [
    "maction",
    "math",
    "menclose",
    "merror",
    "mfenced",
    "mfrac",
    "mi",
    "mlabeledtr",
    "mmultiscripts",
    "mn",
    "mo",
    "mover",
    "mpadded",
    "mphantom",
    "mprescripts",
    "mroot",
    "mrow",
    "ms",
    "mspace",
    "msqrt",
    "mstyle",
    "msub",
    "msubsup",
    "msup",
    "mtable",
    "mtd",
    "mtext",
    "mtr",
    "munder",
    "munderover",
    "none",
    "noscript",
    "semantics",
];

/// Letters of the longest of these names.
const MAX_UNNEEDED: usize = 13;

/// Removes the tags of `noscript` and MathML elements. Their content is sanitised like the rest: no scripts
/// run, so `noscript` content (mostly pictures) is shown, and of a formula its letters.
fn without_unneeded(html: &str) -> Cow<'_, str> {
    let begins = |at: &usize| {
        let name = html[at + 1..].strip_prefix('/').unwrap_or(&html[at + 1..]);
        if !name.starts_with(['m', 'n', 's', 'M', 'N', 'S']) {
            return false;
        }
        let length = name.bytes().take(MAX_UNNEEDED + 1).take_while(u8::is_ascii_alphanumeric).count();
        UNNEEDED.iter().any(|one| one.eq_ignore_ascii_case(&name[..length]))
    };
    let (mut kept, mut from) = (String::new(), 0);
    for at in memchr::memchr_iter(b'<', html.as_bytes()).filter(begins) {
        // Inside the previous tag.
        if at < from {
            continue;
        }
        let Some(length) = memchr::memchr(b'>', &html.as_bytes()[at..]) else { break };
        kept.push_str(&html[from..at]);
        from = at + length + 1;
    }
    if from == 0 { Cow::Borrowed(html) } else { Cow::Owned(kept + &html[from..]) }
}

/// Whether a parser would find anything but text and references.
fn has_markup(html: &str) -> bool {
    let bytes = html.as_bytes();
    let begins = |at: usize| {
        bytes.get(at + 1).is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'/' | b'!' | b'?'))
    };
    memchr::memchr_iter(b'<', bytes).any(begins)
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    escape(text, &mut html);
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(html: &str) -> String {
        let base = Url::parse("https://example.org/a/").expect("a url");
        Cleaner::new(&base).clean(html, &Rc::new(base))
    }

    #[test]
    fn nothing_that_runs_comes_through() {
        for html in [
            "<script>x()</script>",
            "<SCRIPT SRC=//x>y</SCRIPT>",
            "<p onclick=x()>",
            "<a href='javascript:x()'>",
            "<a href='&#106;ava\tscript:x()'>",
            "<img src='data:image/svg+xml,x'>",
            "<iframe src='https://x.example'></iframe>",
            "<object data=x></object>",
            "<embed src=x>",
            "<form action=x><input></form>",
            "<style>p{}</style>",
            "<p style='background:url(x)'>",
            "<svg onload=x()>",
            "<a href='vbscript:x'>",
            "<img src=x onerror=x()>",
            "<base href='https://x.example'>",
            "<meta http-equiv=refresh>",
            "<math><mtext><style><img src=x onerror=x()>",
        ] {
            let clean = clean(html).to_lowercase();
            for word in [
                "script", "onclick", "onload", "onerror", "data:", "<iframe", "<object", "<embed", "<form",
                "<style", "style=", "<base", "<meta",
            ] {
                assert!(!clean.contains(word), "{html}: {clean}");
            }
        }
    }

    #[test]
    fn addresses_become_absolute() {
        assert_eq!(
            clean("<a href=b>x</a><img src='/c.png'>"),
            "<a href=\"https://example.org/a/b\">x</a><img src=\"https://example.org/c.png\">"
        );
        assert_eq!(clean("<a href=' https://x.example/ '>x</a>"), "<a href=\"https://x.example/\">x</a>");
        assert_eq!(clean("<map><area href=b></map>"), "<map><area href=\"https://example.org/a/b\"></map>");
        assert_eq!(
            clean("<q cite='b'>x</q><q cite='javascript:x()'>y</q>"),
            "<q cite=\"https://example.org/a/b\">x</q><q>y</q>"
        );
        assert_eq!(clean("<a href='mailto:a@b.c'>x</a>"), "<a href=\"mailto:a@b.c\">x</a>");
        assert_eq!(
            clean("<video poster=p.png></video>"),
            "<video poster=\"https://example.org/a/p.png\"></video>"
        );
    }

    #[test]
    fn what_browsers_without_scripts_would_show_is_shown() {
        assert_eq!(
            clean("<noscript><img src='a.png' onerror=x()></NOSCRIPT ><iframe src=x>no frames</iframe>y"),
            "<img src=\"https://example.org/a/a.png\">y"
        );
        let hidden = clean("<nos<noscript>cript><scr<noscript>ipt>x()</script><noscript");
        assert!(!hidden.contains("<scr") && !hidden.contains("<nos"), "{hidden}");
        assert_eq!(clean("<section><big>x</big></section>"), "<section><big>x</big></section>");
    }

    #[test]
    fn formulas_keep_their_letters_and_pages_lose_their_titles() {
        assert_eq!(
            clean("<p>a <math><mi>y</mi><mo>=</mo><mn>2</mn><annotation>y=2</annotation></math> b</p>"),
            "<p>a y=2 b</p>"
        );
        assert_eq!(clean("<html><head><title>T</title></head><body>x</body></html>"), "x");
        assert_eq!(clean("<p dir=\"rtl\">x</p>"), "<p dir=\"rtl\">x</p>");
        assert_eq!(clean("<math href='javascript:x()'>y</math>z"), "yz");
    }

    #[test]
    fn text_behind_what_nobody_closed_is_kept() {
        for html in [
            "<p>a</p><iframe src='https://x.example'><p>behind</p>",
            "a<textarea><p>behind</p>",
            "a<script src=x><p>behind</p>",
            "a<script>x()<p>behind</p>",
            "a<style>p{}<p>behind</p>",
            "a<title><p>behind</p>",
            "a<noframes><p>behind</p>",
            "a<noembed><p>behind</p>",
            "a<xmp><p>behind</p>",
            "a<plaintext><p>behind</p>",
            "a<template><p>behind</p>",
            "a<select><p>behind</p>",
            "a<!-- b <p>behind</p>",
            "<a href=\"x>a</a><p>behind</p>",
        ] {
            let clean = clean(html);
            assert!(clean.contains("<p>behind</p>"), "{html}: {clean}");
            assert!(!clean.contains("x()") && !clean.contains("{}"), "{html}: {clean}");
        }
    }

    #[test]
    fn text_stays_text() {
        assert_eq!(clean(" 5 > 4 "), "5 &gt; 4");
        assert_eq!(clean("5 < 6 &amp; AT&T"), "5 &lt; 6 &amp; AT&amp;T");
    }

    #[test]
    fn what_is_too_deep_is_flat_text() {
        assert_eq!(clean(&format!("{}Hi &lt; you", "<div>".repeat(30_000))), "Hi &lt; you");
    }
}
