//! The team at work: one step after the other, each decided by what is stored, until the run is over.

use std::time::Duration;

use super::conversation::Conversation;
use super::murmur::Murmur;
use super::turn::{Outcome, Turn};
use super::{Budgets, stop_downloads, termination};
use crate::db::{downloads, messages, runs};
use crate::domain::run::{Message, Run, RunStatus};
use crate::domain::{RunId, UserId};
use crate::engine::Engine;
use crate::engine::agents::{roster, system_prompt};
use crate::engine::jobs::{JobError, Lease};
use crate::engine::models::{ModelRequest, Voice};
use crate::engine::tools::approval::RequestApproval;
use crate::engine::tools::{self, Question, Tool, ToolContext, ToolError};

/// How often the run's state is looked at while a model or a tool works.
const LOOK: Duration = Duration::from_millis(500);

/// The longest a tool may take. Waiting for downloads, the slowest, ends by itself after two minutes.
const STEP_MOST: Duration = Duration::from_secs(300);

/// Takes a run to its end, from wherever its rows say it stands.
pub async fn go(engine: &Engine, id: RunId, lease: &Lease) -> Result<(), JobError> {
    let Some(owner) = runs::owner(&engine.db, id).await? else { return Ok(()) };
    let Some(run) = runs::get(&engine.db, owner, id).await? else { return Ok(()) };
    let said = messages::of_run(&engine.db, id).await?;
    let talk = Conversation::new(run, said, &engine.config.budgets).taken_up(engine.now());
    let earlier = match talk.run.continues {
        Some(earlier) => messages::shared(&engine.db, owner, earlier).await?,
        None => Vec::new(),
    };
    let used_before = Budgets::used_before(&engine.db, owner, &talk.run, engine.now()).await?;
    let turn = Turn { engine, owner, lease, talk };
    let mut team = Team { engine, owner, id, lease, turn, earlier, used_before };
    while team.step().await? {}
    Ok(())
}

struct Team<'a> {
    engine: &'a Engine,
    owner: UserId,
    id: RunId,
    lease: &'a Lease,
    turn: Turn<'a>,
    /// What everybody heard in the run that this one goes on with.
    earlier: Vec<Message>,
    /// Tokens of the person's other runs of the day.
    used_before: i64,
}

impl Team<'_> {
    /// Does the next thing. False when there is nothing to do any more.
    async fn step(&mut self) -> Result<bool, JobError> {
        let Some(run) = self.run().await? else { return Ok(false) };
        let status = run.status;
        self.turn.follow(&self.engine.db, run).await?;
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
        } else if let Some(why) = self.turn_is_used_up() {
            self.turn.cut_short(&why).await?;
        } else {
            self.ask().await?;
        }
        Ok(true)
    }

    fn turn_is_used_up(&self) -> Option<String> {
        termination::turn_is_used_up(&self.turn.talk, &self.engine.config.budgets, self.engine.now())
    }

    /// Lets the model speak, and keeps what it says.
    async fn ask(&mut self) -> Result<(), JobError> {
        let talk = &self.turn.talk;
        let (run, agent) = (&talk.run, talk.speaker());
        let told = roster::current(&self.engine.db, agent).await.map_err(JobError::retry)?;
        let request = ModelRequest {
            agent,
            system: &system_prompt(&told.prompt, run),
            run,
            turn: talk.turn(),
            earlier: &self.earlier,
            conversation: &talk.messages,
            tools: &tools::specs(agent),
            voice: &Voice { model: told.model, temperature: told.temperature },
        };
        let murmur = Murmur::new(self.engine, self.owner, run.id, agent);
        let aloud = |words: &str| murmur.hear(words);
        let spent = self.engine.config.budgets.spent(run, self.used_before);
        let reply = tokio::select! {
            reply = self.engine.voices.reply_within(spent, &request, &aloud) => reply.map_err(JobError::retry)?,
            () = self.halted() => return Ok(()),
        };
        self.turn.keep(reply).await
    }

    /// Makes the next call that was asked for. One that needs the owner's word is passed over, so that the rest need
    /// not wait as well; when nothing else is left, the run waits. False when it does.
    async fn answer(&self) -> Result<bool, JobError> {
        let mut waiting = None;
        for call in self.turn.talk.unanswered() {
            let Some(question) = self.call(call).await? else { return Ok(true) };
            waiting.get_or_insert((call, question));
            // Who asks by themselves wants the answer before anything else.
            if call.text == RequestApproval::NAME {
                break;
            }
        }
        match waiting {
            Some((call, question)) => Ok(!self.turn.ask_owner(call, &question).await?),
            None => Ok(true),
        }
    }

    /// Makes a call and keeps its result; or returns what the owner has to be asked first.
    async fn call(&self, call: &Message) -> Result<Option<Question>, JobError> {
        let turn = &self.turn;
        let run = &turn.talk.run;
        let call_id = call.call_id.as_deref().unwrap_or_default();
        let cx = ToolContext { engine: self.engine, owner: self.owner, run, agent: call.agent, call_id };
        let work = tokio::time::timeout(STEP_MOST, tools::call(&cx, &call.text, call.data.clone()));
        let result = tokio::select! {
            result = work => result.unwrap_or_else(|_| {
                let minutes = STEP_MOST.as_secs() / 60;
                Err(ToolError::refused(format!("It was not done within {minutes} minutes.")))
            }),
            () = self.halted() => return Ok(None),
        };
        match result {
            Ok(output) => turn.keep_result(call, Outcome::Done, output).await?,
            Err(ToolError::Refused(why)) => {
                turn.keep_result(call, Outcome::Refused, serde_json::json!(why).into()).await?;
            }
            Err(ToolError::Malformed(why)) => {
                turn.keep_result(call, Outcome::Malformed, serde_json::json!(why).into()).await?;
            }
            Err(ToolError::Ask(question)) => return Ok(Some(question)),
            Err(ToolError::Fault(fault)) => return Err(JobError::retry(fault)),
        }
        Ok(None)
    }

    /// Returns once the run is not to go on: cancelled, out of time, or taken over.
    async fn halted(&self) {
        loop {
            let asked = tokio::time::timeout(LOOK, self.lease.stop.cancelled()).await.is_ok();
            if asked || termination::limit_reached(&self.turn.talk, self.engine.now()).is_some() {
                return;
            }
            // An error here is met again, and told, by the step that comes next.
            if self.run().await.is_ok_and(|run| run.is_none_or(|run| run.status != RunStatus::Running)) {
                return;
            }
        }
    }

    /// A download that was queued in the very moment of the cancellation is cancelled as well.
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
