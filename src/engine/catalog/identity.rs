//! What makes an item the same item at the next reading of its feed, whatever its publisher does to guids.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

use crate::db::items::{Known, NewItem};
use crate::domain::ItemId;
use crate::domain::item::Enclosure;

/// An item with its identity, the hash of what it says, and what is to be done with it.
pub struct Settled {
    pub item: NewItem,
    pub content_hash: String,
    pub fate: Fate,
}

/// What is to be done with an item that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    New,
    Changed(ItemId),
    Same,
}

/// Gives every item its identity, and says what is new among them. The publisher's guid counts, else the link, else the
/// enclosure, else the title; whatever several items of a feed share names none of them. Items that are the same
/// twice are left out.
pub fn settle(items: Vec<NewItem>, known: &[Known]) -> Vec<Settled> {
    let by_identity: HashMap<&str, &Known> = known.iter().map(|k| (k.identity.as_str(), k)).collect();
    let mut items = without_doubles(name(items));
    for item in &mut items {
        if by_identity.get(item.identity.as_str()).is_some_and(|known| is_another(known, item)) {
            item.identity = format!("again:{}", text_hash(&keys(item)[1..].join("\u{1f}")));
        }
    }
    let items = without_doubles(items);
    let here: HashSet<String> = items.iter().map(|item| item.identity.clone()).collect();
    let mut orphans: Vec<&Known> = known.iter().filter(|k| !here.contains(&k.identity)).collect();
    let mut settled = Vec::new();
    for item in items {
        let known = by_identity.get(item.identity.as_str()).copied().or_else(|| {
            let place = orphans.iter().position(|known| is_the_same(known, &item))?;
            Some(orphans.swap_remove(place))
        });
        let content_hash = content_hash(&item);
        let fate = match known {
            Some(known) if known.content_hash == content_hash => Fate::Same,
            Some(known) => Fate::Changed(known.id),
            None => Fate::New,
        };
        settled.push(Settled { item, content_hash, fate });
    }
    settled
}

