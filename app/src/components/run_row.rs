//! A run in a list: the wish, what came of it, and a way to play it.

use domain::run::{Run, RunStatus};
use domain::run_report::{CoverTile, ListedRun};
use leptos::prelude::*;

use super::Ago;
use super::cover::Cover;
use super::download_actions::StateGlyph;
use super::icons::{self, Icon};
use super::notice::Badge;
use super::player::Track;
use super::player::play_all::PlayAll;
use super::player::play_button::PlayButton;
use super::run_outcome::OutcomeNow;
use crate::{language, measure, paths, t, tn};

#[component]
pub fn RunRow(row: Signal<ListedRun>) -> impl IntoView {
    let number = row.with_untracked(|row| row.run.number);
    let tiles = Memo::new(move |_| row.with(|row| row.tiles.clone()));
    let tracks = Memo::new(move |_| {
        row.with(|row| row.playable.iter().filter_map(Track::of_item).collect::<Vec<_>>())
    });
    let play = move || {
        let mut tracks = tracks.get();
        match tracks.len() {
            0 => ().into_any(),
            1 => view! { <PlayButton track=tracks.remove(0) /> }.into_any(),
            _ => view! { <PlayAll tracks class="button-play" of=t!("run {number}", number = number) /> }
                .into_any(),
        }
    };
    view! {
        <li class="media-row run-row" data-status=move || row.with(|row| row.run.status.as_str())>
            {move || view! { <Tiles tiles=tiles.get() /> }}
            <div class="media-main">{move || facts_of(row.get())}</div>
            <div class="media-action">{play}</div>
        </li>
    }
}

/// Covers of the first downloads in one square.
#[component]
fn Tiles(tiles: Vec<CoverTile>) -> impl IntoView {
    let number = tiles.len();
    let size = if number > 1 { 27 } else { 56 };
    let tile = |CoverTile { cover, source_name }| view! { <Cover hash=cover name=source_name size /> };
    view! {
        <span class="run-tiles" data-number=number.to_string() aria-hidden="true">
            {(number == 0).then(|| view! { <Icon path=icons::SPARK /> })}
            {tiles.into_iter().map(tile).collect_view()}
        </span>
    }
}

fn facts_of(ListedRun { run, totals, .. }: ListedRun) -> impl IntoView {
    let OutcomeNow { tone, words, held_back, .. } = OutcomeNow::of(&run, &totals);
    let (state, tone, glyph) = state(run.status, tone);
    let has_ended_early = matches!(run.status, RunStatus::Failed | RunStatus::Cancelled);
    view! {
        <h3 class="media-title" dir="auto">
            <a href=paths::run(run.id)>
                {aim(&run)} <span class="sr-only">{t!(", run {number}", number = run.number)}</span>
            </a>
        </h3>
        <div class="media-facts">
            <StateGlyph words=state tone glyph />
            <p class="media-line">
                <span>{words}</span>
                <span>{t!("Run {number}", number = run.number)}</span>
                <span><Ago at=run.started_at.unwrap_or(run.created_at) /></span>
            </p>
            {run.degraded.is_some().then(|| view! { <DegradedBadge /> })}
        </div>
        {held_back.map(|why| view! { <p class="row-text">{why}</p> })}
        {run.stop_reason.filter(|_| has_ended_early).map(|why| view! { <p class="row-text">{language::sentence(&why)}</p> })}
        {run.degraded.map(|why| view! { <p class="row-text">{degraded_words(&why)}</p> })}
    }
}

/// Words, tone and sign of a state; no sign for a run that went well.
fn state(status: RunStatus, tone: &'static str) -> (&'static str, &'static str, Option<&'static str>) {
    let (words, status_tone) = status_words(status);
    let sign = match status {
        RunStatus::Completed if tone == "warn" => return (t!("Held back"), "warn", Some(icons::ALERT)),
        RunStatus::Completed => return (words, "calm", None),
        RunStatus::Queued => icons::CLOCK,
        RunStatus::Running => icons::SPARK,
        RunStatus::WaitingApproval => icons::ASK,
        RunStatus::Paused => icons::PAUSE,
        RunStatus::Failed => icons::ALERT,
        RunStatus::Cancelled => icons::CLOSE,
    };
    (words, status_tone, Some(sign))
}

