//! Turns frames into lines of the log.

use domain::cut::cut;
use domain::event::{EventKind, Frame};
use domain::run::{Agent, RunSummary};
use domain::{DateTime, Utc};
use serde_json::Value;

use crate::measure::{count, size};

#[derive(Debug, Clone, PartialEq)]
pub struct LogLine {
    pub seq: i64,
    pub at: DateTime<Utc>,
    pub agent: Option<Agent>,
    /// Style of the line: `speech`, `tool`, `ask`, `good`, `bad` or `note`.
    pub tone: &'static str,
    /// Model that wrote the text, if an agent speaks.
    pub model: String,
    pub text: String,
    /// Correlates a tool call with its result.
    pub call_id: Option<String>,
    pub result: Option<ToolResult>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolResult {
    pub ok: bool,
    pub text: String,
}

/// Formats a frame as a line; `None` for kinds that the log does not show.
pub fn line(frame: &Frame) -> Option<LogLine> {
    let (tone, text) = match frame.kind {
        EventKind::ExecutionStarted => ("note", started(frame)),
        EventKind::AgentMessage => ("speech", frame.text("message").to_owned()),
        EventKind::ToolCall => {
            ("tool", format!("{}({})", frame.text("tool"), compact(&frame.data["arguments"])))
        }
        EventKind::DownloadQueued => ("note", "Queued: ".to_owned() + frame.text("title")),
        EventKind::DownloadReady => ("good", ready(frame)),
        EventKind::DownloadFailed => ("bad", failure(frame)),
        EventKind::ApprovalRequested => ("ask", "Asks you: ".to_owned() + frame.text("question")),
        EventKind::ApprovalDecided => ("note", decided(frame)),
        EventKind::ArtifactCreated => {
            ("note", "Kept for later: ".to_owned() + &frame.text("kind").replace('_', " "))
        }
        EventKind::ExecutionComplete if frame.data["outcome"]["result"] == "nothing" => {
            ("ask", finished(frame))
        }
        EventKind::ExecutionComplete => ("note", finished(frame)),
        EventKind::System => ("note", frame.text("message").to_owned()),
        EventKind::Error => ("bad", frame.text("message").to_owned()),
        _ => return None,
    };
    Some(LogLine {
        seq: frame.seq?,
        at: frame.ts,
        agent: agent(frame),
        tone,
        model: frame.text("model").to_owned(),
        text,
        call_id: call_id(frame),
        result: None,
    })
}

pub fn agent(frame: &Frame) -> Option<Agent> {
    frame.text("agent").parse().ok()
}

pub fn call_id(frame: &Frame) -> Option<String> {
    Some(frame.text("call_id")).filter(|id| !id.is_empty()).map(str::to_owned)
}

pub fn result(frame: &Frame) -> ToolResult {
    let ok = frame.data["ok"] != false;
    ToolResult { ok, text: compact(&frame.data["output"]) }
}

/// Formats a failed download: title, reason, and whether it is retried.
pub fn failure(frame: &Frame) -> String {
    let next = if frame.data["will_retry"] == true {
        "It is tried again by itself."
    } else {
        "It is not tried again."
    };
    format!("{} could not be fetched: {} {next}", frame.text("title"), frame.text("error"))
}

/// Formats "5 queued · 4 ready · 1 failed · 0 skipped · 12.3 MB".
pub fn summary_words(summary: &RunSummary) -> String {
    let RunSummary { queued, ready, failed, skipped, bytes } = *summary;
    format!("{queued} queued · {ready} ready · {failed} failed · {skipped} skipped · {}", size(bytes))
}

fn started(frame: &Frame) -> String {
    let items = frame.number("max_items").map(|most| format!(", for up to {}", count(most, "item", "items")));
    let goal = Some(frame.text("goal")).filter(|goal| !goal.is_empty()).map(|goal| format!(": {goal}"));
    let known = frame.data["outcome"]["message"].as_str().map(|known| format!(" {known}"));
    let [items, goal, known] = [items, goal, known].map(Option::unwrap_or_default);
    format!("The run begins{items}{goal}.{known}")
}

fn decided(frame: &Frame) -> String {
    let said = match frame.text("status") {
        "approved" => "You approved it.",
        "rejected" => "You turned it down.",
        "amended" => "You answered: ",
        _ => "Nobody answered in time.",
    };
    let answer = frame.text("amended");
    let comment = Some(frame.text("comment")).filter(|comment| !comment.is_empty());
    [said, answer, &comment.map(|comment| format!(" “{comment}”")).unwrap_or_default()].concat()
}

fn ready(frame: &Frame) -> String {
    let bytes = frame.number("bytes").map(|bytes| format!(" ({})", size(bytes)));
    format!("Ready: {}{}", frame.text("title"), bytes.unwrap_or_default())
}

fn finished(frame: &Frame) -> String {
    let status = match frame.text("status") {
        "failed" => "The run failed.",
        "cancelled" => "The run was cancelled.",
        _ if frame.data["outcome"]["result"] == "nothing" => "The run prepared nothing.",
        _ => "The run is complete.",
    };
    [status, frame.text("stop_reason")].join(" ").trim_end().to_owned()
}

/// Maximum characters of a text inside a compact value, and of a value that is a single text.
const MAX_PART: usize = 80;
const MAX_TEXT: usize = 300;
/// Maximum number of list entries that are named.
const MAX_NAMED: usize = 3;

/// Formats arguments or an output in one line: names and values, lists counted, long texts truncated.
pub fn compact(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let said = map.iter().filter(|(_, value)| !value.is_null() && **value != Value::Bool(false));
            let parts: Vec<_> = said
                .map(|(name, value)| format!("{}: {}", name.replace('_', " "), part(name, value)))
                .collect();
            parts.join(", ")
        }
        Value::String(text) => cut(text, MAX_TEXT),
        Value::Null => String::new(),
        other => part("", other),
    }
}

