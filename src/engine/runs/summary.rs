//! What a run did, counted from its own rows alone.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::db::{ConnectionTrait, DbErr, downloads, messages};
use crate::domain::run::{Agent, Handoff, Message, MessageKind, RunSummary};
use crate::domain::{ItemId, RunId, UserId};

pub async fn of(db: &impl ConnectionTrait, owner: UserId, run: RunId) -> Result<RunSummary, DbErr> {
    let queued: BTreeSet<_> = downloads::of_run(db, owner, run).await?.iter().map(|d| d.item_id).collect();
    let picked = picked(&messages::of_run(db, run).await?);
    let skipped = picked.difference(&queued).count() as i64;
    Ok(RunSummary { skipped, ..downloads::summary(db, run).await? })
}

/// Every item that was handed to Download, or that Download tried to queue.
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
