//! Podcasts that several directories list, as one.

use std::collections::HashMap;

use crate::domain::directory::ListedFeed;

/// Key by which feeds are the same: the address without scheme and trailing slash.
pub(super) fn key(feed_url: &str) -> String {
    feed_url.split_once("://").map_or(feed_url, |(_, rest)| rest).trim_end_matches('/').to_owned()
}

/// Adds a podcast, or what it tells beyond the known one with the same feed.
pub(super) fn merge(all: &mut Vec<ListedFeed>, places: &mut HashMap<String, usize>, new: ListedFeed) {
    match places.get(&key(&new.feed_url)) {
        Some(&place) => {
            let known = &mut all[place];
            known.site_url = known.site_url.take().or(new.site_url);
            known.image_url = known.image_url.take().or(new.image_url);
            known.items = known.items.or(new.items);
            if known.description.is_empty() {
                known.description = new.description;
            }
        }
        None => {
            places.insert(key(&new.feed_url), all.len());
            all.push(new);
        }
    }
}
