//! Outcome of a run on its cards: the tone, the heading, and links to what the user can do next.

#[cfg(test)]
mod tests;

use domain::download_filter::DownloadTotals;
use domain::outcome::{Hindrance, RunOutcome, RunResult, on_the_way};
use domain::run::{Run, RunStatus, RunSummary};
use leptos::prelude::*;

use super::download_actions::minutes;
use crate::{language, measure, paths, t};

/// Text and address of a link.
pub type Action = (&'static str, &'static str);

fn see_failed() -> Action {
    (t!("See what failed"), "/downloads?status=failed")
}

/// Tone of a card: `good` only if something is ready and nothing held the run back.
pub fn tone(status: RunStatus, outcome: Option<&RunOutcome>, summary: Option<&RunSummary>) -> &'static str {
    match (status, outcome) {
        (RunStatus::Completed, Some(outcome)) if outcome.result == RunResult::Prepared => "good",
        // Runs of earlier versions have no outcome.
        (RunStatus::Completed, None) if summary.is_some_and(|summary| summary.ready > 0) => "good",
        (RunStatus::Completed, _) => "warn",
        (RunStatus::Failed, _) => "bad",
        _ => "calm",
    }
}

/// Heading of a completed run that has prepared nothing.
pub fn heading(
    status: RunStatus,
    outcome: Option<&RunOutcome>,
    summary: Option<&RunSummary>,
) -> Option<&'static str> {
    let outcome = outcome.filter(|outcome| outcome.result == RunResult::Nothing)?;
    let is_on_the_way = outcome.reason == Some(Hindrance::Waiting) && has_queued(summary);
    let words = if is_on_the_way { t!("Still on the way") } else { t!("Nothing prepared") };
    (status == RunStatus::Completed).then_some(words)
}

/// Next actions of the user, for the reason that held a run back.
pub fn next_actions(outcome: Option<&RunOutcome>, summary: Option<&RunSummary>) -> Vec<Action> {
    let Some(reason) = outcome.and_then(|outcome| outcome.reason) else { return Vec::new() };
    match reason {
        Hindrance::NoSubscriptions => vec![(t!("Pick your sources"), paths::SUBSCRIPTIONS)],
        Hindrance::SourcesUnread => vec![(t!("See your sources"), paths::SOURCES)],
        Hindrance::SourcesFailing => vec![(t!("See what is wrong"), paths::NEEDS_ATTENTION)],
        Hindrance::NothingNew | Hindrance::NoCopies => {
            vec![(t!("Follow more sources"), paths::SUBSCRIPTIONS)]
        }
        Hindrance::Preferences => vec![(t!("Change your preferences"), paths::PREFERENCES)],
        Hindrance::DailyLimit => vec![(t!("Raise the limit"), paths::PREFERENCES)],
        Hindrance::StorageQuota => {
            vec![(t!("Make room"), paths::DOWNLOADS), (t!("Raise the limit"), paths::PREFERENCES)]
        }
        Hindrance::Unanswered => vec![(t!("Change when you are asked"), paths::PREFERENCES)],
        Hindrance::Waiting if has_queued(summary) => vec![(t!("See what is on the way"), paths::DOWNLOADS)],
        Hindrance::DownloadsFailed => vec![see_failed()],
        Hindrance::Waiting
        | Hindrance::Rejected
        | Hindrance::Refused
        | Hindrance::Stopped
        | Hindrance::NothingPicked => vec![(t!("Choose items yourself"), paths::ITEMS)],
    }
}

/// Outcome of a run by its downloads as they are now: they may have changed since the run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeNow {
    pub tone: &'static str,
    pub words: String,
    /// Hindrance that still holds the run back, and the advice, in the language of the page.
    pub held_back: Option<String>,
    pub actions: Vec<Action>,
}

impl OutcomeNow {
    pub fn of(run: &Run, totals: &DownloadTotals) -> Self {
        let (stored, summary) = (run.outcome.as_ref(), run.summary.as_ref());
        let reason = stored.and_then(|outcome| outcome.reason);
        let is_past = reason.is_some_and(|reason| is_past(reason, summary, totals));
        let held = stored.filter(|_| reason.is_some() && !is_past);
        let is_all_ready = totals.ready > 0 && totals.ready == totals.all();
        let tone = match tone(run.status, stored, summary) {
            "warn" if is_all_ready && held.is_none() => "good",
            "warn" if is_past && totals.failed == 0 => "calm",
            "good" if totals.ready == 0 => "calm",
            tone => tone,
        };
        let actions = match held {
            _ if !run.status.is_over() => Vec::new(),
            None if totals.failed > 0 => vec![see_failed()],
            held => next_actions(held, summary),
        };
        let held_back = held.map(|outcome| language::sentence(&held_words(outcome, totals)));
        Self { tone, words: ready_words(run, totals), held_back, actions }
    }
}

/// Whether a hindrance no longer holds a run back, because its downloads went on or were deleted. Waiting
/// without a queued download is for items that cannot be had at present.
fn is_past(reason: Hindrance, summary: Option<&RunSummary>, totals: &DownloadTotals) -> bool {
    match reason {
        Hindrance::Waiting => totals.on_the_way == 0 && has_queued(summary),
        Hindrance::DownloadsFailed => totals.failed == 0,
        Hindrance::Stopped => totals.ended == 0 && totals.all() > 0,
        _ => false,
    }
}

/// Hindrance and advice in English, with the number of downloads as it is now.
fn held_words(outcome: &RunOutcome, totals: &DownloadTotals) -> String {
    match outcome.reason {
        Some(Hindrance::Waiting) if totals.on_the_way > 0 => {
            outcome.with_advice(&on_the_way(totals.on_the_way))
        }
        _ => outcome.hindrance_words(),
    }
}

/// "2 ready · 48 min", "1 of 3 ready", "Nothing prepared".
fn ready_words(run: &Run, totals: &DownloadTotals) -> String {
    let (ready, all, is_over) = (totals.ready, totals.all(), run.status.is_over());
    let was_ready = run.summary.is_some_and(|summary| summary.ready > 0);
    let length = match totals.ready_seconds {
        0 => String::new(),
        seconds => " · ".to_owned() + &measure::duration(minutes(seconds)),
    };
    match (ready, totals.on_the_way) {
        (1.., _) if ready == all => t!("{n} ready", n = measure::number(ready)) + &length,
        (1.., _) => t!("{ready} of {all} ready", ready = ready, all = all) + &length,
        (_, 1..) if is_over => t!("Still on the way").to_owned(),
        (_, 1..) => t!("{ready} of {all} ready", ready = ready, all = all),
        _ if was_ready => t!("Nothing of it is kept any more").to_owned(),
        _ if is_over || all > 0 => t!("Nothing prepared").to_owned(),
        _ => t!("Nothing queued yet").to_owned(),
    }
}

fn has_queued(summary: Option<&RunSummary>) -> bool {
    summary.is_some_and(|summary| summary.queued > 0)
}

#[component]
pub fn NextActions(actions: Vec<Action>) -> impl IntoView {
    let link = |(text, href): Action| view! { <a class="link" href=href>{text}</a> };
    (!actions.is_empty())
        .then(|| view! { <p class="ready-actions">{actions.into_iter().map(link).collect_view()}</p> })
}
