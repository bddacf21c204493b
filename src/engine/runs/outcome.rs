//! Outcome of a completed run, from its own rows: the ready downloads, or what held it back and the advice.

use serde_json::Value;

use crate::db::reach::{self, Reach};
use crate::db::{ConnectionTrait, DbErr, approvals};
use crate::domain::approval::ApprovalStatus;
use crate::domain::download::{Download, DownloadStatus};
use crate::domain::outcome::{Hindrance, RunOutcome, RunResult, on_the_way, ready_of};
use crate::domain::run::{Message, MessageKind, RunSummary};
use crate::domain::{RunId, UserId};
use crate::engine::downloads::limits;
use crate::engine::tools::Tool;
use crate::engine::tools::discovery::RecommendContent;
use crate::engine::tools::download::QueueDownload;

/// Rows of a run that is about to be completed.
pub struct RunEnding<'a> {
    pub run: RunId,
    pub messages: &'a [Message],
    pub downloads: &'a [Download],
    pub summary: RunSummary,
    /// Reason of the end.
    pub stop_reason: &'a str,
}

pub async fn of(
    db: &impl ConnectionTrait,
    owner: UserId,
    ended: &RunEnding<'_>,
) -> Result<RunOutcome, DbErr> {
    let RunSummary { queued, ready, .. } = ended.summary;
    let refused = refusal(ended.messages);
    if ready > 0 {
        return Ok(prepared(ended, refused));
    }
    if queued > 0 {
        return Ok(not_ready(ended.downloads));
    }
    if let Some(outcome) = of_approvals(db, owner, ended.run).await? {
        return Ok(outcome);
    }
    if let Some(refused) = refused {
        return Ok(refused);
    }
    let reach = reach::of(db, owner).await?;
    Ok(nothing_to_pick(&reach, empty_ranking(ended.messages))
        .unwrap_or_else(|| without_a_pick(ended.stop_reason)))
}

fn prepared(ended: &RunEnding<'_>, refused: Option<RunOutcome>) -> RunOutcome {
    let RunSummary { queued, ready, .. } = ended.summary;
    let held_back = if ready < queued { Some(not_ready(ended.downloads)) } else { refused };
    match held_back {
        None => RunOutcome {
            result: RunResult::Prepared,
            reason: None,
            message: ready_of(ready, queued),
            advice: None,
        },
        Some(held_back) => RunOutcome::partly(ready, queued, held_back),
    }
}

/// Outcome for downloads that are not ready. Open ones take precedence over failed ones.
fn not_ready(all: &[Download]) -> RunOutcome {
    let open = all.iter().filter(|download| download.status.is_open()).count() as i64;
    if open > 0 {
        let why = all.iter().find(|d| d.status.is_open() && d.error.is_some()).and_then(|d| d.error.clone());
        let why = why.map(|why| format!(" {why}")).unwrap_or_default();
        let message = on_the_way(open) + &why;
        let advice = "They go on by themselves, and each is told when it is ready. See Downloads.";
        return RunOutcome::nothing(Hindrance::Waiting, message, advice);
    }
    let failed = all.iter().find(|download| download.status == DownloadStatus::Failed);
    match failed {
        Some(failed) => {
            let why = failed.error.as_deref().unwrap_or("It could not be fetched.");
            let message = format!("“{}” failed: {why}", failed.title);
            RunOutcome::nothing(
                Hindrance::DownloadsFailed,
                message,
                "See Downloads, where Retry tries at once.",
            )
        }
        None => {
            let message = "Its downloads were cancelled or deleted before they were ready.";
            RunOutcome::nothing(
                Hindrance::Stopped,
                message,
                "Start a run again, or prepare single items yourself.",
            )
        }
    }
}

async fn of_approvals(
    db: &impl ConnectionTrait,
    owner: UserId,
    run: RunId,
) -> Result<Option<RunOutcome>, DbErr> {
    let asked = approvals::of_run(db, owner, run).await?;
    let asked: Vec<_> = asked.into_iter().filter(|approval| approval.tool == QueueDownload::NAME).collect();
    let is = |status| asked.iter().any(|approval| approval.status == status);
    Ok(if is(ApprovalStatus::Rejected) {
        let message = "You said no to what it asked for.";
        let advice = "Start a run again: it picks something else. Items that you said no to have a way back on their pages.";
        Some(RunOutcome::nothing(Hindrance::Rejected, message, advice))
    } else if is(ApprovalStatus::Expired) {
        let message = "It asked you, and there was no answer in time.";
        let advice = "Start a run again and answer under Approvals, or raise the limits above which you are asked in Preferences.";
        Some(RunOutcome::nothing(Hindrance::Unanswered, message, advice))
    } else {
        None
    })
}

