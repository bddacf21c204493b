//! New and changed items of one reading, prepared for storage.

use serde_json::json;

use super::identity::{Fate, MergedItem, merge_duplicates};
use super::{replan_source, search};
use crate::db::downloads::retries;
use crate::db::items::{self, KnownItem, NewItem};
use crate::db::search::SearchText;
use crate::db::subscriptions;
use crate::domain::event::EventKind;
use crate::domain::{DateTime, ItemId, SourceId, Utc};
use crate::engine::job_names::{QUEUE_ARRIVALS, RETRY_FAILED};
use crate::engine::{Error, Result, Work};

/// Outcome of storing items of a source in one transaction.
#[derive(Default)]
pub struct StoredItems {
    pub added: Vec<ItemId>,
    pub updated: i64,
    /// Failed downloads that are due at once.
    pub due: u64,
}

impl StoredItems {
    /// Counts an item that was changed. Under a new address of its file, earlier failures do not count.
    pub async fn changed(&mut self, work: &Work<'_>, id: ItemId, is_readdressed: bool) -> Result<()> {
        if is_readdressed {
            items::readdressed(&**work, id).await?;
            self.due += retries::make_due(&**work, id, work.now()).await?;
        }
        self.updated += 1;
        Ok(())
    }

    /// Does what follows new and changed items: notices, plans of prefetches, and retries.
    pub async fn follow_up(&self, work: &mut Work<'_>, source: SourceId, name: &str) -> Result<()> {
        announce(work, source, name, &self.added).await?;
        if !self.added.is_empty() || self.updated > 0 {
            replan_source(work, source).await?;
        }
        if self.due > 0 {
            work.push_named(RETRY_FAILED).await?;
        }
        Ok(())
    }
}

/// Tells the followers of a source of its new items, and queues those that their rules want.
async fn announce(work: &mut Work<'_>, source: SourceId, name: &str, added: &[ItemId]) -> Result<()> {
    let Some(last) = added.last() else { return Ok(()) };
    let followers = subscriptions::followers(&**work, source).await?;
    let items = if added.len() == 1 { "item" } else { "items" };
    let told = json!({ "message": format!("{name}: {} {items} new", added.len()), "level": "info" });
    for follower in &followers {
        work.record(*follower, None, EventKind::System, told.clone()).await?;
    }
    if !followers.is_empty() {
        let arrivals = json!({ "source_id": source, "items": added });
        work.push_with(QUEUE_ARRIVALS, &last.to_string(), &arrivals).await?;
    }
    Ok(())
}

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
        let words = words(&mut settled.item, &name, &categories);
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

/// Sets the topics of an item, and returns its search words.
pub fn words(item: &mut NewItem, source: &str, categories: &[String]) -> SearchText {
    let html = [item.summary_html.as_str(), &item.content_html];
    let (words, topics) = search::text(&item.title, source, html, &item.categories, categories);
    item.topics = topics;
    words
}
