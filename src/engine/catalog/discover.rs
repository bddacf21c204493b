//! Finds the feeds of a web page: those it declares, those its site is known to have, and those it only links to.

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

use page::Page;

/// Feeds that are told of one page.
const FOUND_MOST: usize = 50;

/// What a feed is said, or seems, to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedKind {
    Rss,
    Atom,
    Json,
    Unknown,
}

/// What may be a feed of the page. Only reading it tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Absolute, http or https, without a fragment.
    pub url: String,
    /// Empty if nobody told one.
    pub title: String,
    pub kind: FeedKind,
    /// Whether the page itself says that this is a feed.
    pub declared: bool,
}

/// The feeds of a page, likeliest first, each once and at most 50: those that are declared, in the page's order; those
/// the site is known to have; links that look like feeds; and the feeds of comments. Two megabytes are looked at.
///
/// `content_type` is the whole header of that name, `base` the address the page came from after all redirects.
pub fn links(page: &[u8], content_type: Option<&str>, base: &Url) -> Vec<Found> {
    let text = page::decode(page, content_type);
    let page = Page::read(&text);
    let around = page.base(base);
    let declared = page.links.iter().filter_map(|link| kinds::declared(link, &around));
    let known = sites::known(base, &page);
    let seeming = page.anchors.iter().filter_map(|anchor| looks::seeming(anchor, &around));
    // A link to the page itself leads nowhere new.
    let seeming = seeming.filter(|found| found.url != without_fragment(base));
    let all = declared.chain(known).chain(seeming);
    let (comments, mut feeds): (Vec<_>, Vec<_>) = all.partition(kinds::is_of_comments);
    feeds.extend(comments);
    let mut seen = HashSet::new();
    feeds.retain(|found| seen.insert(found.url.clone()));
    feeds.truncate(FOUND_MOST);
    feeds
}

fn without_fragment(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    url.into()
}

#[cfg(test)]
mod tests;
