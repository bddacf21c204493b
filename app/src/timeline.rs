//! A stored conversation as turns, each call with its result, approval and hand-off.

use domain::approval::Approval;
use domain::run::{Agent, Handoff, Message, MessageKind};
use domain::{DateTime, MessageId, Utc};
use serde_json::Value;

/// Messages and calls of one agent until the next agent's turn.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineTurn {
    pub number: i64,
    pub agent: Agent,
    /// Models that spoke, in order of their first message.
    pub models: Vec<String>,
    pub entries: Vec<TimelineEntry>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TimelineEntry {
    /// Id of the first message of the entry.
    pub id: MessageId,
    pub at: DateTime<Utc>,
    pub said: TimelineText,
}

#[derive(Debug, Clone, PartialEq)]
pub enum TimelineText {
    Text(String),
    /// A model request, with the tokens it used.
    Asked {
        model: String,
        read: i64,
        written: i64,
        estimated: bool,
    },
    Call(Box<Call>),
    Handoff(Handoff),
}

/// A tool call and its result.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub call_id: String,
    pub tool: String,
    pub arguments: Value,
    /// `None` while the call runs or waits for an approval.
    pub answer: Option<CallOutcome>,
    pub approval: Option<Approval>,
    pub handoff: Option<Handoff>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct CallOutcome {
    pub ok: bool,
    pub output: Value,
}

/// Groups messages, in order, into turns. A result whose call is missing is dropped.
pub fn turns(messages: &[Message], approvals: &[Approval]) -> Vec<TimelineTurn> {
    let mut turns: Vec<TimelineTurn> = Vec::new();
    for message in messages {
        if turns.last().is_none_or(|turn| turn.number != message.turn) {
            let (number, agent) = (message.turn, message.agent);
            turns.push(TimelineTurn { number, agent, models: Vec::new(), entries: Vec::new() });
        }
        if let Some(turn) = turns.last_mut() {
            turn.take(message, approvals);
        }
    }
    turns
}

impl TimelineTurn {
    fn take(&mut self, message: &Message, approvals: &[Approval]) {
        if !message.model.is_empty() && !self.models.contains(&message.model) {
            self.models.push(message.model.clone());
        }
        let handoff = || serde_json::from_value::<Handoff>(message.data.clone()).ok();
        let said = match message.kind {
            MessageKind::Text => Some(TimelineText::Text(message.text.clone())),
            MessageKind::ModelCall => Some(asked(message)),
            MessageKind::ToolCall => Some(TimelineText::Call(Box::new(Call::new(message, approvals)))),
            MessageKind::ToolResult => {
                if let Some(call) = self.call(message) {
                    let ok = message.data["ok"] != false;
                    call.answer = Some(CallOutcome { ok, output: message.data["output"].clone() });
                }
                None
            }
            MessageKind::Handoff => match self.call(message) {
                Some(call) => {
                    call.handoff = handoff();
                    None
                }
                None => handoff().map(TimelineText::Handoff),
            },
        };
        self.entries.extend(said.map(|said| TimelineEntry { id: message.id, at: message.created_at, said }));
    }

    /// Finds the call that a result or a hand-off belongs to.
    fn call(&mut self, message: &Message) -> Option<&mut Call> {
        let id = message.call_id.as_deref()?;
        self.entries.iter_mut().rev().find_map(|entry| match &mut entry.said {
            TimelineText::Call(call) if call.call_id == id => Some(&mut **call),
            _ => None,
        })
    }
}

impl Call {
    fn new(message: &Message, approvals: &[Approval]) -> Self {
        let call_id = message.call_id.clone().unwrap_or_default();
        Self {
            approval: approvals.iter().find(|approval| approval.call_id == call_id).cloned(),
            call_id,
            tool: message.text.clone(),
            arguments: message.data.clone(),
            answer: None,
            handoff: None,
        }
    }
}

fn asked(message: &Message) -> TimelineText {
    let usage = &message.data["usage"];
    let tokens = |name: &str| usage[name].as_i64().unwrap_or_default();
    TimelineText::Asked {
        model: message.model.clone(),
        read: tokens("input_tokens"),
        written: tokens("output_tokens"),
        estimated: usage["estimated"] == true,
    }
}

