//! The planner's policy for Summarizer: assess and summarise what is ready, then report.

use serde_json::{Value, json};

use super::{OwnCall, View, count, item_id, number, text};
use crate::domain::ItemId;
use crate::engine::models::ModelReply;

/// Maximum number of items that get calls of their own. More are analyzed in one batch call.
const ONE_BY_ONE: usize = 5;

pub fn reply(view: &View<'_>) -> ModelReply {
    let answers = view.answers();
    let is_own = |answer: &&OwnCall<'_>| OWN.contains(&answer.tool);
    match answers.iter().rfind(is_own) {
        None => first(view),
        Some(last) if last.tool == "save_artifact" => ModelReply::nothing(),
        Some(_) => tell(&answers),
    }
}

/// Tools of the policy.
const OWN: [&str; 4] = ["assess_quality", "summarize_content", "analyze_content_batch", "save_artifact"];

fn first(view: &View<'_>) -> ModelReply {
    let items = view.handed().map(|handoff| handoff.item_ids).unwrap_or_default();
    if items.is_empty() {
        return ModelReply::says(nothing_to_do(view));
    }
    let said = ModelReply::says(format!("I look at {}.", count(items.len(), "ready item")));
    if items.len() > ONE_BY_ONE {
        return said.and_calls("analyze_content_batch", json!({ "item_ids": items }));
    }
    items.into_iter().fold(said, |reply, id| {
        let reply = reply.and_calls("assess_quality", json!({ "item_id": id }));
        reply.and_calls("summarize_content", json!({ "item_id": id, "max_words": 60 }))
    })
}

fn nothing_to_do(view: &View<'_>) -> &'static str {
    match view.last_output("get_download_summary") {
        Some(counts) if number(counts, "still_open") > 0 => {
            "Nothing new is ready yet, so there is nothing to summarise."
        }
        Some(_) => "No further item is ready, so there is nothing to summarise.",
        None => "Nothing was queued in this run, so there is nothing to summarise.",
    }
}

/// Results of the tools for one item.
#[derive(Default)]
struct SummaryFinding<'a> {
    item_id: Option<ItemId>,
    title: &'a str,
    score: Option<f64>,
    reasons: Vec<&'a str>,
    summary: Option<&'a str>,
    why: &'a str,
}

fn findings<'a>(answers: &'a [OwnCall<'_>]) -> Vec<SummaryFinding<'a>> {
    let mut findings: Vec<SummaryFinding> = Vec::new();
    let single = answers.iter().filter(|a| a.ok && a.tool != "analyze_content_batch").map(|a| a.output);
    for row in answers.iter().flat_map(|a| a.list("items")).chain(single) {
        let (id, title) = (item_id(row), text(row, "title"));
        let place = findings.iter().position(|f| f.item_id == id).unwrap_or_else(|| {
            findings.push(SummaryFinding { item_id: id, title, ..Default::default() });
            findings.len() - 1
        });
        let finding = &mut findings[place];
        if let Some(score) = row.get("score").and_then(Value::as_f64) {
            finding.score = Some(score);
            finding.reasons = super::list(row, "reasons").iter().filter_map(Value::as_str).collect();
        }
        if row.get("summary").is_some() {
            finding.summary = row.get("summary").and_then(Value::as_str);
            finding.why = text(row, "why");
        }
    }
    findings
}

fn tell(answers: &[OwnCall<'_>]) -> ModelReply {
    let findings = findings(answers);
    let refused: Vec<_> =
        answers.iter().filter(|answer| !answer.ok).map(|answer| answer.why().to_owned()).collect();
    let mut lines: Vec<_> = findings.iter().map(line).collect();
    lines.extend(refused.into_iter().map(|why| format!("One look was refused: {why}")));
    let said = ModelReply::says(lines.join("\n"));
    if findings.is_empty() {
        return said;
    }
    let rows: Vec<_> = findings
        .iter()
        .map(|f| json!({ "item_id": f.item_id, "title": f.title, "score": f.score, "summary": f.summary }))
        .collect();
    said.and_calls("save_artifact", json!({ "kind": "summaries", "content": { "items": rows } }))
}

fn line(finding: &SummaryFinding<'_>) -> String {
    let quality = match finding.score {
        Some(score) => format!(" looks {:.0} out of 100: {}.", score * 100.0, finding.reasons.join(", ")),
        None => " was not assessed.".into(),
    };
    let summary = finding.summary.unwrap_or(finding.why);
    format!("“{}”{quality} {summary}", finding.title).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{handed_to, names, play};
    use super::*;
    use crate::domain::run::{Agent, Handoff};

    fn handed(n: i64) -> Option<Handoff> {
        let item_ids = (1..=n).map(ItemId).collect();
        handed_to(Agent::Summarizer, item_ids)
    }

    fn tools(tool: &str, args: &Value) -> Result<Value, &'static str> {
        let id = &args["item_id"];
        Ok(match tool {
            "assess_quality" => {
                json!({ "item_id": id, "title": "One", "score": 0.7, "reasons": ["the date is known"] })
            }
            "summarize_content" => {
                json!({ "item_id": id, "title": "One", "summary": null, "why": "Only 9 words." })
            }
            "analyze_content_batch" => json!({ "items": [
                { "item_id": 1, "title": "One", "score": 0.5, "reasons": ["no date"], "summary": "It moves.", "why": null },
            ] }),
            _ => json!({}),
        })
    }

    #[test]
    fn it_assesses_and_summarises_each_item_and_keeps_the_result() {
        let (said, asked) = play(Agent::Summarizer, handed(1), None, tools);
        assert_eq!(names(&asked), ["assess_quality", "summarize_content", "save_artifact"]);
        assert_eq!(said[1], "“One” looks 70 out of 100: the date is known. Only 9 words.");
    }

    #[test]
    fn many_items_are_looked_at_in_one_call() {
        let (said, asked) = play(Agent::Summarizer, handed(20), None, tools);
        assert_eq!(names(&asked), ["analyze_content_batch", "save_artifact"]);
        assert_eq!(said[1], "“One” looks 50 out of 100: no date. It moves.");
    }

    #[test]
    fn with_nothing_ready_it_says_so_and_calls_nothing() {
        let (said, asked) = play(Agent::Summarizer, None, None, tools);
        assert!(said[0].starts_with("Nothing was queued in this run") && asked.is_empty());
    }
}
