//! What can happen in a conversation, as the team looks at it.

use serde_json::Value;

/// One thing that happened. It borrows from wherever the conversation is kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Said<'a> {
    /// The conversation begins, or goes on with a further task.
    Begin,
    /// `stop` asks everybody to end here.
    Text {
        by: &'a str,
        text: &'a str,
        stop: bool,
    },
    /// What a model's reply took.
    Tokens {
        prompt: i64,
        completion: i64,
    },
    Call {
        by: &'a str,
        id: &'a str,
        tool: &'a str,
        arguments: &'a Value,
    },
    Answer {
        id: &'a str,
        output: &'a Value,
    },
    Handoff {
        by: &'a str,
        to: &'a str,
    },
    /// An agent's turn is over.
    TurnEnd {
        by: &'a str,
    },
    /// A team is over, for this time.
    TeamEnd {
        team: &'a str,
    },
}

impl<'a> Said<'a> {
    /// Who did it, where it was an agent.
    pub fn by(&self) -> Option<&'a str> {
        match *self {
            Self::Text { by, .. }
            | Self::Call { by, .. }
            | Self::Handoff { by, .. }
            | Self::TurnEnd { by } => Some(by),
            _ => None,
        }
    }
}
