//! A run in a list: its goal, status and results.

use domain::run::{Run, RunStatus};
use leptos::prelude::*;

use super::Ago;
use super::notice::Badge;
use super::run_card::SummaryParts;
use crate::measure;
use crate::paths;

#[component]
pub fn RunRow(row: Signal<Run>) -> impl IntoView {
    let content = move || {
        let run = row.get();
        let (facts, held_back) = (facts(&run), held_back(&run));
        view! {
            <h3 class="row-title">
                <a class="link" href=paths::run(run.id)>"Run " {run.number.to_string()}</a> ": " {aim(&run)}
            </h3>
            <p class="row-facts">
                <RunBadge status=run.status is_empty=run.came_to_nothing() />
                {run.degraded.is_some().then(|| view! { <DegradedBadge /> })}
                <span>"Started " <Ago at=run.started_at.unwrap_or(run.created_at) /></span>
                {facts.into_iter().map(|fact| view! { <span>{fact}</span> }).collect_view()}
            </p>
            {run.summary.map(|summary| view! { <SummaryParts summary /> })}
            {held_back}
            {run.stop_reason.map(|why| view! { <p class="muted">{why}</p> })}
            {run.degraded.map(|why| view! { <p class="row-text">{degraded_words(&why)}</p> })}
        }
    };
    view! {
        <li class="row" data-status=move || row.with(|run| run.status.as_str())>
            <div class="row-main">{content}</div>
        </li>
    }
}

/// Reason that held a run back, unless its stop reason already contains it.
pub fn held_back(run: &Run) -> Option<AnyView> {
    let why = run.outcome.as_ref()?.beside(run.stop_reason.as_deref().unwrap_or_default())?;
    Some(view! { <p class="row-text">{why}</p> }.into_any())
}

/// Goal of a run, else its maximum number of items.
pub fn aim(run: &Run) -> String {
    run.goal.clone().unwrap_or_else(|| "up to ".to_owned() + &measure::count(run.max_items, "item", "items"))
}

/// Facts about a run: its duration, number of turns, and model tokens.
pub fn facts(run: &Run) -> Vec<String> {
    let took = run.finished_at.map(|end| (end - run.started_at.unwrap_or(run.created_at)).num_seconds());
    let took = took.map(|seconds| "Took ".to_owned() + &measure::duration(seconds));
    let turns = (run.turns > 0).then(|| measure::count(run.turns, "turn", "turns"));
    let tokens =
        (run.input_tokens + run.output_tokens > 0).then(|| tokens(run.input_tokens, run.output_tokens));
    [took, turns, tokens].into_iter().flatten().collect()
}

/// Formats token counts: "1,200 tokens read, 85 written".
pub fn tokens(read: i64, written: i64) -> String {
    format!("{} tokens read, {} written", measure::number(read), measure::number(written))
}

pub fn degraded_words(why: &str) -> String {
    format!("Degraded: {why} The built-in planner spoke in its place.")
}

#[component]
pub fn RunBadge(
    status: RunStatus,
    /// Whether the run completed without preparing anything.
    is_empty: bool,
) -> impl IntoView {
    let (text, tone) = if is_empty { ("Nothing prepared", "warn") } else { status_words(status) };
    view! { <Badge tone=Signal::stored(tone) text=Signal::stored(text.to_owned()) /> }
}

#[component]
pub fn DegradedBadge() -> impl IntoView {
    view! { <Badge tone="warn" text=Signal::stored("Degraded".to_owned()) /> }
}

/// Display text of a status, and the tone of its badge.
pub fn status_words(status: RunStatus) -> (&'static str, &'static str) {
    match status {
        RunStatus::Queued => ("About to start", "calm"),
        RunStatus::Running => ("Running", "busy"),
        RunStatus::WaitingApproval => ("Waiting for approval", "warn"),
        RunStatus::Paused => ("Paused", "calm"),
        RunStatus::Completed => ("Completed", "good"),
        RunStatus::Failed => ("Failed", "bad"),
        RunStatus::Cancelled => ("Cancelled", "calm"),
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
        assert_eq!(aim(&run), "up to 5 items");
        run = Run { turns: 1, finished_at: Some(at + TimeDelta::seconds(200)), ..run };
        assert_eq!(facts(&run), ["Took 3 min 20 s", "1 turn"]);
        run = Run { input_tokens: 1_200, output_tokens: 85, goal: Some("Night trains".into()), ..run };
        assert_eq!(facts(&run).last().map(String::as_str), Some("1,200 tokens read, 85 written"));
        assert_eq!(aim(&run), "Night trains");
    }
}
