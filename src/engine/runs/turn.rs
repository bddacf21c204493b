//! Database writes of a turn: each row together with its event, and only while the lease is held.

use jobs::{JobError, Lease};
use serde_json::{Value, json};

use super::conversation::{Conversation, call_id};
use super::{close, termination};
use crate::db::messages::NewMessage;
use crate::db::{downloads, messages, runs};
use crate::domain::UserId;
use crate::domain::artifact::NewArtifact;
use crate::domain::event::EventKind;
use crate::domain::run::{Agent, Message, MessageKind, Run, RunStatus};
use crate::domain::task::{TaskChange, TaskKind, TaskStatus, handoff_title, run_title};
use crate::engine::models::arguments;
use crate::engine::models::{ModelReply, ToolCall, Usage};
use crate::engine::tools::download::QueueDownload;
use crate::engine::tools::{self, Effect, Output, Question, Tool};
use crate::engine::{Engine, Result, Work, approvals, artifacts};

/// Maximum number of calls per reply. The rest is dropped.
const CALLS_AT_ONCE: usize = 20;
/// Maximum number of bytes of a text, and of a tool's name.
const MAX_TEXT: usize = 8_000;
const MAX_NAME: usize = 64;

/// A run as it was read. Every method is one transaction and does nothing if the run has ended meanwhile;
/// the next read notices that.
pub struct RunTurn<'a> {
    pub engine: &'a Engine,
    pub owner: UserId,
    pub lease: &'a Lease,
    pub talk: Conversation,
}

impl<'a> RunTurn<'a> {
    /// Starts the run and its first turn.
    pub async fn begin(&self) -> Result<(), JobError> {
        let mut work = self.fenced().await?;
        let (id, now) = (self.talk.run.id, self.engine.now());
        if runs::advance(&*work, id, RunStatus::Queued, RunStatus::Running, now).await? {
            self.tell_begun(&mut work).await.map_err(JobError::retry)?;
            work.commit().await.map_err(JobError::retry)?;
        }
        Ok(())
    }

    /// Stores a reply: the text, and the calls before any of them is made (write-ahead). A reply
    /// without calls ends the turn.
    pub async fn keep(&mut self, reply: ModelReply) -> Result<(), JobError> {
        let Some(mut work) = self.open().await? else { return Ok(()) };
        self.store(&mut work, reply).await.map_err(JobError::retry)?;
        work.commit().await.map_err(JobError::retry)
    }

    async fn store(&mut self, work: &mut Work<'_>, reply: ModelReply) -> Result<()> {
        let (agent, turn, step) = (self.talk.speaker(), self.talk.turn(), self.talk.step());
        let by = (agent, reply.model.as_str());
        self.count(work, by, &reply).await?;
        let said = clean(reply.text.trim(), MAX_TEXT);
        if !said.is_empty() {
            self.add(work, by, MessageKind::Text, &said, None, &json!({})).await?;
            let told = json!({ "agent": agent, "model": reply.model, "message": said });
            self.record(work, EventKind::AgentMessage, told).await?;
        }
        let most = self.engine.config.budgets.calls as usize;
        let room = most.saturating_sub(self.talk.calls().count());
        let calls = reply.tool_calls.into_iter().take(CALLS_AT_ONCE.min(room));
        let mut asked = 0;
        for ToolCall { name, arguments } in calls {
            asked += 1;
            let id = call_id(turn, step, asked);
            let name = clean(&name, MAX_NAME);
            let arguments = readable(arguments);
            self.add(work, by, MessageKind::ToolCall, &name, Some(&id), &arguments).await?;
            let told = json!({ "agent": agent, "tool": name, "arguments": arguments, "call_id": id });
            self.record(work, EventKind::ToolCall, told).await?;
        }
        if asked == 0 { self.finish(work).await } else { Ok(()) }
    }

    /// Counts the tokens of the reply, and reports that the planner replaced the model if it did.
    async fn count(&mut self, work: &mut Work<'_>, by: (Agent, &str), reply: &ModelReply) -> Result<()> {
        let why = reply.degraded.as_deref();
        if let Some(why) = why.filter(|_| self.talk.run.degraded.is_none()) {
            let message = format!("{why} The built-in planner goes on in its place.");
            self.record(work, EventKind::System, json!({ "message": message, "level": "warning" })).await?;
        }
        for (model, usage) in &reply.broken {
            self.count_usage(work, (by.0, model), Some(*usage), None).await?;
        }
        match (reply.usage, why) {
            (None, None) => Ok(()),
            (usage, why) => self.count_usage(work, by, usage, why).await,
        }
    }

