//! Elements that are parts of an item or a channel, so that an unclosed part can end where the next begins.

use super::{Head, Ns};

/// Parts whose names are not HTML elements.
const NEVER_HTML: [&str; 30] = [
    "author",
    "category",
    "comments",
    "content",
    "contributor",
    "copyright",
    "created",
    "description",
    "docs",
    "enclosure",
    "generator",
    "guid",
    "id",
    "issued",
    "language",
    "lastBuildDate",
    "logo",
    "managingEditor",
    "modified",
    "pubDate",
    "published",
    "rights",
    "skipDays",
    "skipHours",
    "subtitle",
    "tagline",
    "textInput",
    "ttl",
    "updated",
    "webMaster",
];
/// Parts whose names are HTML elements as well.
const MAYBE_HTML: [&str; 5] = ["image", "link", "source", "summary", "title"];
/// Elements that occur only inside parts of their vocabulary.
const WITHIN: [&str; 4] = ["chapter", "email", "name", "valueRecipient"];

/// Whether an element is a part. `is_direct`: no HTML element is open around it.
pub fn is_part(ns: Ns, name: &str, is_direct: bool) -> bool {
    let local = local(name);
    match ns {
        Ns::Core | Ns::Atom => is_one_of(&NEVER_HTML, local) || is_direct && is_one_of(&MAYBE_HTML, local),
        Ns::Rdf | Ns::Xhtml | Ns::Other => false,
        _ => !is_one_of(&WITHIN, local),
    }
}

pub fn begins_item_or_channel(name: &str) -> bool {
    is_one_of(&["item", "entry", "channel"], local(name))
}

/// Whether nested items in a part are not the feed's: in lists of other vocabularies, in inline XML, and in
/// links, where some publishers embed the target.
pub fn may_hold_items(part: &Head<'_>) -> bool {
    let kind = part.attribute("type").unwrap_or_default();
    let is_xml = kind.contains("xml") && !kind.contains("html");
    !is_part(part.ns, part.name, true) || part.is("link") || part.is("content") && is_xml
}

fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|one| one.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_within_a_part_is_no_part() {
        assert!(is_part(Ns::Core, "pubdate", false) && is_part(Ns::Dc, "dc:creator", false));
        assert!(is_part(Ns::Core, "link", true) && !is_part(Ns::Core, "link", false));
        assert!(!is_part(Ns::Core, "p", true) && !is_part(Ns::Xhtml, "h:title", true));
        assert!(!is_part(Ns::Itunes, "itunes:email", true) && !is_part(Ns::Other, "x:author", true));
    }
}
