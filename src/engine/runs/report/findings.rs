//! Findings of the agents, read from the artifacts and messages of a run. What a model or a feed wrote is
//! shortened, and stays text.

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::Value;

use crate::domain::ItemId;
use crate::domain::artifact::{Artifact, CANDIDATES, is_kept_by_program};
use crate::domain::run::{Agent, Message, MessageKind};
use crate::domain::run_report::{AgentText, ItemSummary, MAX_CANDIDATES, RunCandidate, RunSteps};
use crate::engine::tools::Tool;
use crate::engine::tools::discovery::RecommendContent;
use crate::engine::tools::download::{ProcessDownloadQueue, QueueDownload};
use crate::engine::tools::search::SearchCatalog;
use crate::engine::tools::summarizer::{AnalyzeContentBatch, SummarizeContent};

/// Tools whose results make the findings.
pub const TOOLS: [&str; 6] = [
    RecommendContent::NAME,
    SearchCatalog::NAME,
    QueueDownload::NAME,
    ProcessDownloadQueue::NAME,
    SummarizeContent::NAME,
    AnalyzeContentBatch::NAME,
];

/// Maximum number of characters of a title, a reason, a summary and an agent's text.
const MAX_TITLE: usize = 160;
const MAX_REASON: usize = 200;
const MAX_SUMMARY: usize = 1_000;
const MAX_TEXT: usize = 2_000;
/// Maximum number of summaries.
const MAX_SUMMARIES: usize = 20;

/// Reasons that Discovery kept. Its own words for a pick replace those of the ranking.
pub fn reasons(artifacts: &[Artifact]) -> HashMap<ItemId, String> {
    let of_discovery = artifacts.iter().filter(|artifact| artifact.agent == Agent::Discovery);
    let (ranked, own): (Vec<_>, Vec<_>) = of_discovery.partition(|artifact| artifact.kind == CANDIDATES);
    let own = own.into_iter().filter(|artifact| !is_kept_by_program(&artifact.kind));
    let entries = ranked.into_iter().chain(own).flat_map(|artifact| list(&artifact.content, "items"));
    entries.filter_map(|entry| Some((item_id(entry)?, reason(entry)?))).collect()
}

/// Reasons of an entry in one line.
fn reason(entry: &Value) -> Option<String> {
    let all: Vec<_> = list(entry, "reasons").iter().filter_map(Value::as_str).collect();
    let words = if all.is_empty() { text_of(entry, "reason").to_owned() } else { all.join("; ") };
    sentence(&words)
}

/// One line with a capital at its beginning. None if it is empty.
fn sentence(words: &str) -> Option<String> {
    let line = text::brief(&text::one_line(words, 2 * MAX_REASON), MAX_REASON);
    let mut letters = line.chars();
    Some(letters.next()?.to_uppercase().chain(letters).collect())
}

/// Findings of a run that has downloads of these items now.
pub fn steps(
    artifacts: &[Artifact],
    messages: &[Message],
    reasons: &HashMap<ItemId, String>,
    downloads: &BTreeSet<ItemId>,
) -> RunSteps {
    let entries = entries(artifacts, messages);
    let sources: BTreeSet<_> = entries.iter().map(|entry| source_of(entry.value)).collect();
    let (candidate_count, source_count) = (entries.len() as i64, sources.len() as i64);
    // A download may have been deleted since it was queued.
    let queued: HashSet<_> = results(messages, &[QueueDownload::NAME]).filter_map(item_id).collect();
    let is_queued = |id: &ItemId| queued.contains(id) || downloads.contains(id);
    let candidate = |CandidateEntry { item_id, value, why }: CandidateEntry<'_>| RunCandidate {
        item_id,
        title: text::brief(text_of(value, "title"), MAX_TITLE),
        source_name: text_of(value, "source").to_owned(),
        reason: reasons.get(&item_id).cloned().or(why),
        is_queued: is_queued(&item_id),
    };
    let mut candidates: Vec<_> = entries.into_iter().map(candidate).collect();
    // The sort is stable: within both groups the best candidate stays first.
    candidates.sort_by_key(|candidate| !candidate.is_queued);
    candidates.truncate(MAX_CANDIDATES);
    let considered = results(messages, &[RecommendContent::NAME]).last();
    RunSteps {
        candidates,
        candidate_count,
        source_count,
        considered: considered.and_then(|output| output.get("considered")?.as_i64()),
        summaries: summaries(messages),
        texts: Agent::ALL.iter().filter_map(|agent| last_text(*agent, messages)).collect(),
    }
}