    /// Counts the tokens of a model, for a reply or for a request by a tool.
    async fn count_usage(
        &mut self,
        work: &mut Work<'_>,
        by: (Agent, &str),
        usage: Option<Usage>,
        why: Option<&str>,
    ) -> Result<()> {
        if let Some(usage) = usage {
            self.add(work, by, MessageKind::ModelCall, by.1, None, &json!({ "usage": usage })).await?;
        }
        let Usage { input_tokens, output_tokens, .. } = usage.unwrap_or_default();
        for (kind, tokens) in [("input", input_tokens), ("output", output_tokens)] {
            work.count(
                self.engine.metrics.model_tokens.of([kind]),
                u64::try_from(tokens).unwrap_or_default(),
            );
        }
        Ok(runs::count_reply(&**work, self.talk.run.id, input_tokens, output_tokens, why).await?)
    }

    /// Stores the result of a call together with its effect, once (idempotent).
    pub async fn keep_result(
        &mut self,
        call: &Message,
        outcome: Outcome,
        output: Output,
    ) -> Result<(), JobError> {
        let Some(mut work) = self.open().await? else { return Ok(()) };
        self.store_result(&mut work, call, outcome, output).await.map_err(JobError::retry)?;
        work.commit().await.map_err(JobError::retry)
    }

    async fn store_result(
        &mut self,
        work: &mut Work<'_>,
        call: &Message,
        outcome: Outcome,
        output: Output,
    ) -> Result<()> {
        let Output { value, effect, usage } = output;
        let (agent, id, value) = (call.agent, call.call_id.as_deref(), tools::capped(value));
        let (by, ok) = ((agent, call.model.as_str()), outcome == Outcome::Done);
        let mut data = json!({ "ok": ok, "output": value });
        if outcome == Outcome::Malformed {
            data["malformed"] = true.into();
        }
        if !self.add(work, by, MessageKind::ToolResult, &call.text, id, &data).await? {
            return Ok(());
        }
        for (model, usage) in &usage {
            self.count_usage(work, (agent, model), Some(*usage), None).await?;
        }
        let told = json!({ "agent": agent, "tool": call.text, "call_id": id, "output": value, "ok": ok });
        self.record(work, EventKind::ToolResult, told).await?;
        match effect {
            Some(Effect::Handoff(handoff)) => {
                let data = serde_json::to_value(&handoff)?;
                let text = clean(&handoff.instructions, MAX_TEXT);
                self.add(work, by, MessageKind::Handoff, &text, id, &data).await?;
                self.tell_handoffs(work, call.turn, TaskStatus::Queued).await?;
            }
            Some(Effect::Artifact { kind, content }) => {
                let metadata = json!({ "tool": call.text, "call_id": id, "turn": call.turn });
                let new = NewArtifact { agent, kind, content, metadata };
                artifacts::save(work, self.owner, self.talk.run.id, &new, self.engine.now()).await?;
            }
            None => {}
        }
        Ok(())
    }

    /// Makes the run wait for its owner's answer to a call. This job ends, and the answer pushes another.
    /// False if the run has ended meanwhile.
    pub async fn ask_owner(&self, call: &Message, question: &Question) -> Result<bool, JobError> {
        let Some(mut work) = self.open().await? else { return Ok(false) };
        let (id, now) = (self.talk.run.id, self.engine.now());
        runs::advance(&*work, id, RunStatus::Running, RunStatus::WaitingApproval, now).await?;
        let asked = approvals::ask(&mut work, self.owner, call, question, now).await;
        asked.map_err(JobError::retry)?;
        if !self.lease.finish(&work).await? {
            return Err(JobError::LeaseLost);
        }
        work.commit().await.map_err(JobError::retry)?;
        Ok(true)
    }

    /// Ends a turn that its agent has not ended.
    pub async fn cut_short(&mut self, message: &str) -> Result<(), JobError> {
        let Some(mut work) = self.open().await? else { return Ok(()) };
        let told = json!({ "message": message, "level": "warning" });
        self.record(&mut work, EventKind::System, told).await.map_err(JobError::retry)?;
        self.finish(&mut work).await.map_err(JobError::retry)?;
        work.commit().await.map_err(JobError::retry)
    }

    /// Ends the run for a reason outside of the turn.
    pub async fn end_run(&self, reason: &str) -> Result<(), JobError> {
        let Some(mut work) = self.open().await? else { return Ok(()) };
        self.complete(&mut work, reason).await.map_err(JobError::retry)?;
        work.commit().await.map_err(JobError::retry)
    }

