//! In-memory test harness of a team, with agents written by a test.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::condition::Reason;
use crate::{Next, Team, TeamEntry, TeamState};
use chrono::{DateTime, Utc};

/// The time of day.
pub type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub at: DateTime<Utc>,
    pub word: Word,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Word {
    Begin,
    /// A task from outside of the team.
    Task(String),
    Text {
        by: String,
        text: String,
        stop: bool,
    },
    Tokens {
        prompt: i64,
        completion: i64,
    },
    Call {
        by: String,
        id: String,
        tool: String,
        arguments: Value,
    },
    Answer {
        id: String,
        output: Value,
    },
    Handoff {
        by: String,
        to: String,
    },
    TurnEnd {
        by: String,
    },
    TeamEnd {
        team: String,
        why: String,
    },
}

impl Word {
    fn said(&self) -> Option<TeamEntry<'_>> {
        Some(match self {
            Self::Begin => TeamEntry::Begin,
            Self::Task(_) => return None,
            Self::Text { by, text, stop } => TeamEntry::Text { by, text, stop: *stop },
            Self::Tokens { prompt, completion } => {
                TeamEntry::Tokens { prompt: *prompt, completion: *completion }
            }
            Self::Call { by, id, tool, arguments } => TeamEntry::Call { by, id, tool, arguments },
            Self::Answer { id, output } => TeamEntry::Answer { id, output },
            Self::Handoff { by, to } => TeamEntry::Handoff { by, to },
            Self::TurnEnd { by } => TeamEntry::TurnEnd { by },
            Self::TeamEnd { team, .. } => TeamEntry::TeamEnd { team },
        })
    }

    /// Whether all agents see it: tasks, texts and handoffs. Calls and answers are private to their agent.
    fn is_shared(&self) -> bool {
        matches!(self, Self::Task(_) | Self::Text { .. } | Self::Handoff { .. })
    }
}

#[async_trait]
pub trait Speaker: Send + Sync {
    /// Takes one turn. `heard` is the shared conversation, cut to the table's window.
    async fn speak(&self, heard: &[Entry], turn: &mut Turn<'_>) -> Result<(), String>;
}

/// An agent that only says "ok".
pub struct NoOp;

#[async_trait]
impl Speaker for NoOp {
    async fn speak(&self, _: &[Entry], turn: &mut Turn<'_>) -> Result<(), String> {
        turn.say("ok");
        Ok(())
    }
}

/// Actions of an agent in its turn. Each is stored before anything follows from it.
pub struct Turn<'t> {
    pub me: &'t str,
    table: &'t mut Minutes,
}

impl Turn<'_> {
    pub fn say(&mut self, text: &str) {
        self.table.keep(Word::Text { by: self.me.into(), text: text.into(), stop: false });
    }

    pub fn ask_to_stop(&mut self, text: &str) {
        self.table.keep(Word::Text { by: self.me.into(), text: text.into(), stop: true });
    }

    pub fn tokens(&mut self, prompt: i64, completion: i64) {
        self.table.keep(Word::Tokens { prompt, completion });
    }

    pub fn hand_over(&mut self, to: &str) {
        self.table.keep(Word::Handoff { by: self.me.into(), to: to.into() });
    }

    pub async fn call(&mut self, tool: &str, arguments: Value, work: impl Future<Output = Value>) -> Value {
        let id = format!("c{}", self.table.entries.len());
        let call = Word::Call { by: self.me.into(), id: id.clone(), tool: tool.into(), arguments };
        self.table.keep(call);
        let output = work.await;
        self.table.keep(Word::Answer { id, output: output.clone() });
        output
    }
}

/// The conversation and the state derived from it.
struct Minutes {
    clock: Now,
    entries: Vec<Entry>,
    state: TeamState,
}

impl Minutes {
    fn keep(&mut self, word: Word) {
        let at = (self.clock)();
        if let Some(said) = word.said() {
            self.state.take(&said, at);
        }
        self.entries.push(Entry { at, word });
    }
}

pub enum Task {
    Words(String),
    Messages(Vec<String>),
    Continue,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Over(Reason),
    Cancelled,
    /// An agent's own error. Its turn has ended, and the team can continue.
    Failed(String),
}

