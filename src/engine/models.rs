//! Whatever speaks for an agent: the built-in planner, or a chat endpoint, behind one trait.

pub mod builtin;
#[cfg(feature = "testing")]
pub mod scripted;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::run::{Agent, Message, Run};

pub use builtin::Planner;

/// Speaks for an agent. It sees only the request: whatever it remembers stands in the conversation.
#[async_trait]
pub trait Model: Send + Sync {
    /// Shown beside what it says, so that people know who spoke.
    fn name(&self) -> &str;

    /// One step of a turn. A reply without tool calls ends the turn.
    async fn reply(&self, request: &ModelRequest<'_>) -> Result<ModelReply, ModelError>;
}

/// What a model is told before it speaks.
#[derive(Debug, Clone, Copy)]
pub struct ModelRequest<'a> {
    pub agent: Agent,
    /// Who the agent is and what the person wants.
    pub system: &'a str,
    pub run: &'a Run,
    /// The turn that is being taken; the first is 1.
    pub turn: i64,
    /// Everything said in the run so far, by everybody, in order.
    pub conversation: &'a [Message],
    /// What the agent may call.
    pub tools: &'a [ToolSpec],
}

/// A tool as a model sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToolSpec {
    pub name: &'static str,
    pub description: &'static str,
    /// A JSON Schema of the arguments.
    pub parameters: Value,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelReply {
    /// Empty when there is nothing to say.
    pub text: String,
    pub tool_calls: Vec<ToolCall>,
    /// None where nothing is counted.
    pub usage: Option<Usage>,
}

/// A call as a model asks for it; the engine gives it its id.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCall {
    pub name: String,
    pub arguments: Value,
}

/// Tokens that one reply took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub input_tokens: i64,
    pub output_tokens: i64,
}

/// Why no reply came. The step is asked again a little later.
#[derive(Debug, thiserror::Error)]
#[error("the model gave no answer: {0}")]
pub struct ModelError(pub String);

impl ModelReply {
    /// Says something and ends the turn.
    pub fn says(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Default::default() }
    }

    /// Ends the turn without a word.
    pub fn nothing() -> Self {
        Self::default()
    }

    pub fn and_calls(mut self, name: &str, arguments: Value) -> Self {
        self.tool_calls.push(ToolCall { name: name.to_owned(), arguments });
        self
    }
}
