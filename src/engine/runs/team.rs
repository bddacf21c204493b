//! The team's main loop: one step after the other, each decided by the stored rows, until the run ends.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use futures::future::join_all;
use jobs::{JobError, Lease};
use serde_json::Value;

use super::budget::UsedBefore;
use super::conversation::Conversation;
use super::streaming::PartialReply;
use super::turn::{Outcome, RunTurn};
use super::{stop_downloads, termination};
use crate::db::{collections, downloads, messages, runs};
use crate::domain::agent::AgentVersion;
use crate::domain::collection::Collection;
use crate::domain::run::{Agent, Message, Run, RunStatus};
use crate::domain::{RunId, UserId};
use crate::engine::Engine;
use crate::engine::agents::feedback::Feedback;
use crate::engine::agents::{self, system_prompt};
use crate::engine::models::{ModelReply, ModelRequest, Voice};
use crate::engine::tools::approval::RequestApproval;
use crate::engine::tools::{self, Output, Question, Tool, ToolContext, ToolError};

/// Poll interval for the run's state while a model or a tool works.
const LOOK: Duration = Duration::from_millis(500);

/// Time limit of a tool. Waiting for downloads, the slowest, ends by itself after two minutes.
const MAX_STEP: Duration = Duration::from_secs(300);

/// Takes a run to its end, from the state stored in its rows.
pub async fn go(engine: &Engine, id: RunId, lease: &Lease) -> Result<(), JobError> {
    let Some(owner) = runs::owner(&engine.db, id).await? else { return Ok(()) };
    let Some(run) = runs::get(&engine.db, owner, id).await? else { return Ok(()) };
    let said = messages::of_run(&engine.db, id).await?;
    let talk = Conversation::new(run, said, &engine.config.budgets).taken_up(engine.now());
    let earlier = match talk.run.continues {
        Some(earlier) => messages::shared(&engine.db, owner, earlier).await?,
        None => Vec::new(),
    };
    let used_before = UsedBefore::by(&engine.db, owner, &talk.run, engine.now()).await?;
    let collection = match talk.run.collection_id {
        Some(collection) => collections::get(&engine.db, owner, collection).await?,
        None => None,
    };
    let feedback = Feedback::of(&engine.db, owner).await?;
    let turn = RunTurn { engine, owner, lease, talk };
    let told = HashMap::new();
    let mut team =
        RunTeam { engine, owner, id, lease, turn, earlier, collection, feedback, used_before, told };
    while team.step().await? {}
    Ok(())
}

struct RunTeam<'a> {
    engine: &'a Engine,
    owner: UserId,
    id: RunId,
    lease: &'a Lease,
    turn: RunTurn<'a>,
    /// Shared messages of the run that this one continues.
    earlier: Vec<Message>,
    collection: Option<Collection>,
    /// Ratings of the owner at the time when the run was taken up.
    feedback: Feedback,
    used_before: UsedBefore,
    /// Current version of each agent, and the time it was read.
    told: HashMap<Agent, (Instant, AgentVersion)>,
}

