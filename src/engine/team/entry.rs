//! Events of a conversation, as the team sees them.

use serde_json::Value;

/// One event. Borrows from the stored conversation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TeamEntry<'a> {
    /// Start of the conversation, or of a further task in it.
    Begin,
    /// A text. `stop` asks the whole team to end here.
    Text {
        by: &'a str,
        text: &'a str,
        stop: bool,
    },
    /// Tokens of a model's reply.
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
    /// End of an agent's turn.
    TurnEnd {
        by: &'a str,
    },
    /// End of a team, until it begins again.
    TeamEnd {
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
