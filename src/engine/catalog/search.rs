//! Full-text search: index and query terms.

use async_trait::async_trait;
use jobs::{Job, JobError, Lease};
use serde::{Deserialize, Serialize};

use super::topics;
use crate::db::search::{SearchText, Terms};
use crate::db::{ConnectionTrait, DbErr, items, search, sources};
use crate::domain::{ItemId, SourceId};
use crate::engine::{Engine, Result, SharedEngine};

/// Maximum indexed bytes of an item's text.
const MAX_BODY: usize = 20_000;
/// Maximum terms of a query.
const MAX_TERMS: usize = 12;
/// Maximum bytes of a word: PostgreSQL allows 2,046.
const MAX_WORD: usize = 200;
/// Minimum letters of a query's last word for prefix matching.
const OPEN_FROM: usize = 3;

fn fold(text: &str) -> Vec<String> {
    text::words(text).into_iter().map(|word| text::cut(&word, MAX_WORD).to_owned()).collect()
}

/// Parses a query; none if it contains no word.
pub fn terms(query: &str) -> Option<Terms> {
    let terms: Vec<_> =
        query.split_whitespace().map(fold).filter(|words| !words.is_empty()).take(MAX_TERMS).collect();
    // A trailing space does not end the last word: phone keyboards add one after each word.
    let open_end = terms.last()?.last()?.chars().count() >= OPEN_FROM;
    Some(Terms { terms, open_end })
}

/// Parses a query and a topic, if given, into one set of terms; a topic is a phrase of whole words.
pub fn terms_of(query: Option<&str>, topic: Option<&str>) -> Option<Terms> {
    let mut all = query.map_or(Some(Terms::default()), terms)?;
    if let Some(topic) = topic {
        let words = Some(fold(topic)).filter(|words| !words.is_empty())?;
        all.terms.insert(0, words);
    }
    Some(all)
}

/// The search words and the topics of an item.
pub fn text(
    title: &str,
    source: &str,
    html: [&str; 2],
    categories: &[String],
    of_feed: &[String],
) -> (SearchText, Vec<String>) {
    let plain = html.map(text::plain).join("\n");
    let text = text::cut(&plain, MAX_BODY);
    let topics = topics::of(categories, of_feed, title, text);
    let body = format!("{}\n{text}", topics.join("\n"));
    (SearchText { title: fold(title), source: fold(source), body: fold(&body) }, topics)
}

/// Indexes a source by its name, description and address.
pub async fn index_source(
    db: &impl ConnectionTrait,
    id: SourceId,
    name: &str,
    description: &str,
    feed_url: &str,
) -> Result<(), DbErr> {
    let body = text::plain(description);
    let text =
        SearchText { title: fold(name), source: fold(feed_url), body: fold(text::cut(&body, MAX_BODY)) };
    search::index_source(db, id, &text).await
}

/// Indexes items and sources that are not in the index: after an update that changes what is indexed.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct IndexItems {}

const BATCH_SIZE: i64 = 200;

#[async_trait]
impl Job for IndexItems {
    const KIND: &'static str = "index_items";
    const QUEUE: &'static str = "refresh";
    type Context = SharedEngine;

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(&self, engine: &SharedEngine, lease: &Lease) -> Result<(), JobError> {
        let all = index_all(engine);
        tokio::select! {
            done = all => done.map_err(JobError::retry),
            () = lease.stop.cancelled() => Err(JobError::LeaseLost),
        }
    }
}

/// Indexes every source and item that is not indexed yet, in batches.
pub async fn index_all(engine: &Engine) -> Result<()> {
    let mut last = SourceId(0);
    while let Some(next) = index_some_sources(engine, last).await? {
        last = next;
    }
    let mut last = ItemId(0);
    while let Some(next) = index_some(engine, last).await? {
        last = next;
    }
    Ok(())
}

/// Indexes one batch of items. Returns the last of them; none if nothing was left.
async fn index_some(engine: &Engine, after: ItemId) -> Result<Option<ItemId>> {
    // Queried before the transaction begins: a scan of a million items must not block writers.
    let missing = search::missing(&engine.db, after, BATCH_SIZE).await?;
    let work = engine.begin().await?;
    for item in items::texts(&*work, &missing).await? {
        let html = [item.summary_html.as_str(), &item.content_html];
        let of_feed = &item.of_source.categories;
        let (words, topics) = text(&item.title, &item.source_name, html, &item.categories, of_feed);
        items::set_topics(&*work, item.id, &topics).await?;
        search::index(&*work, item.source_id, item.id, &words).await?;
    }
    work.commit().await?;
    Ok(missing.last().copied())
}

async fn index_some_sources(engine: &Engine, after: SourceId) -> Result<Option<SourceId>> {
    let missing = search::missing_sources(&engine.db, after, BATCH_SIZE).await?;
    let work = engine.begin().await?;
    for id in &missing {
        if let Some(source) = sources::feed(&*work, *id).await? {
            let about = sources::description(&*work, *id).await?;
            index_source(&*work, *id, &source.name, &about, &source.feed_url).await?;
        }
    }
    work.commit().await?;
    Ok(missing.last().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(query: &str) -> Vec<String> {
        terms(query)
            .map(|terms| terms.terms.iter().map(|words| words.join("+")).collect())
            .unwrap_or_default()
    }

    #[test]
    fn a_query_is_words_and_phrases() {
        assert_eq!(found("night  trains"), ["night", "trains"]);
        assert_eq!(found("don't AND* \"x"), ["don+t", "and", "x"]);
        assert_eq!(found("東京"), ["東+京"]);
        assert_eq!(terms(" ?! "), None);
    }

    #[test]
    fn the_last_word_may_be_unfinished() {
        let open = |query| terms(query).is_some_and(|terms| terms.open_end);
        assert!(open("night trai") && open("night trai ") && !open("AI"));
    }

    #[test]
    fn markup_is_not_found() {
        let (text, topics) = text("One", "Station", ["<p class='x'>A <b>train</b></p>", ""], &[], &[]);
        assert_eq!(
            (text.body.join(" ").as_str(), text.source.join(" ").as_str(), topics.len()),
            ("a train", "station", 0)
        );
    }
}