fn part(name: &str, value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => match number.as_i64().filter(|_| name == "bytes") {
            Some(bytes) => size(bytes),
            None => number.to_string(),
        },
        Value::String(text) => cut(text, MAX_PART),
        Value::Array(list) if list.is_empty() => "none".to_owned(),
        Value::Array(list) if list.iter().all(|entry| entry.is_number() || entry.is_string()) => {
            entries(list.iter().map(|entry| part("", entry)), list.len(), 2 * MAX_NAMED)
        }
        Value::Array(list) => {
            let names =
                list.iter().filter_map(|entry| entry["title"].as_str().or_else(|| entry["name"].as_str()));
            let named = entries(names.map(|name| cut(name, MAX_PART / 2)), list.len(), MAX_NAMED);
            if named.is_empty() { list.len().to_string() } else { format!("{} ({named})", list.len()) }
        }
        Value::Object(map) => count(map.len() as i64, "field", "fields"),
    }
}

/// Joins the first entries, with an ellipsis if there are more.
fn entries(texts: impl Iterator<Item = String>, all: usize, most: usize) -> String {
    let mut said: Vec<_> = texts.take(most).collect();
    if !said.is_empty() && all > said.len() {
        said.push("…".to_owned());
    }
    said.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn frame(kind: EventKind, data: Value) -> Frame {
        Frame { seq: Some(1), ..Frame::fleeting(DateTime::UNIX_EPOCH, kind, data) }
    }

    #[test]
    fn a_tool_call_is_one_readable_line() {
        let data = json!({ "agent": "discovery", "tool": "search_catalog", "arguments": { "query": "night trains" } });
        let line = line(&frame(EventKind::ToolCall, data)).expect("a line");
        assert_eq!(
            (line.text.as_str(), line.agent),
            ("search_catalog(query: night trains)", Some(Agent::Discovery))
        );
    }

    #[test]
    fn outputs_are_named_counted_and_cut_rather_than_poured_out() {
        let items: Vec<_> = (1..=5).map(|n| json!({ "id": n, "title": format!("Part {n}") })).collect();
        let output =
            json!({ "kept": [3, 5], "items": items, "bytes": 12_300_000, "more": false, "why": null });
        assert_eq!(compact(&output), "bytes: 12.3 MB, items: 5 (Part 1, Part 2, Part 3, …), kept: 3, 5");
        assert!(compact(&json!({ "text": "x".repeat(5_000), "rest": [{}, {}] })).len() < 120);
    }

    #[test]
    fn a_failure_says_why_and_what_happens_next() {
        let data = json!({ "title": "Episode 1", "error": "The server answered 503.", "will_retry": true });
        let text = failure(&frame(EventKind::DownloadFailed, data));
        assert_eq!(
            text,
            "Episode 1 could not be fetched: The server answered 503. It is tried again by itself."
        );
    }

    #[test]
    fn what_is_not_for_the_log_has_no_line() {
        assert!(line(&frame(EventKind::TaskUpdate, json!({}))).is_none());
    }
}
