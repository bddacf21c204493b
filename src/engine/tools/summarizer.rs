//! Tools with which Summarizer tells what items hold and how good they look, from what is known of them.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Output, Tool, ToolContext, ToolError, item, own_items};
use crate::db::{items, media};
use crate::domain::ItemId;
use crate::domain::item::Item;
use crate::engine::agents::extract::{TooLittle, extract};
use crate::engine::agents::{prose, quality};
use crate::engine::reading;

const WORDS_DEFAULT: i64 = 60;

/// Summarises one item from its own sentences.
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
        let text = reading::text_of(cx.engine, &item).await?;
        Ok(summarize(cx, &item, &text, args.max_words.unwrap_or(WORDS_DEFAULT)).await?.into())
    }
}

async fn summarize(
    cx: &ToolContext<'_>,
    item: &Item,
    text: &str,
    max_words: i64,
) -> Result<Value, ToolError> {
    let title = prose::brief(&item.title, 160);
    match extract(text, max_words.clamp(10, 300) as usize) {
        Ok(found) => {
            items::set_summary(&cx.engine.db, item.id, &found.text).await?;
            Ok(json!({
                "item_id": item.id,
                "title": title,
                "summary": found.text,
                "words": found.words,
                "of_words": found.of_words,
            }))
        }
        Err(TooLittle { words }) => {
            let why = match words {
                0 => "There is no text to summarise.".to_owned(),
                words => format!("There are only {words} words of text, too few to summarise."),
            };
            Ok(json!({ "item_id": item.id, "title": title, "summary": null, "why": why }))
        }
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneItem {
    /// The item's id
    #[schemars(with = "i64")]
    item_id: ItemId,
}

/// Scores one item by what is known of it.
pub struct AssessQuality;

impl Tool for AssessQuality {
    const NAME: &'static str = "assess_quality";
    const DESCRIPTION: &'static str = "Scores an item from 0 to 1 by what is known of it: text, description, date, length, \
        size, and whether its file is here and verified. Returns the reasons and keeps both beside the item.";
    type Args = OneItem;

    async fn call(&self, cx: &ToolContext<'_>, args: OneItem) -> Result<Output, ToolError> {
        let item = item(cx, args.item_id).await?;
        let text = reading::text_of(cx.engine, &item).await?;
        Ok(assess(cx, &item, &text).await?.into())
    }
}

async fn assess(cx: &ToolContext<'_>, item: &Item, text: &str) -> Result<Value, ToolError> {
    let verified = match item.media() {
        Some(enclosure) => media::at(&cx.engine.db, &enclosure.url).await?.is_some(),
        None => false,
    };
    let quality = quality::assess(item, text, verified);
    items::set_quality(&cx.engine.db, item.id, quality.score, &quality.reasons).await?;
    Ok(json!({
        "item_id": item.id,
        "title": prose::brief(&item.title, 160),
        "score": quality.score,
        "reasons": quality.reasons,
    }))
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
/// Short enough that the results of a full batch fit into one output.
const BATCH_WORDS: i64 = 40;

impl Tool for AnalyzeContentBatch {
    const NAME: &'static str = "analyze_content_batch";
    const DESCRIPTION: &'static str =
        "Does for up to 20 items what summarize_content (in 40 words) and assess_quality do for one.";
    type Args = Items;

    async fn call(&self, cx: &ToolContext<'_>, args: Items) -> Result<Output, ToolError> {
        if args.item_ids.len() > BATCH {
            return Err(ToolError::refused(format!("Name at most {BATCH} items in one call.")));
        }
        let mut analysed = Vec::new();
        for item in own_items(cx, &args.item_ids).await? {
            let text = reading::text_of(cx.engine, &item).await?;
            let mut row = assess(cx, &item, &text).await?;
            let summary = summarize(cx, &item, &text, BATCH_WORDS).await?;
            row["summary"] = summary["summary"].clone();
            row["why"] = summary["why"].clone();
            analysed.push(row);
        }
        Ok(json!({ "items": analysed }).into())
    }
}
