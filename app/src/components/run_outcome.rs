//! Outcome of a run on its cards: the tone, the heading, and links to what the user can do next.

use domain::download_filter::DownloadTotals;
use domain::outcome::{Hindrance, RunOutcome, RunResult};
use domain::run::{Run, RunStatus, RunSummary};
use leptos::prelude::*;

use crate::measure;
use crate::paths;

/// Text and address of a link.
pub type Action = (&'static str, &'static str);

const SEE_FAILED: Action = ("See what failed", "/downloads?status=failed");

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
        Hindrance::DownloadsFailed => vec![SEE_FAILED],
        Hindrance::Waiting
        | Hindrance::Rejected
        | Hindrance::Refused
        | Hindrance::Stopped
        | Hindrance::NothingPicked => vec![("Choose items yourself", paths::ITEMS)],
    }
}

/// Outcome of a run by its downloads as they are now: they may have changed since the run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeNow {
    pub tone: &'static str,
    pub words: String,
    /// Hindrance that still holds the run back, and the advice.
    pub held_back: Option<String>,
    pub actions: Vec<Action>,
}

impl OutcomeNow {
    pub fn of(run: &Run, totals: &DownloadTotals) -> Self {
        let (stored, summary) = (run.outcome.as_ref(), run.summary.as_ref());
        let is_past = |reason| match reason {
            Hindrance::Waiting => totals.on_the_way == 0 && totals.all() > 0,
            Hindrance::DownloadsFailed => totals.failed == 0 && totals.all() > 0,
            _ => false,
        };
        let held = stored.filter(|outcome| outcome.reason.is_some_and(|reason| !is_past(reason)));
        let is_all_ready = totals.ready > 0 && totals.ready == totals.all();
        let tone = match tone(run.status, stored, summary) {
            "warn" if is_all_ready && held.is_none() => "good",
            "good" if totals.ready == 0 => "calm",
            tone => tone,
        };
        let actions = match held {
            _ if !run.status.is_over() => Vec::new(),
            None if totals.failed > 0 => vec![SEE_FAILED],
            held => next_actions(held, summary),
        };
        Self { tone, words: ready_words(run, totals), held_back: held.map(RunOutcome::words), actions }
    }
}

/// "2 ready · 48 min", "1 of 3 ready", "Nothing prepared".
fn ready_words(run: &Run, totals: &DownloadTotals) -> String {
    let (ready, all, is_over) = (totals.ready, totals.all(), run.status.is_over());
    let was_ready = run.summary.is_some_and(|summary| summary.ready > 0);
    let minutes = totals.ready_seconds / 60 * 60;
    let length = if minutes > 0 { " · ".to_owned() + &measure::duration(minutes) } else { String::new() };
    match (ready, totals.on_the_way) {
        (1.., _) if ready == all => format!("{} ready{length}", measure::number(ready)),
        (1.., _) => format!("{ready} of {all} ready{length}"),
        (_, 1..) if is_over => "Still on the way".to_owned(),
        (_, 1..) => format!("{ready} of {all} ready"),
        _ if was_ready => "Nothing of it is kept any more".to_owned(),
        _ if is_over || all > 0 => "Nothing prepared".to_owned(),
        _ => "Nothing queued yet".to_owned(),
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
    fn an_outcome_follows_its_downloads() {
        let at = domain::DateTime::UNIX_EPOCH;
        let ended = Run {
            outcome: Some(RunOutcome::nothing(Hindrance::Waiting, "1 is on the way.", "See Downloads.")),
            summary: Some(queued(1)),
            ..Run::new(domain::RunId(1), RunStatus::Completed, at)
        };
        let now = |run: &Run, ready, on_the_way, failed| {
            let totals = DownloadTotals {
                ready,
                on_the_way,
                failed,
                ready_seconds: ready * 1_560,
                ..DownloadTotals::default()
            };
            let OutcomeNow { tone, words, held_back, actions } = OutcomeNow::of(run, &totals);
            (tone, words, held_back.is_some(), actions.len())
        };
        assert_eq!(now(&ended, 0, 1, 0), ("warn", "Still on the way".into(), true, 1));
        assert_eq!(now(&ended, 2, 0, 0), ("good", "2 ready · 52 min".into(), false, 0));
        assert_eq!(now(&ended, 1, 0, 1), ("warn", "1 of 2 ready · 26 min".into(), false, 1));
        assert_eq!(now(&ended, 0, 0, 1), ("warn", "Nothing prepared".into(), false, 1));
        let summary = Some(RunSummary { ready: 1, ..queued(1) });
        let good = Run { outcome: Some(prepared(RunResult::Prepared)), summary, ..ended };
        let good = Run { outcome: good.outcome.map(|it| RunOutcome { reason: None, ..it }), ..good };
        assert_eq!(now(&good, 0, 0, 0), ("calm", "Nothing of it is kept any more".into(), false, 0));
        let open = Run { outcome: None, summary: None, status: RunStatus::Running, ..good };
        assert_eq!(now(&open, 0, 0, 0), ("calm", "Nothing queued yet".into(), false, 0));
        assert_eq!(now(&open, 1, 2, 0), ("calm", "1 of 3 ready · 26 min".into(), false, 0));
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
