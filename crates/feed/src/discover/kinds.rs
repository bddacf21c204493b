//! Decides which links of a page are feeds, and of which kind.

use url::Url;

use super::page::Link;
use super::{FeedCandidate, FeedKind, looks};

/// Prefixes of the word for "comments" in several languages.
const COMMENTS: [&str; 8] =
    ["comments", "kommentar", "commentaire", "commenti", "comentario", "comentári", "reacties", "комментари"];

/// The feed that a `link` element declares.
pub fn declared(link: &Link, base: &Url) -> Option<FeedCandidate> {
    let has = |word: &str| link.rel.iter().any(|rel| rel == word);
    if has("stylesheet") || !has("alternate") && !has("feed") {
        return None;
    }
    let url = looks::resolved(&link.href, base)?;
    let kind = match by_type(&link.mime_type) {
        Some(FeedKind::Unknown) => looks::kind(&url),
        Some(kind) => kind,
        // Without a type, the relation or the address identifies a feed.
        None if link.mime_type.is_empty() && (has("feed") || looks::is_feed(&url)) => looks::kind(&url),
        None => return None,
    };
    (!is_interface(&url)).then(|| FeedCandidate {
        url: url.into(),
        title: link.title.clone(),
        kind,
        declared: true,
    })
}

/// The feed kind of a MIME type; none for other types, among them oEmbed, JSON-LD and ActivityPub.
fn by_type(mime_type: &str) -> Option<FeedKind> {
    let (_, kind) = mime_type.split_once('/')?;
    match kind.strip_prefix("x-").unwrap_or(kind) {
        "rss+xml" | "rss" | "rdf+xml" | "rdf" => Some(FeedKind::Rss),
        "atom+xml" | "atom" => Some(FeedKind::Atom),
        "feed+json" | "json" => Some(FeedKind::Json),
        "xml" => Some(FeedKind::Unknown),
        _ => None,
    }
}

/// Whether an address is an endpoint of the WordPress REST API or of oEmbed.
fn is_interface(url: &Url) -> bool {
    let query = url.query().unwrap_or_default();
    ["/wp-json", "/oembed"].iter().any(|part| url.path().contains(part)) || query.contains("rest_route=")
}

/// Whether a feed is a comments feed, by its title or its address.
pub fn is_of_comments(found: &FeedCandidate) -> bool {
    let title = found.title.to_lowercase();
    let begins = |word: &str| COMMENTS.iter().any(|comments| word.starts_with(comments));
    // Without the host, which may contain the word.
    let path = found.url.splitn(4, '/').nth(3).unwrap_or_default();
    title.split(|c: char| !c.is_alphanumeric()).any(|word| word == "comment" || begins(word))
        || path.to_ascii_lowercase().contains("comments")
}
