//! Summary of a run, counted and listed from its own rows alone.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::outcome::{self, RunEnding};
use crate::db::{ConnectionTrait, DbErr, downloads, messages};
use crate::domain::artifact::{NewArtifact, RESULTS};
use crate::domain::download::Download;
use crate::domain::outcome::RunOutcome;
use crate::domain::run::{Agent, Handoff, Message, MessageKind, RunSummary};
use crate::domain::{ItemId, RunId, UserId};

/// Returns the counts, the artifact of results if anything was queued, and the outcome of a run that ends
/// by itself for this reason.
pub async fn of(
    db: &impl ConnectionTrait,
    owner: UserId,
    run: RunId,
    stop_reason: &str,
) -> Result<(RunSummary, Option<NewArtifact>, RunOutcome), DbErr> {
    let all = downloads::of_run(db, owner, run).await?;
    let queued: BTreeSet<_> = all.iter().map(|d| d.item_id).collect();
    let messages = messages::of_run(db, run).await?;
    let picked = picked(&messages);
    let skipped = picked.difference(&queued).count() as i64;
    let summary = RunSummary { skipped, ..downloads::summary(db, run).await? };
    let ended = RunEnding { run, messages: &messages, downloads: &all, summary, stop_reason };
    let outcome = outcome::of(db, owner, &ended).await?;
    Ok((summary, (!all.is_empty()).then(|| results(&all, &summary)), outcome))
}

/// State of the downloads at the end of the run, as an artifact.
fn results(all: &[Download], summary: &RunSummary) -> NewArtifact {
    let items = all.iter().map(|d| {
        json!({ "item_id": d.item_id, "download_id": d.id, "title": d.title, "source": d.source_name,
            "status": d.status, "bytes": d.bytes_total, "error": d.error })
    });
    let content = json!({ "items": items.collect::<Vec<_>>(), "summary": summary });
    NewArtifact { agent: Agent::Download, kind: RESULTS.into(), content, metadata: json!({}) }
}

/// Items that were handed to Download, or that Download tried to queue.
pub fn picked(conversation: &[Message]) -> BTreeSet<ItemId> {
    let mut picked = BTreeSet::new();
    for message in conversation {
        match message.kind {
            MessageKind::Handoff => {
                let handoff = serde_json::from_value::<Handoff>(message.data.clone());
                picked.extend(
                    handoff.ok().filter(|h| h.to == Agent::Download).into_iter().flat_map(|h| h.item_ids),
                );
            }
            MessageKind::ToolCall if message.agent == Agent::Download && message.text == "queue_download" => {
                picked.extend(message.data.get("item_id").and_then(Value::as_i64).map(ItemId));
            }
            _ => {}
        }
    }
    picked
}
