//! Runs: each is one execution of the agent team over one shared conversation.

use serde::{Deserialize, Serialize};

use super::outcome::RunOutcome;
use super::page::ListFilter;
use super::refusal::{Complaints, Refusal};
use super::words::words;
use super::{CollectionId, DateTime, ItemId, MessageId, RunId, Utc};

words! {
    RunStatus {
        Queued = "queued",
        Running = "running",
        WaitingApproval = "waiting_approval",
        Paused = "paused",
        Completed = "completed",
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

/// Reason of a run that its owner has cancelled.
pub const CANCELLED_BY_OWNER: &str = "Cancelled by you.";

impl RunStatus {
    pub fn may_become(self, next: Self) -> bool {
        use RunStatus::*;
        match self {
            Queued => matches!(next, Running | Failed | Cancelled),
            Running => matches!(next, WaitingApproval | Paused | Completed | Failed | Cancelled),
            WaitingApproval | Paused => matches!(next, Running | Failed | Cancelled),
            Completed | Failed | Cancelled => false,
        }
    }

    pub fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

words! {
    /// Action that a user can take on a run in progress.
    RunVerb { Pause = "pause", Resume = "resume", Cancel = "cancel" }
}

impl RunVerb {
    /// Actions available in a state, in display order.
    pub fn offered(status: RunStatus) -> &'static [Self] {
        match status {
            RunStatus::Running => &[Self::Pause, Self::Cancel],
            RunStatus::Paused => &[Self::Resume, Self::Cancel],
            RunStatus::Queued | RunStatus::WaitingApproval => &[Self::Cancel],
            RunStatus::Completed | RunStatus::Failed | RunStatus::Cancelled => &[],
        }
    }
}

words! {
    /// Agents of the team, in the order of turns.
    Agent { Discovery = "discovery", Download = "download", Summarizer = "summarizer" }
}

impl Agent {
    pub fn title(self) -> &'static str {
        match self {
            Self::Discovery => "Discovery",
            Self::Download => "Download",
            Self::Summarizer => "Summarizer",
        }
    }
}

words! {
    /// Kind of a message. `model_call` records the model and its token usage; the rest record its output.
    MessageKind {
        ModelCall = "model_call",
        Text = "text",
        ToolCall = "tool_call",
        ToolResult = "tool_result",
        Handoff = "handoff",
    }
}

/// Counts over the rows of a run. `skipped` items were picked but not queued.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunSummary {
    pub queued: i64,
    pub ready: i64,
    pub failed: i64,
    pub skipped: i64,
    pub bytes: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Run {
    pub id: RunId,
    /// Number per user, from 1; shown instead of the id.
    pub number: i64,
    pub status: RunStatus,
    pub max_items: i64,
    pub goal: Option<String>,
    /// Messages by the owner before the first turn, in order.
    pub messages: Vec<String>,
    /// Collection of the run.
    pub collection_id: Option<CollectionId>,
    /// Run whose conversation it continues.
    pub continues: Option<RunId>,
    /// Number of that run.
    pub continues_number: Option<i64>,
    /// First agent. Discovery, unless the run that it continues stopped before another agent's turn.
    pub first_speaker: Option<Agent>,
    /// Number of turns taken.
    pub turns: i64,
    /// Seconds spent waiting for the owner, which do not count as the team's time.
    pub waited_seconds: i64,
    /// Reason for the end, in plain words.
    pub stop_reason: Option<String>,
    /// Outcome. Set at the start if it is known then that nothing can be prepared.
    pub outcome: Option<RunOutcome>,
    pub error: Option<String>,
    /// Reason why the built-in planner replaced the configured model; null while that model works.
    pub degraded: Option<String>,
    /// Tokens read and written by models.
    pub input_tokens: i64,
    pub output_tokens: i64,
    /// Null until the run is over.
    pub summary: Option<RunSummary>,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
}

impl Run {
    /// Creates a run without any events.
    pub fn new(id: RunId, status: RunStatus, created_at: DateTime<Utc>) -> Self {
        Self {
            id,
            number: 0,
            status,
            max_items: MAX_ITEMS_DEFAULT,
            goal: None,
            messages: Vec::new(),
            collection_id: None,
            continues: None,
            continues_number: None,
            first_speaker: None,
            turns: 0,
            waited_seconds: 0,
            stop_reason: None,
            outcome: None,
            error: None,
            degraded: None,
            input_tokens: 0,
            output_tokens: 0,
            summary: None,
            created_at,
            started_at: None,
            finished_at: None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    pub id: MessageId,
    pub run_id: RunId,
    pub turn: i64,
    pub agent: Agent,
    /// Model that produced the message; `builtin` is the planner.
    pub model: String,
    pub kind: MessageKind,
    /// Text of the message; the tool's name for calls and results.
    pub text: String,
    /// Pairs a tool's call with its result.
    pub call_id: Option<String>,
    /// Arguments of a call, output of a result, the body of a handoff.
    pub data: serde_json::Value,
    pub created_at: DateTime<Utc>,
}

words! {
    /// Priority of work that was handed over.
    Priority { Low = "low", Normal = "normal", High = "high" }
}

/// Work handed over by one agent to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handoff {
    /// Null in handoffs stored before this field existed.
    #[serde(default)]
    pub from: Option<Agent>,
    pub to: Agent,
    /// Phase of the job, in a word or two.
    #[serde(default)]
    pub phase: String,
    pub instructions: String,
    #[serde(default)]
    pub item_ids: Vec<ItemId>,
    #[serde(default)]
    pub expected: String,
    #[serde(default = "normal")]
    pub priority: Priority,
}

fn normal() -> Priority {
    Priority::Normal
}

pub const MAX_ITEMS_DEFAULT: i64 = 5;

/// Request for a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct NewRun {
    pub max_items: i64,
    pub goal: Option<String>,
    /// Messages by the user before the first turn.
    pub messages: Vec<String>,
    /// Collection of the same user.
    pub collection_id: Option<CollectionId>,
    /// Finished run of the same user to continue from its last messages, with the agent that was next.
    pub continues: Option<RunId>,
}

impl Default for NewRun {
    fn default() -> Self {
        Self {
            max_items: MAX_ITEMS_DEFAULT,
            goal: None,
            messages: Vec::new(),
            collection_id: None,
            continues: None,
        }
    }
}

/// Filter of the list of runs. Every field narrows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct RunFilter {
    pub status: Option<RunStatus>,
    pub collection_id: Option<CollectionId>,
}

