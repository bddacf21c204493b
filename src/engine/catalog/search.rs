//! Finding items by their words, whatever case, accents or script they are written in.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::db::search::{Terms, Text};
use crate::db::{items, search};
use crate::engine::agents::prose;
use crate::engine::jobs::{Job, JobError, Lease};
use crate::engine::{Engine, Result, SharedEngine};

/// Bytes of an item's text that it is found by, and words of a query.
const BODY_MOST: usize = 20_000;
const TERMS_MOST: usize = 12;
/// Letters from which on the last word of a query may be the beginning of one.
const OPEN_FROM: usize = 3;

/// The words of a text as they are compared: lower case, without accents, each sign of a script without blanks by itself.
fn fold(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        if stands_alone(c) {
            words.push(c.to_string());
            words.push(String::new());
        } else if c.is_alphanumeric() {
            words.last_mut().into_iter().for_each(|word| word.push(c));
        } else {
            words.push(String::new());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Chinese and Japanese are written without blanks; a phrase of signs finds what a word would.
fn stands_alone(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}

/// What somebody looks for; none where there is no word in it.
pub fn terms(query: &str) -> Option<Terms> {
    let terms: Vec<_> =
        query.split_whitespace().map(fold).filter(|words| !words.is_empty()).take(TERMS_MOST).collect();
    let last = terms.last()?.last()?.chars().count();
    let open_end = last >= OPEN_FROM && !query.ends_with(char::is_whitespace);
    Some(Terms { terms, open_end })
}

/// What an item is found by.
pub fn text(title: &str, source: &str, summary_html: &str, content_html: &str) -> Text {
    let body = format!("{}\n{}", prose::plain(summary_html), prose::plain(content_html));
    Text {
        title: fold(title).join(" "),
        source: fold(source).join(" "),
        body: fold(prose::cut(&body, BODY_MOST)).join(" "),
    }
}

/// Lets items be found that came before there was a search.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct IndexItems {}

const AT_ONCE: i64 = 200;

#[async_trait]
impl Job for IndexItems {
    const KIND: &'static str = "index_items";
    const QUEUE: &'static str = "refresh";
    type Context = SharedEngine;

    fn uniq(&self) -> Option<String> {
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

/// Lets every item be found that is not yet, some at a time.
pub async fn index_all(engine: &Engine) -> Result<()> {
    while index_some(engine).await? {}
    Ok(())
}

/// False when there is nothing left to do.
async fn index_some(engine: &Engine) -> Result<bool> {
    let work = engine.begin().await?;
    let missing = search::missing(&*work, AT_ONCE).await?;
    for item in items::texts(&*work, &missing).await? {
        let words = text(&item.title, &item.source_name, &item.summary_html, &item.content_html);
        search::index(&*work, item.id, &words).await?;
    }
    work.commit().await?;
    Ok(missing.len() as i64 == AT_ONCE)
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
    fn words_are_compared_without_case_and_accents() {
        assert_eq!(fold("Crème BRÛLÉE, 3D-Züge & Straße"), ["creme", "brulee", "3d", "zuge", "straße"]);
        assert_eq!(fold("ﬁne ＡＢＣ"), ["fine", "abc"]);
        assert_eq!(fold("東京の駅"), ["東", "京", "の", "駅"]);
        assert_eq!(fold("поезд Ёлка"), ["поезд", "елка"]);
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
        assert!(open("night trai") && !open("night trai ") && !open("AI"));
    }

    #[test]
    fn markup_is_not_found() {
        let text = text("One", "Station", "<p class='x'>A <b>train</b></p>", "");
        assert_eq!((text.body.as_str(), text.source.as_str()), ("a train", "station"));
    }
}
