//! Live protocol: events sent by the server as they happen, and messages accepted from the browser.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::run::Run;
use super::words::words;
use super::{CollectionId, DateTime, RunId, Utc};

words! {
    EventKind {
        ConnectionEstablished = "connection_established",
        ExecutionStarted = "execution_started",
        AgentMessage = "agent_message",
        ToolCall = "tool_call",
        ToolResult = "tool_result",
        DownloadQueued = "download_queued",
        DownloadProgress = "download_progress",
        DownloadReady = "download_ready",
        DownloadFailed = "download_failed",
        ExecutionComplete = "execution_complete",
        ApprovalRequested = "approval_requested",
        ApprovalDecided = "approval_decided",
        ArtifactCreated = "artifact_created",
        TaskUpdate = "task_update",
        AgentUpdate = "agent_update",
        PositionChanged = "position_changed",
        CopyChanged = "copy_changed",
        DeviceChanged = "device_changed",
        PlanChanged = "plan_changed",
        Notification = "notification",
        System = "system",
        Error = "error",
        Resync = "resync",
        Pong = "pong",
    }
}

/// Message to a browser. Durable frames carry `seq`, which grows by one per user; the rest are fleeting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    pub v: u8,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seq: Option<i64>,
    pub ts: DateTime<Utc>,
    #[serde(rename = "type")]
    pub kind: EventKind,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub run_id: Option<RunId>,
    pub data: Value,
}

impl Frame {
    /// Creates a fleeting frame: delivered at most once, and not to clients that are disconnected.
    pub fn fleeting(ts: DateTime<Utc>, kind: EventKind, data: Value) -> Self {
        Self { v: 1, seq: None, ts, kind, run_id: None, data }
    }

    /// Whether the frame concerns the connection or the whole account, and not a run. The player is on every
    /// page, so its positions do; and any page may let a device contact the server.
    pub fn is_general(&self) -> bool {
        use EventKind::*;
        let is_for_all = matches!(
            self.kind,
            ConnectionEstablished
                | CopyChanged
                | DeviceChanged
                | Error
                | Notification
                | PlanChanged
                | Pong
                | PositionChanged
                | Resync
                | System
        );
        self.run_id.is_none() && is_for_all
    }

    /// Text field of the data by name. Empty if there is none.
    pub fn text(&self, name: &str) -> &str {
        self.data.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        self.data.get(name).and_then(Value::as_i64)
    }
}

/// Initial state of a page: the latest run, its events so far, and the sequence number to continue from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveStart {
    pub run: Option<Run>,
    pub frames: Vec<Frame>,
    pub seq: i64,
}

/// Message from a browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    Hello {
        after_seq: i64,
    },
    Ping,
    TriggerAgents {
        #[serde(default)]
        max_items: Option<i64>,
    },
    CancelRun {
        run_id: RunId,
    },
    /// Narrows the connection to the frames of one run, or of a collection's runs.
    Subscribe {
        #[serde(default)]
        run_id: Option<RunId>,
        #[serde(default)]
        collection_id: Option<CollectionId>,
    },
    /// Ends the narrowing.
    Unsubscribe,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_frames_read_as_the_protocol_spells_them() {
        let read = |text| serde_json::from_str::<ClientFrame>(text).ok();
        assert_eq!(read(r#"{"type":"hello","after_seq":41}"#), Some(ClientFrame::Hello { after_seq: 41 }));
        assert_eq!(
            read(r#"{"type":"trigger_agents"}"#),
            Some(ClientFrame::TriggerAgents { max_items: None })
        );
        let run = ClientFrame::Subscribe { run_id: Some(RunId(7)), collection_id: None };
        assert_eq!(read(r#"{"type":"subscribe","run_id":7}"#), Some(run));
        assert_eq!(read(r#"{"type":"unsubscribe"}"#), Some(ClientFrame::Unsubscribe));
        assert_eq!(read(r#"{"type":"shutdown"}"#), None);
    }

    #[test]
    fn fleeting_frames_have_no_seq_on_the_wire() {
        let frame = Frame::fleeting(DateTime::UNIX_EPOCH, EventKind::Pong, Value::Null);
        let wire = serde_json::to_value(&frame).expect("serialises");
        assert!(wire.get("seq").is_none() && wire["type"] == "pong" && wire["v"] == 1);
    }
}
