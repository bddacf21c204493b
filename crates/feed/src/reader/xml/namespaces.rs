//! The vocabulary of a name: by its namespace, else by its usual prefix if that is not declared.

use crate::reader::limits::MAX_NAMESPACES;

/// A vocabulary. `Core` is the feed's own format: no namespace, or one of RSS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ns {
    Core,
    Atom,
    Rdf,
    /// iTunes, and Google Play with the same elements.
    Itunes,
    Media,
    Content,
    Dc,
    DcTerms,
    Podcast,
    /// Podlove Simple Chapters.
    Chapters,
    Syndication,
    Admin,
    /// Creative Commons.
    Commons,
    /// GeoRSS, GML and W3C geo.
    Geo,
    Xhtml,
    Foaf,
    Prism,
    /// FeedBurner and Pheedo, which redirect every link through their servers.
    Redirector,
    Other,
}

/// Vocabularies by a lower-case part of the namespace address. The first match counts.
const ADDRESSES: [(&str, Ns); 42] = [
    ("w3.org/2005/atom", Ns::Atom),
    ("purl.org/atom/ns", Ns::Atom),
    // Earlier names of Atom.
    ("example.com/necho", Ns::Atom),
    ("purl.org/echo", Ns::Atom),
    ("purl.org/pie", Ns::Atom),
    ("echo/namespace", Ns::Atom),
    ("w3.org/1999/02/22-rdf-syntax-ns", Ns::Rdf),
    ("w3.org/1999/xhtml", Ns::Xhtml),
    ("itunes.com/", Ns::Itunes),
    ("/dtds/podcast-1.0", Ns::Itunes),
    ("google.com/schemas/play-podcasts", Ns::Itunes),
    ("search.yahoo.com/mrss", Ns::Media),
    ("rssboard.org/media-rss", Ns::Media),
    ("video.search.yahoo.com", Ns::Media),
    ("tools.search.yahoo.com", Ns::Media),
    ("purl.org/rss/1.0/modules/content", Ns::Content),
    ("purl.org/rss/1.0/modules/syndication", Ns::Syndication),
    ("purl.org/rss/1.0/modules/prism", Ns::Prism),
    ("purl.org/rss/1.0/modules/", Ns::Other),
    ("purl.org/dc/elements", Ns::Dc),
    ("purl.org/metadata/dublin_core", Ns::Dc),
    ("purl.org/dc/terms", Ns::DcTerms),
    ("podcastindex.org/namespace", Ns::Podcast),
    ("podcastindex-org/podcast-namespace", Ns::Podcast),
    ("podlove.org/simple-chapters", Ns::Chapters),
    ("webns.net/mvcb", Ns::Admin),
    ("creativecommonsrssmodule", Ns::Commons),
    ("creativecommons.org/ns", Ns::Commons),
    ("web.resource.org/cc", Ns::Commons),
    ("blogchannelmodule", Ns::Other),
    ("xmlns.com/foaf", Ns::Foaf),
    ("prismstandard.org/namespaces", Ns::Prism),
    ("rssnamespace.org/feedburner", Ns::Redirector),
    ("pheedo.com/namespace", Ns::Redirector),
    ("georss.org", Ns::Geo),
    ("opengis.net/gml", Ns::Geo),
    ("postneo.com/icbm", Ns::Geo),
    ("w3.org/2003/01/geo", Ns::Geo),
    ("purl.org/rss/1.0", Ns::Core),
    ("netscape.com/", Ns::Core),
    ("userland.com/", Ns::Core),
    ("law.harvard.edu/", Ns::Core),
];

