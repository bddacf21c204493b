//! Partial text of an agent that is still writing, shown until the complete message arrives.

use domain::RunId;
use domain::event::{EventKind, Frame};
use domain::run::Agent;

/// A partial message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writing {
    pub run: RunId,
    pub agent: Agent,
    pub text: String,
}

impl Writing {
    /// Parses the partial text of a frame; `None` if the frame has none.
    pub fn of(frame: &Frame) -> Option<Self> {
        let is_writing = frame.kind == EventKind::AgentUpdate && frame.text("action") == "writing";
        let text = Some(frame.text("text").trim()).filter(|text| is_writing && !text.is_empty())?;
        Some(Self { run: frame.run_id?, agent: super::line::agent(frame)?, text: text.to_owned() })
    }

    /// Whether a frame ends the partial text: the whole message, or a later update, call, error or end of the
    /// run.
    pub fn ended_by(&self, frame: &Frame) -> bool {
        use EventKind::*;
        let ends =
            matches!(frame.kind, AgentMessage | AgentUpdate | ToolCall | System | Error | ExecutionComplete);
        ends && frame.run_id == Some(self.run)
    }
}

#[cfg(test)]
mod tests {
    use domain::DateTime;
    use serde_json::{Value, json};

    use super::*;

    fn frame(run: i64, kind: EventKind, data: Value) -> Frame {
        Frame { run_id: Some(RunId(run)), ..Frame::fleeting(DateTime::UNIX_EPOCH, kind, data) }
    }

    fn writes(text: &str) -> Frame {
        let data = json!({ "agent": "discovery", "action": "writing", "text": text });
        frame(1, EventKind::AgentUpdate, data)
    }

    #[test]
    fn words_are_shown_while_they_come_and_go_when_they_are_said() {
        let now = Writing::of(&writes("I pick")).expect("words");
        assert_eq!((now.agent, now.text.as_str()), (Agent::Discovery, "I pick"));
        let said = frame(1, EventKind::AgentMessage, json!({ "message": "I pick two." }));
        assert!(now.ended_by(&said) && Writing::of(&said).is_none());
    }

    #[test]
    fn another_run_and_a_download_leave_the_words_alone() {
        let now = Writing::of(&writes("I pick")).expect("words");
        assert!(!now.ended_by(&frame(2, EventKind::ToolCall, json!({}))));
        assert!(!now.ended_by(&frame(1, EventKind::DownloadReady, json!({}))));
        assert!(Writing::of(&writes("  ")).is_none());
    }
}
