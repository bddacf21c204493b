//! Tools of Download: queueing items and following their downloads.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Nothing, Output, Question, Tool, ToolContext, ToolError, approval, item};
use crate::db::{accounts, downloads, media};
use crate::domain::download::{Download, DownloadStatus};
use crate::domain::item::Item;
use crate::domain::run::{Handoff, MessageKind, Priority};
use crate::domain::size::size;
use crate::domain::{DownloadId, ItemId, TimeDelta};
use crate::engine::downloads as engine_downloads;

const MB: i64 = 1_000_000;

/// Queues an item for the run's owner, within the limits of the run and of its owner.
pub struct QueueDownload;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneItem {
    /// The item's id
    #[schemars(with = "i64")]
    item_id: ItemId,
}

impl Tool for QueueDownload {
    const NAME: &'static str = "queue_download";
    const DESCRIPTION: &'static str = "Queues one item for download. Refused when the run has queued all it may, when a limit \
        of the person is reached. For a large file the person is asked first.";
    type Args = OneItem;

    async fn call(&self, cx: &ToolContext<'_>, args: OneItem) -> Result<Output, ToolError> {
        let decided = approval::decided(cx).await?;
        let instead =
            decided.as_ref().and_then(|approval| approval.amended.as_ref()?.get("item_id")?.as_i64());
        let item = item(cx, instead.map_or(args.item_id, ItemId)).await?;
        let known = downloads::of_item(&cx.engine.db, cx.owner, item.id).await?;
        // A repeated call has its answer already, whatever the user has said of the item since.
        if let Some(known) = known.as_ref().filter(|known| known.run_id == Some(cx.run.id)) {
            return Ok(queued(known, true));
        }
        if decided.is_none() && item.is_refused() {
            return Err(ToolError::refused(
                "The person said no to this item before. It can be had again from its own page.",
            ));
        }
        if let Some(known) = known.filter(|known| !known.status.can_retry()) {
            return Err(ToolError::refused(format!(
                "The person has this item already: it is {}.",
                known.status
            )));
        }
        if let Some(question) = needs_approval(cx, &item).await? {
            approval::require(cx, question).await?;
        }
        let mut download = engine_downloads::queue(cx.engine, cx.owner, item.id, Some(cx.run.id)).await?;
        if download.run_id != Some(cx.run.id) {
            return Err(ToolError::refused("The person queued this item a moment ago."));
        }
        let priority = match handed_with(cx, item.id) {
            Some(Priority::High) => 3,
            Some(Priority::Low) => -3,
            Some(Priority::Normal) | None => 0,
        };
        if priority != 0 {
            download = engine_downloads::set_priority(cx.engine, cx.owner, download.id, priority).await?;
        }
        Ok(queued(&download, false))
    }
}

/// Priority of the latest handoff that contains the item.
fn handed_with(cx: &ToolContext<'_>, item: ItemId) -> Option<Priority> {
    let handed = cx.said.iter().rev().filter(|message| message.kind == MessageKind::Handoff);
    let mut handed = handed.filter_map(|m| serde_json::from_value::<Handoff>(m.data.clone()).ok());
    Some(handed.find(|handoff| handoff.item_ids.contains(&item))?.priority)
}

fn queued(download: &Download, before: bool) -> Output {
    let mut value = brief_download(download);
    value["queued_before"] = before.into();
    value.into()
}

/// Returns the question for a file above its owner's approval limits, as far as sizes are known. Refuses a
/// file that the budgets forbid, without asking.
async fn needs_approval(cx: &ToolContext<'_>, item: &Item) -> Result<Option<Question>, ToolError> {
    let Some(enclosure) = item.media() else { return Ok(None) };
    let kept = media::at(&cx.engine.db, &enclosure.url).await?;
    let Some(bytes) = kept.map(|blob| blob.bytes).or(enclosure.bytes) else { return Ok(None) };
    let so_far = of_run(cx).await?.iter().filter(|d| counts(d)).filter_map(|d| d.bytes_total).sum();
    let today = downloads::bytes_since(&cx.engine.db, cx.owner, cx.engine.now() - TimeDelta::days(1)).await?;
    if let Some(why) = cx.engine.config.budgets.bytes_spent(bytes, so_far, today) {
        return Err(ToolError::Refused(why));
    }
    let limits = accounts::preferences(&cx.engine.db, cx.owner).await?.approval;
    let why = if limits.ask_about(Some(bytes)) {
        format!("You want to be asked about files above {} MB.", limits.file_mb)
    } else if so_far + bytes > limits.run_mb * MB {
        let total = size(so_far + bytes);
        format!("With it this run fetches {total}, and you want to be asked above {} MB.", limits.run_mb)
    } else {
        return Ok(None);
    };
    let (title, size) = (text::brief(&item.title, 160), size(bytes));
    Ok(Some(Question::yes_or_no(format!("May I fetch “{title}” ({size})? {why}"))))
}

