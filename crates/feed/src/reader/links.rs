//! Links in the manner of Atom, and addresses of pictures.

use url::Url;

use super::urls;
use super::xml::Element;

/// Relation of a link's target to the feed or item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Relation {
    /// An alternate representation; the number is higher for a web page than for other types.
    Alternate(u8),
    Itself,
    Enclosure,
    /// Discussion; the number is higher for a web page than for a feed.
    Replies(u8),
    Chapters,
    License,
    /// A page for payments.
    Payment,
    Hub,
    /// Older items.
    Next,
    /// The document with the newest items.
    Current,
    Other,
}

/// The relation of a link, by name or registered URI.
pub fn relation(element: &Element<'_, '_>) -> Relation {
    let told = element.attribute("rel").unwrap_or_default().to_ascii_lowercase();
    let page = match element.attribute("type") {
        Some(kind) if !kind.to_ascii_lowercase().contains("html") => 0,
        _ => 1,
    };
    let registries = ["iana.org/assignments/", "podlove.org/"];
    let name = match told.rsplit_once('/') {
        Some((registry, name)) if registries.iter().any(|known| format!("{registry}/").contains(known)) => {
            name
        }
        Some(_) => return Relation::Other,
        None => &told,
    };
    match name {
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

/// The target of a link. An empty address means the document's own (RFC 3986 §4.4).
pub fn target(element: &Element<'_, '_>) -> Option<String> {
    let itself = || {
        element.head.attribute("href").filter(|told| told.trim().is_empty())?;
        urls::resolve(element.base(), element.base().as_str())
    };
    element.address("href").or_else(|| element.address("resource")).or_else(itself)
}

/// Whether an address belongs to a redirection service.
pub fn is_redirected(address: &str) -> bool {
    const HOSTS: [&str; 5] =
        ["feedburner.com", "feedproxy.google.com", "feedsportal.com", "pheedo.com", "feedblitz.com"];
    let Ok(url) = Url::parse(address) else { return false };
    let is_of =
        |host: &str, known: &str| host == known || host.strip_suffix(known).is_some_and(|h| h.ends_with('.'));
    // FeedBurner also runs on customers' domains.
    url.path().starts_with("/~r/")
        || url.host_str().is_some_and(|host| HOSTS.iter().any(|known| is_of(host, known)))
}

/// The address of a picture: in an attribute, the first of a `srcset`, in a `url` child, or as text.
pub fn picture(element: &Element<'_, '_>) -> Option<String> {
    let first = || urls::resolve(element.base(), element.attribute("srcset")?.split_whitespace().next()?);
    let attribute =
        ["href", "url", "resource", "src"].iter().find_map(|name| element.address(name)).or_else(first);
    let within = || element.child("url").and_then(|url| url.text_address());
    attribute.or_else(within).or_else(|| if element.has_elements() { None } else { element.text_address() })
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{atom_entry, feed, rss_item, some};
    use super::*;

    #[test]
    fn a_redirector_gives_way_to_the_address_it_hides() {
        let url = |link: &str| {
            let hidden = "<feedburner:origLink>https://b.example/1</feedburner:origLink>";
            rss_item(&format!("{hidden}<link>{link}</link>")).content.url
        };
        let hidden = some("https://b.example/1");
        assert_eq!(url("http://feeds.feedburner.com/~r/x/~3/1"), hidden);
        assert_eq!(url("https://feeds.b.example/~r/x/1"), hidden);
        assert_eq!(url("http://rss.feedsportal.com/c/1"), hidden);
        assert_eq!(url(""), hidden);
        assert_eq!(url("https://c.example/1"), some("https://c.example/1"));
        assert!(!is_redirected("https://notfeedburner.com/1"));
    }

    #[test]
    fn a_link_to_nothing_is_one_to_its_base() {
        let item = atom_entry("<link xml:base='https://b.example/x/' href=''/>");
        assert_eq!(item.url, some("https://b.example/x/"));
        assert_eq!(atom_entry("<link/>").url, None);
        assert_eq!(atom_entry("<link xml:base='ftp://b.example/' href='x'/>").url, None);
        assert_eq!(atom_entry("<link rdf:resource='/1'/>").url, some("https://example.org/1"));
    }

    #[test]
    fn relations_of_strangers_are_others() {
        let url = |relation: &str| atom_entry(&format!("<link rel='{relation}' href='/1'/>")).content.url;
        assert_eq!(url("https://b.example/my/alternate"), None);
        assert_eq!(
            url("http://www.iana.org/assignments/link-relations/alternate"),
            some("https://example.org/1")
        );
    }

    #[test]
    fn attributes_of_rdf_may_have_any_prefix_or_none() {
        for about in ["r:about", "about", "rdf:about"] {
            let feed = feed(&format!(
                "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>
                 <channel {about}='/site'/><item {about}='/1'><title>a</title></item></r:RDF>"
            ));
            let item = &feed.items[0];
            assert_eq!((item.guid.as_str(), &item.url), ("/1", &some("https://example.org/1")), "{about}");
            assert_eq!(feed.site_url, some("https://example.org/site"), "{about}");
        }
    }
}
