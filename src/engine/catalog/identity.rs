//! Identity of an item across readings of its feed, whatever its publisher does to guids.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

use super::newer::{Newer, is_same_file};
use crate::db::items::{KnownItem, NewItem};
use crate::domain::{DateTime, ItemId, Utc};

/// An item with its identity, its content hash, and its fate.
pub struct MergedItem {
    pub item: NewItem,
    pub content_hash: String,
    pub fate: Fate,
}

/// Result of comparing an item with the known ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    New,
    /// A newer publication under the guid of a known item, whose file address it may have reused.
    Newer(ItemId),
    Changed(ItemId),
    Same,
}

/// Assigns each item its identity and compares it with the known items. The identity is the guid, else the
/// link, the enclosure, the title, or title, date and summary together; a value shared by several different
/// items of a feed is skipped. Duplicates are dropped.
pub fn merge_duplicates(items: Vec<NewItem>, known: &[KnownItem], now: DateTime<Utc>) -> Vec<MergedItem> {
    let by_identity: HashMap<&str, &KnownItem> = known.iter().map(|k| (k.identity.as_str(), k)).collect();
    let mut items = without_doubles(name(items));
    let pairs = items.iter().filter_map(|it| Some((*by_identity.get(it.identity.as_str())?, it)));
    let newer = Newer::among(pairs, now);
    let mut succeeds = HashMap::new();
    for item in &mut items {
        let Some(known) = by_identity.get(item.identity.as_str()) else { continue };
        let again = format!("again:{}", text_hash(&keys(item)[1..].join("\u{1f}")));
        if by_identity.contains_key(again.as_str()) || newer.is_newer(known, item) {
            succeeds.insert(again.clone(), known.id);
            item.identity = again;
        }
    }
    let items = without_doubles(items);
    let here: HashSet<String> = items.iter().map(|item| item.identity.clone()).collect();
    let mut orphans: Vec<&KnownItem> = known.iter().filter(|k| !here.contains(&k.identity)).collect();
    let mut settled = Vec::new();
    for item in items {
        let known = by_identity.get(item.identity.as_str()).copied().or_else(|| {
            let place = orphans
                .iter()
                .position(|known| is_the_same(known, &item) && !newer.is_newer(known, &item))?;
            Some(orphans.swap_remove(place))
        });
        let content_hash = content_hash(&item);
        let fate = match (known, succeeds.get(&item.identity)) {
            (Some(known), _) if known.content_hash == content_hash => Fate::Same,
            (Some(known), _) => Fate::Changed(known.id),
            (None, Some(before)) => Fate::Newer(*before),
            (None, None) => Fate::New,
        };
        settled.push(MergedItem { item, content_hash, fate });
    }
    settled
}

/// Identity candidates, best first; an empty one is missing.
fn keys(item: &NewItem) -> [String; 5] {
    let media = item.media_url().filter(|url| item.url.as_deref() != Some(url)).unwrap_or_default();
    let date = item.published_at.map(|at| at.to_rfc3339()).unwrap_or_default();
    let key = |kind: &str, text: &str| match text {
        "" => String::new(),
        text => format!("{kind}:{}", text_hash(text)),
    };
    [
        key("guid", item.guid.trim()),
        key("link", item.url.as_deref().unwrap_or_default()),
        key("media", media),
        key("title", &item.title),
        key("text", &format!("{}\u{1f}{date}\u{1f}{}", item.title, item.summary_html)),
    ]
}

fn name(mut items: Vec<NewItem>) -> Vec<NewItem> {
    let all: Vec<_> = items.iter().map(keys).collect();
    let mut uses: HashMap<&str, HashSet<String>> = HashMap::new();
    for keys in &all {
        for (place, key) in keys.iter().enumerate().filter(|(_, key)| !key.is_empty()) {
            // A title may recur in another season; an item with a better key is not affected by that.
            uses.entry(key).or_default().insert(keys[place + 1..].join(" "));
        }
    }
    for (item, keys) in items.iter_mut().zip(&all) {
        let names_one =
            |key: &&String| !key.is_empty() && uses.get(key.as_str()).is_none_or(|all| all.len() == 1);
        item.identity = keys.iter().find(names_one).unwrap_or(&keys[4]).clone();
    }
    items
}

fn without_doubles(items: Vec<NewItem>) -> Vec<NewItem> {
    let mut seen = HashSet::new();
    items.into_iter().filter(|item| seen.insert(item.identity.clone())).collect()
}

/// Whether a known item that left the feed under its old identity is this item under a new one.
fn is_the_same(known: &KnownItem, item: &NewItem) -> bool {
    let dated = known.published_at == item.published_at && known.published_at.is_some();
    let titled = known.title == item.title;
    let page = known.url.is_some() && known.url == item.url;
    let media = known.media_url.is_some() && known.media_url.as_deref() == item.media_url();
    let is_signed_anew = || {
        let addresses = known.media_url.as_deref().zip(item.media_url());
        addresses.is_some_and(|(before, now)| is_same_file(before, now))
    };
    // Without guid and page the file address is the only identity, and all of it may rotate.
    let by_file = || known.identity.starts_with("media:") && item.identity.starts_with("media:");
    (media && (titled || dated)) || (page && titled) || (dated && (is_signed_anew() || titled && by_file()))
}

/// A hash that changes if and only if any field of the item does.
fn content_hash(item: &NewItem) -> String {
    text_hash(&format!("{item:?}"))
}

/// SHA-256 in lower-case hex.
pub fn text_hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

#[cfg(all(test, feature = "testing"))]
mod tests;
