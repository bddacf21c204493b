//! State of a run derived from its rows: whose turn it is, and which calls are unanswered.

use std::sync::Arc;

use chrono::TimeDelta;
use team::{Next, Team, TeamEntry, TeamState};

use super::termination;
use crate::domain::run::{Agent, Handoff, Message, MessageKind, Run};
use crate::domain::{DateTime, Utc};
use crate::engine::config::Budgets;
use crate::engine::models::builtin;

/// A run as stored, with the team's state derived from it. No other state exists, so that any process can
/// take the run over at any time.
pub struct Conversation {
    pub run: Run,
    pub messages: Vec<Message>,
    state: TeamState,
    /// Agent of each completed turn.
    spoken: Vec<Agent>,
    /// Start of this turn, or the time at which it was resumed after a wait or a restart.
    turn_began: DateTime<Utc>,
}

impl Conversation {
    pub fn new(run: Run, messages: Vec<Message>, budgets: &Budgets) -> Self {
        let began = run.started_at.unwrap_or(run.created_at);
        let mut state = TeamState::new(team(budgets));
        if let Some(first) = run.first_speaker {
            state.turn_to(first.as_str());
        }
        state.take(&TeamEntry::Begin, began);
        let (messages_so_far, spoken) = (Vec::new(), Vec::new());
        let mut talk = Self { run: run.clone(), messages: messages_so_far, state, spoken, turn_began: began };
        messages.into_iter().for_each(|message| talk.hear(message));
        talk.follow(run);
        talk
    }

    /// Adopts the stored state of the run, and ends the turns that it counts.
    pub fn follow(&mut self, run: Run) {
        let last = self.messages.last().map_or(run.created_at, |message| message.created_at);
        self.end_turns(run.turns, last);
        self.run = run;
    }

    /// Adds a message of the run.
    pub fn hear(&mut self, message: Message) {
        self.end_turns(message.turn - 1, message.created_at);
        if let Some(said) = said(&message) {
            self.state.take(&said, message.created_at);
        }
        self.messages.push(message);
    }

    /// Ends turns by their count, because a turn may leave no message at all.
    fn end_turns(&mut self, turns: i64, at: DateTime<Utc>) {
        while (self.spoken.len() as i64) < turns {
            let agent = self.speaker();
            self.state.take(&TeamEntry::TurnEnd { by: agent.as_str() }, at);
            self.spoken.push(agent);
            self.turn_began = at;
        }
    }

    pub fn turn_began(&self) -> DateTime<Utc> {
        self.turn_began
    }

    /// Restarts the turn's clock when a process takes the run up: earlier waiting time does not count.
    pub fn taken_up(mut self, now: DateTime<Utc>) -> Self {
        self.turn_began = self.turn_began.max(now);
        self
    }

    /// Next action. The time a run has waited for its owner does not count against the team.
    pub fn next(&self, now: DateTime<Utc>) -> Next {
        self.state.next(now - TimeDelta::seconds(self.run.waited_seconds))
    }

    /// Number of the current turn, from 1.
    pub fn turn(&self) -> i64 {
        self.run.turns + 1
    }

    /// Agent of this turn: the target of the last turn's handoff, or else the next in the round robin.
    pub fn speaker(&self) -> Agent {
        self.state.speaker().parse().unwrap_or(Agent::Discovery)
    }

    /// Agent of the last completed turn.
    pub fn spoke_last(&self) -> Option<Agent> {
        self.spoken.last().copied()
    }

    pub fn in_turn(&self, turn: i64) -> impl DoubleEndedIterator<Item = &Message> {
        let from = self.messages.partition_point(|message| message.turn < turn);
        let to = self.messages.partition_point(|message| message.turn <= turn);
        self.messages[from..to].iter()
    }

    /// Last handoff of a turn.
    pub fn handoff_in(&self, turn: i64) -> Option<Handoff> {
        let last = self.in_turn(turn).rfind(|message| message.kind == MessageKind::Handoff)?;
        serde_json::from_value(last.data.clone()).ok()
    }

    pub fn calls(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(|message| message.kind == MessageKind::ToolCall)
    }

    /// Calls that were stored and not answered, by this process or by one that crashed.
    pub fn unanswered(&self) -> impl Iterator<Item = &Message> {
        let of = |id: &String| self.calls().find(|call| call.call_id.as_ref() == Some(id));
        self.state.open().iter().filter_map(of)
    }

    /// Number of latest consecutive steps of this turn in which every call was malformed.
    pub fn malformed_in_a_row(&self) -> usize {
        let results = self.in_turn(self.turn()).filter(|message| message.kind == MessageKind::ToolResult);
        let of_step = |message: &Message| {
            let malformed = message.data.get("malformed").is_some_and(|is| is == true);
            Some((step_of(message.call_id.as_deref()?)?, malformed))
        };
        let mut steps: Vec<(i64, bool)> = Vec::new();
        for (step, malformed) in results.filter_map(of_step) {
            match steps.last_mut() {
                Some((last, all)) if *last == step => *all &= malformed,
                _ => steps.push((step, malformed)),
            }
        }
        steps.iter().rev().take_while(|(_, malformed)| *malformed).count()
    }

    /// Whether a call of this turn was made twice with the same answer.
    pub fn goes_in_circles(&self) -> bool {
        let results = self.in_turn(self.turn()).filter(|message| message.kind == MessageKind::ToolResult);
        let answered: Vec<_> = results
            .map(|result| {
                let of =
                    |call: &&Message| call.kind == MessageKind::ToolCall && call.call_id == result.call_id;
                let arguments = self.in_turn(self.turn()).find(of).map(|call| &call.data);
                (&result.text, arguments, &result.data)
            })
            .collect();
        answered.iter().enumerate().any(|(n, one)| answered[..n].contains(one))
    }

