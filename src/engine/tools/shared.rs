//! Tools of every agent: handing over work, and saving and reading artifacts.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Effect, Output, Tool, ToolContext, ToolError, own_items};
use crate::db::artifacts;
use crate::domain::ItemId;
use crate::domain::artifact::is_kept_by_program;
use crate::domain::page::PageQuery;
use crate::domain::run::{Agent, Handoff, Priority};

/// Hands work to another agent, which speaks next.
pub struct HandOver;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct To {
    /// Who is to do it
    #[schemars(with = "String", extend("enum" = ["discovery", "download", "summarizer"]))]
    to: Agent,
    /// The task
    instructions: String,
    /// The items it is about
    #[schemars(with = "Vec<i64>")]
    #[serde(default)]
    item_ids: Vec<ItemId>,
    /// The expected result
    #[serde(default)]
    expected: String,
    /// Which part of the job it is, in a word or two
    #[serde(default)]
    phase: String,
    /// How soon
    #[schemars(with = "Option<String>", extend("enum" = ["low", "normal", "high"]))]
    #[serde(default)]
    priority: Option<Priority>,
}

impl Tool for HandOver {
    const NAME: &'static str = "handoff";
    const DESCRIPTION: &'static str = "Gives work to another agent, who speaks next once your turn ends.";
    type Args = To;

    async fn call(&self, cx: &ToolContext<'_>, args: To) -> Result<Output, ToolError> {
        if args.to == cx.agent {
            return Err(ToolError::refused("You cannot hand over to yourself."));
        }
        let items = own_items(cx, &args.item_ids).await?;
        let handoff = Handoff {
            from: Some(cx.agent),
            to: args.to,
            phase: text::brief(&args.phase, 40),
            priority: args.priority.unwrap_or(Priority::Normal),
            instructions: text::brief(&args.instructions, 2_000),
            item_ids: items.iter().map(|item| item.id).collect(),
            expected: text::brief(&args.expected, 500),
        };
        let value = json!({ "to": handoff.to, "items": handoff.item_ids.len() });
        Ok(Output::from(value).with(Effect::Handoff(handoff)))
    }
}

/// Saves an artifact for the user.
pub struct SaveArtifact;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Save {
    /// Its kind, in small letters: picks, summaries, …
    kind: String,
    /// The result itself
    #[schemars(extend("type" = "object"))]
    content: Value,
}

/// Maximum number of artifacts that agents may save per run, and of bytes of one.
const MAX_ARTIFACTS: usize = 20;
const MAX_CONTENT: usize = 64 * 1024;

impl Tool for SaveArtifact {
    const NAME: &'static str = "save_artifact";
    const DESCRIPTION: &'static str =
        "Keeps a result of the run, such as picks or summaries, where the person finds it later.";
    type Args = Save;

    async fn call(&self, cx: &ToolContext<'_>, args: Save) -> Result<Output, ToolError> {
        let Save { kind, content } = args;
        let spelled = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if kind.is_empty() || kind.len() > 40 || !kind.chars().all(spelled) {
            return Err(ToolError::refused(
                "Name the kind in up to 40 small letters, digits and underscores.",
            ));
        }
        if is_kept_by_program(&kind) {
            let why = format!("“{kind}” is kept by the program itself; choose another kind.");
            return Err(ToolError::refused(why));
        }
        if content.to_string().len() > MAX_CONTENT {
            return Err(ToolError::refused("An artifact holds at most 64 kB."));
        }
        let kept = artifacts::of_run(&cx.engine.db, cx.owner, cx.run.id).await?;
        if kept.iter().filter(|artifact| !is_kept_by_program(&artifact.kind)).count() >= MAX_ARTIFACTS {
            return Err(ToolError::refused(format!("A run leaves at most {MAX_ARTIFACTS} artifacts.")));
        }
        let value = json!({ "saved": kind });
        Ok(Output::from(value).with(Effect::Artifact { kind, content }))
    }
}

/// Reads the artifacts of this run and of the other runs of its collection.
pub struct GetArtifacts;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfKind {
    /// Only this kind: candidates, picks, summaries, approvals, results, …
    kind: Option<String>,
}

/// Maximum number of artifacts returned, and of bytes of each.
const MAX_TOLD: usize = 8;
const TOLD_BYTES: usize = 1_500;

impl Tool for GetArtifacts {
    const NAME: &'static str = "get_artifacts";
    const DESCRIPTION: &'static str = "Reads what this run, and earlier runs of the same collection, have kept, newest \
        first: candidates, picks, summaries, approvals, results.";
    const SIDE_BY_SIDE: bool = true;
    type Args = OfKind;

    async fn call(&self, cx: &ToolContext<'_>, args: OfKind) -> Result<Output, ToolError> {
        let (db, kind) = (&cx.engine.db, args.kind.as_deref());
        let found = match cx.run.collection_id {
            Some(collection) => {
                let page = PageQuery { limit: Some(MAX_TOLD as i64), cursor: None };
                artifacts::of_collection(db, cx.owner, collection, kind, &page).await?.data
            }
            None => {
                let own = artifacts::of_run(db, cx.owner, cx.run.id).await?.into_iter().rev();
                own.filter(|artifact| kind.is_none_or(|kind| artifact.kind == kind)).take(MAX_TOLD).collect()
            }
        };
        let told = found.iter().map(|artifact| {
            let text = artifact.content.to_string();
            let content = match text.len() <= TOLD_BYTES {
                true => artifact.content.clone(),
                false => json!({ "start": text::cut(&text, TOLD_BYTES) }),
            };
            json!({ "kind": artifact.kind, "run_id": artifact.run_id, "agent": artifact.agent,
                "kept_at": artifact.created_at, "content": content })
        });
        Ok(json!({ "artifacts": told.collect::<Vec<_>>() }).into())
    }
}