/// Entry of a ranking or of a search's results.
struct CandidateEntry<'a> {
    item_id: ItemId,
    value: &'a Value,
    /// Reason that the search gives.
    why: Option<String>,
}

/// Ranked items, then search results that could be fetched, each once.
fn entries<'a>(artifacts: &'a [Artifact], messages: &'a [Message]) -> Vec<CandidateEntry<'a>> {
    let rankings = artifacts.iter().filter(|artifact| artifact.kind == CANDIDATES);
    let ranked =
        rankings.flat_map(|artifact| list(&artifact.content, "items")).map(|entry| (entry, None::<String>));
    let found = results(messages, &[SearchCatalog::NAME]).flat_map(|output| {
        let why = found_by(output);
        let fetchable = list(output, "items").iter().filter(|entry| entry["fetchable"] == true);
        fetchable.map(move |entry| (entry, why.clone()))
    });
    let mut known = HashSet::new();
    let once = |(value, why): (&'a Value, Option<String>)| {
        let item_id = item_id(value).filter(|id| known.insert(*id))?;
        Some(CandidateEntry { item_id, value, why })
    };
    ranked.chain(found).filter_map(once).collect()
}

/// Source of an entry: its id or, in results stored before they had one, its name.
fn source_of(entry: &Value) -> (Option<i64>, &str) {
    let id = entry.get("source_id").and_then(Value::as_i64);
    (id, if id.is_some() { "" } else { text_of(entry, "source") })
}

/// "Found by the words “night”, “train”".
fn found_by(output: &Value) -> Option<String> {
    let words: Vec<_> = list(output, "words").iter().filter_map(Value::as_str).collect();
    let quoted: Vec<_> = words.iter().map(|word| format!("“{word}”")).collect();
    (!quoted.is_empty()).then(|| sentence(&format!("Found by the words {}", quoted.join(", ")))).flatten()
}

/// Latest summary of each item. A batch has a list of items, a single call is one itself.
fn summaries(messages: &[Message]) -> Vec<ItemSummary> {
    let outputs = results(messages, &[SummarizeContent::NAME, AnalyzeContentBatch::NAME]);
    let entries = outputs.flat_map(|output| match list(output, "items") {
        [] => std::slice::from_ref(output),
        items => items,
    });
    let mut summaries: Vec<ItemSummary> = Vec::new();
    for entry in entries {
        let summary = text_of(entry, "summary");
        let Some(item_id) = item_id(entry).filter(|_| !summary.is_empty()) else { continue };
        let title = text::brief(text_of(entry, "title"), MAX_TITLE);
        let new = ItemSummary { item_id, title, summary: text::brief(summary, MAX_SUMMARY) };
        match summaries.iter_mut().find(|known| known.item_id == item_id) {
            Some(known) => *known = new,
            None => summaries.push(new),
        }
    }
    summaries.truncate(MAX_SUMMARIES);
    summaries
}

/// Last text of an agent, by preference of the last turn in which it used one of the tools.
fn last_text(agent: Agent, messages: &[Message]) -> Option<AgentText> {
    let of_kind =
        |kind: MessageKind| messages.iter().rev().filter(move |m| m.agent == agent && m.kind == kind);
    let mut texts = of_kind(MessageKind::Text).filter(|message| !message.text.trim().is_empty());
    let worked = of_kind(MessageKind::ToolResult).next().map(|result| result.turn);
    let in_turn = texts.clone().find(|message| Some(message.turn) == worked);
    let message = in_turn.or_else(|| texts.next())?;
    Some(AgentText { agent, text: text::brief(message.text.trim(), MAX_TEXT) })
}

/// Outputs of the successful calls of some tools, in order.
fn results<'a>(
    messages: &'a [Message],
    tools: &'static [&'static str],
) -> impl Iterator<Item = &'a Value> + use<'a> {
    let of_tools = move |m: &&Message| m.kind == MessageKind::ToolResult && tools.contains(&m.text.as_str());
    messages.iter().filter(of_tools).filter(|m| m.data["ok"] != false).map(|m| &m.data["output"])
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text_of<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn item_id(value: &Value) -> Option<ItemId> {
    value.get("item_id").and_then(Value::as_i64).map(ItemId)
}
