//! Assembles a reply from its streamed chunks, in every dialect of the protocol.

use serde_json::Value;

use crate::engine::models::arguments::{MAX_ARGUMENTS, too_long, unusable};
use crate::engine::models::{ModelError, ModelReply, ToolCall, Usage};

/// Maximum number of calls in one reply.
const MAX_CALLS: usize = 64;
/// Bytes per token of the estimate, where a server sends no counts.
const BYTES_A_TOKEN: usize = 4;

#[derive(Debug, Default)]
pub struct ReplyReader {
    text: String,
    calls: Vec<ReplyPiece>,
    usage: Option<Usage>,
    /// Whether any chunk followed the protocol.
    heard: bool,
    /// Whether the server sent a finish reason.
    ended: bool,
}

/// A call that is being received.
#[derive(Debug, Default)]
struct ReplyPiece {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
    /// Bytes of the arguments, including those that were not kept.
    bytes: usize,
}

impl ReplyReader {
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Adds a chunk. True if it contains new text.
    pub fn take(&mut self, chunk: &Value) -> Result<bool, ModelError> {
        if let Some(error) = chunk.get("error") {
            let said = error.get("message").unwrap_or(error).to_string();
            return Err(ModelError::unavailable(format!("it gave up within the reply: {said:.200}")));
        }
        if let Some(usage) = chunk.get("usage").filter(|usage| usage.is_object()) {
            let count = |name: &str| usage.get(name).and_then(Value::as_i64).unwrap_or_default().max(0);
            let (input_tokens, output_tokens) = (count("prompt_tokens"), count("completion_tokens"));
            self.usage = Some(Usage { input_tokens, output_tokens, estimated: false });
        }
        let Some(choices) = chunk.get("choices").and_then(Value::as_array) else { return Ok(false) };
        self.heard = true;
        let Some(choice) = choices.first() else { return Ok(false) };
        self.ended |= choice.get("finish_reason").is_some_and(Value::is_string);
        let Some(delta) = choice.get("delta").or(choice.get("message")) else { return Ok(false) };
        for call in delta.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
            self.take_call(call);
        }
        let words = delta.get("content").and_then(Value::as_str).unwrap_or_default();
        self.text.push_str(words);
        Ok(!words.is_empty())
    }

    /// Adds a fragment of a call. Fragments are matched by index; without an index by id, or else by order.
    fn take_call(&mut self, call: &Value) {
        let index = call.get("index").and_then(Value::as_u64);
        let id = call.get("id").and_then(Value::as_str).unwrap_or_default();
        let function = call.get("function").unwrap_or(&Value::Null);
        let name = function.get("name").and_then(Value::as_str).unwrap_or_default();
        let place = match (index, id) {
            (Some(_), _) => self.calls.iter().position(|known| known.index == index),
            (None, "") if name.is_empty() => self.calls.len().checked_sub(1),
            (None, "") => None,
            (None, id) => self.calls.iter().position(|known| known.id == id),
        };
        // Servers that number every call 0 still give each an id of its own.
        let place = place.filter(|at| {
            let known = &self.calls[*at];
            id.is_empty() || known.id.is_empty() || known.id == id
        });
        let place = place.unwrap_or_else(|| {
            self.calls.push(ReplyPiece { index, ..ReplyPiece::default() });
            self.calls.len() - 1
        });
        let piece = &mut self.calls[place];
        if piece.id.is_empty() {
            piece.id = id.to_owned();
        }
        // A name arrives whole; some servers repeat it in every fragment.
        if piece.name.is_empty() {
            piece.name = name.chars().take(200).collect();
        }
        match function.get("arguments") {
            Some(Value::String(more)) => piece.add(more),
            Some(Value::Null) | None => {}
            // Some servers send the object itself.
            Some(whole) => piece.add(&whole.to_string()),
        }
    }

    /// Tokens used so far, counted by the server or else estimated from the length of request and reply.
    pub fn usage(&self, asked: usize) -> Usage {
        let answered = self.text.len() + self.calls.iter().map(|call| call.bytes).sum::<usize>();
        let estimate = Usage {
            input_tokens: (asked / BYTES_A_TOKEN) as i64,
            output_tokens: (answered / BYTES_A_TOKEN) as i64,
            estimated: true,
        };
        self.usage.filter(|usage| usage.input_tokens + usage.output_tokens > 0).unwrap_or(estimate)
    }

    /// Returns the complete reply. An interrupted one is an error, because the missing
    /// half may say the opposite.
    pub fn reply(self, model: String, usage: Usage) -> Result<ModelReply, ModelError> {
        if !self.heard {
            return Err(ModelError::wrong("its stream holds nothing of the chat protocol"));
        }
        if !self.ended {
            return Err(ModelError::unavailable("the reply broke off"));
        }
        let tool_calls = self.calls.into_iter().take(MAX_CALLS).map(ReplyPiece::call).collect();
        let text = without_thoughts(&self.text);
        Ok(ModelReply { text, tool_calls, usage: Some(usage), model, ..ModelReply::default() })
    }
}

impl ReplyPiece {
    fn add(&mut self, more: &str) {
        self.bytes += more.len();
        if self.arguments.len() + more.len() <= MAX_ARGUMENTS {
            self.arguments.push_str(more);
        }
    }

