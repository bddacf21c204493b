//! Turns frames into lines of the log.

use domain::artifact::{APPROVALS, CANDIDATES, PICKS, RESULTS};
use domain::cut::cut;
use domain::event::{EventKind, Frame};
use domain::run::{Agent, RunSummary};
use domain::{DateTime, Utc};
use serde_json::Value;

use crate::measure::size;
use crate::{language, t, tn};

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
        EventKind::AgentMessage => ("speech", speech(frame)),
        EventKind::ToolCall => {
            ("tool", format!("{}({})", frame.text("tool"), compact(&frame.data["arguments"])))
        }
        EventKind::DownloadQueued => ("note", t!("Queued: {title}", title = frame.text("title"))),
        EventKind::DownloadReady => ("good", ready(frame)),
        EventKind::DownloadFailed => ("bad", failure(frame)),
        EventKind::ApprovalRequested => {
            ("ask", t!("Asks you: {question}", question = language::sentence(frame.text("question"))))
        }
        EventKind::ApprovalDecided => ("note", decided(frame)),
        EventKind::ArtifactCreated => {
            ("note", t!("Kept for later: {kind}", kind = artifact_words(frame.text("kind"))))
        }
        EventKind::ExecutionComplete if frame.data["outcome"]["result"] == "nothing" => {
            ("ask", finished(frame))
        }
        EventKind::ExecutionComplete => ("note", finished(frame)),
        EventKind::System => ("note", language::sentence(frame.text("message"))),
        EventKind::Error => ("bad", language::sentence(frame.text("message"))),
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
    let (ok, output) = (frame.data["ok"] != false, &frame.data["output"]);
    let text = match output.as_str().filter(|_| !ok) {
        Some(why) => cut(&language::sentence(why), MAX_TEXT),
        None => compact(output),
    };
    ToolResult { ok, text }
}

/// Formats a failed download: title, reason, and whether it is retried.
pub fn failure(frame: &Frame) -> String {
    let (title, why) = (frame.text("title"), language::sentence(frame.text("error")));
    if frame.data["will_retry"] == true {
        t!("{title} could not be fetched: {why} It is tried again by itself.", title = title, why = why)
    } else {
        t!("{title} could not be fetched: {why} It is not tried again.", title = title, why = why)
    }
}

/// Formats "5 queued · 4 ready · 1 failed · 0 skipped · 12.3 MB".
pub fn summary_words(summary: &RunSummary) -> String {
    let RunSummary { queued, ready, failed, skipped, bytes } = *summary;
    t!(
        "{queued} queued · {ready} ready · {failed} failed · {skipped} skipped · {size}",
        queued = queued,
        ready = ready,
        failed = failed,
        skipped = skipped,
        size = size(bytes),
    )
}

fn started(frame: &Frame) -> String {
    let begins = match (frame.number("max_items"), frame.text("goal")) {
        (None, "") => t!("The run begins.").to_owned(),
        (None, goal) => t!("The run begins: {goal}.", goal = goal),
        (Some(most), "") => {
            tn!(most, "The run begins, for up to {n} item.", "The run begins, for up to {n} items.")
        }
        (Some(most), goal) => tn!(
            most,
            "The run begins, for up to {n} item: {goal}.",
            "The run begins, for up to {n} items: {goal}.",
            goal = goal,
        ),
    };
    match (frame.data["outcome"]["message"].as_str(), frame.text("status")) {
        (Some(known), _) => begins + " " + &language::sentence(known),
        // The run of a listener waits for the guardian.
        (None, "waiting_approval") => begins + " " + &language::sentence(frame.text("message")),
        (None, _) => begins,
    }
}

/// Words of an agent. The built-in planner speaks in sentences of the program, a model in its own.
fn speech(frame: &Frame) -> String {
    let said = frame.text("message");
    if frame.text("model") == "builtin" { language::sentence(said) } else { said.to_owned() }
}

fn artifact_words(kind: &str) -> String {
    match kind {
        PICKS => t!("picks").to_owned(),
        CANDIDATES => t!("candidates").to_owned(),
        APPROVALS => t!("approvals").to_owned(),
        RESULTS => t!("results").to_owned(),
        _ => kind.replace('_', " "),
    }
}

fn decided(frame: &Frame) -> String {
    let said = match frame.text("status") {
        "approved" => t!("You approved it.").to_owned(),
        "rejected" => t!("You turned it down.").to_owned(),
        "amended" => t!("You answered: {answer}", answer = frame.text("amended")),
        _ => t!("Nobody answered in time.").to_owned(),
    };
    match frame.text("comment") {
        "" => said,
        comment => t!("{said} “{comment}”", said = said, comment = comment),
    }
}

fn ready(frame: &Frame) -> String {
    let title = frame.text("title");
    match frame.number("bytes") {
        Some(bytes) => t!("Ready: {title} ({size})", title = title, size = size(bytes)),
        None => t!("Ready: {title}", title = title),
    }
}

fn finished(frame: &Frame) -> String {
    let status = match frame.text("status") {
        "failed" => t!("The run failed."),
        "cancelled" => t!("The run was cancelled."),
        _ if frame.data["outcome"]["result"] == "nothing" => t!("The run prepared nothing."),
        _ => t!("The run is complete."),
    };
    [status, &language::sentence(frame.text("stop_reason"))].join(" ").trim_end().to_owned()
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
        Value::Null => t!("none").to_owned(),
        Value::Bool(true) => t!("yes").to_owned(),
        Value::Bool(false) => t!("no").to_owned(),
        Value::Number(number) => match number.as_i64().filter(|_| name == "bytes") {
            Some(bytes) => size(bytes),
            None => number.to_string(),
        },
        Value::String(text) => cut(text, MAX_PART),
        Value::Array(list) if list.is_empty() => t!("none").to_owned(),
        Value::Array(list) if list.iter().all(|entry| entry.is_number() || entry.is_string()) => {
            entries(list.iter().map(|entry| part("", entry)), list.len(), 2 * MAX_NAMED)
        }
        Value::Array(list) => {
            let names =
                list.iter().filter_map(|entry| entry["title"].as_str().or_else(|| entry["name"].as_str()));
            let named = entries(names.map(|name| cut(name, MAX_PART / 2)), list.len(), MAX_NAMED);
            if named.is_empty() { list.len().to_string() } else { format!("{} ({named})", list.len()) }
        }
        Value::Object(map) => tn!(map.len() as i64, "{n} field", "{n} fields"),
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
mod tests;