/// Wish of a run in the words of its user, else the number of items from their topics.
pub fn aim(run: &Run) -> String {
    let wish = run.goal.as_ref().or(run.messages.first()).cloned();
    wish.unwrap_or_else(|| tn!(run.max_items, "{n} item from your topics", "{n} items from your topics"))
}

pub fn took(run: &Run) -> Option<String> {
    let took = run.finished_at.map(|end| (end - run.started_at.unwrap_or(run.created_at)).num_seconds());
    took.map(|seconds| t!("Took {time}", time = measure::duration(seconds)))
}

/// Facts about a run: its duration, number of turns, and model tokens.
pub fn facts(run: &Run) -> Vec<String> {
    let turns = (run.turns > 0).then(|| tn!(run.turns, "{n} turn", "{n} turns"));
    let tokens =
        (run.input_tokens + run.output_tokens > 0).then(|| tokens(run.input_tokens, run.output_tokens));
    [took(run), turns, tokens].into_iter().flatten().collect()
}

/// Formats token counts: "1,200 tokens read, 85 written".
pub fn tokens(read: i64, written: i64) -> String {
    t!(
        "{read} tokens read, {written} written",
        read = measure::number(read),
        written = measure::number(written)
    )
}

pub fn degraded_words(why: &str) -> String {
    t!("Degraded: {why} The built-in planner spoke in its place.", why = language::sentence(why))
}

#[component]
pub fn DegradedBadge() -> impl IntoView {
    view! { <Badge tone="warn" text=Signal::stored(t!("Degraded").to_owned()) /> }
}

/// Display text of a status, and the tone of its badge.
pub fn status_words(status: RunStatus) -> (&'static str, &'static str) {
    match status {
        RunStatus::Queued => (t!("About to start"), "calm"),
        RunStatus::Running => (t!("Running"), "busy"),
        RunStatus::WaitingApproval => (t!("Waiting for approval"), "warn"),
        RunStatus::Paused => (t!("Paused"), "calm"),
        RunStatus::Completed => (t!("Completed"), "good"),
        RunStatus::Failed => (t!("Failed"), "bad"),
        RunStatus::Cancelled => (t!("Cancelled"), "calm"),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use domain::{DateTime, RunId};

    use super::*;

    #[test]
    fn a_run_tells_only_what_there_is_to_tell() {
        let at = DateTime::UNIX_EPOCH;
        let mut run = Run::new(RunId(7), RunStatus::Running, at);
        assert!(facts(&run).is_empty());
        assert_eq!(aim(&run), "5 items from your topics");
        run = Run { turns: 1, finished_at: Some(at + TimeDelta::seconds(200)), ..run };
        assert_eq!(facts(&run), ["Took 3 min 20 s", "1 turn"]);
        run = Run { input_tokens: 1_200, output_tokens: 85, goal: Some("Night trains".into()), ..run };
        assert_eq!(facts(&run).last().map(String::as_str), Some("1,200 tokens read, 85 written"));
        assert_eq!(aim(&run), "Night trains");
        run = Run { goal: None, messages: vec!["Something calm.".into(), "Short.".into()], ..run };
        assert_eq!(aim(&run), "Something calm.");
    }

    #[test]
    fn a_run_that_went_well_has_no_sign() {
        assert_eq!(state(RunStatus::Completed, "good").2, None);
        assert_eq!(state(RunStatus::Completed, "warn").0, "Held back");
        assert!(
            RunStatus::ALL.iter().all(|it| *it == RunStatus::Completed || state(*it, "calm").2.is_some())
        );
    }
}
