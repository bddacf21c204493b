//! What an element says, by the customs of its vocabulary: plain text, or HTML.

use std::borrow::Cow;
use std::rc::Rc;

use url::Url;

mod base64;
mod cleaner;
mod hostile;
mod plain;

pub use cleaner::Cleaner;
pub use plain::{clip, one_line, raw_end};

use super::limits::TEXT_MOST;
use super::xml::{Element, Head, escape};

/// Characters of HTML that are looked at for one of plain text.
const MARKUP_MOST: usize = 20;

/// How a vocabulary tells what kind of text it holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Custom {
    /// Everything may be HTML, and nothing says so.
    Rss,
    /// `type`, and `mode` in Atom 0.3.
    Atom,
    /// `type` is `plain` unless it is `html`.
    Media,
}

/// A text, decoded from XML but neither shortened nor sanitised yet.
#[derive(Debug, Clone, PartialEq)]
pub enum Told<'a> {
    Plain(Cow<'a, str>),
    Html(Cow<'a, str>),
}

impl<'a> Told<'a> {
    /// The text of an element; none if it holds something that is no text, like a picture.
    pub fn of(element: &Element<'_, 'a>, custom: Custom) -> Option<Self> {
        if custom == Custom::Atom {
            return atom(element);
        }
        if element.has_elements() {
            return Some(Self::Html(markup(element).into()));
        }
        let text = element.text();
        let is_html =
            custom == Custom::Rss || element.attribute("type").is_some_and(|told| told.contains("html"));
        Some(if is_html { Self::Html(without_section(text)) } else { Self::Plain(text) })
    }

    /// In one line, without markup.
    pub fn plain(&self, most: usize) -> String {
        match self {
            Self::Plain(text) => one_line(text, most),
            Self::Html(html) => clip(&plain::without_markup(clip(html, MARKUP_MOST * most)), most).to_owned(),
        }
    }

    /// Sanitised, with absolute addresses.
    pub fn html(&self, cleaner: &mut Cleaner, base: &Rc<Url>) -> String {
        match self {
            Self::Plain(_) => self.escaped(),
            Self::Html(html) => cleaner.clean(html, base),
        }
    }

    /// As text within HTML.
    pub fn escaped(&self) -> String {
        let (Self::Plain(text) | Self::Html(text)) = self;
        let mut html = String::new();
        escape(clip(text.trim(), TEXT_MOST), &mut html);
        html
    }

    /// Bytes as told, blanks aside.
    pub fn length(&self) -> usize {
        let (Self::Plain(text) | Self::Html(text)) = self;
        text.trim().len()
    }
}

/// The text of an Atom construct.
fn atom<'a>(element: &Element<'_, 'a>) -> Option<Told<'a>> {
    let kind = element.attribute("type").unwrap_or_default().to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim_end();
    let mode = element.attribute("mode").unwrap_or_default();
    let is_text =
        matches!(kind, "" | "text" | "html" | "xhtml" | "application/xhtml+xml" | "application/xhtml")
            || kind.starts_with("text/");
    let is_html = kind.contains("html");
    if mode.eq_ignore_ascii_case("base64") || !is_text && !kind.contains("xml") {
        let decoded = base64::decode(&element.text()).filter(|_| is_text)?;
        return Some(if is_html { Told::Html(decoded.into()) } else { Told::Plain(decoded.into()) });
    }
    if element.has_elements() {
        return Some(Told::Html(markup(element).into()));
    }
    let text = element.text();
    let is_inline = kind.contains("xhtml") && !mode.eq_ignore_ascii_case("escaped");
    Some(if is_html && !is_inline { Told::Html(text) } else { Told::Plain(text) })
}

/// The markup within; a `div` around it all is none of it (RFC 4287, 3.1.1.3).
fn markup(element: &Element<'_, '_>) -> String {
    let is_wrapper = |head: &Head<'_>| head.is("div") || head.is("body");
    let mut inner = *element;
    for _ in 0..2 {
        let mut children = inner.children();
        match (children.next(), children.next()) {
            (Some(only), None) if is_wrapper(only.head) && inner.own_text_is_blank() => inner = only,
            _ => break,
        }
    }
    inner.markup_within(element.base())
}

/// A CDATA section that was escaped once more is meant as one.
fn without_section(text: Cow<'_, str>) -> Cow<'_, str> {
    let inner = text.trim().strip_prefix("<![CDATA[").map(|inner| inner.strip_suffix("]]>").unwrap_or(inner));
    match inner {
        Some(inner) => Cow::Owned(inner.to_owned()),
        None => text,
    }
}

#[cfg(test)]
mod tests;