#[cfg(test)]
mod tests {
    use domain::RunId;
    use serde_json::json;

    use super::*;

    fn message(id: i64, turn: i64, kind: MessageKind, call_id: Option<&str>, data: Value) -> Message {
        Message {
            id: MessageId(id),
            run_id: RunId(1),
            turn,
            agent: Agent::ALL[(turn as usize - 1) % 3],
            model: "builtin".into(),
            kind,
            text: format!("{kind} {id}"),
            call_id: call_id.map(str::to_owned),
            data,
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    fn call_of(entry: &TimelineEntry) -> &Call {
        match &entry.said {
            TimelineText::Call(call) => call,
            other => panic!("no call: {other:?}"),
        }
    }

    #[test]
    fn each_turn_has_its_speaker_and_what_it_said() {
        let said = [1, 1, 2, 3, 3]
            .iter()
            .zip(1..)
            .map(|(turn, id)| message(id, *turn, MessageKind::Text, None, json!({})));
        let turns = turns(&said.collect::<Vec<_>>(), &[]);
        let told: Vec<_> = turns.iter().map(|turn| (turn.agent, turn.entries.len())).collect();
        assert_eq!(told, [(Agent::Discovery, 2), (Agent::Download, 1), (Agent::Summarizer, 2)]);
    }

    #[test]
    fn answers_stand_with_their_calls_even_when_others_came_between() {
        let said = [
            message(1, 1, MessageKind::ToolCall, Some("a"), json!({ "item_id": 7 })),
            message(2, 1, MessageKind::ToolCall, Some("b"), json!({})),
            message(3, 1, MessageKind::ToolResult, Some("b"), json!({ "ok": false, "output": "Too big." })),
            message(4, 1, MessageKind::ToolResult, Some("a"), json!({ "ok": true, "output": {} })),
        ];
        let turns = turns(&said, &[]);
        let answers: Vec<_> = turns[0].entries.iter().map(|entry| call_of(entry).answer.clone()).collect();
        assert_eq!(answers[0], Some(CallOutcome { ok: true, output: json!({}) }));
        assert_eq!(answers[1], Some(CallOutcome { ok: false, output: json!("Too big.") }));
        assert_eq!(turns[0].entries.len(), 2);
    }

    #[test]
    fn a_call_that_waits_has_no_answer_yet() {
        let turns = turns(&[message(1, 1, MessageKind::ToolCall, Some("a"), json!({}))], &[]);
        assert_eq!(call_of(&turns[0].entries[0]).answer, None);
    }

    #[test]
    fn a_handoff_stands_with_the_call_that_made_it() {
        let body =
            json!({ "to": "download", "instructions": "Queue them.", "item_ids": [1, 2], "expected": "" });
        let said = [
            message(1, 1, MessageKind::ToolCall, Some("a"), json!({})),
            message(2, 1, MessageKind::Handoff, Some("a"), body.clone()),
            message(3, 2, MessageKind::Handoff, None, body),
        ];
        let turns = turns(&said, &[]);
        let handoff = call_of(&turns[0].entries[0]).handoff.as_ref().expect("a handoff");
        assert_eq!((handoff.to, handoff.item_ids.len()), (Agent::Download, 2));
        assert!(matches!(turns[1].entries[0].said, TimelineText::Handoff(_)));
    }

    #[test]
    fn a_model_that_fails_in_a_turn_is_named_before_the_one_that_took_over() {
        let usage = json!({ "usage": { "input_tokens": 90, "output_tokens": 5, "estimated": true } });
        let mut first = message(1, 1, MessageKind::ModelCall, None, usage);
        first.model = "llama3".into();
        let turns = turns(&[first, message(2, 1, MessageKind::Text, None, json!({}))], &[]);
        assert_eq!(turns[0].models, ["llama3", "builtin"]);
        let asked = TimelineText::Asked { model: "llama3".into(), read: 90, written: 5, estimated: true };
        assert_eq!(turns[0].entries[0].said, asked);
    }
}
