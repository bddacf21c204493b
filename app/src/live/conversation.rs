//! State of the latest run, folded from frames. Each frame counts once and in order, however often it is
//! replayed and in however many batches it arrives.

use domain::approval::Approval;
use domain::event::{EventKind, Frame, LiveStart};
use domain::outcome::RunOutcome;
use domain::run::{Agent, Run, RunStatus, RunSummary};
use domain::{ApprovalId, RunId};

use super::line::{self, LogLine};

/// State of a run, as a page knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownRun {
    pub id: RunId,
    /// Number of the run among its owner's runs.
    pub number: Option<i64>,
    pub status: RunStatus,
    pub max_items: Option<i64>,
    pub stop_reason: String,
    /// `None` until the run is over.
    pub summary: Option<RunSummary>,
    pub outcome: Option<RunOutcome>,
    /// The agent that is speaking at the moment.
    pub speaking: Option<Agent>,
    /// The approval that the run waits for.
    pub approval: Option<Approval>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct LiveConversation {
    pub run: Option<ShownRun>,
    pub lines: Vec<LogLine>,
    /// Frames of the run by ascending sequence number; the lines are derived from them.
    frames: Vec<Frame>,
}

impl LiveConversation {
    /// Merges the initial state from the server with the frames received since.
    pub fn merge(&mut self, start: &LiveStart) {
        if let Some(run) = &start.run {
            self.took(run);
        }
        let mut frames = std::mem::take(&mut self.frames);
        frames.extend(start.frames.iter().cloned());
        frames.sort_by_key(|frame| frame.seq);
        frames.dedup_by_key(|frame| frame.seq);
        self.lines.clear();
        frames.into_iter().for_each(|frame| self.absorb(frame));
    }

    /// Merges a run as returned by the server. It may be older than frames that were applied before it.
    pub fn took(&mut self, run: &Run) {
        match &mut self.run {
            Some(shown) if shown.id > run.id => {}
            Some(shown) if shown.id == run.id => shown.learn(run),
            _ => {
                *self = Self { run: Some(ShownRun::unknown(run.id, RunStatus::Queued)), ..Self::default() };
                self.took(run);
            }
        }
    }

    /// Applies a durable frame of the latest run. A newer run replaces it; other frames are ignored.
    pub fn absorb(&mut self, frame: Frame) {
        let (Some(id), Some(_)) = (frame.run_id, frame.seq) else { return };
        match &self.run {
            Some(run) if run.id > id => return,
            Some(run) if run.id == id => {}
            _ => *self = Self { run: Some(ShownRun::unknown(id, RunStatus::Running)), ..Self::default() },
        }
        if self.frames.last().is_some_and(|last| last.seq >= frame.seq) {
            return;
        }
        if let Some(run) = &mut self.run {
            run.absorb(&frame);
        }
        match frame.kind {
            EventKind::ToolResult => self.answer_call(&frame),
            _ => self.lines.extend(line::line(&frame)),
        }
        self.frames.push(frame);
    }

    pub fn answered(&mut self, id: ApprovalId) {
        if let Some(run) = &mut self.run {
            run.approval.take_if(|approval| approval.id == id);
        }
    }

    /// Attaches a result to the line of its call. Without such a line it is dropped.
    fn answer_call(&mut self, frame: &Frame) {
        let call_id = line::call_id(frame);
        let call = self.lines.iter_mut().rev().find(|line| line.call_id.is_some() && line.call_id == call_id);
        if let Some(call) = call {
            call.result = Some(line::result(frame));
        }
    }
}

impl ShownRun {
    fn unknown(id: RunId, status: RunStatus) -> Self {
        Self {
            id,
            number: None,
            status,
            max_items: None,
            stop_reason: String::new(),
            summary: None,
            outcome: None,
            speaking: None,
            approval: None,
        }
    }

    fn learn(&mut self, run: &Run) {
        self.max_items = Some(run.max_items);
        self.number = Some(run.number);
        if self.outcome.is_none() {
            self.outcome.clone_from(&run.outcome);
        }
        if self.status.may_become(run.status) {
            self.status = run.status;
            self.stop_reason = run.stop_reason.clone().or_else(|| run.error.clone()).unwrap_or_default();
            self.summary = run.summary;
        }
    }

    fn absorb(&mut self, frame: &Frame) {
        match frame.kind {
            EventKind::ExecutionStarted => {
                self.max_items = frame.number("max_items").or(self.max_items);
                self.number = frame.number("number").or(self.number);
                self.learn_outcome(frame);
                // The run of a listener waits for the guardian.
                self.move_to(frame.text("status").parse().unwrap_or(RunStatus::Running));
            }
            EventKind::AgentUpdate if !self.status.is_over() => {
                self.speaking = line::agent(frame).filter(|_| frame.text("action") == "speaking");
            }
            // Pausing and resuming a run send a System frame with its status.
            EventKind::System => {
                if let Ok(status) = frame.text("status").parse::<RunStatus>() {
                    self.speaking = None;
                    self.move_to(status);
                }
            }
            EventKind::ApprovalRequested => {
                self.approval = serde_json::from_value(frame.data.clone()).ok();
                self.move_to(RunStatus::WaitingApproval);
            }
            EventKind::ApprovalDecided => {
                self.approval = None;
                self.move_to(RunStatus::Running);
            }
            EventKind::ExecutionComplete => {
                self.move_to(frame.text("status").parse().unwrap_or(RunStatus::Completed));
                self.summary = serde_json::from_value(frame.data["summary"].clone()).ok().or(self.summary);
                self.learn_outcome(frame);
                self.stop_reason = frame.text("stop_reason").to_owned();
                self.speaking = None;
                self.approval = None;
            }
            _ => {}
        }
    }

