//! Links as Atom tells them, and the addresses of pictures.

use super::address;
use super::xml::Element;

/// How what a link leads to relates to what it stands in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Relation {
    /// The same for people; the number is higher for a page than for other things.
    Alternate(u8),
    Itself,
    Enclosure,
    /// Discussion of it; the number is higher for a page than for a feed.
    Replies(u8),
    Chapters,
    License,
    /// Where to give money.
    Payment,
    Hub,
    /// Older items.
    Next,
    /// The document with the newest items.
    Current,
    Other,
}

/// The relation a link tells, by name or by the address registered for it.
pub fn relation(element: &Element<'_, '_>) -> Relation {
    let told = element.attribute("rel").unwrap_or_default().to_ascii_lowercase();
    let page = match element.attribute("type") {
        Some(kind) if !kind.to_ascii_lowercase().contains("html") => 0,
        _ => 1,
    };
    match told.rsplit('/').next().unwrap_or_default() {
        "" | "alternate" => Relation::Alternate(page),
        "self" => Relation::Itself,
        "enclosure" => Relation::Enclosure,
        "replies" => Relation::Replies(page),
        "license" => Relation::License,
        "payment" => Relation::Payment,
        "simple-chapters" => Relation::Chapters,
        "hub" => Relation::Hub,
        "next" | "prev-archive" => Relation::Next,
        "current" => Relation::Current,
        _ => Relation::Other,
    }
}

/// The address of a picture: as an attribute, the first of several in one, in `url`, or as text.
pub fn picture(element: &Element<'_, '_>) -> Option<String> {
    let first = || address::resolve(element.base(), element.attribute("srcset")?.split_whitespace().next()?);
    let attribute =
        ["href", "url", "resource", "src"].iter().find_map(|name| element.address(name)).or_else(first);
    let within = || element.child("url").and_then(|url| url.text_address());
    attribute.or_else(within).or_else(|| if element.has_elements() { None } else { element.text_address() })
}
