//! The built-in planner: a fixed policy that makes the same tool calls as a model and
//! reports only their results.

mod discovery;
mod download;
mod summarizer;

use async_trait::async_trait;
use serde_json::Value;

use super::{Aloud, Model, ModelError, ModelReply, ModelRequest};
use crate::domain::ItemId;
use crate::domain::run::{Agent, Handoff, Message, MessageKind};

pub const NAME: &str = "builtin";

/// Planner without network and settings. Deterministic: equal conversations get equal replies.
#[derive(Debug, Clone, Copy, Default)]
pub struct Planner;

#[async_trait]
impl Model for Planner {
    fn name(&self) -> &str {
        NAME
    }

    async fn reply(&self, request: &ModelRequest<'_>, _: Aloud<'_>) -> Result<ModelReply, ModelError> {
        let view = View(*request);
        let reply = match request.agent {
            Agent::Discovery => discovery::reply(&view),
            Agent::Download => download::reply(&view),
            Agent::Summarizer => summarizer::reply(&view),
        };
        Ok(ModelReply { model: NAME.into(), ..reply })
    }
}

/// The request, with accessors for the policy.
struct View<'a>(ModelRequest<'a>);

/// One of the agent's own calls in this turn, with its result.
struct OwnCall<'a> {
    tool: &'a str,
    arguments: &'a Value,
    ok: bool,
    output: &'a Value,
}

impl<'a> View<'a> {
    /// Answered calls of this turn, in order.
    fn answers(&self) -> Vec<OwnCall<'a>> {
        let ModelRequest { turn, conversation, .. } = self.0;
        let of_turn = |kind| conversation.iter().filter(move |m: &&Message| m.turn == turn && m.kind == kind);
        let answer = |call: &'a Message| {
            let result = of_turn(MessageKind::ToolResult).find(|m| m.call_id == call.call_id)?;
            let ok = result.data.get("ok").and_then(Value::as_bool).unwrap_or_default();
            let output = result.data.get("output").unwrap_or(&Value::Null);
            Some(OwnCall { tool: &call.text, arguments: &call.data, ok, output })
        };
        of_turn(MessageKind::ToolCall).filter_map(answer).collect()
    }

    /// Handoff from the previous turn to this agent.
    fn handed(&self) -> Option<Handoff> {
        let ModelRequest { agent, turn, conversation, .. } = self.0;
        let last = conversation.iter().rfind(|m| m.turn == turn - 1 && m.kind == MessageKind::Handoff)?;
        serde_json::from_value::<Handoff>(last.data.clone()).ok().filter(|handoff| handoff.to == agent)
    }

    /// Output of the latest result of a tool in the whole run.
    fn last_output(&self, tool: &str) -> Option<&'a Value> {
        let is_result = |m: &&Message| m.kind == MessageKind::ToolResult && m.text == tool;
        self.0.conversation.iter().rfind(is_result)?.data.get("output")
    }
}

impl OwnCall<'_> {
    fn list(&self, name: &str) -> &[Value] {
        list(self.output, name)
    }

    fn number(&self, name: &str) -> i64 {
        number(self.output, name)
    }

    /// Reason of the refusal.
    fn why(&self) -> &str {
        self.output.as_str().unwrap_or("it was refused without a reason")
    }
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn number(value: &Value, name: &str) -> i64 {
    value.get(name).and_then(Value::as_i64).unwrap_or_default()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn item_id(value: &Value) -> Option<ItemId> {
    value.get("item_id").and_then(Value::as_i64).map(ItemId)
}

/// "1 item", "3 items".
fn count(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

/// "A", "A and B", "A, B and C".
fn enumerate(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::run::{Run, RunStatus};
    use crate::domain::{DateTime, MessageId, RunId};

    /// Plays a turn with tools that a closure answers, until the planner ends it.
    /// Returns all texts and calls.
    pub fn play(
        agent: Agent,
        handed: Option<Handoff>,
        goal: Option<&str>,
        answers: impl Fn(&str, &Value) -> Result<Value, &'static str>,
    ) -> (Vec<String>, Vec<(String, Value)>) {
        let at = DateTime::UNIX_EPOCH;
        let run = Run {
            max_items: 3,
            goal: goal.map(str::to_owned),
            turns: 1,
            ..Run::new(RunId(1), RunStatus::Running, at)
        };
        let row = |turn, kind, text: &str, id: Option<String>, data| Message {
            id: MessageId(0),
            run_id: RunId(1),
            turn,
            agent,
            model: "builtin".into(),
            kind,
            text: text.into(),
            call_id: id,
            data,
            created_at: at,
        };
        let mut talk: Vec<_> =
            handed.iter().map(|h| row(1, MessageKind::Handoff, "", None, json!(h))).collect();
        let (mut said, mut asked) = (Vec::new(), Vec::new());
        for step in 1..=12 {
            let request = ModelRequest {
                agent,
                system: "",
                feedback: "",
                run: &run,
                turn: 2,
                earlier: &[],
                conversation: &talk,
                tools: &[],
                voice: &Default::default(),
                time_left: std::time::Duration::from_secs(60),
            };
            let reply = futures::executor::block_on(Planner.reply(&request, &|_| ()));
            let reply = reply.expect("the planner always answers");
            said.extend(Some(reply.text).filter(|text| !text.is_empty()));
            if reply.tool_calls.is_empty() {
                return (said, asked);
            }
            for (n, call) in reply.tool_calls.into_iter().enumerate() {
                let id = Some(format!("t2s{step}c{n}"));
                talk.push(row(2, MessageKind::ToolCall, &call.name, id.clone(), call.arguments.clone()));
                let data = match answers(&call.name, &call.arguments) {
                    Ok(output) => json!({ "ok": true, "output": output }),
                    Err(why) => json!({ "ok": false, "output": why }),
                };
                talk.push(row(2, MessageKind::ToolResult, &call.name, id, data));
                asked.push((call.name, call.arguments));
            }
        }
        panic!("the planner never ended its turn");
    }

    /// A handoff of items without instructions.
    pub fn handed_to(to: Agent, item_ids: Vec<ItemId>) -> Option<Handoff> {
        serde_json::from_value(json!({ "to": to, "instructions": "", "item_ids": item_ids })).ok()
    }

    pub fn names(asked: &[(String, Value)]) -> Vec<&str> {
        asked.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn lists_read_as_people_write_them() {
        let parts = |n: usize| ["A", "B", "C"][..n].iter().map(|p| p.to_string()).collect::<Vec<_>>();
        assert_eq!(
            [enumerate(&parts(1)), enumerate(&parts(2)), enumerate(&parts(3))],
            ["A", "A and B", "A, B and C"]
        );
        assert_eq!((count(1, "item"), count(0, "item")), ("1 item".into(), "0 items".into()));
    }
}
