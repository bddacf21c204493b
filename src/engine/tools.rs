//! Tools of the agents: the contract of a tool, the tools of each agent, and the
//! single entry point for calls.

pub mod approval;
pub mod discovery;
pub mod download;
pub mod review;
mod schema;
pub mod search;
pub mod shared;
pub mod summarizer;

use std::sync::LazyLock;

use async_trait::async_trait;
use schemars::JsonSchema;
use sea_orm::DbErr;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::models::{ToolSpec, Usage};
use super::{Engine, Error};
use crate::db::items;
use crate::domain::item::Item;
use crate::domain::run::{Agent, Handoff, Message, Run};
use crate::domain::{ItemId, Refusal, UserId};
use crate::engine::models::arguments::UNUSABLE;
pub use approval::Question;

/// Context of a tool call. All of it comes from the run, nothing from the model.
pub struct ToolContext<'a> {
    pub engine: &'a Engine,
    pub owner: UserId,
    pub run: &'a Run,
    pub agent: Agent,
    /// Id of the call within the run.
    pub call_id: &'a str,
    /// Messages of the run so far.
    pub said: &'a [Message],
    /// Reason why no model may be asked any more, if there is one.
    pub spent: Option<&'a str>,
}

/// A tool of an agent. A call is repeated after a crash, so it must be idempotent.
pub trait Tool: Send + Sync {
    const NAME: &'static str;
    /// Effect and result of the tool, for a model.
    const DESCRIPTION: &'static str;
    /// Whether it may run concurrently with other calls of the same reply, because it
    /// changes nothing that they read.
    const SIDE_BY_SIDE: bool = false;
    /// Arguments. Unknown names are refused, so that no user id can be smuggled in.
    type Args: DeserializeOwned + JsonSchema + Send;

    fn call(
        &self,
        cx: &ToolContext<'_>,
        args: Self::Args,
    ) -> impl Future<Output = Result<Output, ToolError>> + Send;
}

/// Result of a call for the model, and the effect that is stored together with it, once.
#[derive(Debug, PartialEq)]
pub struct Output {
    pub value: Value,
    pub effect: Option<Effect>,
    /// Tokens of models that the tool itself asked, each with the model's name.
    pub usage: Vec<(String, Usage)>,
}

impl Output {
    pub fn with(self, effect: Effect) -> Self {
        Self { effect: Some(effect), ..self }
    }
}

#[derive(Debug, PartialEq)]
pub enum Effect {
    Handoff(Handoff),
    Artifact { kind: String, content: Value },
}

impl From<Value> for Output {
    fn from(value: Value) -> Self {
        Self { value, effect: None, usage: Vec::new() }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// A refusal for the model, with the reason and the remedy.
    #[error("{0}")]
    Refused(String),
    /// Like `Refused`, for a malformed call. The model may repair it twice.
    #[error("{0}")]
    Malformed(String),
    /// The user has to answer first. With the answer the call is repeated.
    #[error("it needs an answer: {}", .0.text)]
    Ask(Question),
    /// An internal error. The step is repeated.
    #[error("{0}")]
    Fault(Error),
}

impl ToolError {
    pub fn refused(why: impl Into<String>) -> Self {
        Self::Refused(why.into())
    }
}

impl From<Error> for ToolError {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            fault => Self::Fault(fault),
        }
    }
}

impl From<Refusal> for ToolError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

impl From<DbErr> for ToolError {
    fn from(error: DbErr) -> Self {
        Self::Fault(error.into())
    }
}

/// The arguments of a tool that takes none.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A type-erased tool, so that tools of different types fit into one list.
#[async_trait]
pub trait AnyTool: Send + Sync {
    fn name(&self) -> &'static str;
    fn is_side_by_side(&self) -> bool;
    fn spec(&self) -> ToolSpec;
    async fn run(&self, cx: &ToolContext<'_>, arguments: Value) -> Result<Output, ToolError>;
}

#[async_trait]
impl<T: Tool> AnyTool for T {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn is_side_by_side(&self) -> bool {
        T::SIDE_BY_SIDE
    }

    fn spec(&self) -> ToolSpec {
        ToolSpec { name: T::NAME, description: T::DESCRIPTION, parameters: schema::of::<T::Args>() }
    }

    async fn run(&self, cx: &ToolContext<'_>, arguments: Value) -> Result<Output, ToolError> {
        let arguments = if arguments.is_null() { json!({}) } else { arguments };
        let args = match arguments.get(UNUSABLE).and_then(Value::as_str) {
            Some(why) => Err(why.to_owned()),
            None => serde_json::from_value(arguments).map_err(|error| error.to_string()),
        };
        match args {
            Ok(args) => self.call(cx, args).await,
            Err(why) => Err(ToolError::Malformed(format!("These arguments do not fit {}: {why}.", T::NAME))),
        }
    }
}

/// Tools of an agent.
pub fn of(agent: Agent) -> Vec<&'static dyn AnyTool> {
    let own: &[&'static dyn AnyTool] = match agent {
        Agent::Discovery => &[
            &discovery::DiscoverNewSources,
            &discovery::GetSubscriptions,
            &search::SearchCatalog,
            &discovery::RecommendContent,
            &search::FilterByPreferences,
            &search::GetItemDetails,
        ],
        Agent::Download => &[
            &download::QueueDownload,
            &download::ProcessDownloadQueue,
            &download::CheckDownloadStatus,
            &download::GetDownloadSummary,
        ],
        Agent::Summarizer => {
            &[&summarizer::SummarizeContent, &summarizer::AssessQuality, &summarizer::AnalyzeContentBatch]
        }
    };
    let all: [&'static dyn AnyTool; 4] =
        [&shared::HandOver, &approval::RequestApproval, &shared::SaveArtifact, &shared::GetArtifacts];
    own.iter().copied().chain(all).collect()
}

/// Tools of an agent, as a model sees them.
pub fn specs(agent: Agent) -> &'static [ToolSpec] {
    static ALL: LazyLock<Vec<(Agent, Vec<ToolSpec>)>> = LazyLock::new(|| {
        let specs = |agent| of(agent).into_iter().map(|tool| tool.spec()).collect();
        Agent::ALL.iter().map(|agent| (*agent, specs(*agent))).collect()
    });
    ALL.iter().find(|(other, _)| *other == agent).map_or(&[], |(_, specs)| specs)
}

