//! Tests of outcomes as their downloads change.

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

fn ended(outcome: RunOutcome, summary: RunSummary) -> Run {
    let run = Run::new(domain::RunId(1), RunStatus::Completed, domain::DateTime::UNIX_EPOCH);
    Run { outcome: Some(outcome), summary: Some(summary), ..run }
}

#[test]
fn a_hindrance_is_past_once_its_downloads_are_deleted() {
    let deleted = DownloadTotals::default();
    for reason in [Hindrance::Waiting, Hindrance::DownloadsFailed] {
        let run = ended(RunOutcome::nothing(reason, "1 of them.", "See Downloads."), queued(1));
        let OutcomeNow { tone, words, held_back, actions } = OutcomeNow::of(&run, &deleted);
        assert_eq!((tone, words.as_str(), held_back), ("calm", "Nothing prepared", None), "{reason:?}");
        assert!(actions.is_empty());
    }
    let nothing = RunOutcome::nothing(Hindrance::Waiting, "4 items cannot be had at present.", "Wait.");
    let now = OutcomeNow::of(&ended(nothing, queued(0)), &deleted);
    assert_eq!(now.held_back.as_deref(), Some("4 items cannot be had at present. Wait."));
    assert_eq!(now.tone, "warn");
    let stopped = ended(RunOutcome::nothing(Hindrance::Stopped, "Cancelled.", ""), queued(1));
    let held_back = |totals| OutcomeNow::of(&stopped, &totals).held_back;
    assert_eq!(held_back(DownloadTotals { ended: 1, ..deleted }).as_deref(), Some("Cancelled."));
    assert_eq!(held_back(DownloadTotals { on_the_way: 1, ..deleted }), None);
}

#[test]
fn the_numbers_of_a_hindrance_are_those_of_now() {
    let waiting = RunOutcome::nothing(Hindrance::Waiting, on_the_way(2), "See Downloads.");
    let run = ended(RunOutcome::partly(1, 3, waiting), RunSummary { ready: 1, ..queued(3) });
    let now = |ready, on_the_way, failed| {
        let totals = DownloadTotals { ready, on_the_way, failed, ..DownloadTotals::default() };
        let OutcomeNow { words, held_back, .. } = OutcomeNow::of(&run, &totals);
        (words, held_back)
    };
    let still = |words: &str| Some(format!("{words} See Downloads."));
    assert_eq!(now(1, 2, 0), ("1 of 3 ready".into(), still("2 downloads are still on the way.")));
    assert_eq!(now(2, 1, 0), ("2 of 3 ready".into(), still("1 download is still on the way.")));
    assert_eq!(now(2, 0, 1), ("2 of 3 ready".into(), None));
    let failed = RunOutcome::nothing(Hindrance::DownloadsFailed, "“One” failed: 403.", "Retry.");
    let run = Run { outcome: Some(RunOutcome::partly(1, 3, failed)), ..run.clone() };
    let totals = DownloadTotals { ready: 2, failed: 1, ..DownloadTotals::default() };
    assert_eq!(OutcomeNow::of(&run, &totals).held_back.as_deref(), Some("“One” failed: 403. Retry."));
}

#[test]
fn downloads_that_are_on_the_way_are_not_called_nothing() {
    let waiting = prepared(RunResult::Nothing);
    let heading = |summary| heading(RunStatus::Completed, Some(&waiting), Some(&summary));
    assert_eq!([queued(2), queued(0)].map(heading), [Some("Still on the way"), Some("Nothing prepared")]);
    let link = |summary| next_actions(Some(&waiting), Some(&summary))[0].1;
    assert_eq!([queued(2), queued(0)].map(link), [paths::DOWNLOADS, paths::ITEMS]);
}