impl RunTeam<'_> {
    /// Performs the next step. False if there is nothing left to do.
    async fn step(&mut self) -> Result<bool, JobError> {
        let Some(run) = self.run().await? else { return Ok(false) };
        let status = run.status;
        self.turn.talk.follow(run);
        match status {
            RunStatus::Queued => {
                self.turn.begin().await?;
                return Ok(true);
            }
            RunStatus::Running if self.lease.stop.is_cancelled() => return Err(JobError::LeaseLost),
            RunStatus::Running => {}
            RunStatus::Cancelled => {
                self.tidy().await?;
                return Ok(false);
            }
            _ => return Ok(false),
        }
        if let Some(reason) = termination::limit_reached(&self.turn.talk, self.engine.now()) {
            self.turn.end_run(&reason).await?;
        } else if self.turn.talk.unanswered().next().is_some() {
            return self.answer().await;
        } else if let Some(reason) = self.calls_spent() {
            self.turn.end_run(&reason).await?;
        } else if let Some(reply) = self.out_of_circles().await? {
            self.turn.keep(reply).await?;
        } else if let Some(why) = self.turn_is_used_up() {
            match self.take_over(&why).await? {
                Some(reply) => self.turn.keep(reply).await?,
                None => self.turn.cut_short(&why).await?,
            }
        } else {
            self.ask().await?;
        }
        Ok(true)
    }

    fn calls_spent(&self) -> Option<String> {
        self.engine.config.budgets.calls_spent(self.turn.talk.calls().count(), self.used_before)
    }

    /// Reason why no model may be asked any more.
    fn tokens_spent(&self) -> Option<String> {
        self.engine.config.budgets.tokens_spent(&self.turn.talk.run, self.used_before)
    }

    fn turn_is_used_up(&self) -> Option<String> {
        termination::turn_is_used_up(&self.turn.talk, &self.engine.config.budgets, self.engine.now())
    }

    /// Returns the planner's step in place of a model that repeats a call without effect.
    async fn out_of_circles(&mut self) -> Result<Option<ModelReply>, JobError> {
        if !self.turn.talk.goes_in_circles() {
            return Ok(None);
        }
        let agent = self.turn.talk.speaker().title();
        self.take_over(&format!("{agent} made the same call twice to no effect.")).await
    }

    /// Returns the planner's step in place of a model that has used up its turn without effect.
    async fn take_over(&mut self, why: &str) -> Result<Option<ModelReply>, JobError> {
        let told = self.told(self.turn.talk.speaker()).await?;
        let voice = Voice { model: told.model, temperature: told.temperature };
        // The second part of the sentence says that the next agent goes on.
        let why = why.split_once(';').map_or_else(|| why.to_owned(), |(why, _)| format!("{why}."));
        let reply = self.engine.model.take_over(&self.request("", "", &voice), &why).await;
        reply.map_err(JobError::retry)
    }

    fn request<'a>(&'a self, system: &'a str, feedback: &'a str, voice: &'a Voice) -> ModelRequest<'a> {
        let (talk, budgets) = (&self.turn.talk, &self.engine.config.budgets);
        let agent = talk.speaker();
        ModelRequest {
            agent,
            system,
            feedback,
            run: &talk.run,
            turn: talk.turn(),
            earlier: &self.earlier,
            conversation: &talk.messages,
            tools: tools::specs(agent),
            voice,
            time_left: termination::time_left(talk, budgets, self.engine.now()),
        }
    }

    /// Asks the model and stores its reply.
    async fn ask(&mut self) -> Result<(), JobError> {
        let told = self.told(self.turn.talk.speaker()).await?;
        let (run, agent) = (&self.turn.talk.run, self.turn.talk.speaker());
        let system = system_prompt(&told.prompt, run, self.collection.as_ref());
        let voice = Voice { model: told.model, temperature: told.temperature };
        let feedback = self.feedback.told_to(agent);
        let request = self.request(&system, &feedback, &voice);
        let partial = PartialReply::new(self.engine, self.owner, run.id, agent);
        let aloud = |words: &str| partial.hear(words);
        let reply = tokio::select! {
            reply = self.engine.model.reply_within(self.tokens_spent(), &request, &aloud) => reply.map_err(JobError::retry)?,
            () = self.halted() => return Ok(()),
        };
        self.turn.keep(reply).await
    }

    /// Returns the agent's current version. A change is noticed within `LOOK`.
    async fn told(&mut self, agent: Agent) -> Result<AgentVersion, JobError> {
        match self.told.get(&agent) {
            Some((at, told)) if at.elapsed() < LOOK => Ok(told.clone()),
            _ => {
                let told = agents::current(&self.engine.db, agent).await.map_err(JobError::retry)?;
                self.told.insert(agent, (Instant::now(), told.clone()));
                Ok(told)
            }
        }
    }

    /// Performs the next calls, concurrently where they only read. A call that needs the owner's approval is
    /// skipped, so that the others need not wait; when no other is left, the run waits. False if it does.
    async fn answer(&mut self) -> Result<bool, JobError> {
        let open: Vec<Message> = self.turn.talk.unanswered().cloned().collect();
        let side_by_side = |call: &&Message| tools::is_side_by_side(call.agent, &call.text);
        let together = open.iter().take_while(side_by_side).count();
        if together > 1 {
            let made = join_all(open[..together].iter().map(|call| self.make(call))).await;
            for (call, result) in open.iter().zip(made) {
                let Some(result) = result else { return Ok(true) };
                self.keep(call, result).await?;
            }
            return Ok(true);
        }
        let mut waiting = None;
        for call in &open {
            let Some(result) = self.make(call).await else { return Ok(true) };
            let Some(question) = self.keep(call, result).await? else { return Ok(true) };
            waiting.get_or_insert((call, question));
            // An agent that asks for approval itself needs the answer before anything else.
            if call.text == RequestApproval::NAME {
                break;
            }
        }
        match waiting {
            Some((call, question)) => Ok(!self.turn.ask_owner(call, &question).await?),
            None => Ok(true),
        }
    }

    /// Returns the result of a call, or `None` if the run must not continue.
    async fn make(&self, call: &Message) -> Option<Result<Output, ToolError>> {
        let (talk, spent) = (&self.turn.talk, self.tokens_spent());
        let cx = ToolContext {
            engine: self.engine,
            owner: self.owner,
            run: &talk.run,
            agent: call.agent,
            call_id: call.call_id.as_deref().unwrap_or_default(),
            said: &talk.messages,
            spent: spent.as_deref(),
        };
        let work = tokio::time::timeout(MAX_STEP, tools::call(&cx, &call.text, call.data.clone()));
        tokio::select! {
            result = work => Some(result.unwrap_or_else(|_| {
                let minutes = MAX_STEP.as_secs() / 60;
                Err(ToolError::refused(format!("It was not done within {minutes} minutes.")))
            })),
            () = self.halted() => None,
        }
    }

    /// Stores the result of a call, or returns the question that the owner has to answer first.
    async fn keep(
        &mut self,
        call: &Message,
        result: Result<Output, ToolError>,
    ) -> Result<Option<Question>, JobError> {
        let (outcome, output) = match result {
            Ok(output) => (Outcome::Done, output),
            Err(ToolError::Refused(why)) => (Outcome::Refused, Value::from(why).into()),
            Err(ToolError::Malformed(why)) => (Outcome::Malformed, Value::from(why).into()),
            Err(ToolError::Ask(question)) => return Ok(Some(question)),
            Err(ToolError::Fault(fault)) => return Err(JobError::retry(fault)),
        };
        self.turn.keep_result(call, outcome, output).await?;
        Ok(None)
    }

    /// Returns once the run must not continue: it was cancelled, is out of time, or its lease is lost.
    async fn halted(&self) {
        loop {
            let asked = tokio::time::timeout(LOOK, self.lease.stop.cancelled()).await.is_ok();
            if asked || termination::limit_reached(&self.turn.talk, self.engine.now()).is_some() {
                return;
            }
            // The next step meets the same error and reports it.
            if self.run().await.is_ok_and(|run| run.is_none_or(|run| run.status != RunStatus::Running)) {
                return;
            }
        }
    }

    /// Cancels downloads that were queued at the very moment of the cancellation.
    async fn tidy(&self) -> Result<(), JobError> {
        let left = downloads::of_run(&self.engine.db, self.owner, self.id).await?;
        if left.iter().any(|download| download.status.can_cancel()) {
            let mut work = self.engine.begin().await.map_err(JobError::retry)?;
            stop_downloads(&mut work, self.owner, self.id).await.map_err(JobError::retry)?;
            work.commit().await.map_err(JobError::retry)?;
        }
        Ok(())
    }

    async fn run(&self) -> Result<Option<Run>, JobError> {
        Ok(runs::get(&self.engine.db, self.owner, self.id).await?)
    }
}
