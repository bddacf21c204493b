//! Messages between processes, and their form on the wire: JSON, several in one publication.

use serde::{Deserialize, Serialize};

use crate::domain::UserId;

/// A message to the other processes of the installation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RelayMessage {
    /// A frame for a user's live connections. `text` is its JSON.
    Frame { owner: UserId, seq: Option<i64>, text: String },
    /// A queue has new jobs.
    JobsPushed { queue: String },
    /// A session has ended; it is named by the hash of its token.
    SessionEnded { session: String },
    /// All sessions of a user have ended.
    SessionsEnded { owner: UserId },
    /// Proof that what a process publishes comes back to it.
    Beat,
    /// A kind that a newer version knows.
    #[serde(other)]
    Unknown,
}

/// Messages of one process.
#[derive(Debug, Serialize, Deserialize)]
pub struct MessageBatch {
    pub from: String,
    pub messages: Vec<RelayMessage>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_is_stable_and_knows_what_it_does_not_know() {
        let frame = RelayMessage::Frame { owner: UserId(7), seq: Some(3), text: r#"{"type":"x"}"#.into() };
        let batch = MessageBatch { from: "a".into(), messages: vec![frame.clone(), RelayMessage::Beat] };
        let text = serde_json::to_string(&batch).expect("is written");
        assert_eq!(
            text,
            r#"{"from":"a","messages":[{"kind":"frame","owner":7,"seq":3,"text":"{\"type\":\"x\"}"},{"kind":"beat"}]}"#
        );
        let newer = r#"{"from":"b","messages":[{"kind":"from_the_future","n":1},{"kind":"beat"}]}"#;
        let batch: MessageBatch = serde_json::from_str(newer).expect("is read");
        assert_eq!(batch.messages, [RelayMessage::Unknown, RelayMessage::Beat]);
    }
}
