//! Detection of turns without effect: a model that only talks leaves its work to the planner.

use serde_json::Value;

use super::{ModelRequest, builtin};
use crate::domain::ItemId;
use crate::domain::run::{Agent, Handoff, Message, MessageKind};

/// Whether the planner has made a call in this turn. It then takes the turn to its end.
pub fn planner_has_the_turn(request: &ModelRequest<'_>) -> bool {
    of_turn(request).any(|message| message.kind == MessageKind::ToolCall && message.model == builtin::NAME)
}

/// Whether the agent has done its task in this turn, has asked the user, or has nothing to do.
pub fn has_effect(request: &ModelRequest<'_>) -> bool {
    let answered = |tool: &'static str| {
        results(request).filter(move |(call, ok)| call.text == tool && *ok).map(|(call, _)| call)
    };
    if answered("request_approval").next().is_some() {
        return true;
    }
    let handed = handed(request);
    match request.agent {
        Agent::Discovery => request.conversation.iter().any(|message| {
            let handoff = (message.kind == MessageKind::Handoff && message.agent == Agent::Discovery)
                .then(|| serde_json::from_value::<Handoff>(message.data.clone()).ok())
                .flatten();
            handoff.is_some_and(|handoff| handoff.to == Agent::Download && !handoff.item_ids.is_empty())
        }),
        Agent::Download => {
            let asked: Vec<_> = results(request)
                .filter(|(call, _)| call.text == "queue_download")
                .filter_map(|(call, _)| call.data.get("item_id").and_then(Value::as_i64).map(ItemId))
                .collect();
            handed.is_empty()
                || answered("queue_download").next().is_some()
                || handed.iter().all(|item| asked.contains(item))
        }
        Agent::Summarizer => {
            let tools = ["summarize_content", "assess_quality", "analyze_content_batch", "save_artifact"];
            handed.is_empty() || tools.into_iter().any(|tool| answered(tool).next().is_some())
        }
    }
}

fn of_turn<'a>(request: &ModelRequest<'a>) -> impl Iterator<Item = &'a Message> {
    let turn = request.turn;
    request.conversation.iter().filter(move |message| message.turn == turn)
}

/// Answered calls of this turn, each with whether it succeeded.
fn results<'a>(request: &ModelRequest<'a>) -> impl Iterator<Item = (&'a Message, bool)> {
    let answer = |call: &'a Message| {
        let result = of_turn(request)
            .find(|message| message.kind == MessageKind::ToolResult && message.call_id == call.call_id)?;
        Some((call, result.data["ok"] == true))
    };
    let calls: Vec<_> =
        of_turn(request).filter(|m| m.kind == MessageKind::ToolCall).filter_map(answer).collect();
    calls.into_iter()
}

/// Items that the previous turn handed to the agent.
pub fn handed(request: &ModelRequest<'_>) -> Vec<ItemId> {
    let is_last = |m: &&Message| m.turn == request.turn - 1 && m.kind == MessageKind::Handoff;
    let last = request.conversation.iter().rfind(is_last);
    let handoff = last.and_then(|message| serde_json::from_value::<Handoff>(message.data.clone()).ok());
    handoff.filter(|handoff| handoff.to == request.agent).map(|handoff| handoff.item_ids).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::domain::run::{Run, RunStatus};
    use crate::domain::{DateTime, MessageId, RunId};

    /// A message. Turn 2 is the turn under test, turn 1 the one that hands over to it.
    fn row(turn: i64, agent: Agent, model: &str, kind: MessageKind, text: &str, data: Value) -> Message {
        Message {
            id: MessageId(0),
            run_id: RunId(1),
            turn,
            agent,
            model: model.into(),
            kind,
            text: text.into(),
            call_id: Some(format!("t{turn}{text}")),
            data,
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    fn call(agent: Agent, tool: &str, arguments: Value, ok: bool) -> [Message; 2] {
        [
            row(2, agent, "m", MessageKind::ToolCall, tool, arguments),
            row(2, agent, "m", MessageKind::ToolResult, tool, json!({ "ok": ok, "output": {} })),
        ]
    }

    fn handoff(turn: i64, from: Agent, to: Agent, items: Value) -> Message {
        let data = json!({ "to": to, "instructions": "", "item_ids": items });
        row(turn, from, "m", MessageKind::Handoff, "", data)
    }

    fn effect(agent: Agent, talk: &[Message]) -> bool {
        let run = Run::new(RunId(1), RunStatus::Running, DateTime::UNIX_EPOCH);
        has_effect(&ModelRequest {
            agent,
            system: "",
            feedback: "",
            run: &run,
            turn: 2,
            earlier: &[],
            conversation: talk,
            tools: &[],
            voice: &Default::default(),
            time_left: Duration::from_secs(60),
        })
    }

    #[test]
    fn discovery_hands_items_to_download() {
        use Agent::*;
        assert!(!effect(Discovery, &[]));
        assert!(!effect(Discovery, &call(Discovery, "recommend_content", json!({}), true)));
        assert!(!effect(Discovery, &[handoff(2, Discovery, Download, json!([]))]));
        assert!(!effect(Discovery, &[handoff(2, Discovery, Summarizer, json!([1]))]));
        assert!(effect(Discovery, &[handoff(2, Discovery, Download, json!([1]))]));
        assert!(effect(Discovery, &call(Discovery, "request_approval", json!({}), true)));
    }

    #[test]
    fn download_queues_what_it_was_handed_or_hears_that_it_may_not() {
        use Agent::*;
        let handed = || vec![handoff(1, Discovery, Download, json!([1, 2]))];
        let with = |more: Vec<[Message; 2]>| [handed(), more.into_iter().flatten().collect()].concat();
        assert!(effect(Download, &[]), "nothing was handed over");
        assert!(!effect(Download, &handed()));
        assert!(!effect(
            Download,
            &with(vec![call(Download, "queue_download", json!({ "item_id": 9 }), false)])
        ));
        assert!(effect(
            Download,
            &with(vec![call(Download, "queue_download", json!({ "item_id": 1 }), true)])
        ));
    }

    #[test]
    fn summarizer_looks_at_what_it_was_handed() {
        use Agent::*;
        let handed = handoff(1, Download, Summarizer, json!([1]));
        assert!(effect(Summarizer, &[]) && !effect(Summarizer, std::slice::from_ref(&handed)));
        let looked = call(Summarizer, "assess_quality", json!({ "item_id": 1 }), true);
        assert!(effect(Summarizer, &[vec![handed], looked.to_vec()].concat()));
    }
}