    fn learn_outcome(&mut self, frame: &Frame) {
        let told = serde_json::from_value(frame.data["outcome"].clone()).ok();
        self.outcome = told.or(self.outcome.take());
    }

    /// Sets the status, unless the run is over: replayed frames must not reopen it.
    fn move_to(&mut self, status: RunStatus) {
        if !self.status.is_over() {
            self.status = status;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::DateTime;
    use serde_json::{Value, json};

    fn frame(seq: i64, run: i64, kind: EventKind, data: Value) -> Frame {
        Frame {
            seq: Some(seq),
            run_id: Some(RunId(run)),
            ..Frame::fleeting(DateTime::UNIX_EPOCH, kind, data)
        }
    }

    fn says(seq: i64, run: i64) -> Frame {
        frame(seq, run, EventKind::AgentMessage, json!({ "agent": "download", "message": format!("{seq}") }))
    }

    fn told(frames: impl IntoIterator<Item = Frame>) -> LiveConversation {
        let mut conversation = LiveConversation::default();
        frames.into_iter().for_each(|frame| conversation.absorb(frame));
        conversation
    }

    fn seqs(conversation: &LiveConversation) -> Vec<i64> {
        conversation.lines.iter().map(|line| line.seq).collect()
    }

    #[test]
    fn a_replay_loses_nothing_and_doubles_nothing() {
        let mut conversation = told([says(4, 1), says(6, 1)]);
        conversation.merge(&LiveStart { run: None, frames: [2, 4, 5].map(|n| says(n, 1)).into(), seq: 5 });
        assert_eq!(seqs(&conversation), [2, 4, 5, 6]);
        conversation.absorb(says(6, 1));
        assert_eq!(seqs(&conversation), [2, 4, 5, 6]);
    }

    #[test]
    fn a_result_stands_with_its_call() {
        let call = frame(1, 1, EventKind::ToolCall, json!({ "tool": "queue_download", "call_id": "a" }));
        let result =
            frame(2, 1, EventKind::ToolResult, json!({ "call_id": "a", "ok": false, "output": "Too big." }));
        let conversation = told([call, result]);
        let result = conversation.lines[0].result.as_ref().expect("a result");
        assert_eq!((conversation.lines.len(), result.ok, result.text.as_str()), (1, false, "Too big."));
    }

    #[test]
    fn a_new_run_clears_the_log_and_an_old_one_cannot_disturb_it() {
        let conversation = told([says(1, 1), says(2, 2), says(3, 1)]);
        assert_eq!((seqs(&conversation), conversation.run.map(|run| run.id)), (vec![2], Some(RunId(2))));
    }

    #[test]
    fn a_late_answer_to_the_start_does_not_turn_the_run_back() {
        let mut conversation = told([frame(1, 7, EventKind::ExecutionStarted, json!({}))]);
        conversation.took(&Run::new(RunId(7), RunStatus::Queued, DateTime::UNIX_EPOCH));
        let run = conversation.run.expect("a run");
        assert_eq!((run.status, run.max_items, conversation.lines.len()), (RunStatus::Running, Some(5), 1));
    }

    #[test]
    fn a_run_that_is_paused_speaks_no_more_until_it_goes_on() {
        let speaks =
            |seq| frame(seq, 1, EventKind::AgentUpdate, json!({ "agent": "download", "action": "speaking" }));
        let says =
            |seq, status| frame(seq, 1, EventKind::System, json!({ "message": "…", "status": status }));
        let shown = |frames: Vec<Frame>| told(frames).run.map(|run| (run.status, run.speaking));
        assert_eq!(shown(vec![speaks(1), says(2, "paused")]), Some((RunStatus::Paused, None)));
        let resumed = vec![speaks(1), says(2, "paused"), says(3, "running"), speaks(4)];
        assert_eq!(shown(resumed), Some((RunStatus::Running, Some(Agent::Download))));
    }

    #[test]
    fn what_is_over_stays_over_when_its_beginning_is_told_again() {
        let summary = json!({ "queued": 5, "ready": 4, "failed": 1, "skipped": 0, "bytes": 12_300_000 });
        let end = json!({ "status": "completed", "stop_reason": "All done.", "summary": summary });
        let mut conversation = told([frame(9, 1, EventKind::ExecutionComplete, end)]);
        let beginning = frame(3, 1, EventKind::ExecutionStarted, json!({ "max_items": 5 }));
        conversation.merge(&LiveStart { run: None, frames: vec![beginning], seq: 3 });
        let run = conversation.run.expect("a run");
        assert_eq!((run.status, run.summary.map(|s| s.ready)), (RunStatus::Completed, Some(4)));
    }
}
