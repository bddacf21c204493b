//! Serialises the content of an element as HTML: inline XHTML, and HTML that was not escaped.

use std::borrow::Cow;
use std::rc::Rc;

use text::attributes;
use url::Url;

use super::Ns;
use super::tree::{Child, Element, Head};
use crate::reader::limits::MAX_TEXT;
use crate::reader::urls;

/// HTML elements without an end tag.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];
/// Attributes that contain addresses.
const ADDRESSES: [&str; 8] = ["action", "cite", "data", "formaction", "href", "longdesc", "poster", "src"];

impl Element<'_, '_> {
    pub fn has_elements(&self) -> bool {
        self.children().next().is_some()
    }

    pub fn own_text_is_blank(&self) -> bool {
        self.nodes().all(|child| !matches!(child, Child::Text(text) if !text.trim().is_empty()))
    }

    /// The content of the element as HTML, with addresses relative to `base`. With `may_be_escaped`, text
    /// with tags beside elements is HTML as well.
    pub fn markup_within(&self, base: &Rc<Url>, may_be_escaped: bool) -> String {
        let mut html = String::new();
        let step = |child| match child {
            Child::Text(text) if may_be_escaped && text.contains("</") => Step::Copy(text),
            child => Step::Write(child),
        };
        let mut work: Vec<Step<'_, '_>> = self.nodes().map(step).collect();
        work.reverse();
        while let Some(step) = work.pop() {
            if html.len() > 4 * MAX_TEXT {
                break;
            }
            match step {
                Step::Copy(text) => html.push_str(&text),
                Step::Write(Child::Text(text)) => escape(&text, &mut html),
                Step::Write(Child::Element(element)) => {
                    let is_html = is_html(element.head);
                    if is_html {
                        open_tag(&element, base, &mut html);
                    }
                    if is_html && element.is_closed() && !VOID.contains(&element.head.local()) {
                        work.push(Step::Close(element));
                    }
                    let first = work.len();
                    work.extend(element.nodes().map(Step::Write));
                    work[first..].reverse();
                }
                Step::Close(element) => html.extend(["</", element.head.local(), ">"]),
            }
        }
        html
    }
}

/// Excludes elements of office programs such as `<o:p>`.
fn is_html(head: &Head<'_>) -> bool {
    !head.name.contains(':') || matches!(head.ns, Ns::Core | Ns::Atom | Ns::Xhtml)
}

/// Writes a start tag without prefixes and namespace declarations. Makes addresses absolute if the element
/// has a base of its own.
fn open_tag(element: &Element<'_, '_>, base: &Rc<Url>, html: &mut String) {
    html.extend(["<", element.head.local()]);
    for (name, value) in attributes(element.head.attributes) {
        let local = name.split_once(':').map_or(name, |(_, local)| local);
        if name.starts_with("xmlns") || name == "xml:base" {
            continue;
        }
        html.extend([" ", local, "=\""]);
        let value = element.decode(value);
        let own_base = !Rc::ptr_eq(base, element.base()) && ADDRESSES.contains(&local);
        match urls::join(element.base(), &value).filter(|_| own_base) {
            Some(url) => escape_value(url.as_str(), html),
            None => escape_value(&value, html),
        }
        html.push('"');
    }
    html.push('>');
}

enum Step<'t, 'a> {
    Copy(Cow<'a, str>),
    Write(Child<'t, 'a>),
    Close(Element<'t, 'a>),
}

/// Removes characters that XML cannot represent.
pub fn allowed(text: &str) -> String {
    let is_banned =
        |c: char| matches!(c, '\u{fffe}' | '\u{ffff}') || c.is_ascii_control() && !c.is_ascii_whitespace();
    text.chars().filter(|c| !is_banned(*c)).map(|c| if c == '\u{c}' { ' ' } else { c }).collect()
}

/// Escapes text for an attribute between double quotes.
pub fn escape_value(value: &str, html: &mut String) {
    for (at, part) in value.split('"').enumerate() {
        html.push_str(if at > 0 { "&quot;" } else { "" });
        escape(part, html);
    }
}

/// Escapes text for HTML content.
pub fn escape(text: &str, html: &mut String) {
    let mut written = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            _ => continue,
        };
        html.extend([&text[written..at], escaped]);
        written = at + 1;
    }
    html.push_str(&text[written..]);
}
