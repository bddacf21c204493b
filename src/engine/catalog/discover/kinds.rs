//! Tells which of a page's links are feeds, and of what kind.

use url::Url;

use super::page::Link;
use super::{FeedKind, Found, looks};

/// How "comments" begins in the languages of blogs.
const COMMENTS: [&str; 8] =
    ["comments", "kommentar", "commentaire", "commenti", "comentario", "comentári", "reacties", "комментари"];

/// The feed that a `link` declares.
pub fn declared(link: &Link, base: &Url) -> Option<Found> {
    let has = |word: &str| link.rel.iter().any(|rel| rel == word);
    if has("stylesheet") || !has("alternate") && !has("feed") {
        return None;
    }
    let url = looks::resolved(&link.href, base)?;
    let kind = match by_type(&link.mime_type) {
        Some(FeedKind::Unknown) => looks::kind(&url),
        Some(kind) => kind,
        // Nothing is told of its kind: the relation says it is a feed, or the address does.
        None if link.mime_type.is_empty() && (has("feed") || looks::is_feed(&url)) => looks::kind(&url),
        None => return None,
    };
    (!is_interface(&url)).then(|| Found { url: url.into(), title: link.title.clone(), kind, declared: true })
}

/// None if this is no type of a feed: among them oEmbed, JSON-LD and ActivityPub.
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

/// The programming interface of WordPress, and oEmbed by whatever type.
fn is_interface(url: &Url) -> bool {
    let query = url.query().unwrap_or_default();
    ["/wp-json", "/oembed"].iter().any(|part| url.path().contains(part)) || query.contains("rest_route=")
}

/// Whether a feed is one of comments, by its title or its address.
pub fn is_of_comments(found: &Found) -> bool {
    let title = found.title.to_lowercase();
    let begins = |word: &str| COMMENTS.iter().any(|comments| word.starts_with(comments));
    // After the host: a site may well be called like that.
    let path = found.url.splitn(4, '/').nth(3).unwrap_or_default();
    title.split(|c: char| !c.is_alphanumeric()).any(|word| word == "comment" || begins(word))
        || path.to_ascii_lowercase().contains("comments")
}
