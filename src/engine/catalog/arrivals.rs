//! New and changed items of one reading, prepared for storage.

use super::identity::{Fate, MergedItem, merge_duplicates};
use super::search;
use crate::db::items::{KnownItem, NewItem};
use crate::db::search::SearchText;
use crate::domain::{DateTime, Utc};
use crate::engine::{Error, Result};

/// An item that is new or has changed, with its topics and search words.
pub struct ItemArrival {
    pub settled: MergedItem,
    pub words: SearchText,
}

/// Settles identities, and computes topics and search words. Runs off the async threads and before any lock,
/// since this takes longer than the writes.
pub async fn prepare(
    read: Vec<NewItem>,
    known: Vec<KnownItem>,
    name: String,
    categories: Vec<String>,
    now: DateTime<Utc>,
) -> Result<Vec<ItemArrival>> {
    let arrive = move |mut settled: MergedItem| {
        let item = &mut settled.item;
        let html = [item.summary_html.as_str(), &item.content_html];
        let (words, topics) = search::text(&item.title, &name, html, &item.categories, &categories);
        item.topics = topics;
        ItemArrival { settled, words }
    };
    let all = move || {
        // Oldest first, as lists follow insertion order. Feeds without dates list the newest first.
        let mut settled = merge_duplicates(read, &known, now);
        settled.reverse();
        settled.sort_by_key(|settled| settled.item.published_at);
        settled.into_iter().filter(|settled| settled.fate != Fate::Same).map(arrive).collect()
    };
    tokio::task::spawn_blocking(all).await.map_err(Error::from)
}
