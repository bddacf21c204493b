//! Messages between processes, as the relay carries them.

use serde::{Deserialize, Serialize};

use crate::domain::announcement::Announcement;
use crate::domain::event::Frame;
use crate::domain::{RunId, UserId};

/// A frame and its JSON text, serialized once for all listeners.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wire {
    pub seq: Option<i64>,
    pub run_id: Option<RunId>,
    /// Whether connections that are narrowed to a run receive it as well.
    pub is_general: bool,
    pub text: String,
}

impl Wire {
    /// Serializes a frame.
    pub fn of(frame: &Frame) -> serde_json::Result<Self> {
        let text = serde_json::to_string(frame)?;
        Ok(Self { seq: frame.seq, run_id: frame.run_id, is_general: frame.is_general(), text })
    }
}

/// A message to the other processes of the installation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RelayMessage {
    /// A frame for a user's live connections.
    Frame { owner: UserId, wire: Wire },
    /// An announcement to all live connections.
    Announced { announcement: Announcement },
    /// A queue has new jobs.
    JobsPushed { queue: String },
    /// A session has ended; it is named by the hash of its token.
    SessionEnded { session: String },
    /// All sessions of a user have ended.
    SessionsEnded { owner: UserId },
    /// A kind that a newer version knows.
    #[serde(other)]
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_between_versions_is_stable() {
        let wire = Wire { seq: Some(3), run_id: None, is_general: false, text: "{}".into() };
        let text =
            serde_json::to_string(&RelayMessage::Frame { owner: UserId(7), wire }).expect("is written");
        let expected =
            r#"{"kind":"frame","owner":7,"wire":{"seq":3,"run_id":null,"is_general":false,"text":"{}"}}"#;
        assert_eq!(text, expected);
        let newer = r#"{"kind":"from_the_future","n":1}"#;
        assert_eq!(serde_json::from_str::<RelayMessage>(newer).ok(), Some(RelayMessage::Unknown));
    }
}
