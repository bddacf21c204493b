//! Text of an element, plain or HTML by the conventions of its vocabulary.

use std::borrow::Cow;
use std::rc::Rc;

use url::Url;

pub mod base64;
mod cleaner;
mod hostile;
mod picture;

pub use cleaner::Cleaner;

use super::decode;
use super::limits::MAX_TEXT;
use super::xml::{Element, Head, escape};
use text::html::{Kind, summary};
use text::{clip, one_line};

/// HTML characters that are read per character of plain text.
const MAX_MARKUP: usize = 20;

/// Convention by which a vocabulary declares the type of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Custom {
    /// Everything may be HTML; nothing declares it.
    Rss,
    /// `type`, and `mode` in Atom 0.3.
    Atom,
    /// `type` is `plain` unless it is `html`.
    Media,
}

/// A text decoded from XML, not yet shortened or sanitised.
#[derive(Debug, Clone, PartialEq)]
pub enum RawText<'a> {
    Plain(Cow<'a, str>),
    /// Declared as HTML.
    Markup(Cow<'a, str>),
    /// HTML or plain text, undeclared.
    Html(Cow<'a, str>),
}

impl<'a> RawText<'a> {
    /// The text of an element; none if its content is not text, such as a picture.
    pub fn of(element: &Element<'_, 'a>, custom: Custom) -> Option<Self> {
        if custom == Custom::Atom {
            return atom(element);
        }
        if element.has_elements() {
            let is_meant = element.children().any(|child| child.is_closed());
            let html = markup(element, true).into();
            return Some(if is_meant { Self::Markup(html) } else { Self::Html(html) });
        }
        let text = element.text();
        let says_html = element.attribute("type").is_some_and(|told| told.contains("html"));
        Some(match custom {
            Custom::Rss => Self::Html(without_section(text)),
            _ if says_html => Self::Markup(without_section(text)),
            _ => Self::Plain(text),
        })
    }

    /// Plain text in one line.
    pub fn plain(&self, most: usize) -> String {
        match self {
            Self::Plain(text) => one_line(text, most),
            Self::Markup(html) => summary(html, Kind::Html, most),
            Self::Html(html) => summary(html, Kind::MaybeHtml, most),
        }
    }

    /// Name of a picture, for a title that consists of nothing else.
    pub fn picture(&self, most: usize) -> Option<String> {
        match self {
            Self::Plain(_) => None,
            Self::Markup(html) | Self::Html(html) => picture::name(clip(html, MAX_MARKUP * most), most),
        }
    }

    /// Sanitised HTML with absolute addresses.
    pub fn html(&self, cleaner: &mut Cleaner, base: &Rc<Url>) -> String {
        match self {
            Self::Plain(_) => self.escaped(),
            Self::Markup(html) | Self::Html(html) => cleaner.clean(html, base),
        }
    }

    /// The text escaped for HTML.
    pub fn escaped(&self) -> String {
        let (Self::Plain(text) | Self::Markup(text) | Self::Html(text)) = self;
        let mut html = String::new();
        escape(clip(text.trim(), MAX_TEXT), &mut html);
        html
    }

    /// Length in bytes, without surrounding white space.
    pub fn length(&self) -> usize {
        let (Self::Plain(text) | Self::Markup(text) | Self::Html(text)) = self;
        text.trim().len()
    }
}

/// The text of an Atom construct. Only `content` may hold media bytes (RFC 4287 §4.1.3.3), while mode
/// `base64` of Atom 0.3 applies to all types and constructs. Unknown types without a slash are text.
fn atom<'a>(element: &Element<'_, 'a>) -> Option<RawText<'a>> {
    let said = element.attribute("type").unwrap_or_default().to_ascii_lowercase();
    let kind = said.split(';').next().unwrap_or_default().trim_end();
    let mode = element.attribute("mode").unwrap_or_default().trim().to_ascii_lowercase();
    let is_html = kind.contains("html");
    let is_text = !kind.contains('/') || ["text", "html", "xml"].iter().any(|part| kind.contains(part));
    let is_media = !is_text && element.head.is("content") && mode.is_empty() && !element.has_elements();
    if mode == "base64" || is_media {
        // Invalid Base64 is text as written, whatever was declared.
        return match base64::bytes(&element.text()) {
            Some(bytes) => from_bytes(bytes, &said, is_text, is_html),
            None => {
                Some(if is_html { RawText::Markup(element.text()) } else { RawText::Plain(element.text()) })
            }
        };
    }
    let is_inline = mode == "xml" || kind.contains("xhtml") && mode != "escaped";
    if element.has_elements() {
        return Some(RawText::Markup(markup(element, is_html && !is_inline).into()));
    }
    let text = element.text();
    Some(if is_html && !is_inline { RawText::Markup(text) } else { RawText::Plain(text) })
}

/// Text from Base64 bytes, by the declared type or by content; none for binary data such as a picture.
fn from_bytes<'a>(bytes: Vec<u8>, kind: &str, is_text: bool, is_html: bool) -> Option<RawText<'a>> {
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(other) if is_text => decode::decode(other.as_bytes(), Some(kind)).into_owned(),
        Err(_) => return None,
    };
    let is_binary = |c: char| c.is_control() && !c.is_whitespace();
    match (is_html, is_text) {
        (true, _) => Some(RawText::Markup(text.into())),
        (_, true) => Some(RawText::Plain(text.into())),
        // The type is unknown.
        _ => (!text.contains(is_binary)).then(|| RawText::Html(text.into())),
    }
}

/// The markup within an element, without a single `div` around it (RFC 4287 §3.1.1.3).
fn markup(element: &Element<'_, '_>, may_be_escaped: bool) -> String {
    let is_wrapper = |head: &Head<'_>| head.is("div") || head.is("body");
    let mut inner = *element;
    for _ in 0..2 {
        let mut children = inner.children();
        match (children.next(), children.next()) {
            (Some(only), None) if is_wrapper(only.head) && inner.own_text_is_blank() => inner = only,
            _ => break,
        }
    }
    inner.markup_within(element.base(), may_be_escaped)
}

/// Unwraps a CDATA section that was escaped.
fn without_section(text: Cow<'_, str>) -> Cow<'_, str> {
    let inner = text.trim().strip_prefix("<![CDATA[").map(|inner| inner.strip_suffix("]]>").unwrap_or(inner));
    match inner {
        Some(inner) => Cow::Owned(inner.to_owned()),
        None => text,
    }
}

#[cfg(test)]
mod tests;
