//! Fallback for an unavailable page: the article's text from the feed in full, or the available text if the
//! page is behind a wall.

use std::sync::atomic::Ordering;

use jobs::{JobError, JobFailure};
use sha2::{Digest, Sha256};

use super::fault;
use super::fault::{fault, remove};
use super::transfer::TransferAttempt;
use super::{limits, make_ready, push_pictures, reserve};
use crate::db::downloads::{self, Waiting};
use crate::db::items::ItemWords;
use crate::db::media::{self, Blob};
use crate::db::{accounts, failures, items, readings, transfers};
use crate::domain::download::Provider;
use crate::domain::failure::FailureCause;
use crate::domain::item::Availability;
use crate::domain::media::Wanted;
use crate::domain::reading::Reading;
use crate::engine::{Error, articles};

/// Minimum number of words for a feed's content to count as an article; for a mere description,
/// `MIN_DESCRIPTION`.
const MIN_CONTENT: usize = 25;
const MIN_DESCRIPTION: usize = 200;

const GONE: &str = "The page could not be fetched. This is the text of the feed.";
const WALL: &str =
    "The site sent a page that asks for consent or a sign-in. These are the words of the feed.";

/// Text from a feed as an HTML file, and the same text for the reader.
struct FeedText {
    html: String,
    reading: Reading,
}

impl TransferAttempt<'_> {
    /// Gives the feed's text to downloads of a page that failed. Returns the failure if a download still
    /// waits.
    pub async fn keep_feed_text(&self, failure: JobFailure) -> Result<(), JobError> {
        let is_ours = fault::cause(&failure) == FailureCause::StorageFull;
        if !is_ours && self.has_feed_text(self.met_wall.load(Ordering::Relaxed)).await? {
            return Ok(());
        }
        Err(JobError::Fail(failure))
    }

    async fn has_feed_text(&self, is_wall: bool) -> Result<bool, JobError> {
        let waiting = downloads::waiting(&self.engine.db, self.url).await?;
        let for_pages: Vec<_> = waiting.into_iter().filter(|w| w.wanted == Wanted::Page).collect();
        let ids: Vec<_> = for_pages.iter().map(|w| w.item_id).collect();
        if ids.is_empty() {
            return Ok(false);
        }
        let mut texts = Vec::new();
        for item in items::texts(&self.engine.db, &ids).await? {
            if self.engine.config.types.check(item.kind, "text/html").is_err() {
                continue;
            }
            if let Some(text) = text(&item, self.url, is_wall) {
                texts.push((item.id, self.store(&text).await?, text.reading));
            }
        }
        if texts.is_empty() { Ok(false) } else { self.hand_out(for_pages, texts).await }
    }

    async fn store(&self, text: &FeedText) -> Result<Blob, JobError> {
        let bytes = text.html.as_bytes();
        let sha256 = hex::encode(Sha256::digest(bytes));
        let path = self.part_path().with_extension("text");
        let written = async {
            if let Some(directory) = path.parent() {
                tokio::fs::create_dir_all(directory).await?;
            }
            tokio::fs::write(&path, bytes).await
        };
        written.await.map_err(|error| fault(Error::fault(error)))?;
        let kept = self.engine.store.keep(&sha256, bytes.len() as u64, &path).await;
        remove(&path).await;
        kept.map_err(fault)?;
        Ok(Blob { sha256, bytes: bytes.len() as i64, mime_type: "text/html".into() })
    }

    /// Makes the downloads ready with their texts. The bytes belong to these downloads, not to the address:
    /// another feed may have other text for it. Returns whether no download waits any more.
    async fn hand_out(
        &self,
        waiting: Vec<Waiting>,
        texts: Vec<(crate::domain::ItemId, Blob, Reading)>,
    ) -> Result<bool, JobError> {
        let now = self.engine.now();
        let mut work = self.begin().await?;
        for w in &waiting {
            accounts::lock(&*work, w.user_id).await?;
        }
        for w in waiting {
            let Some((_, blob, reading)) = texts.iter().find(|(id, ..)| *id == w.item_id) else { continue };
            match limits::resize(&mut work, &w, blob.bytes, now).await {
                Ok(()) => {}
                Err(Error::Refused(why)) => {
                    reserve::turn_away(&mut work, &w, &why.to_string(), now).await.map_err(fault)?;
                    continue;
                }
                Err(error) => return Err(fault(error)),
            }
            media::keep_blob(&*work, blob, now).await?;
            readings::keep(&*work, &blob.sha256, reading, now).await?;
            push_pictures(&mut work, &blob.sha256, self.url).await.map_err(fault)?;
            downloads::verifying_one(&*work, w.id).await?;
            let made =
                make_ready(&mut work, w.user_id, w.run_id, w.id, &w.title, blob, Provider::Origin, now);
            made.await.map_err(fault)?;
        }
        let is_done = downloads::waiting(&*work, self.url).await?.is_empty();
        if is_done {
            if !self.lease.finish(&work).await? {
                return Err(JobError::LeaseLost);
            }
            items::set_availability(&*work, self.url, Availability::Cacheable, None, None).await?;
            failures::forget(&*work, self.url).await?;
            transfers::end(&*work, self.url).await?;
        }
        work.commit().await.map_err(fault)?;
        Ok(is_done)
    }
}

