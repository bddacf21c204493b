//! Play queue of a user.

use std::collections::{HashMap, HashSet};

use crate::db::accounts;
use crate::db::play_queue::{self as rows, Queueable};
use crate::domain::media::Wanted;
use crate::domain::playback::{MAX_QUEUE, NewPlayQueue, PlayQueue};
use crate::domain::refusal::Complaints;
use crate::domain::{ItemId, UserId};
use crate::engine::{Engine, Result};

/// The items that the user plays next.
pub async fn get(engine: &Engine, owner: UserId) -> Result<PlayQueue> {
    Ok(rows::list(&engine.db, owner).await?.into())
}

/// Replaces the queue. An item counts once, at its first place. Items that are queued already stay allowed
/// when they become unavailable, so that the rest can still be sorted.
///
/// # Errors
/// Invalid, naming `item_ids`, if there are too many or one of them cannot be played.
pub async fn replace(engine: &Engine, owner: UserId, new: NewPlayQueue) -> Result<PlayQueue> {
    let mut complaints = Complaints::default();
    let asked = complaints.bounded(new.item_ids, MAX_QUEUE, "item_ids", "items");
    complaints.finish()?;
    let mut seen = HashSet::new();
    let items: Vec<ItemId> = asked.into_iter().filter(|item| seen.insert(*item)).collect();
    let work = engine.begin().await?;
    accounts::lock(&*work, owner).await?;
    let known = rows::queueable(&*work, owner, &items).await?;
    check(&items, known)?;
    rows::replace(&*work, owner, &items).await?;
    work.commit().await?;
    get(engine, owner).await
}

/// Names the first item that cannot be played.
fn check(items: &[ItemId], known: Vec<Queueable>) -> Result<()> {
    let known: HashMap<_, _> = known.into_iter().map(|item| (item.item_id, item)).collect();
    let mut complaints = Complaints::default();
    let wrong = items.iter().find_map(|id| match known.get(id) {
        None => Some(format!("There is no item {id}.")),
        Some(item) => reason_against(item),
    });
    complaints.check(wrong.is_none(), "item_ids", wrong.unwrap_or_default());
    Ok(complaints.finish()?)
}

fn reason_against(item: &Queueable) -> Option<String> {
    let Queueable { item_id, title, .. } = item;
    let has_sound = matches!(item.wanted, Wanted::Media | Wanted::Attachment | Wanted::Replaced);
    if !has_sound {
        return Some(format!("“{title}” (item {item_id}) has no audio or video to play."));
    }
    let is_available = item.is_held || item.is_queued || item.availability.is_fetchable();
    (!is_available).then(|| format!("“{title}” (item {item_id}) is not available. Leave it out."))
}
