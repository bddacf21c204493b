//! Head of a run's page: the wish, what came of it, and what its user can do next.

use domain::download_filter::DownloadTotals;
use domain::run::{Run, RunStatus};
use leptos::prelude::*;

use super::Ago;
use super::notice::Badge;
use super::run_card::{ContinueRun, RunVerbs};
use super::run_outcome::{NextActions, OutcomeNow};
use super::run_row::{DegradedBadge, aim, degraded_words, status_words, took};
use crate::api::runs::{StartRun, SteerRun};
use crate::{language, parts, paths, t, tn};

#[component]
pub fn RunHead(
    run: Run,
    totals: DownloadTotals,
    steer: ServerAction<SteerRun>,
    start: ServerAction<StartRun>,
) -> impl IntoView {
    let OutcomeNow { tone, words, held_back, actions } = OutcomeNow::of(&run, &totals);
    let (status, status_tone) = status_words(run.status);
    // Green is for a run of which something is ready.
    let status_tone = if run.status == RunStatus::Completed { tone } else { status_tone };
    let (aim, took) = (aim(&run), took(&run));
    let again = run.status.is_over().then(|| view! { <ContinueRun run=run.clone() start /> });
    let has_ended_early = matches!(run.status, RunStatus::Failed | RunStatus::Cancelled);
    let began = run.started_at.unwrap_or(run.created_at);
    view! {
        <section class="outcome run-head" data-tone=tone aria-label=t!("How it stands")>
            {run.continues.zip(run.continues_number).map(|(id, number)| view! {
                <p>{parts!(
                    "Goes on with {run}",
                    run = view! { <a href=paths::run(id)>{t!("run {number}", number = number)}</a> }
                )}</p>
            })}
            <p class="run-aim" dir="auto">{aim}</p>
            <p class="run-result">{words}</p>
            {held_back.map(|why| view! { <p>{why}</p> })}
            <NextActions actions />
            {run.stop_reason.filter(|_| has_ended_early).map(|why| view! { <p>{language::sentence(&why)}</p> })}
            {run.error.map(|why| view! { <p class="row-trouble">{language::sentence(&why)}</p> })}
            <p class="row-facts">
                <Badge tone=Signal::stored(status_tone) text=Signal::stored(status.to_owned()) />
                {run.degraded.is_some().then(|| view! { <DegradedBadge /> })}
                <span>{tn!(run.max_items, "Up to {n} item", "Up to {n} items")}</span>
                <span>{parts!("Started {time}", time = view! { <Ago at=began /> })}</span>
                {took.map(|took| view! { <span>{took}</span> })}
            </p>
            {run.degraded.map(|why| view! { <p class="muted">{degraded_words(&why)}</p> })}
            {(!run.status.is_over()).then(|| view! { <RunVerbs id=run.id status=run.status steer /> })}
            {again}
        </section>
    }
}
