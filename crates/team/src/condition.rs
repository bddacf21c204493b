//! Termination conditions of a team, each with a name for the stop reason, composed with AND and OR.

use std::fmt;
use std::ops::{BitAnd, BitOr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::TimeDelta;
use serde_json::Value;

use super::TeamEntry;
use chrono::{DateTime, Utc};

/// Condition that ends a team, alone or combined.
#[derive(Debug, Clone)]
pub enum Condition {
    /// A number of texts.
    Messages(u64),
    /// A number of turns of members. All turns of a nested team until its end count as one.
    Turns(u64),
    /// A number of answered tool calls.
    Calls(u64),
    /// A text contains these words, by one of `by` if that is not empty.
    Mention {
        /// Words, in any case.
        text: String,
        /// Members whose texts count; all if it is empty.
        by: Vec<String>,
    },
    /// An agent asks the whole team to stop.
    StopSaid,
    /// Sums of tokens. Met when one of the given limits is reached.
    Tokens {
        /// Limit of both together.
        total: Option<i64>,
        /// Limit of the tokens read.
        prompt: Option<i64>,
        /// Limit of the tokens written.
        completion: Option<i64>,
    },
    /// A handoff to this name, often the user, who is outside of the team.
    HandoffTo(String),
    /// Time since the beginning, checked at every point.
    TimeOut(TimeDelta),
    /// A signal from outside.
    External(Signal),
    /// One of these members has spoken.
    SpokenBy(Vec<String>),
    /// The tool was called and has answered.
    Called(String),
    /// The same call got the same answer this many times in one turn (loop detection).
    Repeats(u64),
    /// No call or handoff for `round` turns in a row.
    Idle {
        /// Number of turns in a row.
        round: u64,
    },
    /// A custom rule over the events, which returns its reason.
    Custom(CustomCondition),
    /// All of these are met.
    All(Vec<Condition>),
    /// One of these is met.
    Any(Vec<Condition>),
}

/// A switch that is set from outside.
#[derive(Debug, Clone, Default)]
pub struct Signal(Arc<AtomicBool>);

impl Signal {
    /// Sets it. It stays set.
    pub fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

type Rule = dyn Fn(&TeamEntry<'_>) -> Option<String> + Send + Sync;

/// A rule over the events, with a name for logs.
#[derive(Clone)]
pub struct CustomCondition {
    name: &'static str,
    rule: Arc<Rule>,
}

impl fmt::Debug for CustomCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Condition {
    /// A text contains these words, by any member.
    pub fn mention(text: &str) -> Self {
        Self::Mention { text: text.into(), by: Vec::new() }
    }

    /// A rule of the caller's own.
    pub fn custom(
        name: &'static str,
        rule: impl Fn(&TeamEntry<'_>) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self::Custom(CustomCondition { name, rule: Arc::new(rule) })
    }

    /// Name of the condition, the start of a stop reason.
    pub fn name(&self) -> String {
        let of = |parts: &[Self], word: &str| parts.iter().map(Self::name).collect::<Vec<_>>().join(word);
        match self {
            Self::Messages(_) => "message count".into(),
            Self::Turns(_) => "turn count".into(),
            Self::Calls(_) => "call count".into(),
            Self::Mention { .. } => "text mention".into(),
            Self::StopSaid => "stop message".into(),
            Self::Tokens { .. } => "token usage".into(),
            Self::HandoffTo(_) => "handoff".into(),
            Self::TimeOut(_) => "time-out".into(),
            Self::External(_) => "external signal".into(),
            Self::SpokenBy(_) => "source match".into(),
            Self::Called(_) => "tool called".into(),
            Self::Repeats(_) => "repeated call".into(),
            Self::Idle { .. } => "nothing left to do".into(),
            Self::Custom(custom) => custom.name.into(),
            Self::All(parts) => of(parts, " and "),
            Self::Any(parts) => of(parts, " or "),
        }
    }
}

impl BitAnd for Condition {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self::All(vec![self, other])
    }
}

impl BitOr for Condition {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self::Any(vec![self, other])
    }
}

/// Reason for the end of a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Name of the condition.
    pub condition: String,
    /// Cause as a clause: “the team took 12 turns”.
    pub why: String,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.condition, self.why)
    }
}

/// Point of a conversation at which its end is checked: while calls wait for answers only time and signals
/// count, within a turn also budgets, and between two turns everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Point {
    Call,
    Step,
    Turn,
}

/// A condition with its counters. Once met, it stays met until the team restarts.
#[derive(Debug, Clone)]
pub(super) struct ConditionState {
    condition: Condition,
    count: u64,
    /// Whether there was a call or a handoff in this turn.
    busy: bool,
    sums: (i64, i64),
    /// Open and answered calls of this turn, as far as a condition needs them.
    calls: Vec<SeenCalls>,
    met: Option<String>,
    parts: Vec<ConditionState>,
}

#[derive(Debug, Clone)]
struct SeenCalls {
    id: String,
    tool: String,
    arguments: Value,
    output: Option<Value>,
}

impl ConditionState {
    pub fn new(condition: &Condition) -> Self {
        let parts = match condition {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().map(Self::new).collect(),
            _ => Vec::new(),
        };
        let condition = condition.clone();
        Self { condition, count: 0, busy: false, sums: (0, 0), calls: Vec::new(), met: None, parts }
    }