impl ListFilter for RunFilter {}

const MAX_GOAL: usize = 500;
const MAX_MESSAGES: usize = 20;
const MAX_MESSAGE: usize = 2_000;

impl NewRun {
    pub fn check(mut self) -> Result<Self, Refusal> {
        let trimmed = |text: String| Some(text.replace('\0', "").trim().to_owned()).filter(|t| !t.is_empty());
        self.goal = self.goal.and_then(trimmed);
        let mut complaints = Complaints::default();
        self.messages = complaints.bounded(self.messages, MAX_MESSAGES, "messages", "messages");
        self.messages = self.messages.into_iter().filter_map(trimmed).collect();
        let fits = |text: &String, most| text.chars().count() <= most;
        complaints.check((1..=20).contains(&self.max_items), "max_items", "Choose between 1 and 20 items.");
        complaints.check(
            self.goal.as_ref().is_none_or(|goal| fits(goal, MAX_GOAL)),
            "goal",
            format!("Keep the goal under {MAX_GOAL} characters."),
        );
        complaints.check(
            self.messages.iter().all(|m| fits(m, MAX_MESSAGE)),
            "messages",
            format!("Keep each message under {MAX_MESSAGE} characters."),
        );
        complaints.finish()?;
        Ok(self)
    }
}

impl Run {
    /// Goal and messages of the owner as one text. None if there are neither.
    pub fn wish(&self) -> Option<String> {
        let said: Vec<_> = self.goal.iter().chain(&self.messages).map(String::as_str).collect();
        (!said.is_empty()).then(|| said.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finished_run_never_moves_again() {
        for over in [RunStatus::Completed, RunStatus::Failed, RunStatus::Cancelled] {
            assert!(RunStatus::ALL.iter().all(|next| !over.may_become(*next)));
        }
    }

    #[test]
    fn a_run_takes_1_to_20_items() {
        let asks = |max_items| NewRun { max_items, ..NewRun::default() }.check().is_ok();
        assert!(asks(1) && asks(20) && !asks(0) && !asks(21) && !asks(-3));
    }
}