const PREFIXES: [(&str, Ns); 31] = [
    ("atom", Ns::Atom),
    ("atom03", Ns::Atom),
    ("atom10", Ns::Atom),
    ("a10", Ns::Atom),
    ("rdf", Ns::Rdf),
    ("rss", Ns::Core),
    ("itunes", Ns::Itunes),
    ("googleplay", Ns::Itunes),
    ("media", Ns::Media),
    ("mrss", Ns::Media),
    ("content", Ns::Content),
    ("dc", Ns::Dc),
    ("dcterms", Ns::DcTerms),
    ("dct", Ns::DcTerms),
    ("podcast", Ns::Podcast),
    ("psc", Ns::Chapters),
    ("sy", Ns::Syndication),
    ("syn", Ns::Syndication),
    ("admin", Ns::Admin),
    ("cc", Ns::Commons),
    ("creativecommons", Ns::Commons),
    ("georss", Ns::Geo),
    ("geo", Ns::Geo),
    ("gml", Ns::Geo),
    ("icbm", Ns::Geo),
    ("foaf", Ns::Foaf),
    ("prism", Ns::Prism),
    ("feedburner", Ns::Redirector),
    ("pheedo", Ns::Redirector),
    ("xhtml", Ns::Xhtml),
    ("html", Ns::Xhtml),
];

/// The declarations in scope, innermost last.
#[derive(Default)]
pub struct Namespaces<'a> {
    declared: Vec<(&'a str, Ns, usize)>,
}

impl<'a> Namespaces<'a> {
    pub fn declare(&mut self, prefix: &'a str, address: &str, depth: usize) {
        if self.declared.len() < MAX_NAMESPACES {
            self.declared.push((prefix, by_address(address, prefix), depth));
        }
    }

    /// Drops the declarations deeper than `depth`.
    pub fn leave(&mut self, depth: usize) {
        while self.declared.pop_if(|(_, _, declared_at)| *declared_at > depth).is_some() {}
    }

    pub fn resolve(&self, prefix: &str) -> Ns {
        let declared = self.declared.iter().rev().find(|(name, ..)| *name == prefix).map(|(_, ns, _)| *ns);
        declared.unwrap_or_else(|| if prefix.is_empty() { Ns::Core } else { by_prefix(prefix) })
    }
}

/// An unknown default namespace counts as the feed's own.
fn by_address(address: &str, prefix: &str) -> Ns {
    let address = address.trim().to_ascii_lowercase();
    let known = ADDRESSES.iter().find(|(part, _)| address.contains(part)).map(|(_, ns)| *ns);
    match known {
        Some(ns) => ns,
        None if address.is_empty() && !prefix.is_empty() => by_prefix(prefix),
        None if prefix.is_empty() => Ns::Core,
        None => Ns::Other,
    }
}

fn by_prefix(prefix: &str) -> Ns {
    PREFIXES.iter().find(|(name, _)| name.eq_ignore_ascii_case(prefix)).map_or(Ns::Other, |(_, ns)| *ns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_counts_and_not_the_prefix() {
        let mut names = Namespaces::default();
        names.declare("x", "HTTP://PURL.ORG/DC/ELEMENTS/1.1/", 1);
        names.declare("dc", "http://example.org/other", 1);
        assert_eq!((names.resolve("x"), names.resolve("dc")), (Ns::Dc, Ns::Other));
    }

    #[test]
    fn a_known_prefix_needs_no_declaration() {
        assert_eq!(Namespaces::default().resolve("itunes"), Ns::Itunes);
        assert_eq!(Namespaces::default().resolve("unheard"), Ns::Other);
    }

    #[test]
    fn old_names_of_atom_are_known() {
        let mut names = Namespaces::default();
        names.declare("x", "http://example.com/necho", 1);
        assert_eq!(names.resolve("x"), Ns::Atom);
    }

    #[test]
    fn a_declaration_ends_with_its_element() {
        let mut names = Namespaces::default();
        names.declare("", "http://www.w3.org/1999/xhtml", 3);
        assert_eq!(names.resolve(""), Ns::Xhtml);
        names.leave(2);
        assert_eq!(names.resolve(""), Ns::Core);
    }

    #[test]
    fn all_the_namespaces_of_rss_are_its_core() {
        let mut names = Namespaces::default();
        for address in [
            "http://purl.org/rss/1.0/",
            "http://my.netscape.com/rdf/simple/0.9/",
            "http://backend.userland.com/rss2",
            "http://blogs.law.harvard.edu/tech/rss",
        ] {
            names.declare("", address, 1);
            assert_eq!(names.resolve(""), Ns::Core, "{address}");
        }
    }
}