    fn call(self) -> ToolCall {
        let Self { name, arguments, bytes, .. } = self;
        if bytes > MAX_ARGUMENTS {
            return ToolCall { name, arguments: too_long(bytes, &arguments) };
        }
        ToolCall { name, arguments: parse(&arguments) }
    }
}

/// Parses arguments: an object, or an object encoded as a string once more. Empty input means no arguments.
fn parse(text: &str) -> Value {
    if text.trim().is_empty() {
        return Value::Object(Default::default());
    }
    match serde_json::from_str(text) {
        Ok(Value::String(inner)) => match serde_json::from_str::<Value>(&inner) {
            Ok(value) if value.is_object() => value,
            _ => unusable("the arguments are a text, not an object", text),
        },
        Ok(Value::Null) => Value::Object(Default::default()),
        Ok(value) if value.is_object() => value,
        Ok(_) => unusable("the arguments are no object", text),
        Err(why) => unusable(&format!("the arguments are no JSON: {why}"), text),
    }
}

/// Removes the `<think>` part that some models send before their answer.
fn without_thoughts(text: &str) -> String {
    match text.trim_start().strip_prefix("<think>").and_then(|rest| rest.split_once("</think>")) {
        Some((_, said)) => said.trim_start().to_owned(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(deltas: impl IntoIterator<Item = Value>) -> ModelReply {
        let mut reading = ReplyReader::default();
        for delta in deltas {
            reading.take(&json!({ "choices": [{ "index": 0, "delta": delta }] })).expect("is fine");
        }
        reading.take(&json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }] })).expect("is fine");
        let usage = reading.usage(400);
        reading.reply("m".into(), usage).expect("a reply")
    }

    fn call(index: Value, id: Value, name: Value, arguments: Value) -> Value {
        json!({ "tool_calls": [{ "index": index, "id": id, "function": { "name": name, "arguments": arguments } }] })
    }

    fn arguments(given: Value) -> Value {
        read([call(json!(0), json!("a"), json!("t"), given)]).tool_calls.remove(0).arguments
    }

    #[test]
    fn pieces_of_two_calls_come_together_by_their_index() {
        let reply = read([
            call(json!(0), json!("a"), json!("one"), json!("{\"x\"")),
            call(json!(1), json!("b"), json!("two"), json!("{}")),
            call(json!(0), Value::Null, Value::Null, json!(":1}")),
        ]);
        let calls: Vec<_> = reply.tool_calls.iter().map(|c| (c.name.as_str(), c.arguments.clone())).collect();
        assert_eq!(calls, [("one", json!({ "x": 1 })), ("two", json!({}))]);
    }

    #[test]
    fn calls_without_index_or_id_are_told_apart_by_their_names() {
        let reply = read([
            call(Value::Null, Value::Null, json!("one"), json!({ "x": 1 })),
            call(Value::Null, Value::Null, json!("two"), json!({})),
        ]);
        assert_eq!(reply.tool_calls.len(), 2);
    }

    #[test]
    fn calls_that_share_an_index_are_told_apart_by_their_ids_and_equal_ids_by_their_index() {
        let both = |i: i32, id: &str| call(json!(i), json!(id), json!("t"), json!("{}"));
        assert_eq!(read([both(0, "a"), both(0, "b")]).tool_calls.len(), 2);
        assert_eq!(read([both(0, "a"), both(1, "a")]).tool_calls.len(), 2);
    }

    #[test]
    fn arguments_may_be_an_object_or_a_text_or_nothing() {
        for given in [json!({ "x": 1 }), json!("{\"x\":1}"), json!("\"{\\\"x\\\":1}\"")] {
            assert_eq!(arguments(given), json!({ "x": 1 }));
        }
        for given in [Value::Null, json!(""), json!("null")] {
            assert_eq!(arguments(given), json!({}));
        }
    }

    #[test]
    fn arguments_that_are_of_no_use_say_why() {
        for (given, why) in [("{x:1}", "no JSON"), ("[1]", "no object"), ("\"x\"", "a text")] {
            let said = arguments(json!(given));
            assert!(said["unusable"].as_str().is_some_and(|said| said.contains(why)), "{said}");
        }
        let long = arguments(json!(format!("{{\"x\":\"{}\"}}", "y".repeat(5_000_000))));
        assert!(long["unusable"].as_str().is_some_and(|said| said.contains("5000008 bytes")), "{long}");
        assert!(long.to_string().len() < 1_000);
    }

    #[test]
    fn tokens_are_estimated_where_nobody_counts_them() {
        let usage = read([json!({ "content": "eight by" })]).usage.expect("some");
        assert_eq!((usage.input_tokens, usage.output_tokens, usage.estimated), (100, 2, true));
    }

    #[test]
    fn thoughts_are_left_out() {
        assert_eq!(
            read([json!({ "content": "<think>hm" }), json!({ "content": "</think>\nYes." })]).text,
            "Yes."
        );
    }

    #[test]
    fn half_a_reply_is_none() {
        let mut reading = ReplyReader::default();
        reading.take(&json!({ "choices": [{ "delta": { "content": "Do" } }] })).expect("is fine");
        assert!(matches!(reading.reply("m".into(), Usage::default()), Err(ModelError::Unavailable { .. })));
    }
}