/// None if the feed has too little text: it needs the full article if the page is gone, and any words behind
/// a wall.
fn text(item: &ItemWords, url: &str, is_wall: bool) -> Option<FeedText> {
    let told = if item.content_html.len() >= item.summary_html.len() {
        &item.content_html
    } else {
        &item.summary_html
    };
    let html = articles::clean(told, url);
    let words = text::words(&text::plain(&html)).len();
    let is_enough = if is_wall { words > 0 } else { is_article(item) };
    if !is_enough {
        return None;
    }
    let remark = if is_wall { WALL } else { GONE };
    let framed = |html: &str| format!("<p><em>{remark}</em></p>{html}");
    let (body, read) = (framed(&html), framed(&articles::clean_with_pictures(told, url)));
    let title = escape(&item.title);
    let document = format!(
        "<!doctype html>\n<html><head><meta charset=\"utf-8\"><title>{title}</title></head>\n<body><article><h1>{title}</h1>\n{body}</article></body></html>\n"
    );
    let reading = Reading { title: Some(item.title.clone()), byline: None, html: read, words: words as i64 };
    Some(FeedText { html: document, reading })
}

/// Whether the feed holds the whole article rather than its beginning.
fn is_article(item: &ItemWords) -> bool {
    let plain = |html: &str| text::plain(html).trim_end().to_lowercase();
    let is_whole = |text: &str, least: usize| {
        let begins_only = ["…", "...", "[...]", "[…]", "read more", "continue reading", "weiterlesen"];
        text::words(text).len() >= least && !begins_only.iter().any(|end| text.ends_with(end))
    };
    is_whole(&plain(&item.content_html), MIN_CONTENT) || is_whole(&plain(&item.summary_html), MIN_DESCRIPTION)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::source::Kind;
    use crate::domain::{ItemId, SourceId};

    fn item(summary_html: &str, content_html: &str) -> ItemWords {
        ItemWords {
            id: ItemId(1),
            source_id: SourceId(1),
            kind: Kind::Article,
            title: "<b>Gulls & ships</b>".into(),
            source_name: String::new(),
            summary_html: summary_html.into(),
            content_html: content_html.into(),
            categories: vec![],
            of_source: Default::default(),
        }
    }

    #[test]
    fn a_text_in_full_stands_for_a_page_that_is_gone_and_a_teaser_does_not() {
        let full = "word ".repeat(30);
        let made = |summary: &str, content: &str| text(&item(summary, content), "https://x.example/", false);
        let text = made("", &format!("<p>{full}</p><script>x</script>")).expect("an article");
        assert!(
            text.html.contains("&lt;b&gt;Gulls &amp; ships&lt;/b&gt;") && !text.html.contains("script"),
            "{}",
            text.html
        );
        assert!(text.reading.html.contains("text of the feed") && text.reading.words == 30);
        assert!(
            made("", &format!("{full}… Read more")).is_none()
                && made(&full, "").is_none()
                && made("", "Short.").is_none()
        );
    }

    #[test]
    fn behind_a_wall_the_words_of_the_feed_are_kept_with_a_remark() {
        let text = text(&item("A few words.", ""), "https://x.example/", true).expect("words");
        assert!(text.reading.html.contains("asks for consent") && text.reading.html.contains("A few words."));
        assert!(super::text(&item("", ""), "https://x.example/", true).is_none());
    }
}
