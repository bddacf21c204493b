//! Parser for XML feeds: RSS, Atom or CDF.

use chrono::{DateTime, Utc};
use memchr::memmem;
use url::Url;

use super::Unreadable;
use super::channel::ChannelDraft;
use super::item;
use super::limits::{MAX_ITEM_BYTES, MAX_ITEMS, MAX_SEARCH};
use super::reading::Circumstances;
use super::text::Cleaner;
use super::xml::{Document, Head, Ns, Tree};
use crate::Feed;
use crate::Format;

/// Reads all items that are present, even if the document is truncated.
///
/// # Errors
/// If no element begins a feed.
pub fn read(text: &str, base: &Url, now: DateTime<Utc>) -> Result<Feed, Unreadable> {
    read_from(text, base, now).or_else(|why| {
        let mut late = starts_of_feeds(text).filter_map(|at| read_from(&text[at..], base, now).ok());
        late.find(|feed| !feed.items.is_empty()).ok_or(why)
    })
}

/// Positions at which a feed may begin after or inside other content, such as an error page.
fn starts_of_feeds(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let find = move |root: &str| {
        let is_tag = |at: &usize| bytes.get(at + root.len()).is_some_and(u8::is_ascii_whitespace);
        memmem::find_iter(bytes, root).find(is_tag)
    };
    let prolog = |root: usize| text[..root].rfind("<?xml ");
    let roots = ["<rss", "<feed", "<rdf:RDF"].into_iter().filter_map(find);
    roots.flat_map(move |root| [prolog(root), Some(root)]).flatten().filter(|at| *at > 0)
}

fn read_from(text: &str, base: &Url, now: DateTime<Utc>) -> Result<Feed, Unreadable> {
    let mut document = Document::new(text, base);
    let (format, root) = search(&mut document)?;
    let level = document.depth();
    let at = Circumstances { format, now };
    let (mut draft, mut cleaner, mut tree) = (ChannelDraft::new(at), Cleaner::new(base), Tree::default());
    let (mut items, mut bytes) = (Vec::new(), 0);
    if root.is_item() {
        document.take(root, &mut tree);
        if let Some(entry) = tree.root() {
            draft.open_alone(&entry);
            items.push(item::read(&entry, at, &mut cleaner));
        }
        return Ok(draft.finish(items, &mut cleaner));
    }
    draft.open(&root);
    // Some feeds close the channel too early: items are accepted at any depth.
    while let Some(head) = document.enter().filter(|head| document.depth() > level || head.is_item()) {
        if head.ns == Ns::Core && head.is("channel") {
            draft.open(&head);
            continue;
        }
        if head.ns == Ns::Core && head.is("rss") {
            continue;
        }
        let is_item = head.is_item();
        document.take(head, &mut tree);
        let Some(element) = tree.root() else { continue };
        if !is_item {
            draft.read(&element);
            continue;
        }
        let item = item::read(&element, at, &mut cleaner);
        bytes += item.weight();
        items.push(item);
        if items.len() >= MAX_ITEMS || bytes >= MAX_ITEM_BYTES {
            break;
        }
    }
    Ok(draft.finish(items, &mut cleaner))
}

/// Finds the root element of the feed, which may be nested in others.
fn search<'a>(document: &mut Document<'a>) -> Result<(Format, Head<'a>), Unreadable> {
    for _ in 0..MAX_SEARCH {
        let Some(head) = document.enter() else { break };
        if let Some(format) = format(&head, document.depth()) {
            if !head.is("RDF") {
                document.settle_in(head.ns);
            }
            let ns = if head.is("entry") { Ns::Core } else { head.ns };
            return Ok((format, Head { ns, ..head }));
        }
        if head.is("html") || document.depth() == 1 && (head.is("head") || head.is("body")) {
            return Err(Unreadable::WebPage);
        }
    }
    Err(Unreadable::NotAFeed)
}

fn format(head: &Head<'_>, depth: usize) -> Option<Format> {
    let version = head.attribute("version").unwrap_or_default();
    let prefix = head.name.split_once(':').map_or("", |(prefix, _)| prefix);
    let declaration = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
    if head.is("rss") {
        return Some(Format::of_rss(version));
    }
    // A document may be a single entry (RFC 4287 §2).
    if head.is("feed") || head.is("entry") && depth == 1 {
        return Some(Format::of_atom(head.attribute(&declaration).unwrap_or_default(), version));
    }
    if head.is("RDF") {
        let is_first =
            head.attributes.contains("rdf/simple/0.9") || head.attributes.contains("netscape.com/rdf");
        return Some(if is_first { Format::Rss090 } else { Format::Rss10 });
    }
    let is_channel = head.is("channel") && depth == 1;
    is_channel.then(|| {
        if head.attribute("href").is_some() || head.name == "CHANNEL" { Format::Cdf } else { Format::Rss }
    })
}

#[cfg(test)]
mod tests;
