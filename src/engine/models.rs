//! Models that speak for an agent: the built-in planner or a chat endpoint, behind one trait.

pub mod arguments;
pub mod builtin;
mod circuit_breaker;
pub mod effect;
mod fallback;
pub mod openai;
#[cfg(feature = "testing")]
pub mod scripted;

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::run::{Agent, Message, Run};

pub use builtin::Planner;
pub use fallback::FallbackModel;

/// A model that speaks for an agent. Stateless: the request holds the whole conversation.
#[async_trait]
pub trait Model: Send + Sync {
    /// Name of the model. The built-in planner is `builtin`.
    fn name(&self) -> &str;

    /// Returns one step of a turn. A reply without tool calls ends the turn. While the reply streams, `aloud`
    /// gets the text so far; nothing takes effect before the whole reply is received.
    async fn reply(&self, request: &ModelRequest<'_>, aloud: Aloud<'_>) -> Result<ModelReply, ModelError>;

    /// Fills a form (structured output). The answer is JSON that is not yet validated.
    async fn fill(&self, form: &FormRequest<'_>) -> Result<Filled, ModelError> {
        Err(ModelError::wrong(format!("{} fills no forms, so not “{}”", self.name(), form.name)))
    }
}

/// A request for structured output: a question whose answer follows a JSON Schema.
#[derive(Debug)]
pub struct FormRequest<'a> {
    pub name: &'static str,
    /// System prompt with the task.
    pub system: &'a str,
    pub text: &'a str,
    /// JSON Schema of the answer.
    pub schema: Value,
    pub voice: &'a Voice,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Filled {
    pub value: Value,
    pub usage: Usage,
    pub model: String,
}

/// Fences text by others as data. It is JSON without a single `<`, so that nothing in it can close
/// the fence (prompt injection).
pub fn fenced(data: &Value) -> String {
    format!("<data>{}</data>", data.to_string().replace('<', "\\u003c"))
}

/// Callback that receives the text of a reply while it streams.
pub type Aloud<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// Input of a model's reply.
#[derive(Debug, Clone, Copy)]
pub struct ModelRequest<'a> {
    pub agent: Agent,
    /// System prompt with the agent's role and the user's goal.
    pub system: &'a str,
    /// Ratings of the user, as one line. Empty without any.
    pub feedback: &'a str,
    pub run: &'a Run,
    /// Number of the current turn, from 1.
    pub turn: i64,
    /// Shared messages of the run that this one continues.
    pub earlier: &'a [Message],
    /// All messages of the run so far, of all agents, in order.
    pub conversation: &'a [Message],
    /// Tools that the agent may call.
    pub tools: &'a [ToolSpec],
    pub voice: &'a Voice,
    /// Time limit of the reply, by the budgets of the turn and of the run.
    pub time_left: Duration,
}

/// Model settings of an agent that override the server's.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Voice {
    pub model: Option<String>,
    pub temperature: Option<f64>,
}

/// A tool as a model sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToolSpec {
    pub name: &'static str,
    pub description: &'static str,
    /// JSON Schema of the arguments.
    pub parameters: Value,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelReply {
    /// Empty if the reply has no text.
    pub text: String,
    pub tool_calls: Vec<ToolCall>,
    /// `None` where tokens are not counted.
    pub usage: Option<Usage>,
    /// Model that replied. Shown beside the text.
    pub model: String,
    /// Reason why the planner replied instead of the configured model.
    pub degraded: Option<String>,
    /// Tokens of failed replies before this one, each with its model.
    pub broken: Vec<(String, Usage)>,
}

/// A tool call as a model requests it. The engine assigns its id.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCall {
    pub name: String,
    pub arguments: Value,
}

/// Token usage of one reply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub input_tokens: i64,
    pub output_tokens: i64,
    /// Whether the counts are estimated from the length of the text, because the server sent none.
    #[serde(default)]
    pub estimated: bool,
}

impl Usage {
    pub fn and(self, other: Self) -> Self {
        Self {
            input_tokens: self.input_tokens + other.input_tokens,
            output_tokens: self.output_tokens + other.output_tokens,
            estimated: self.estimated || other.estimated,
        }
    }
}

/// Error of a model. Each message continues “the model gave no answer: ”.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Temporary failure. Retry after `after` if the server sent Retry-After.
    #[error("{why}")]
    Unavailable { why: String, after: Option<Duration> },
    /// Time limit reached. A retry would take the time that the planner needs.
    #[error("{0}")]
    TimedOut(String),
    /// API key not accepted. Only another key helps.
    #[error("{0}")]
    Unauthorized(String),
    /// Not a chat endpoint, or unknown model.
    #[error("{0}")]
    Wrong(String),
    /// Any of the other errors after the model had begun: its tokens are spent.
    #[error("{error}")]
    Broken { error: Box<ModelError>, usage: Usage },
}

impl ModelError {
    pub fn unavailable(why: impl Into<String>) -> Self {
        Self::Unavailable { why: why.into(), after: None }
    }

    pub fn wrong(why: impl Into<String>) -> Self {
        Self::Wrong(why.into())
    }

    /// Adds tokens spent on this error to those that it carries already.
    pub fn having_used(self, usage: Usage) -> Self {
        let (error, before) = self.split();
        Self::Broken { error: Box::new(error), usage: before.map_or(usage, |before| before.and(usage)) }
    }

    /// Splits into the underlying error and the tokens spent on it.
    pub fn split(self) -> (Self, Option<Usage>) {
        match self {
            Self::Broken { error, usage } => (*error, Some(usage)),
            error => (error, None),
        }
    }

    /// Returns the underlying error.
    pub fn cause(&self) -> &Self {
        match self {
            Self::Broken { error, .. } => error,
            error => error,
        }
    }
}

impl ModelReply {
    /// Creates a reply of text, which ends the turn.
    pub fn says(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Default::default() }
    }

    /// Creates an empty reply, which ends the turn.
    pub fn nothing() -> Self {
        Self::default()
    }

    pub fn and_calls(mut self, name: &str, arguments: Value) -> Self {
        self.tool_calls.push(ToolCall { name: name.to_owned(), arguments });
        self
    }
}