/// Whether a download's bytes were fetched or will be.
fn counts(download: &Download) -> bool {
    download.status.is_open() || download.status == DownloadStatus::Ready
}

/// Waits for the run's downloads.
pub struct ProcessDownloadQueue;

const WAIT: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(250);

impl Tool for ProcessDownloadQueue {
    const NAME: &'static str = "process_download_queue";
    const DESCRIPTION: &'static str = "Waits, for two minutes at most, until the downloads of this run have ended, and tells \
        what became of each.";
    type Args = Nothing;

    /// Polls the downloads. Dropped when the run is cancelled, because waiting changes nothing.
    async fn call(&self, cx: &ToolContext<'_>, _: Nothing) -> Result<Output, ToolError> {
        let until = Instant::now() + WAIT;
        loop {
            let all = of_run(cx).await?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || !all.iter().any(|download| ends_within(cx, download, left)) {
                let mut value = tally(&all);
                value["downloads"] = all.iter().map(brief_download).collect();
                return Ok(value.into());
            }
            tokio::time::sleep(POLL).await;
        }
    }
}

/// Whether waiting for a download is worthwhile: not if it is paused, or if its next attempt is too far off.
fn ends_within(cx: &ToolContext<'_>, download: &Download, left: Duration) -> bool {
    let left = chrono::TimeDelta::from_std(left).unwrap_or(chrono::TimeDelta::MAX);
    let far_off = download.next_attempt_at.is_some_and(|at| at - cx.engine.now() > left);
    download.status.is_open() && download.status != DownloadStatus::Paused && !far_off
}

/// Returns the state of one download of the owner.
pub struct CheckDownloadStatus;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneDownload {
    /// The download's id, as queue_download returned it
    #[schemars(with = "i64")]
    download_id: DownloadId,
}

impl Tool for CheckDownloadStatus {
    const NAME: &'static str = "check_download_status";
    const DESCRIPTION: &'static str = "Tells the state of one download: how far it is, or why it failed.";
    const SIDE_BY_SIDE: bool = true;
    type Args = OneDownload;

    async fn call(&self, cx: &ToolContext<'_>, args: OneDownload) -> Result<Output, ToolError> {
        let download = engine_downloads::get(cx.engine, cx.owner, args.download_id).await?;
        let mut value = brief_download(&download);
        value["bytes_done"] = download.bytes_done.into();
        value["attempts"] = download.attempts.into();
        Ok(value.into())
    }
}

/// Counts the run's downloads by status.
pub struct GetDownloadSummary;

impl Tool for GetDownloadSummary {
    const NAME: &'static str = "get_download_summary";
    const DESCRIPTION: &'static str = "Counts this run's downloads: queued, ready, failed, cancelled, still on their way, and the bytes that are ready.";
    const SIDE_BY_SIDE: bool = true;
    type Args = Nothing;

    async fn call(&self, cx: &ToolContext<'_>, _: Nothing) -> Result<Output, ToolError> {
        let mut value = tally(&of_run(cx).await?);
        value["max_items"] = cx.run.max_items.into();
        Ok(value.into())
    }
}

async fn of_run(cx: &ToolContext<'_>) -> Result<Vec<Download>, ToolError> {
    Ok(downloads::of_run(&cx.engine.db, cx.owner, cx.run.id).await?)
}

fn tally(all: &[Download]) -> Value {
    let count = |of: fn(&Download) -> bool| all.iter().filter(|download| of(download)).count();
    let ready = all.iter().filter(|d| d.status == DownloadStatus::Ready);
    json!({
        "queued": all.len(),
        "ready": count(|d| d.status == DownloadStatus::Ready),
        "failed": count(|d| d.status == DownloadStatus::Failed),
        "cancelled": count(|d| d.status == DownloadStatus::Cancelled),
        "still_open": count(|d| d.status.is_open()),
        "bytes": ready.filter_map(|d| d.bytes_total).sum::<i64>(),
    })
}

fn brief_download(download: &Download) -> Value {
    json!({
        "download_id": download.id,
        "item_id": download.item_id,
        "title": text::brief(&download.title, 160),
        "status": download.status,
        "bytes": download.bytes_total,
        "error": download.error,
        "next_attempt_at": download.next_attempt_at,
    })
}
