//! Tools of Discovery: sources, subscriptions and recommendations.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Effect, Nothing, Output, Tool, ToolContext, ToolError, brief_item};
use crate::db::{accounts, habits, subscriptions};
use crate::domain::artifact::CANDIDATES;
use crate::domain::page::PageQuery;
use crate::domain::source::{Kind, SourceFilter};
use crate::engine::agents::ranking;
use crate::engine::{artifacts, catalog, commute};

const KINDS: [&str; 5] = ["podcast", "article", "news", "video", "picture"];

/// Finds sources the owner could follow.
pub struct DiscoverNewSources;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedItems {
    /// Only sources of this kind
    #[schemars(with = "Option<String>", extend("enum" = KINDS))]
    kind: Option<Kind>,
    /// A word of the source's name
    query: Option<String>,
}

impl Tool for DiscoverNewSources {
    const NAME: &'static str = "discover_new_sources";
    const DESCRIPTION: &'static str = "Lists up to 20 known sources the person does not follow yet. Only the person can \
        follow one; you may suggest it.";
    const SIDE_BY_SIDE: bool = true;
    type Args = WantedItems;

    async fn call(&self, cx: &ToolContext<'_>, args: WantedItems) -> Result<Output, ToolError> {
        let filter = SourceFilter { q: args.query, kind: args.kind, subscribed: Some(false), health: None };
        let page = PageQuery { limit: Some(20), cursor: None };
        let found = catalog::sources(cx.engine, cx.owner, &filter, &page).await?;
        let sources: Vec<_> = found.data.iter().map(|s| named(s.id.0, &s.name, s.kind)).collect();
        Ok(json!({ "sources": sources, "more": found.next_cursor.is_some() }).into())
    }
}

/// Lists the sources that the owner follows.
pub struct GetSubscriptions;

impl Tool for GetSubscriptions {
    const NAME: &'static str = "get_subscriptions";
    const DESCRIPTION: &'static str =
        "Lists the sources the person follows, with their priority from 1 (low) to 5 (high).";
    const SIDE_BY_SIDE: bool = true;
    type Args = Nothing;

    async fn call(&self, cx: &ToolContext<'_>, _: Nothing) -> Result<Output, ToolError> {
        let page = PageQuery { limit: Some(50), cursor: None };
        let found = subscriptions::followed(&cx.engine.db, cx.owner, &page).await?;
        let followed = found.data.iter().map(|s| {
            let mut source = named(s.source_id.0, &s.source_name, s.kind);
            source["priority"] = s.priority.into();
            source
        });
        Ok(json!({ "subscriptions": followed.collect::<Vec<_>>(), "more": found.next_cursor.is_some() })
            .into())
    }
}

fn named(id: i64, name: &str, kind: Kind) -> Value {
    json!({ "source_id": id, "name": text::brief(name, 80), "kind": kind })
}

/// Ranks the available items that the owner has not had yet.
pub struct RecommendContent;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HowMany {
    /// 1 to 20; what the run may queue unless given
    max_items: Option<i64>,
}

/// Maximum number of newest items considered, of one source and of all sources.
const PER_SOURCE: i64 = 5;
const LOOKED_AT: i64 = 200;

impl Tool for RecommendContent {
    const NAME: &'static str = "recommend_content";
    const DESCRIPTION: &'static str = "Ranks new items of the followed sources by the person's topics, the goal of the run, \
        freshness, length beside the commute, priority, size, quality, what is already here, what the person made of earlier ones and what they liked. Best first, with reasons.";
    const SIDE_BY_SIDE: bool = true;
    type Args = HowMany;

    async fn call(&self, cx: &ToolContext<'_>, args: HowMany) -> Result<Output, ToolError> {
        let most = args.max_items.unwrap_or(cx.run.max_items).clamp(1, 20) as usize;
        let preferences = accounts::preferences(&cx.engine.db, cx.owner).await?;
        let candidates = catalog::candidates(cx.engine, cx.owner, PER_SOURCE, LOOKED_AT).await?;
        let before = artifacts::picked_before(cx.engine, cx.owner, cx.run).await?;
        let (candidates, again): (Vec<_>, Vec<_>) =
            candidates.into_iter().partition(|candidate| !before.contains(&candidate.item.id));
        let considered = candidates.len();
        let habits = habits::of(&cx.engine.db, cx.owner).await?;
        let refused = habits::refused_topics(&cx.engine.db, cx.owner).await?;
        let rated = habits::rated_topics(&cx.engine.db, cx.owner).await?;
        let wish = cx.run.wish();
        let wishes = ranking::Wishes {
            preferences: &preferences,
            goal: wish.as_deref(),
            habits: &habits,
            refused: &refused,
            rated: &rated,
            commute_minutes: commute::next(cx.engine, cx.owner).await?.map(|commute| commute.minutes),
            now: cx.engine.now(),
        };
        let ranked = ranking::rank(candidates, &wishes, most);
        let best = ranked.iter().map(|ranked| {
            let mut item = brief_item(&ranked.item);
            item["score"] = ranked.score.into();
            item["reasons"] = json!(ranked.reasons.iter().take(6).collect::<Vec<_>>());
            item
        });
        let best: Vec<_> = best.collect();
        let content = json!({ "items": best });
        let mut value = json!({ "candidates": best, "considered": considered });
        if !again.is_empty() {
            value["picked_before"] = again.len().into();
        }
        let output = Output::from(value);
        Ok(match best.is_empty() {
            true => output,
            false => output.with(Effect::Artifact { kind: CANDIDATES.into(), content }),
        })
    }
}