/// Pauses a table before its next step.
#[derive(Debug, Clone, Default)]
pub struct Brake(Arc<(std::sync::atomic::AtomicBool, Notify)>);

impl Brake {
    pub fn pull(&self) {
        self.0.0.store(true, std::sync::atomic::Ordering::SeqCst);
    }

    pub fn release(&self) {
        self.0.0.store(false, std::sync::atomic::Ordering::SeqCst);
        self.0.1.notify_waiters();
    }

    async fn released(&self) {
        loop {
            let notified = self.0.1.notified();
            if !self.0.0.load(std::sync::atomic::Ordering::SeqCst) {
                return;
            }
            notified.await;
        }
    }
}

pub struct Table {
    speakers: HashMap<String, Arc<dyn Speaker>>,
    minutes: Minutes,
    pub brake: Brake,
    /// Maximum number of shared entries that an agent sees.
    pub window: usize,
}

impl Table {
    pub fn new(
        team: Team,
        clock: Now,
        speakers: impl IntoIterator<Item = (&'static str, Arc<dyn Speaker>)>,
    ) -> Self {
        let speakers = speakers.into_iter().map(|(name, speaker)| (name.to_owned(), speaker)).collect();
        let minutes = Minutes { clock, entries: Vec::new(), state: TeamState::new(Arc::new(team)) };
        Self { speakers, minutes, brake: Brake::default(), window: 100 }
    }

    /// Resumes the conversation of another table, from its entries alone.
    pub fn load(&mut self, entries: Vec<Entry>) {
        for entry in &entries {
            if let Some(said) = entry.word.said() {
                self.minutes.state.take(&said, entry.at);
            }
        }
        self.minutes.entries = entries;
    }

    pub fn entries(&self) -> &[Entry] {
        &self.minutes.entries
    }

    pub fn state(&self) -> &TeamState {
        &self.minutes.state
    }

    /// Runs until a condition is met, an agent fails or the run is cancelled.
    pub async fn run(&mut self, task: Task, cancel: &CancellationToken) -> Outcome {
        match task {
            Task::Words(text) => self.minutes.keep(Word::Task(text)),
            Task::Messages(all) => all.into_iter().for_each(|text| self.minutes.keep(Word::Task(text))),
            Task::Continue => {}
        }
        self.minutes.keep(Word::Begin);
        loop {
            tokio::select! {
                biased;
                () = cancel.cancelled() => return Outcome::Cancelled,
                () = self.brake.released() => {}
            }
            match self.minutes.state.next((self.minutes.clock)()) {
                Next::Speak(name) => {
                    if let Some(outcome) = self.speak(&name, cancel).await {
                        return outcome;
                    }
                }
                Next::End { team, reason } => {
                    self.close(self.minutes.state.open().to_vec());
                    self.minutes.keep(Word::TeamEnd { team, why: reason.to_string() });
                    if self.minutes.state.next((self.minutes.clock)()) == Next::Rest {
                        return Outcome::Over(reason);
                    }
                }
                // An interrupted call gets an answer that says so, because models require
                // an answer to every call.
                Next::Answer(open) => self.close(open),
                Next::Rest => return Outcome::Cancelled,
            }
        }
    }

    async fn speak(&mut self, name: &str, cancel: &CancellationToken) -> Option<Outcome> {
        let speaker = self.speakers[name].clone();
        let window = self.window;
        let shared: Vec<&Entry> =
            self.minutes.entries.iter().rev().filter(|e| e.word.is_shared()).take(window).collect();
        let heard: Vec<Entry> = shared.into_iter().rev().cloned().collect();
        let mut turn = Turn { me: name, table: &mut self.minutes };
        let spoken = tokio::select! {
            biased;
            () = cancel.cancelled() => None,
            spoken = speaker.speak(&heard, &mut turn) => Some(spoken),
        };
        self.close(self.minutes.state.open().to_vec());
        match spoken {
            None => Some(Outcome::Cancelled),
            Some(spoken) => {
                self.minutes.keep(Word::TurnEnd { by: name.to_owned() });
                spoken.err().map(Outcome::Failed)
            }
        }
    }

    fn close(&mut self, open: Vec<String>) {
        for id in open {
            self.minutes.keep(Word::Answer { id, output: json!("cancelled") });
        }
    }
}
