//! Tools of Discovery for details: searching the collected items, filtering them, and reading one item.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Output, Tool, ToolContext, ToolError, brief_item, item, own_items};
use crate::db::{accounts, downloads, items};
use crate::domain::item::{Availability, Item};
use crate::domain::{ItemId, SourceId};
use crate::engine::quality;
use crate::engine::{artifacts, catalog};

/// Searches the items that the owner has collected, and no others.
pub struct SearchCatalog;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// A few words
    query: String,
}

/// Maximum number of query words, of newest items searched, and of results.
const WORDS: usize = 6;
const LOOKED_THROUGH: i64 = 300;
const FOUND: usize = 20;

impl Tool for SearchCatalog {
    const NAME: &'static str = "search_catalog";
    const DESCRIPTION: &'static str = "Finds items of the followed sources whose title, categories, description or source \
        name hold the words of the query. `fetchable` tells whether an item may be queued and was not fetched yet.";
    const SIDE_BY_SIDE: bool = true;
    type Args = Search;

    async fn call(&self, cx: &ToolContext<'_>, args: Search) -> Result<Output, ToolError> {
        let mut words = text::search_terms(&args.query);
        words.truncate(WORDS);
        if words.is_empty() {
            return Err(ToolError::refused(
                "Name at least one word to search for, of three letters or more.",
            ));
        }
        let rows = items::collected(&cx.engine.db, cx.owner, &words, LOOKED_THROUGH).await?;
        let mut hits: Vec<_> = rows.into_iter().map(|hit| (matched(&hit.item, &words), hit)).collect();
        hits.retain(|(count, _)| *count > 0);
        // The sort is stable, and the rows are newest first.
        hits.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        in_order(cx, &mut hits).await?;
        let before = artifacts::picked_before(cx.engine, cx.owner, cx.run).await?;
        let found: Vec<_> = hits
            .iter()
            .take(FOUND)
            .map(|(count, hit)| {
                let mut row = brief_item(&hit.item);
                row["words_found"] = (*count).into();
                row["fetchable"] =
                    (may_be_fetched(&hit.item) && !hit.given && !before.contains(&hit.item.id)).into();
                row
            })
            .collect();
        Ok(json!({ "items": found, "words": words, "more": hits.len() > FOUND }).into())
    }
}

/// Orders hits of a serial by part, among those with the same number of words.
async fn in_order(cx: &ToolContext<'_>, hits: &mut Vec<(usize, items::Collected)>) -> Result<(), ToolError> {
    let next = catalog::next_parts(cx.engine, cx.owner).await?;
    let mut groups: BTreeMap<(usize, SourceId), Vec<usize>> = BTreeMap::new();
    for (at, (count, hit)) in hits.iter().enumerate() {
        if next.contains_key(&hit.item.source_id) {
            groups.entry((*count, hit.item.source_id)).or_default().push(at);
        }
    }
    let mut order: Vec<usize> = (0..hits.len()).collect();
    for ((_, source), at) in groups {
        let sequence = |from: &usize| {
            let position = next[&source].iter().position(|id| *id == hits[*from].1.item.id);
            position.unwrap_or(usize::MAX)
        };
        let mut sorted = at.clone();
        sorted.sort_by_key(sequence);
        at.into_iter().zip(sorted).for_each(|(at, from)| order[at] = from);
    }
    let mut taken: Vec<_> = std::mem::take(hits).into_iter().map(Some).collect();
    hits.extend(order.into_iter().filter_map(|from| taken[from].take()));
    Ok(())
}

/// Number of the words that the item contains as whole words.
fn matched(item: &Item, words: &[String]) -> usize {
    let texts =
        [&item.title, &item.source_name, &item.categories.join(" "), &text::plain(&item.summary_html)];
    let texts = texts.map(|text| text::words(text));
    words
        .iter()
        .filter(|word| texts.iter().any(|text| text::mentions(text, std::slice::from_ref(*word))))
        .count()
}

fn may_be_fetched(item: &Item) -> bool {
    use Availability::*;
    matches!(item.availability, Cached | Cacheable | Caching) && item.media().is_some()
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Items {
    /// Ids of items
    #[schemars(with = "Vec<i64>")]
    item_ids: Vec<ItemId>,
}

/// Sorts items into those the owner's preferences let through and the rest.
pub struct FilterByPreferences;

impl Tool for FilterByPreferences {
    const NAME: &'static str = "filter_by_preferences";
    const DESCRIPTION: &'static str = "Sorts items into those the person's preferences let through (kept) and those they do \
        not (left out), each with the reason.";
    const SIDE_BY_SIDE: bool = true;
    type Args = Items;

    async fn call(&self, cx: &ToolContext<'_>, args: Items) -> Result<Output, ToolError> {
        let preferences = accounts::preferences(&cx.engine.db, cx.owner).await?;
        let (mut kept, mut left_out) = (Vec::new(), Vec::new());
        for item in own_items(cx, &args.item_ids).await? {
            if preferences.wants(item.kind) {
                kept.push(json!(item.id));
            } else {
                let reason = format!("{} is not among the kinds the person wants", item.kind);
                left_out.push(json!({ "item_id": item.id, "reason": reason }));
            }
        }
        Ok(json!({ "kept": kept, "left_out": left_out }).into())
    }
}

/// Shows one item with its text.
pub struct GetItemDetails;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneItem {
    /// The item's id
    #[schemars(with = "i64")]
    item_id: ItemId,
}

impl Tool for GetItemDetails {
    const NAME: &'static str = "get_item_details";
    const DESCRIPTION: &'static str =
        "Shows one item: title, source, authors, categories, availability, size, and the start of its text.";
    const SIDE_BY_SIDE: bool = true;
    type Args = OneItem;

    async fn call(&self, cx: &ToolContext<'_>, args: OneItem) -> Result<Output, ToolError> {
        let item = item(cx, args.item_id).await?;
        let download = downloads::of_item(&cx.engine.db, cx.owner, item.id).await?;
        let mut details = brief_item(&item);
        let more = json!({
            "url": item.url,
            "authors": item.authors.iter().take(5).collect::<Vec<_>>(),
            "categories": item.categories.iter().take(10).collect::<Vec<_>>(),
            "availability": item.availability,
            "why_unavailable": item.unavailable_reason,
            "download": download.map(|download| download.status),
            "text": text::brief(&quality::text_of(&item), 4_000),
        });
        if let (Value::Object(details), Value::Object(more)) = (&mut details, more) {
            details.extend(more);
        }
        Ok(details.into())
    }
}
