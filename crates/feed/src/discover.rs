//! Feed discovery on a web page: declared feeds, feeds of well-known sites, and links that look like feeds.

use std::collections::HashSet;

use url::Url;

mod guesses;
mod kinds;
mod looks;
mod page;
mod sites;

pub use guesses::guesses;
pub use kinds::is_of_comments;
pub use looks::is_feed as looks_like_feed;

use page::HtmlPage;

/// Maximum number of feeds found on one page.
const MAX_FOUND: usize = 50;

/// Declared or apparent kind of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedKind {
    /// RSS of any version.
    Rss,
    /// Atom of any version.
    Atom,
    /// JSON Feed.
    Json,
    /// Neither declared nor apparent.
    Unknown,
}

/// A candidate feed of a page. Only fetching it shows whether it is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedCandidate {
    /// Absolute, http or https, without a fragment.
    pub url: String,
    /// Empty if there is none.
    pub title: String,
    /// Format, if it is declared or apparent.
    pub kind: FeedKind,
    /// Whether the page declares this as a feed.
    pub declared: bool,
}

/// Finds the feeds of a page, likeliest first, without duplicates, at most 50: declared ones in document
/// order, those of well-known sites, links that look like feeds, and comments feeds last. Reads 2 MiB at
/// most.
///
/// `content_type` is the whole Content-Type header, `base` the address of the page after all redirects.
pub fn links(page: &[u8], content_type: Option<&str>, base: &Url) -> Vec<FeedCandidate> {
    let text = page::decode(page, content_type);
    let page = HtmlPage::read(&text);
    let around = page.base(base);
    let declared = page.links.iter().filter_map(|link| kinds::declared(link, &around));
    let known = sites::known(base, &page);
    let seeming = page.anchors.iter().filter_map(|anchor| looks::seeming(anchor, &around));
    // Drops links to the page itself.
    let seeming = seeming.filter(|found| found.url != without_fragment(base));
    let all = declared.chain(known).chain(seeming);
    let (comments, mut feeds): (Vec<_>, Vec<_>) = all.partition(kinds::is_of_comments);
    feeds.extend(comments);
    let mut seen = HashSet::new();
    feeds.retain(|found| seen.insert(found.url.clone()));
    feeds.truncate(MAX_FOUND);
    feeds
}

fn without_fragment(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    url.into()
}

#[cfg(test)]
mod tests;