/// What could name an item, the best first; empty where it has none of it.
fn keys(item: &NewItem) -> [String; 5] {
    let media = Enclosure::main(&item.enclosures).map(|e| e.url.as_str()).unwrap_or_default();
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
            // A title alone may come again in the next season, where something better names both.
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

/// A guid that has come back with everything else changed names something new.
fn is_another(known: &Known, item: &NewItem) -> bool {
    let differs = |a: Option<&str>, b: Option<&str>| matches!((a, b), (Some(a), Some(b)) if a != b);
    known.title != item.title
        && differs(known.media_url.as_deref(), item.media().0)
        && (known.url.is_none() || differs(known.url.as_deref(), item.url.as_deref()))
        && known.published_at.zip(item.published_at).is_some_and(|(then, now)| then < now)
}

/// An item that has gone from the feed under its old name and stands in it under a new one.
fn is_the_same(known: &Known, item: &NewItem) -> bool {
    let media = known.media_url.is_some() && known.media_url.as_deref() == item.media().0;
    let page = known.url.is_some() && known.url == item.url;
    let dated = known.published_at == item.published_at && known.published_at.is_some();
    let titled = known.title == item.title;
    (media && (titled || dated)) || (page && titled)
}

/// Changes exactly when something in the item does.
fn content_hash(item: &NewItem) -> String {
    text_hash(&format!("{item:?}"))
}

/// SHA-256 in lower-case hex.
pub fn text_hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DateTime, TimeDelta};

    /// An item that was published on the n-th day.
    fn item(guid: &str, n: i64) -> NewItem {
        NewItem {
            guid: guid.into(),
            title: format!("Episode {n}"),
            url: Some(format!("http://x/{n}")),
            published_at: Some(DateTime::UNIX_EPOCH + TimeDelta::days(n)),
            enclosures: vec![Enclosure { url: format!("http://x/{n}.mp3"), mime_type: None, bytes: None }],
            ..NewItem::default()
        }
    }

    /// A reading after another one.
    fn read(items: Vec<NewItem>, known: &mut Vec<Known>) -> Vec<Fate> {
        let settled = settle(items, known);
        for Settled { item, content_hash, fate } in &settled {
            let id = match fate {
                Fate::New => ItemId(known.len() as i64 + 1),
                Fate::Changed(id) => *id,
                Fate::Same => continue,
            };
            known.retain(|known| known.id != id);
            known.push(Known {
                id,
                identity: item.identity.clone(),
                content_hash: content_hash.clone(),
                title: item.title.clone(),
                url: item.url.clone(),
                media_url: item.media().0.map(str::to_owned),
                published_at: item.published_at,
            });
        }
        settled.into_iter().map(|settled| settled.fate).collect()
    }

    #[test]
    fn reading_ten_times_adds_nothing() {
        let mut known = Vec::new();
        let feed = || vec![item("a", 1), item("b", 2), item("", 3)];
        assert_eq!(read(feed(), &mut known), [Fate::New; 3]);
        for _ in 0..10 {
            assert_eq!(read(feed(), &mut known), [Fate::Same; 3]);
        }
    }

    #[test]
    fn what_a_feed_changes_of_an_item_leaves_it_the_same() {
        let mut known = Vec::new();
        read(vec![item("a", 1)], &mut known);
        let mended = NewItem { title: "Episode 1, mended".into(), ..item("a", 1) };
        assert_eq!(read(vec![mended.clone()], &mut known), [Fate::Changed(ItemId(1))]);
        assert_eq!(read(vec![mended], &mut known), [Fate::Same]);
    }

    #[test]
    fn a_guid_that_all_items_share_names_none_of_them() {
        let mut known = Vec::new();
        let feed = |from: i64| (from..from + 3).map(|n| item("same", n)).collect::<Vec<_>>();
        assert_eq!(read(feed(1), &mut known), [Fate::New; 3]);
        assert_eq!(read(feed(2), &mut known), [Fate::Same, Fate::Same, Fate::New]);
    }

    #[test]
    fn a_guid_that_comes_back_for_something_else_names_something_new() {
        let mut known = Vec::new();
        read(vec![item("latest", 1)], &mut known);
        assert_eq!(read(vec![item("latest", 2)], &mut known), [Fate::New]);
        assert_eq!(read(vec![item("latest", 2)], &mut known), [Fate::Same]);
        assert_eq!(read(vec![item("latest", 3)], &mut known), [Fate::New]);
    }

    #[test]
    fn new_guids_for_all_items_add_nothing() {
        let mut known = Vec::new();
        read((1..=3).map(|n| item(&format!("old-{n}"), n)).collect(), &mut known);
        let renamed = || (1..=4).map(|n| item(&format!("new-{n}"), n)).collect::<Vec<_>>();
        let fates = read(renamed(), &mut known);
        assert_eq!(fates[..3], [1, 2, 3].map(|n| Fate::Changed(ItemId(n))));
        assert_eq!(fates[3], Fate::New);
        assert_eq!(read(renamed(), &mut known), [Fate::Same; 4]);
    }

    #[test]
    fn items_that_all_link_to_the_front_page_are_told_apart() {
        let mut known = Vec::new();
        let front = |n| NewItem { url: Some("http://x/".into()), enclosures: vec![], ..item("", n) };
        assert_eq!(read(vec![front(1), front(2)], &mut known), [Fate::New; 2]);
        assert_eq!(read(vec![front(1), front(2)], &mut known), [Fate::Same; 2]);
    }

    #[test]
    fn the_same_item_twice_is_one() {
        let mut known = Vec::new();
        assert_eq!(read(vec![item("a", 1), item("a", 1)], &mut known), [Fate::New]);
        let bare = |title: &str| NewItem { title: title.into(), ..NewItem::default() };
        assert_eq!(read(vec![bare("One"), bare("One")], &mut known), [Fate::New]);
    }

    #[test]
    fn an_item_with_nothing_but_a_text_stays_what_it_is() {
        let mut known = Vec::new();
        let bare = |summary: &str| NewItem { summary_html: summary.into(), ..NewItem::default() };
        assert_eq!(read(vec![bare("One"), bare("Two")], &mut known), [Fate::New; 2]);
        assert_eq!(read(vec![bare("One"), bare("Two")], &mut known), [Fate::Same; 2]);
    }
}
