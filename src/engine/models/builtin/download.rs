//! The planner's policy for Download: queue what was handed over, wait, count, hand over what is ready.

use serde_json::json;

use super::{OwnCall, View, count, enumerate, item_id, list, number, text};
use crate::domain::ItemId;
use crate::domain::run::Agent;
use crate::domain::size::size;
use crate::engine::models::ModelReply;

pub fn reply(view: &View<'_>) -> ModelReply {
    let answers = view.answers();
    // A model may have made other calls before the planner took over its turn.
    let Some(last) = answers.iter().rfind(|answer| OWN.contains(&answer.tool)) else { return first(view) };
    if !answers.iter().any(|answer| answer.tool == "queue_download" && answer.ok)
        && let Some(rest) = rest(view, &answers)
    {
        return rest;
    }
    match last.tool {
        "queue_download" => after_queueing(&answers),
        _ if !last.ok => {
            ModelReply::says(format!("I could not go on: {} was refused. {}", last.tool, last.why()))
        }
        "process_download_queue" => ModelReply::nothing().and_calls("get_download_summary", json!({})),
        "get_download_summary" => after_counting(last, &answers),
        _ => ModelReply::nothing(),
    }
}

/// Tools of the policy.
const OWN: [&str; 4] = ["queue_download", "process_download_queue", "get_download_summary", "handoff"];

/// Queues the items that were handed over and not requested yet.
fn rest(view: &View<'_>, answers: &[OwnCall<'_>]) -> Option<ModelReply> {
    let asked = |id| answers.iter().any(|a| a.tool == "queue_download" && item_id(a.arguments) == Some(id));
    let items = view.handed().map(|handoff| handoff.item_ids).unwrap_or_default();
    let left: Vec<_> = items.into_iter().filter(|id| !asked(*id)).collect();
    (!left.is_empty()).then(|| queue(left))
}

fn queue(items: Vec<ItemId>) -> ModelReply {
    let said = ModelReply::says(format!("I queue {}.", count(items.len(), "item")));
    items.into_iter().fold(said, |reply, id| reply.and_calls("queue_download", json!({ "item_id": id })))
}

fn first(view: &View<'_>) -> ModelReply {
    let items = view.handed().map(|handoff| handoff.item_ids).unwrap_or_default();
    if !items.is_empty() {
        return queue(items);
    }
    match view.last_output("get_download_summary").map(|counts| number(counts, "still_open")) {
        Some(open) if open > 0 => {
            let said = format!(
                "{} of this run {} still on the way; I wait for what may end soon.",
                count(open as usize, "download"),
                is_or_are(open as usize)
            );
            ModelReply::says(said).and_calls("process_download_queue", json!({}))
        }
        _ => ModelReply::says("Nothing was handed to me, so there is nothing to fetch."),
    }
}

fn are(n: usize) -> String {
    format!("{} {}", count(n, "download"), is_or_are(n))
}

fn is_or_are(n: usize) -> &'static str {
    if n == 1 { "is" } else { "are" }
}

