//! Messages between processes, as the relay carries them.

use serde::{Deserialize, Deserializer, Serialize};

use crate::domain::announcement::Announcement;
use crate::domain::event::{EventKind, Frame};
use crate::domain::{DateTime, RunId, UserId, Utc};

/// A frame and its JSON text, serialized once for all listeners.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wire {
    pub seq: Option<i64>,
    pub run_id: Option<RunId>,
    /// Whether connections that are narrowed to a run receive it as well.
    pub is_general: bool,
    /// Kind and time of the frame, for metrics. `None` if a process of another version sent it without them.
    #[serde(default, deserialize_with = "known_kind")]
    pub kind: Option<EventKind>,
    #[serde(default)]
    pub ts: Option<DateTime<Utc>>,
    pub text: String,
}

impl Wire {
    /// Serializes a frame.
    pub fn of(frame: &Frame) -> serde_json::Result<Self> {
        let text = serde_json::to_string(frame)?;
        let (kind, ts) = (Some(frame.kind), Some(frame.ts));
        Ok(Self { seq: frame.seq, run_id: frame.run_id, is_general: frame.is_general(), kind, ts, text })
    }

    /// A frame without text whose number is surely ahead of any other: the receiver fills the gap before it.
    pub(super) fn gap() -> Self {
        Self {
            seq: Some(i64::MAX),
            run_id: None,
            is_general: true,
            kind: None,
            ts: None,
            text: String::new(),
        }
    }
}

/// Reads a kind. One that only a newer version knows is none.
fn known_kind<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<EventKind>, D::Error> {
    let word = Option::<String>::deserialize(reader)?;
    Ok(word.and_then(|word| word.parse().ok()))
}

/// A message to the other processes of the installation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RelayMessage {
    /// A frame for a user's live connections.
    Frame { owner: UserId, wire: Wire },
    /// A frame for the live connections of all users.
    FrameForAll { wire: Wire },
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
        let wire = Wire {
            seq: Some(3),
            run_id: None,
            is_general: false,
            kind: Some(EventKind::System),
            ts: Some("2026-11-21T06:00:00Z".parse().expect("a time")),
            text: "{}".into(),
        };
        let text =
            serde_json::to_string(&RelayMessage::Frame { owner: UserId(7), wire }).expect("is written");
        let expected = r#"{"kind":"frame","owner":7,"wire":{"seq":3,"run_id":null,"is_general":false,"kind":"system","ts":"2026-11-21T06:00:00Z","text":"{}"}}"#;
        assert_eq!(text, expected);
        let newer = r#"{"kind":"from_the_future","n":1}"#;
        assert_eq!(serde_json::from_str::<RelayMessage>(newer).ok(), Some(RelayMessage::Unknown));
        let wire =
            |more: &str| format!(r#"{{"seq":3,"run_id":null,"is_general":false,"text":"{{}}"{more}}}"#);
        for more in ["", r#","kind":"from_the_future""#] {
            let read: Wire = serde_json::from_str(&wire(more)).expect("is read");
            assert_eq!((read.seq, read.kind, read.ts), (Some(3), None, None));
        }
    }
}
