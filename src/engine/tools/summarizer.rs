//! Tools of Summarizer: summaries and quality scores of items.

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::review::{self, Asked};
use super::{Output, Tool, ToolContext, ToolError, item, own_items};
use crate::db::{items, media, sources};
use crate::domain::ItemId;
use crate::domain::item::Item;
use crate::domain::review::Review;
use crate::engine::agents::extract::{TooLittle, extract};
use crate::engine::models::Usage;
use crate::engine::quality;
use crate::engine::reading;

const WORDS_DEFAULT: i64 = 60;

/// Summarises one item, in the model's words or else with its own sentences.
pub struct SummarizeContent;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summarize {
    /// The item's id
    #[schemars(with = "i64")]
    item_id: ItemId,
    /// 10 to 300; 60 unless given
    max_words: Option<i64>,
}

impl Tool for SummarizeContent {
    const NAME: &'static str = "summarize_content";
    const DESCRIPTION: &'static str = "Summarises an item with the most telling sentences of its own text, and keeps the \
        summary beside the item. Says so when there is too little text.";
    type Args = Summarize;

    async fn call(&self, cx: &ToolContext<'_>, args: Summarize) -> Result<Output, ToolError> {
        let item = item(cx, args.item_id).await?;
        let look = Look::at(cx, &item).await?;
        let value = summarize(cx, &item, &look, args.max_words.unwrap_or(WORDS_DEFAULT)).await?;
        Ok(Output { usage: look.usage.into_iter().collect(), ..value.into() })
    }
}

/// Text of an item, and the model's review of it if there is one.
struct Look {
    text: String,
    review: Option<Review>,
    /// Reason for a missing review.
    why: Option<String>,
    usage: Option<(String, Usage)>,
}

impl Look {
    async fn at(cx: &ToolContext<'_>, item: &Item) -> Result<Self, ToolError> {
        let text = reading::text_of(cx.engine, item).await?;
        let Asked { review, why, usage } = review::of(cx, item, &text).await?;
        Ok(Self { text, review, why, usage })
    }

    /// Marks a result that the program made although a model should have been asked.
    fn mark(&self, mut value: Value) -> Value {
        if let Some(why) = &self.why {
            value["without_model"] = why.as_str().into();
        }
        value
    }
}