fn after_queueing(answers: &[OwnCall<'_>]) -> ModelReply {
    let asked: Vec<_> = answers.iter().filter(|answer| answer.tool == "queue_download").collect();
    let queued = asked.iter().filter(|answer| answer.ok).count();
    let refused = refusals(answers);
    let said = match (queued, refused.is_empty()) {
        (_, true) => String::new(),
        (0, _) => format!("Nothing could be queued. {refused}"),
        (n, _) => format!("{n} of {} queued. {refused}", count(asked.len(), "item")),
    };
    if queued == 0 {
        return ModelReply::says(said);
    }
    ModelReply::says(said).and_calls("process_download_queue", json!({}))
}

/// Refusal reasons, each once with the items that it excluded.
fn refusals(answers: &[OwnCall<'_>]) -> String {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for answer in answers.iter().filter(|answer| answer.tool == "queue_download" && !answer.ok) {
        let item = item_id(answer.arguments).map_or_else(|| "an item".to_owned(), |id| format!("item {id}"));
        match reasons.iter_mut().find(|(why, _)| *why == answer.why()) {
            Some((_, items)) => items.push(item),
            None => reasons.push((answer.why(), vec![item])),
        }
    }
    let parts = reasons.iter().map(|(why, items)| format!("Left out {}: {why}", enumerate(items)));
    parts.collect::<Vec<_>>().join(" ")
}

fn after_counting(counts: &OwnCall<'_>, answers: &[OwnCall<'_>]) -> ModelReply {
    let waited = answers.iter().rfind(|answer| answer.tool == "process_download_queue");
    let downloads = waited.map(|answer| list(answer.output, "downloads")).unwrap_or_default();
    let with = |status: &'static str| downloads.iter().filter(move |d| text(d, "status") == status);

    let (queued, ready) = (counts.number("queued") as usize, counts.number("ready"));
    let bytes = size(counts.number("bytes"));
    let mut said = vec![match ready {
        0 => "No download of this run is ready.".to_owned(),
        ready => format!("{ready} of {} ready ({bytes}).", count(queued, "download")),
    }];
    said.extend(with("failed").map(|d| format!("“{}” failed: {}", text(d, "title"), text(d, "error"))));
    match counts.number("cancelled") {
        0 => {}
        cancelled => said.push(format!("{} cancelled.", count(cancelled as usize, "download"))),
    }
    match counts.number("still_open") as usize {
        0 => {}
        open => said.push(format!("{} still on the way in the background.", are(open))),
    }
    let said = ModelReply::says(said.join(" "));
    let ready: Vec<_> = with("ready").filter_map(item_id).collect();
    if ready.is_empty() {
        return said;
    }
    let handoff = json!({
        "to": Agent::Summarizer,
        "instructions": format!("Assess and summarise {}.", count(ready.len(), "ready item")),
        "item_ids": ready,
        "expected": "What is waiting, and how good it looks.",
    });
    said.and_calls("handoff", handoff)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::tests::{handed_to, names, play};
    use super::*;
    use crate::domain::run::Handoff;

    fn handed(ids: &[i64]) -> Option<Handoff> {
        let item_ids = ids.iter().copied().map(ItemId).collect();
        handed_to(Agent::Download, item_ids)
    }

    fn tools(tool: &str, args: &Value) -> Result<Value, &'static str> {
        Ok(match (tool, args["item_id"].as_i64()) {
            ("queue_download", Some(3)) => return Err("Your limit of 2 items a day is reached."),
            ("process_download_queue", _) => json!({ "downloads": [
                { "item_id": 1, "title": "One", "status": "ready" },
                { "item_id": 2, "title": "Two", "status": "failed", "error": "The server said 404." },
            ] }),
            ("get_download_summary", _) => {
                json!({ "queued": 2, "ready": 1, "failed": 1, "cancelled": 0, "still_open": 0, "bytes": 2_500_000 })
            }
            _ => json!({}),
        })
    }

    #[test]
    fn it_queues_each_item_waits_counts_and_hands_the_ready_ones_over() {
        let (said, asked) = play(Agent::Download, handed(&[1, 2]), None, tools);
        let expected =
            ["queue_download", "queue_download", "process_download_queue", "get_download_summary", "handoff"];
        assert_eq!(names(&asked), expected);
        assert_eq!(asked[4].1["item_ids"], json!([1]));
        assert_eq!(said[1], "1 of 2 downloads ready (2.5 MB). “Two” failed: The server said 404.");
    }

    #[test]
    fn refused_items_are_named_with_the_reason() {
        let (said, _) = play(Agent::Download, handed(&[1, 3]), None, tools);
        assert_eq!(said[1], "1 of 2 items queued. Left out item 3: Your limit of 2 items a day is reached.");
    }

    #[test]
    fn when_every_item_is_refused_it_waits_for_nothing() {
        let (said, asked) = play(Agent::Download, handed(&[3]), None, tools);
        assert_eq!(names(&asked), ["queue_download"]);
        assert!(said[1].starts_with("Nothing could be queued. Left out item 3"), "{said:?}");
    }

    #[test]
    fn with_nothing_handed_over_it_says_so() {
        let (said, asked) = play(Agent::Download, None, None, tools);
        assert_eq!((said.len(), asked.len()), (1, 0));
    }
}
