//! What the rows of a run say about where it stands: whose turn it is, and what is still to be answered.

use crate::domain::run::{Agent, Handoff, Message, MessageKind, Run};

/// A run as stored. Nothing about it is kept anywhere else, so any process can take it over at any time.
pub struct Conversation {
    pub run: Run,
    pub messages: Vec<Message>,
}

impl Conversation {
    /// The turn that is being taken; the first is 1.
    pub fn turn(&self) -> i64 {
        self.run.turns + 1
    }

    /// Who has this turn.
    pub fn speaker(&self) -> Agent {
        self.speaker_of(self.turn())
    }

    /// Discovery begins; then the one to whom the last turn handed over, or else the next in the round.
    pub fn speaker_of(&self, turn: i64) -> Agent {
        let from = |speaker, turn| self.handoff_in(turn).map_or(next(speaker), |handoff| handoff.to);
        (1..turn).fold(Agent::Discovery, from)
    }

    pub fn in_turn(&self, turn: i64) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages.iter().filter(move |message| message.turn == turn)
    }

    /// The last handoff of a turn.
    pub fn handoff_in(&self, turn: i64) -> Option<Handoff> {
        let last = self.in_turn(turn).rfind(|message| message.kind == MessageKind::Handoff)?;
        serde_json::from_value(last.data.clone()).ok()
    }

    pub fn calls(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(|message| message.kind == MessageKind::ToolCall)
    }

    pub fn result_of(&self, call: &Message) -> Option<&Message> {
        self.messages.iter().find(|m| m.kind == MessageKind::ToolResult && m.call_id == call.call_id)
    }

    /// The calls that were stored and not answered, by this process or by one that died.
    pub fn unanswered(&self) -> impl Iterator<Item = &Message> {
        self.calls().filter(|call| self.result_of(call).is_none())
    }

    /// The step of this turn that comes next; the first is 1.
    pub fn step(&self) -> i64 {
        let taken = self.in_turn(self.turn()).filter_map(|message| step_of(message.call_id.as_deref()?));
        taken.max().unwrap_or_default() + 1
    }
}

/// Names a call by its place, so that a step that is repeated finds what it did before.
pub fn call_id(turn: i64, step: i64, number: usize) -> String {
    format!("t{turn}s{step}c{number}")
}

fn step_of(call_id: &str) -> Option<i64> {
    let (_, after) = call_id.split_once('s')?;
    after.split_once('c')?.0.parse().ok()
}

/// The round: Discovery, Download, Summarizer, and again.
fn next(agent: Agent) -> Agent {
    match agent {
        Agent::Discovery => Agent::Download,
        Agent::Download => Agent::Summarizer,
        Agent::Summarizer => Agent::Discovery,
    }
}

#[cfg(test)]
pub mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::run::RunStatus;
    use crate::domain::{DateTime, MessageId, RunId};

    /// A conversation after so many finished turns.
    pub fn after(turns: i64, messages: Vec<Message>) -> Conversation {
        let at = DateTime::UNIX_EPOCH;
        let run = Run {
            id: RunId(1),
            status: RunStatus::Running,
            max_items: 5,
            goal: None,
            turns,
            waited_seconds: 0,
            stop_reason: None,
            error: None,
            summary: None,
            created_at: at,
            started_at: Some(at),
            finished_at: None,
        };
        Conversation { run, messages }
    }

    pub fn message(turn: i64, agent: Agent, kind: MessageKind, text: &str, id: &str, data: Value) -> Message {
        Message {
            id: MessageId(0),
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
        let speakers: Vec<_> = (1..=4).map(|turn| quiet.speaker_of(turn)).collect();
        assert_eq!(speakers, [Agent::Discovery, Agent::Download, Agent::Summarizer, Agent::Discovery]);
    }

    #[test]
    fn the_one_to_whom_a_turn_handed_over_speaks_next() {
        let talk = after(1, vec![handoff(1, Agent::Discovery, Agent::Summarizer, json!([]))]);
        assert_eq!(talk.speaker(), Agent::Summarizer);
        assert_eq!(talk.speaker_of(3), Agent::Discovery);
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