/// Summarises in the model's words, or else with the most central sentences of the item.
async fn summarize(
    cx: &ToolContext<'_>,
    item: &Item,
    look: &Look,
    max_words: i64,
) -> Result<Value, ToolError> {
    let title = text::brief(&item.title, 160);
    if let Some(review) = &look.review {
        let by = &review.model;
        return Ok(json!({ "item_id": item.id, "title": title, "summary": review.summary, "model": by }));
    }
    let found = match extract(&look.text, max_words.clamp(10, 300) as usize) {
        Ok(found) => found,
        Err(TooLittle { words }) => {
            let why = match words {
                0 => "There is no text to summarise.".to_owned(),
                words => format!("There are only {words} words of text, too few to summarise."),
            };
            return Ok(json!({ "item_id": item.id, "title": title, "summary": null, "why": why }));
        }
    };
    let work = cx.engine.begin().await?;
    let revision = sources::lock(&*work, item.source_id).await?;
    items::set_summary(&*work, item.id, revision, &found.text).await?;
    work.commit().await?;
    Ok(look.mark(json!({
        "item_id": item.id,
        "title": title,
        "summary": found.text,
        "words": found.words,
        "of_words": found.of_words,
    })))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneItem {
    /// The item's id
    #[schemars(with = "i64")]
    item_id: ItemId,
}

/// Scores the quality of one item.
pub struct AssessQuality;

impl Tool for AssessQuality {
    const NAME: &'static str = "assess_quality";
    const DESCRIPTION: &'static str = "Scores an item from 0 to 1 by what is known of it: text, description, date, length, \
        size, and whether its file is here and verified. Returns the reasons and keeps both beside the item.";
    type Args = OneItem;

    async fn call(&self, cx: &ToolContext<'_>, args: OneItem) -> Result<Output, ToolError> {
        let item = item(cx, args.item_id).await?;
        let look = Look::at(cx, &item).await?;
        let value = assess(cx, &item, &look).await?;
        Ok(Output { usage: look.usage.into_iter().collect(), ..value.into() })
    }
}

/// Returns the model's score, or else one computed from the item's metadata.
async fn assess(cx: &ToolContext<'_>, item: &Item, look: &Look) -> Result<Value, ToolError> {
    let title = text::brief(&item.title, 160);
    if let Some(Review { quality_score, quality_reasons, model, .. }) = &look.review {
        return Ok(json!({ "item_id": item.id, "title": title, "score": quality_score,
            "reasons": quality_reasons, "model": model }));
    }
    let verified = match item.media() {
        Some(enclosure) => {
            let blob = media::at(&cx.engine.db, &enclosure.url).await?;
            blob.is_some_and(|blob| item.wanted.accepts(&blob.mime_type))
        }
        None => false,
    };
    let quality = quality::assess(item, &look.text, verified);
    items::set_quality(&cx.engine.db, item.id, quality.score, &quality.reasons).await?;
    Ok(look.mark(json!({
        "item_id": item.id,
        "title": title,
        "score": quality.score,
        "reasons": quality.reasons,
    })))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Items {
    /// Ids of items
    #[schemars(with = "Vec<i64>")]
    item_ids: Vec<ItemId>,
}

/// Summarises and scores several items.
pub struct AnalyzeContentBatch;

const BATCH: usize = 20;
const BATCH_WORDS: i64 = 40;
/// Time limit for asking a model about the items of a batch, because a turn has to end.
const BATCH_TIME: Duration = Duration::from_secs(120);

impl Tool for AnalyzeContentBatch {
    const NAME: &'static str = "analyze_content_batch";
    const DESCRIPTION: &'static str =
        "Does for up to 20 items what summarize_content (in 40 words) and assess_quality do for one.";
    type Args = Items;

    async fn call(&self, cx: &ToolContext<'_>, args: Items) -> Result<Output, ToolError> {
        if args.item_ids.len() > BATCH {
            return Err(ToolError::refused(format!("Name at most {BATCH} items in one call.")));
        }
        let (mut analysed, mut usage, began) = (Vec::new(), Vec::new(), Instant::now());
        for item in own_items(cx, &args.item_ids).await? {
            let spent = (began.elapsed() > BATCH_TIME).then_some("the batch took too long for it");
            let cx = &ToolContext { spent: cx.spent.or(spent), ..*cx };
            let look = Look::at(cx, &item).await?;
            let mut row = assess(cx, &item, &look).await?;
            let summary = summarize(cx, &item, &look, BATCH_WORDS).await?;
            row["summary"] = summary["summary"].clone();
            row["why"] = summary["why"].clone();
            analysed.push(row);
            usage.extend(look.usage);
        }
        let analysed = shortened(analysed);
        Ok(Output { usage, ..json!({ "items": analysed }).into() })
    }
}

/// Texts of a row in the result of a full batch, each with its maximum length in bytes of JSON.
const ROW_TEXTS: [(&str, usize); 5] =
    [("title", 160), ("summary", 360), ("why", 80), ("model", 80), ("without_model", 80)];
/// Maximum number of reasons in such a row, and the length of all in bytes of JSON.
const ROW_REASONS: (usize, usize) = (2, 100);

/// Shortens rows so that one output holds them all. Fewer rows have more space each. Summaries and reasons
/// are kept beside their items in full.
fn shortened(mut rows: Vec<Value>) -> Vec<Value> {
    let share = BATCH / rows.len().max(1);
    for row in &mut rows {
        for (name, most) in ROW_TEXTS {
            if let Some(text) = row.get_mut(name) {
                shorten(text, most * share);
            }
        }
        if let Some(reasons) = row.get_mut("reasons").and_then(Value::as_array_mut) {
            reasons.truncate(ROW_REASONS.0 * share);
            let most = ROW_REASONS.1 * share / reasons.len().max(1);
            reasons.iter_mut().for_each(|reason| shorten(reason, most));
        }
    }
    rows
}

fn shorten(value: &mut Value, most: usize) {
    if let Value::String(text) = value {
        *text = within(text, most);
    }
}

/// Shortens a text to `most` bytes of JSON, with an ellipsis where it was cut.
fn within(text: &str, most: usize) -> String {
    let width = |letter: char| match letter {
        '"' | '\\' | '\n' | '\r' | '\t' => 2,
        letter if letter.is_ascii_control() => 6,
        letter => letter.len_utf8(),
    };
    if text.chars().map(width).sum::<usize>() <= most {
        return text.to_owned();
    }
    let mut left = most.saturating_sub('…'.len_utf8());
    let fits = |letter: &char| left.checked_sub(width(*letter)).map(|rest| left = rest).is_some();
    let start: String = text.chars().take_while(fits).collect();
    format!("{}…", start.trim_end())
}