/// Reason for which most picks were refused. Its first sentence says what happened, the rest is advice.
fn refusal(messages: &[Message]) -> Option<RunOutcome> {
    let results =
        messages.iter().filter(|m| m.kind == MessageKind::ToolResult && m.text == QueueDownload::NAME);
    let refused = results.filter(|m| m.data["ok"] == false && m.data.get("malformed").is_none());
    let why: Vec<&str> = refused.filter_map(|m| m.data["output"].as_str()).collect();
    let most = why.iter().max_by_key(|one| why.iter().filter(|other| other == one).count())?;
    let (message, advice) = match most.split_once(". ") {
        Some((message, advice)) => (format!("{message}."), advice),
        None => (most.to_string(), ""),
    };
    Some(RunOutcome::nothing(limits::hindrance(most).unwrap_or(Hindrance::Refused), message, advice))
}

/// Result of a ranking that offered no item.
#[derive(Debug, Clone, Copy)]
struct EmptyRanking {
    /// Number of new items that it considered.
    considered: i64,
    /// Number of those left out because an earlier run of the collection picked them.
    picked_before: i64,
}

/// Last ranking, if it offered none.
fn empty_ranking(messages: &[Message]) -> Option<EmptyRanking> {
    let is_ranking = |m: &&Message| m.kind == MessageKind::ToolResult && m.text == RecommendContent::NAME;
    let output = &messages.iter().rfind(is_ranking)?.data["output"];
    let offered = output.get("candidates").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
    let number = |name: &str| output.get(name).and_then(Value::as_i64);
    let considered = number("considered").filter(|_| !offered)?;
    Some(EmptyRanking { considered, picked_before: number("picked_before").unwrap_or_default() })
}

/// Reason why the followed sources left nothing to pick from.
fn nothing_to_pick(reach: &Reach, ranking: Option<EmptyRanking>) -> Option<RunOutcome> {
    let Reach { followed, unread, failing, items, without_copies, unavailable, dismissed, free, .. } = *reach;
    Some(if followed == 0 {
        RunOutcome::without_subscriptions()
    } else if items == 0 && unread > 0 {
        let message = "What you follow is being read for the first time.";
        RunOutcome::nothing(Hindrance::SourcesUnread, message, "Start a run again in a minute.")
    } else if items == 0 && failing > 0 {
        let message = format!("{failing} of the sources you follow could not be read.");
        RunOutcome::nothing(Hindrance::SourcesFailing, message, "Their pages under Sources say why.")
    } else if items > 0 && without_copies == items {
        let message = "The sources you follow allow no copies.";
        RunOutcome::nothing(Hindrance::NoCopies, message, "Follow a source whose items may be kept.")
    } else if free > 0 && ranking.is_some_and(|ranking| ranking.considered > 0) {
        let message = "None of the new items fits your preferences.";
        RunOutcome::nothing(Hindrance::Preferences, message, "Choose more kinds in Preferences.")
    } else if free > 0 && ranking.is_some_and(|ranking| ranking.picked_before > 0) {
        let message = "Earlier runs of this collection have picked all of the new items.";
        let advice = "New ones come by themselves. Start a run outside the collection to pick these again.";
        RunOutcome::nothing(Hindrance::NothingNew, message, advice)
    } else if free > 0 && ranking.is_some() {
        let message = "The rules of your subscriptions let none of the new items through.";
        RunOutcome::nothing(Hindrance::Preferences, message, "Loosen them on the pages of your sources.")
    } else if free > 0 {
        return None;
    } else if unavailable > 0 {
        let items = if unavailable == 1 { "item" } else { "items" };
        let message = format!("{unavailable} {items} of the sources you follow cannot be had at present.");
        RunOutcome::nothing(
            Hindrance::Waiting,
            message,
            "They are tried again by themselves; their pages say why and when.",
        )
    } else {
        let dismissed = match dismissed {
            0 => String::new(),
            1 => " You said no to 1 of them.".into(),
            n => format!(" You said no to {n} of them."),
        };
        let message =
            format!("You had all {items} items that the sources you follow have to offer.{dismissed}");
        let advice =
            "New ones come by themselves. Follow more sources, or loosen the rules of a subscription.";
        RunOutcome::nothing(Hindrance::NothingNew, message, advice)
    })
}

fn without_a_pick(stop_reason: &str) -> RunOutcome {
    let message = format!("The agents picked nothing. {stop_reason}");
    RunOutcome::nothing(
        Hindrance::NothingPicked,
        message,
        "Start a run again, with a goal that says what you want.",
    )
}