    /// Counts the turn, then either ends the run or passes the turn to the next agent.
    async fn finish(&mut self, work: &mut Work<'_>) -> Result<()> {
        let (id, turn) = (self.talk.run.id, self.talk.turn());
        if !runs::count_turn(&**work, id, turn).await? {
            return Ok(());
        }
        self.tell_agent(work, self.talk.speaker(), "done").await?;
        self.tell_handoffs(work, turn - 1, TaskStatus::Completed).await?;
        let run = Run { turns: turn, ..self.talk.run.clone() };
        self.talk.follow(run);
        // Nothing else adds downloads to a run.
        let downloads = match self.talk.calls().any(|call| call.text == QueueDownload::NAME) {
            true => downloads::of_run(&**work, self.owner, id).await?,
            false => Vec::new(),
        };
        let reason = termination::after_turn(&self.talk, &downloads);
        match reason.or_else(|| termination::limit_reached(&self.talk, self.engine.now())) {
            Some(reason) => self.complete(work, &reason).await,
            None => {
                self.tell_handoffs(work, turn, TaskStatus::Running).await?;
                self.tell_agent(work, self.talk.speaker(), "speaking").await
            }
        }
    }

    async fn complete(&self, work: &mut Work<'_>, reason: &str) -> Result<()> {
        let (id, now) = (self.talk.run.id, self.engine.now());
        let ended = close(&**work, self.owner, id, RunStatus::Completed, reason, None, now).await?;
        let Some(told) = ended else { return Ok(()) };
        work.count(self.engine.metrics.runs.of([RunStatus::Completed.as_str()]), 1);
        work.record_all(self.owner, told).await
    }

    /// Begins a transaction that holds the lease (fencing): no other worker can take
    /// the job over before it ends.
    async fn fenced(&self) -> Result<Work<'a>, JobError> {
        let work = self.engine.begin().await.map_err(JobError::retry)?;
        if self.lease.holds(&work).await? { Ok(work) } else { Err(JobError::LeaseLost) }
    }

    /// Like `fenced`, but also holds the open run. `None` if it has ended meanwhile.
    async fn open(&self) -> Result<Option<Work<'a>>, JobError> {
        let work = self.fenced().await?;
        let held = runs::hold(&*work, self.owner, self.talk.run.id).await?;
        Ok(held.map(|_| work))
    }

    /// Stores a message and adds it to the conversation. No other process writes while the lease is held, so
    /// that nothing has to be read again; if the transaction fails, the whole conversation is read anew.
    /// False if the same call or result is already stored.
    async fn add(
        &mut self,
        work: &mut Work<'_>,
        (agent, model): (Agent, &str),
        kind: MessageKind,
        text: &str,
        call_id: Option<&str>,
        data: &Value,
    ) -> Result<bool> {
        let turn = self.talk.turn();
        let new = NewMessage { turn, agent, model, kind, text, call_id, data };
        let added = messages::insert(&**work, self.talk.run.id, &new, self.engine.now()).await?;
        Ok(added.map(|message| self.talk.hear(message)).is_some())
    }

    /// Publishes that the run has begun, and its first speaker.
    async fn tell_begun(&self, work: &mut Work<'_>) -> Result<()> {
        let run = &self.talk.run;
        let change = TaskChange {
            task_id: run.id.0,
            kind: TaskKind::Run,
            status: TaskStatus::Running,
            title: run_title(run.number, run.goal.as_deref()),
        };
        self.record(work, EventKind::TaskUpdate, change.data()).await?;
        self.tell_agent(work, self.talk.speaker(), "speaking").await
    }

    /// Publishes the status of the work that was handed over in a turn.
    async fn tell_handoffs(&self, work: &mut Work<'_>, turn: i64, status: TaskStatus) -> Result<()> {
        for message in self.talk.in_turn(turn).filter(|message| message.kind == MessageKind::Handoff) {
            let (task_id, title) = (message.id.0, handoff_title(&message.text));
            let change = TaskChange { task_id, kind: TaskKind::Handoff, status, title };
            self.record(work, EventKind::TaskUpdate, change.data()).await?;
        }
        Ok(())
    }

    async fn tell_agent(&self, work: &mut Work<'_>, agent: Agent, action: &str) -> Result<()> {
        self.record(work, EventKind::AgentUpdate, json!({ "agent": agent, "action": action })).await
    }

    async fn record(&self, work: &mut Work<'_>, kind: EventKind, data: Value) -> Result<()> {
        work.record_later(self.owner, Some(self.talk.run.id), kind, data).await
    }
}

/// Outcome of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Refused,
    /// Not in the form of a call.
    Malformed,
}

/// Arguments that can be stored: without NUL, which PostgreSQL does not accept, and limited in size.
fn readable(arguments: Value) -> Value {
    let text = arguments.to_string();
    if text.len() > arguments::MAX_ARGUMENTS {
        arguments::too_long(text.len(), &text)
    } else if text.contains("\\u0000") {
        arguments::unusable("the arguments hold a NUL", &text.replace("\\u0000", ""))
    } else {
        arguments
    }
}

/// Text of a model that can be stored: without NUL, which PostgreSQL does not
/// accept, and at most `most` bytes.
fn clean(text: &str, most: usize) -> String {
    text::cut(text, most).replace('\0', "")
}