/// Whether an agent's tool may run concurrently with others.
pub fn is_side_by_side(agent: Agent, name: &str) -> bool {
    of(agent).iter().any(|tool| tool.name() == name && tool.is_side_by_side())
}

/// Performs one call for an agent. Tools of other agents do not exist for it.
pub async fn call(cx: &ToolContext<'_>, name: &str, arguments: Value) -> Result<Output, ToolError> {
    let tools = of(cx.agent);
    match tools.iter().find(|tool| tool.name() == name) {
        Some(tool) => tool.run(cx, arguments).await,
        None => {
            let names: Vec<_> = tools.iter().map(|tool| tool.name()).collect();
            Err(ToolError::Malformed(format!(
                "{} has no tool named “{}”. It has: {}.",
                cx.agent.title(),
                text::brief(name, 60),
                names.join(", ")
            )))
        }
    }
}

/// Maximum number of bytes of a result. A longer one is cut, to keep the conversation readable for a model.
const MAX_OUTPUT: usize = 16 * 1024;

/// The value as it is stored: whole, or the start of its text with a note that it was cut.
pub fn capped(value: Value) -> Value {
    let text = value.to_string();
    if text.len() <= MAX_OUTPUT {
        return value;
    }
    // Quoting the text again lengthens it: half of the limit is safe for all but binary data.
    json!({ "cut": "This result was too long; here is its start.", "start": text::cut(&text, MAX_OUTPUT / 2) })
}

/// Maximum number of ids per call.
const MAX_IDS: usize = 50;

async fn item(cx: &ToolContext<'_>, id: ItemId) -> Result<Item, ToolError> {
    let found = items::get(&cx.engine.db, cx.owner, id).await?;
    found.ok_or_else(|| ToolError::refused(format!("There is no such item: {id}.")))
}

/// Returns the items, each once. All of them must be visible to the owner.
async fn own_items(cx: &ToolContext<'_>, ids: &[ItemId]) -> Result<Vec<Item>, ToolError> {
    if ids.len() > MAX_IDS {
        return Err(ToolError::refused(format!("Name at most {MAX_IDS} items in one call.")));
    }
    let mut found: Vec<Item> = Vec::new();
    for id in ids {
        if !found.iter().any(|item| item.id == *id) {
            found.push(item(cx, *id).await?);
        }
    }
    Ok(found)
}

/// Short form of an item for a list of results.
fn brief_item(item: &Item) -> Value {
    json!({
        "item_id": item.id,
        "title": text::brief(&item.title, 160),
        "source_id": item.source_id,
        "source": text::brief(&item.source_name, 80),
        "kind": item.kind,
        "published_at": item.published_at,
        "bytes": item.media().and_then(|media| media.bytes),
        "duration_seconds": item.duration_seconds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_agent_has_its_own_tools_and_the_shared_ones() {
        let names = |agent| specs(agent).iter().map(|s| s.name).collect::<Vec<_>>();
        assert_eq!(names(Agent::Discovery).len(), 10);
        assert!(names(Agent::Download).contains(&"queue_download"));
        assert!(!names(Agent::Summarizer).contains(&"queue_download"));
        assert!(Agent::ALL.iter().all(|agent| names(*agent).contains(&"handoff")));
    }

    #[test]
    fn a_schema_names_what_is_required_and_admits_nothing_else() {
        let all: Vec<_> = Agent::ALL.iter().flat_map(|agent| specs(*agent)).collect();
        let queue = all.iter().find(|spec| spec.name == "queue_download").expect("is a tool");
        assert_eq!(queue.parameters["required"], json!(["item_id"]));
        assert!(all.iter().all(|spec| spec.parameters["additionalProperties"] == json!(false)));
        assert!(all.iter().all(|spec| !spec.parameters.to_string().contains("user")));
        let handoff = all.iter().find(|spec| spec.name == "handoff").expect("is a tool");
        let names: Vec<_> = Agent::ALL.iter().map(|agent| agent.as_str()).collect();
        assert_eq!(handoff.parameters["properties"]["to"]["enum"], json!(names));
        assert_eq!(handoff.parameters["properties"]["item_ids"]["items"]["type"], "integer");
        assert_eq!(handoff.parameters["required"], json!(["to", "instructions"]));
    }

    #[test]
    fn a_long_result_is_cut_and_says_so() {
        let long = capped(json!({ "text": "\"ü\" ".repeat(20_000) }));
        assert!(long["cut"].is_string() && long.to_string().len() <= MAX_OUTPUT);
        assert_eq!(capped(json!({ "n": 1 })), json!({ "n": 1 }));
    }
}
