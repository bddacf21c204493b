use super::*;
use serde_json::json;

fn frame(kind: EventKind, data: Value) -> Frame {
    Frame { seq: Some(1), ..Frame::fleeting(DateTime::UNIX_EPOCH, kind, data) }
}

#[test]
fn a_tool_call_is_one_readable_line() {
    let data =
        json!({ "agent": "discovery", "tool": "search_catalog", "arguments": { "query": "night trains" } });
    let line = line(&frame(EventKind::ToolCall, data)).expect("a line");
    assert_eq!(
        (line.text.as_str(), line.agent),
        ("search_catalog(query: night trains)", Some(Agent::Discovery))
    );
}

#[test]
fn outputs_are_named_counted_and_cut_rather_than_poured_out() {
    let items: Vec<_> = (1..=5).map(|n| json!({ "id": n, "title": format!("Part {n}") })).collect();
    let output = json!({ "kept": [3, 5], "items": items, "bytes": 12_300_000, "more": false, "why": null });
    assert_eq!(compact(&output), "bytes: 12.3 MB, items: 5 (Part 1, Part 2, Part 3, …), kept: 3, 5");
    assert!(compact(&json!({ "text": "x".repeat(5_000), "rest": [{}, {}] })).len() < 120);
}

#[test]
fn a_failure_says_why_and_what_happens_next() {
    let data = json!({ "title": "Episode 1", "error": "The server answered 503.", "will_retry": true });
    let text = failure(&frame(EventKind::DownloadFailed, data));
    assert_eq!(text, "Episode 1 could not be fetched: The server answered 503. It is tried again by itself.");
}

#[test]
fn what_is_not_for_the_log_has_no_line() {
    assert!(line(&frame(EventKind::TaskUpdate, json!({}))).is_none());
}