    /// Whether the planner has made a call in this turn and a model has spoken in it, too.
    pub fn is_taken_over(&self) -> bool {
        let is_planner = |message: &Message| message.model == builtin::NAME;
        self.in_turn(self.turn()).any(|m| m.kind == MessageKind::ToolCall && is_planner(m))
            && self.in_turn(self.turn()).any(|m| !is_planner(m))
    }

    /// Number of the next step of this turn, from 1.
    pub fn step(&self) -> i64 {
        let taken = self.in_turn(self.turn()).filter_map(|message| step_of(message.call_id.as_deref()?));
        taken.max().unwrap_or_default() + 1
    }
}

/// Id of a call from its position, so that a repeated step finds its earlier call (idempotency key).
pub fn call_id(turn: i64, step: i64, number: usize) -> String {
    format!("t{turn}s{step}c{number}")
}

fn step_of(call_id: &str) -> Option<i64> {
    let (_, after) = call_id.split_once('s')?;
    after.split_once('c')?.0.parse().ok()
}

/// The team as a round robin: Discovery, Download, Summarizer, and again.
fn team(budgets: &Budgets) -> Arc<Team> {
    let agents = Agent::ALL.iter().map(|agent| agent.as_str());
    Arc::new(Team::of("team", agents, Some(termination::limits(budgets))).expect("three agents"))
}

/// Converts a stored message to one of the team's.
fn said(message: &Message) -> Option<TeamEntry<'_>> {
    let (by, data) = (message.agent.as_str(), &message.data);
    let id = message.call_id.as_deref().unwrap_or_default();
    Some(match message.kind {
        MessageKind::ModelCall => {
            let tokens = |name: &str| data["usage"][name].as_i64().unwrap_or_default();
            TeamEntry::Tokens { prompt: tokens("input_tokens"), completion: tokens("output_tokens") }
        }
        MessageKind::Text => TeamEntry::Text { by, text: &message.text, stop: false },
        MessageKind::ToolCall => TeamEntry::Call { by, id, tool: &message.text, arguments: data },
        MessageKind::ToolResult => TeamEntry::Answer { id, output: data },
        MessageKind::Handoff => TeamEntry::Handoff { by, to: data["to"].as_str()? },
    })
}

#[cfg(test)]
pub mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::run::RunStatus;
    use crate::domain::{DateTime, MessageId, RunId};

    /// A conversation after `turns` completed turns.
    pub fn after(turns: i64, messages: Vec<Message>) -> Conversation {
        let at = DateTime::UNIX_EPOCH;
        let run = Run { turns, started_at: Some(at), ..Run::new(RunId(1), RunStatus::Running, at) };
        Conversation::new(run, messages, &Budgets::default())
    }

    pub fn message(turn: i64, agent: Agent, kind: MessageKind, text: &str, id: &str, data: Value) -> Message {
        Message {
            id: MessageId(1),
            run_id: RunId(1),
            turn,
            agent,
            model: "test".into(),
            kind,
            text: text.into(),
            call_id: (!id.is_empty()).then(|| id.into()),
            data,
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    pub fn call(turn: i64, agent: Agent, tool: &str, id: &str, arguments: Value) -> Message {
        message(turn, agent, MessageKind::ToolCall, tool, id, arguments)
    }

    pub fn result(turn: i64, agent: Agent, tool: &str, id: &str, output: Value) -> Message {
        message(turn, agent, MessageKind::ToolResult, tool, id, json!({ "ok": true, "output": output }))
    }

    pub fn handoff(turn: i64, agent: Agent, to: Agent, item_ids: Value) -> Message {
        let data = json!({ "to": to, "instructions": "do", "item_ids": item_ids, "expected": "" });
        message(turn, agent, MessageKind::Handoff, "do", "", data)
    }

    #[test]
    fn the_agents_speak_in_turn_even_when_they_say_nothing() {
        let quiet = after(3, vec![]);
        assert_eq!(quiet.spoken, [Agent::Discovery, Agent::Download, Agent::Summarizer]);
        assert_eq!(quiet.speaker(), Agent::Discovery);
    }

    #[test]
    fn the_one_to_whom_a_turn_handed_over_speaks_next() {
        let talk = after(1, vec![handoff(1, Agent::Discovery, Agent::Summarizer, json!([]))]);
        assert_eq!(talk.speaker(), Agent::Summarizer);
        let later = after(2, vec![handoff(1, Agent::Discovery, Agent::Summarizer, json!([]))]);
        assert_eq!((later.spoke_last(), later.speaker()), (Some(Agent::Summarizer), Agent::Discovery));
    }

    #[test]
    fn a_call_without_a_result_is_found_again() {
        let asked = vec![
            call(1, Agent::Discovery, "a", "t1s1c1", json!({})),
            call(1, Agent::Discovery, "b", "t1s1c2", json!({})),
            result(1, Agent::Discovery, "a", "t1s1c1", json!({})),
        ];
        let talk = after(0, asked);
        assert_eq!(
            talk.unanswered().map(|call| call.call_id.as_deref()).collect::<Vec<_>>(),
            [Some("t1s1c2")]
        );
    }

    #[test]
    fn steps_are_counted_within_their_turn() {
        let asked = vec![
            call(1, Agent::Discovery, "a", &call_id(1, 7, 1), json!({})),
            call(2, Agent::Download, "b", &call_id(2, 1, 12), json!({})),
        ];
        assert_eq!(after(1, asked).step(), 2);
        assert_eq!(after(0, vec![]).step(), 1);
    }
}
