//! Outcome of a run on its cards: the tone, the heading, and links to what the user can do next.

use domain::outcome::{Hindrance, RunOutcome, RunResult};
use domain::run::{RunStatus, RunSummary};
use leptos::prelude::*;

use crate::paths;

/// Text and address of a link.
pub type Action = (&'static str, &'static str);

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
    let words = if is_on_the_way { "Still on the way" } else { "Nothing prepared" };
    (status == RunStatus::Completed).then_some(words)
}

/// Next actions of the user, for the reason that held a run back.
pub fn next_actions(outcome: Option<&RunOutcome>, summary: Option<&RunSummary>) -> Vec<Action> {
    let Some(reason) = outcome.and_then(|outcome| outcome.reason) else { return Vec::new() };
    match reason {
        Hindrance::NoSubscriptions => vec![("Pick your sources", paths::SUBSCRIPTIONS)],
        Hindrance::SourcesUnread => vec![("See your sources", paths::SOURCES)],
        Hindrance::SourcesFailing => vec![("See what is wrong", paths::NEEDS_ATTENTION)],
        Hindrance::NothingNew | Hindrance::NoCopies => vec![("Follow more sources", paths::SUBSCRIPTIONS)],
        Hindrance::Preferences => vec![("Change your preferences", paths::PREFERENCES)],
        Hindrance::DailyLimit => vec![("Raise the limit", paths::PREFERENCES)],
        Hindrance::StorageQuota => {
            vec![("Make room", paths::DOWNLOADS), ("Raise the limit", paths::PREFERENCES)]
        }
        Hindrance::Unanswered => vec![("Change when you are asked", paths::PREFERENCES)],
        Hindrance::Waiting if has_queued(summary) => vec![("See what is on the way", paths::DOWNLOADS)],
        Hindrance::DownloadsFailed => vec![("See what failed", "/downloads?status=failed")],
        Hindrance::Waiting
        | Hindrance::Rejected
        | Hindrance::Refused
        | Hindrance::Stopped
        | Hindrance::NothingPicked => vec![("Choose items yourself", paths::ITEMS)],
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

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(result: RunResult) -> RunOutcome {
        RunOutcome { result, ..RunOutcome::nothing(Hindrance::Waiting, "", "") }
    }

    fn queued(queued: i64) -> RunSummary {
        RunSummary { queued, ready: 0, failed: 0, skipped: 0, bytes: 0 }
    }

    #[test]
    fn only_a_run_that_nothing_held_back_is_good() {
        let tone = |result| tone(RunStatus::Completed, Some(&prepared(result)), None);
        assert_eq!(
            [RunResult::Prepared, RunResult::Partly, RunResult::Nothing].map(tone),
            ["good", "warn", "warn"]
        );
        let old = |ready| super::tone(RunStatus::Completed, None, Some(&RunSummary { ready, ..queued(1) }));
        assert_eq!([old(1), old(0)], ["good", "warn"]);
    }

    #[test]
    fn downloads_that_are_on_the_way_are_not_called_nothing() {
        let waiting = prepared(RunResult::Nothing);
        let heading = |summary| heading(RunStatus::Completed, Some(&waiting), Some(&summary));
        assert_eq!([queued(2), queued(0)].map(heading), [Some("Still on the way"), Some("Nothing prepared")]);
        let link = |summary| next_actions(Some(&waiting), Some(&summary))[0].1;
        assert_eq!([queued(2), queued(0)].map(link), [paths::DOWNLOADS, paths::ITEMS]);
    }
}
