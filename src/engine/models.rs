//! Whatever speaks for an agent: the built-in planner, or a chat endpoint, behind one trait.

pub mod builtin;
pub mod effect;
pub mod openai;
#[cfg(feature = "testing")]
pub mod scripted;
pub mod voices;

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::run::{Agent, Message, Run};

pub use builtin::Planner;
pub use voices::Voices;

/// Speaks for an agent. It sees only the request: whatever it remembers stands in the conversation.
#[async_trait]
pub trait Model: Send + Sync {
    /// What it is called; the built-in planner is `builtin`.
    fn name(&self) -> &str;

    /// One step of a turn. A reply without tool calls ends the turn. While it comes, `aloud` is told what was said so
    /// far; nothing counts before the whole reply is there.
    async fn reply(&self, request: &ModelRequest<'_>, aloud: Aloud<'_>) -> Result<ModelReply, ModelError>;

    /// Fills a form. The answer is JSON, and not yet known to fit.
    async fn fill(&self, form: &Form<'_>) -> Result<Filled, ModelError> {
        Err(ModelError::wrong(format!("{} fills no forms, so not “{}”", self.name(), form.name)))
    }
}

/// A question whose answer has a form: structured output.
#[derive(Debug)]
pub struct Form<'a> {
    pub name: &'static str,
    /// What is to be done.
    pub system: &'a str,
    pub text: &'a str,
    /// A JSON Schema of the answer.
    pub schema: Value,
    pub voice: &'a Voice,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Filled {
    pub value: Value,
    pub usage: Usage,
    pub model: String,
}

/// Marks what others have written as data. It is JSON without a single `<`, so that nothing in it can close the mark.
pub fn fenced(data: &Value) -> String {
    format!("<data>{}</data>", data.to_string().replace('<', "\\u003c"))
}

/// Hears a reply while it comes.
pub type Aloud<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// What a model is told before it speaks.
#[derive(Debug, Clone, Copy)]
pub struct ModelRequest<'a> {
    pub agent: Agent,
    /// Who the agent is and what the person wants.
    pub system: &'a str,
    pub run: &'a Run,
    /// The turn that is being taken; the first is 1.
    pub turn: i64,
    /// What was told to everybody in the run that this one goes on with.
    pub earlier: &'a [Message],
    /// Everything said in the run so far, by everybody, in order.
    pub conversation: &'a [Message],
    /// What the agent may call.
    pub tools: &'a [ToolSpec],
    pub voice: &'a Voice,
    /// How long the reply may take, by the budgets of the turn and of the run.
    pub time_left: Duration,
}

/// How an agent wants to be spoken for, where it differs from the server's settings.
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
    /// Who spoke. Shown beside what was said.
    pub model: String,
    /// Why the planner spoke instead of the model that is set.
    pub degraded: Option<String>,
    /// Tokens of replies that came to nothing before this one, each with the model that they were of.
    pub broken: Vec<(String, Usage)>,
}

/// A call as a model asks for it; the engine gives it its id.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCall {
    pub name: String,
    pub arguments: Value,
}

/// Tokens that one reply took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub input_tokens: i64,
    pub output_tokens: i64,
    /// Where the server did not count, from the length of the text.
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

/// Why no reply came. Each reads on from “the model gave no answer: ”.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// It may be better in a moment; `after` is what the server asks for.
    #[error("{why}")]
    Unavailable { why: String, after: Option<Duration> },
    /// It was waited for as long as may be: asking again would take the time that the planner needs.
    #[error("{0}")]
    TimedOut(String),
    /// The key is not accepted: nothing helps but another one.
    #[error("{0}")]
    Unauthorized(String),
    /// What answers is no chat endpoint, or does not know the model.
    #[error("{0}")]
    Wrong(String),
    /// Any of these after the model had begun: its tokens are spent.
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

    /// The same error with the tokens that were spent on it, beside those that it tells already.
    pub fn having_used(self, usage: Usage) -> Self {
        let (error, before) = self.split();
        Self::Broken { error: Box::new(error), usage: before.map_or(usage, |before| before.and(usage)) }
    }

    /// The error itself, and the tokens that were spent on it.
    pub fn split(self) -> (Self, Option<Usage>) {
        match self {
            Self::Broken { error, usage } => (*error, Some(usage)),
            error => (error, None),
        }
    }

    /// The error itself.
    pub fn cause(&self) -> &Self {
        match self {
            Self::Broken { error, .. } => error,
            error => error,
        }
    }
}

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
