//! Events of a conversation, as the team sees them.

use serde_json::Value;

/// One event. Borrows from the stored conversation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TeamEntry<'a> {
    /// Start of the conversation, or of a further task in it.
    Begin,
    /// A text. `stop` asks the whole team to end here.
    Text {
        /// Agent.
        by: &'a str,
        /// The text.
        text: &'a str,
        /// Whether it asks the whole team to stop.
        stop: bool,
    },
    /// Tokens of a model's reply.
    Tokens {
        /// Tokens read.
        prompt: i64,
        /// Tokens written.
        completion: i64,
    },
    /// A call of a tool.
    Call {
        /// Agent.
        by: &'a str,
        /// Identifier that the answer repeats.
        id: &'a str,
        /// Name of the tool.
        tool: &'a str,
        /// Arguments of the call.
        arguments: &'a Value,
    },
    /// The answer of a tool.
    Answer {
        /// Identifier of the call.
        id: &'a str,
        /// Output of the tool.
        output: &'a Value,
    },
    /// A handoff to another agent.
    Handoff {
        /// Agent.
        by: &'a str,
        /// Agent that takes over.
        to: &'a str,
    },
    /// End of an agent's turn.
    TurnEnd {
        /// Agent.
        by: &'a str,
    },
    /// End of a team, until it begins again.
    TeamEnd {
        /// Name of the team.
        team: &'a str,
    },
}

impl<'a> TeamEntry<'a> {
    /// Agent that caused the event, if it was an agent.
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
