//! Tests of the findings, on artifacts and messages that no database has seen.

use serde_json::json;

use super::*;
use crate::domain::{ArtifactId, DateTime, RunId};
use crate::engine::runs::conversation::tests::{message, result};

fn kept(agent: Agent, kind: &str, items: Value) -> Artifact {
    Artifact {
        id: ArtifactId(1),
        run_id: RunId(1),
        agent,
        kind: kind.into(),
        content: json!({ "items": items }),
        metadata: json!({}),
        created_at: DateTime::UNIX_EPOCH,
    }
}

#[test]
fn the_words_of_discovery_come_before_those_of_the_ranking() {
    let all = [
        kept(Agent::Discovery, "picks", json!([{ "item_id": 1, "reason": " short,\n and  calm " }])),
        kept(
            Agent::Discovery,
            CANDIDATES,
            json!([
                { "item_id": 1, "reasons": ["published today", "already here"] },
                { "item_id": 2, "reasons": ["published today", "already here"] },
                { "item_id": 3, "reasons": [] },
                { "item_id": "4", "reasons": ["no number"] },
                7
            ]),
        ),
        kept(Agent::Summarizer, "summaries", json!([{ "item_id": 2, "reason": "not Discovery" }])),
    ];
    let reasons = reasons(&all);
    assert_eq!(reasons[&ItemId(1)], "Short, and calm");
    assert_eq!(reasons[&ItemId(2)], "Published today; already here");
    assert_eq!(reasons.len(), 2);
    let long = sentence(&"words ".repeat(90)).expect("a line");
    assert!(long.chars().count() <= MAX_REASON && long.ends_with('…'), "{long}");
}

#[test]
fn candidates_are_counted_once_and_queued_ones_come_first() {
    let ranked = json!([
        { "item_id": 1, "title": "One", "source": "Trains", "source_id": 1 },
        { "item_id": 2, "title": "Two", "source": "Boats", "source_id": 2 },
    ]);
    let found = json!({ "words": ["sea"], "items": [
        { "item_id": 2, "title": "Two", "source": "Boats", "source_id": 2, "fetchable": true },
        { "item_id": 3, "title": "Three", "source": "Boats", "source_id": 3, "fetchable": true },
        { "item_id": 4, "title": "Four", "source": "Cars", "source_id": 4, "fetchable": false },
    ] });
    let messages = [
        result(1, Agent::Discovery, "search_catalog", "a", found),
        result(1, Agent::Discovery, "recommend_content", "b", json!({ "considered": 9 })),
    ];
    let all = [kept(Agent::Discovery, CANDIDATES, ranked)];
    let steps = steps(&all, &messages, &HashMap::new(), &BTreeSet::from([ItemId(3)]));
    let order: Vec<_> = steps.candidates.iter().map(|it| (it.item_id.0, it.is_queued)).collect();
    assert_eq!(order, [(3, true), (1, false), (2, false)]);
    assert_eq!(steps.candidates[0].reason.as_deref(), Some("Found by the words “sea”"));
    assert_eq!((steps.candidate_count, steps.source_count, steps.considered), (3, 3, Some(9)));
}

#[test]
fn sources_without_an_id_are_counted_by_name() {
    let ranked = json!([
        { "item_id": 1, "source": "Trains" }, { "item_id": 2, "source": "Boats" }, { "item_id": 3, "source": "Boats" },
    ]);
    let all = [kept(Agent::Discovery, CANDIDATES, ranked)];
    assert_eq!(steps(&all, &[], &HashMap::new(), &BTreeSet::new()).source_count, 2);
}

#[test]
fn a_candidate_stays_queued_when_its_download_is_gone() {
    let ranked = json!([{ "item_id": 1 }, { "item_id": 2 }, { "item_id": 3 }]);
    let refused = json!({ "ok": false, "output": { "item_id": 2 } });
    let messages = [
        result(2, Agent::Download, "queue_download", "a", json!({ "item_id": 3, "status": "queued" })),
        message(2, Agent::Download, MessageKind::ToolResult, "queue_download", "b", refused),
    ];
    let all = [kept(Agent::Discovery, CANDIDATES, ranked)];
    let steps = steps(&all, &messages, &HashMap::new(), &BTreeSet::new());
    let queued: Vec<_> = steps.candidates.iter().map(|it| (it.item_id.0, it.is_queued)).collect();
    assert_eq!(queued, [(3, true), (1, false), (2, false)]);
}

#[test]
fn an_agent_is_quoted_from_the_turn_in_which_it_worked() {
    let text = |turn, agent, words| message(turn, agent, MessageKind::Text, words, "", Value::Null);
    let messages = [
        result(1, Agent::Discovery, "recommend_content", "a", json!({})),
        text(1, Agent::Discovery, "I pick two."),
        text(2, Agent::Download, "Nothing was handed to me."),
        text(4, Agent::Discovery, "I have nothing to add."),
    ];
    let said = |agent| last_text(agent, &messages).map(|said| said.text);
    assert_eq!(said(Agent::Discovery).as_deref(), Some("I pick two."));
    assert_eq!(said(Agent::Download).as_deref(), Some("Nothing was handed to me."));
    assert_eq!(said(Agent::Summarizer), None);
    let long = [message(1, Agent::Summarizer, MessageKind::Text, &"words ".repeat(1_000), "", Value::Null)];
    let shortened = last_text(Agent::Summarizer, &long).map(|said| said.text).unwrap_or_default();
    assert!(shortened.chars().count() <= MAX_TEXT && shortened.ends_with('…'), "{shortened}");
}

#[test]
fn the_latest_summary_of_an_item_counts_and_empty_ones_do_not() {
    let batch = json!({ "items": [
        { "item_id": 1, "title": "One", "summary": "At first." },
        { "item_id": 2, "title": "Two", "summary": null },
    ] });
    let messages = [
        result(3, Agent::Summarizer, "analyze_content_batch", "a", batch),
        result(3, Agent::Summarizer, "summarize_content", "b", json!({ "item_id": 1, "summary": "Then." })),
        result(3, Agent::Summarizer, "summarize_content", "c", json!("no object")),
    ];
    let all: Vec<_> = summaries(&messages).into_iter().map(|it| (it.item_id.0, it.summary)).collect();
    assert_eq!(all, [(1, "Then.".to_owned())]);
}