    /// Counts a turn of one of the team's own members.
    pub fn turn(&mut self, member: &str) {
        self.parts.iter_mut().for_each(|part| part.turn(member));
        self.calls.clear();
        match &self.condition {
            Condition::Turns(most) => {
                self.count += 1;
                if self.count >= *most {
                    self.met.get_or_insert(format!(
                        "the team took {}, the most it may take",
                        times(*most, "turn")
                    ));
                }
            }
            Condition::SpokenBy(names) if names.iter().any(|name| name == member) => {
                self.met.get_or_insert(format!("{member} has spoken"));
            }
            Condition::Idle { round } => {
                self.count = if self.busy { 0 } else { self.count + 1 };
                self.busy = false;
                if self.count >= *round {
                    self.met.get_or_insert("nobody called or handed over anything for a whole round".into());
                }
            }
            _ => {}
        }
    }

    pub fn take(&mut self, said: &TeamEntry<'_>) {
        self.parts.iter_mut().for_each(|part| part.take(said));
        let met = match (&self.condition, said) {
            (Condition::Messages(most), TeamEntry::Text { .. }) => {
                self.count += 1;
                (self.count >= *most).then(|| format!("{} were said", times(*most, "message")))
            }
            (Condition::Mention { text, by }, TeamEntry::Text { by: who, text: words, .. }) => {
                let counts = by.is_empty() || by.iter().any(|name| name == who);
                (counts && words.contains(text.as_str())).then(|| format!("{who} said “{text}”"))
            }
            (Condition::StopSaid, TeamEntry::Text { by, stop: true, .. }) => {
                Some(format!("{by} asked to stop"))
            }
            (
                Condition::Tokens { total, prompt, completion },
                TeamEntry::Tokens { prompt: p, completion: c },
            ) => {
                self.sums = (self.sums.0 + p, self.sums.1 + c);
                let (p, c) = self.sums;
                let over = |most: &Option<i64>, used: i64| most.is_some_and(|most| used >= most);
                (over(total, p + c) || over(prompt, p) || over(completion, c))
                    .then(|| format!("{p} tokens were read and {c} written"))
            }
            (Condition::HandoffTo(target), TeamEntry::Handoff { by, to }) => {
                (to == target).then(|| format!("{by} handed over to {to}"))
            }
            (
                Condition::Calls(_) | Condition::Called(_) | Condition::Repeats(_),
                TeamEntry::Call { id, tool, arguments, .. },
            ) => {
                let (id, tool, arguments) = ((*id).to_owned(), (*tool).to_owned(), (*arguments).clone());
                self.calls.push(SeenCalls { id, tool, arguments, output: None });
                None
            }
            (
                Condition::Calls(_) | Condition::Called(_) | Condition::Repeats(_),
                TeamEntry::Answer { id, output },
            ) => self.answered(id, output),
            (Condition::Idle { .. }, TeamEntry::Call { .. } | TeamEntry::Handoff { .. }) => {
                self.busy = true;
                None
            }
            (Condition::Custom(custom), said) => (custom.rule)(said),
            _ => None,
        };
        if self.met.is_none() {
            self.met = met;
        }
    }

    fn answered(&mut self, id: &str, output: &Value) -> Option<String> {
        let seen = self.calls.iter_mut().find(|call| call.id == id)?;
        seen.output = Some(output.clone());
        let last = seen.clone();
        match &self.condition {
            Condition::Calls(most) => {
                self.count += 1;
                (self.count >= *most)
                    .then(|| format!("the team made {}, the most it may make", times(*most, "tool call")))
            }
            Condition::Called(tool) => (*tool == last.tool).then(|| format!("{tool} was called")),
            Condition::Repeats(most) => {
                let alike = |call: &&SeenCalls| {
                    call.tool == last.tool && call.arguments == last.arguments && call.output == last.output
                };
                let same = self.calls.iter().filter(alike).count() as u64;
                (same >= *most).then(|| {
                    format!("the same call ({}) was made {most} times and nothing new was learned", last.tool)
                })
            }
            _ => None,
        }
    }

    /// Returns the reason if the condition is met, as far as it counts at this point.
    pub fn met(&self, began: DateTime<Utc>, now: DateTime<Utc>, point: Point) -> Option<Reason> {
        let why = match &self.condition {
            Condition::All(_) => {
                let all: Option<Vec<_>> = self.parts.iter().map(|part| part.met(began, now, point)).collect();
                let all = all.filter(|all| !all.is_empty())?;
                Some(all.iter().map(|reason| reason.why.as_str()).collect::<Vec<_>>().join(", and "))
            }
            Condition::Any(_) => return self.parts.iter().find_map(|part| part.met(began, now, point)),
            Condition::TimeOut(most) => (now - began >= *most)
                .then(|| format!("the team took {}, the longest it may take", long(*most))),
            Condition::External(signal) => signal.is_set().then(|| "it was asked to from outside".to_owned()),
            _ if point == Point::Call => None,
            Condition::Repeats(_) | Condition::Calls(_) | Condition::Tokens { .. } => self.met.clone(),
            _ if point == Point::Step => None,
            _ => self.met.clone(),
        };
        why.map(|why| Reason { condition: self.condition.name(), why })
    }
}

fn times(n: u64, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

fn long(time: TimeDelta) -> String {
    match time.num_minutes() {
        0 => format!("{} s", time.num_milliseconds() as f64 / 1_000.0),
        minutes => times(minutes as u64, "minute"),
    }
}
