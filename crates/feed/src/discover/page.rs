//! Extracts from a page what may lead to feeds: links, anchors, the base and item properties.

use std::borrow::Cow;

use text::attributes;
use text::entities;
use text::tags::raw_end;
use text::{clip, one_line};
use url::Url;

use crate::reader::limits::MAX_NAME;
use crate::reader::xml::{XmlToken, XmlTokens};
use crate::reader::{decode::decode_html, urls};

/// Bytes of a page that are read.
const MAX_PAGE: usize = 2 << 20;
/// Maximum number of links, and of anchors.
const MAX_LINKS: usize = 1_000;
/// Elements whose content is not markup.
const RAW: [&str; 6] = ["script", "style", "textarea", "xmp", "iframe", "noembed"];

/// A `link` or `a` element.
#[derive(Debug, Default)]
pub struct Link {
    pub href: String,
    /// Lower-case tokens.
    pub rel: Vec<String>,
    /// Lower case, without parameters.
    pub mime_type: String,
    /// The `title` or `aria-label` attribute, followed by the text of an anchor.
    pub title: String,
}

#[derive(Debug, Default)]
pub struct HtmlPage<'a> {
    pub text: &'a str,
    pub links: Vec<Link>,
    pub anchors: Vec<Link>,
    /// Values of the item properties `channelId` and `identifier`, in document order.
    pub identifiers: Vec<String>,
    base: Option<String>,
}

/// Decodes the start of a page.
pub fn decode<'a>(page: &'a [u8], content_type: Option<&str>) -> Cow<'a, str> {
    decode_html(if page.len() > MAX_PAGE { whole_tags(&page[..MAX_PAGE]) } else { page }, content_type)
}

/// Cuts at the last tag, so that a split character does not disturb charset detection.
fn whole_tags(page: &[u8]) -> &[u8] {
    &page[..memchr::memrchr(b'<', page).unwrap_or(page.len())]
}

impl<'a> HtmlPage<'a> {
    pub fn read(text: &'a str) -> Self {
        let mut page = Self { text, ..Self::default() };
        let mut tokens = XmlTokens::new(text);
        let mut anchor: Option<Link> = None;
        while let Some(token) = tokens.next("") {
            match token {
                XmlToken::Start { name, attributes, empty } => {
                    if let Some(raw) = RAW.iter().find(|raw| raw.eq_ignore_ascii_case(name)) {
                        let at = tokens.position();
                        let is_code = matches!(*raw, "script" | "style");
                        match raw_end(&text[at..], raw) {
                            Some(length) => tokens.rewind(at + length),
                            None if is_code => tokens.rewind(text.len()),
                            // Never closed: the rest is parsed as page content.
                            None => {}
                        }
                        continue;
                    }
                    let attributes =
                        if empty { with_slash(text, tokens.position(), attributes) } else { attributes };
                    page.start(name, attributes, &mut anchor);
                }
                XmlToken::End(name) if name.eq_ignore_ascii_case("a") => page.keep(anchor.take()),
                XmlToken::Text(text) => label(&mut anchor, text),
                _ => {}
            }
        }
        page.keep(anchor);
        page
    }

    /// Base of the page's relative addresses.
    pub fn base(&self, page: &Url) -> Url {
        self.base.as_deref().and_then(|told| urls::base(page, told)).unwrap_or_else(|| page.clone())
    }

    fn start(&mut self, name: &str, raw: &str, anchor: &mut Option<Link>) {
        match name.to_ascii_lowercase().as_str() {
            "base" if self.base.is_none() => self.base = value(raw, "href"),
            "link" if self.links.len() < MAX_LINKS => {
                self.links.extend(link(raw).filter(|link| !link.rel.is_empty()));
            }
            "a" | "area" => {
                self.keep(anchor.take());
                *anchor = link(raw);
            }
            "img" => label(anchor, &value(raw, "alt").unwrap_or_default()),
            "meta" => {
                let property = value(raw, "itemprop").unwrap_or_default();
                if self.identifiers.len() < MAX_LINKS
                    && matches!(property.as_str(), "channelId" | "identifier")
                {
                    self.identifiers.extend(value(raw, "content"));
                }
            }
            _ => {}
        }
    }

    fn keep(&mut self, anchor: Option<Link>) {
        if let Some(mut anchor) = anchor.filter(|_| self.anchors.len() < MAX_LINKS) {
            anchor.title = one_line(&anchor.title, MAX_NAME);
            if super::looks::is_worth_a_look(&anchor) {
                self.anchors.push(anchor);
            }
        }
    }
}

/// The attributes with the slash that ended the tag: in HTML it belongs to an unquoted value.
fn with_slash<'a>(text: &'a str, tag_end: usize, attributes: &'a str) -> &'a str {
    let slash = text[..tag_end].rfind('/').unwrap_or_default();
    slash.checked_sub(attributes.len()).and_then(|start| text.get(start..=slash)).unwrap_or(attributes)
}

/// Appends to an anchor's text.
fn label(anchor: &mut Option<Link>, text: &str) {
    if let Some(anchor) = anchor.as_mut().filter(|anchor| anchor.title.len() < MAX_NAME) {
        let text = entities::decode(clip(text, MAX_NAME)).into_owned();
        anchor.title.push_str(&text);
    }
}

/// Parses a link; none without an address.
fn link(raw: &str) -> Option<Link> {
    let mut link = Link::default();
    let mut label = String::new();
    for (name, told) in attributes(raw) {
        match name.to_ascii_lowercase().as_str() {
            "href" if link.href.is_empty() => link.href = decoded(told),
            "rel" => link.rel = told.split_ascii_whitespace().take(10).map(str::to_ascii_lowercase).collect(),
            "type" => link.mime_type = told.split(';').next().unwrap_or_default().trim().to_ascii_lowercase(),
            "title" => link.title = one_line(&decoded(told), MAX_NAME),
            "aria-label" => label = one_line(&decoded(told), MAX_NAME),
            _ => {}
        }
    }
    if link.title.is_empty() {
        link.title = label;
    }
    (!link.href.is_empty()).then_some(link)
}

fn value(raw: &str, name: &str) -> Option<String> {
    let told = attributes(raw).find(|(found, _)| found.eq_ignore_ascii_case(name));
    told.map(|(_, value)| decoded(value)).filter(|value| !value.is_empty())
}

fn decoded(told: &str) -> String {
    entities::decode(told).trim().to_owned()
}
