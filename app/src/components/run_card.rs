//! Starting, pausing and cancelling the latest run, and its outcome.

use domain::RunId;
use domain::run::{MAX_ITEMS_DEFAULT, Run, RunStatus, RunSummary, RunVerb};
use leptos::prelude::*;

use super::form::{Field, FormAlert, FormResponse, Submit};
use super::run_outcome::{self, NextActions};
use crate::api::runs::{StartRun, SteerRun};
use crate::live::conversation::ShownRun;
use crate::live::{run_words, use_live};
use crate::measure::size;
use crate::{language, paths, t, tn};

/// An open run: id, number, status, maximum number of items, and the text of its outcome so far.
type OpenRunCard = (RunId, Option<i64>, RunStatus, Option<i64>, Option<String>);

/// Form to start a run or, while one is open, its status and actions. One run at a time.
#[component]
pub fn RunControl() -> impl IntoView {
    let live = use_live();
    let start = ServerAction::<StartRun>::new();
    let steer = ServerAction::<SteerRun>::new();
    let (starting, steering) = (FormResponse::of(start), FormResponse::of(steer));
    Effect::new(move |_| {
        if let Some(Ok(run)) = start.value().get() {
            live.took(&run);
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(run)) = steer.value().get() {
            live.took(&run);
        }
    });
    let open = Memo::new(move |_| {
        let run = live.conversation.with(|it| it.run.clone());
        run.filter(|run| !run.status.is_over()).map(|run| {
            (run.id, run.number, run.status, run.max_items, run.outcome.map(|known| known.words()))
        })
    });
    let open_run = move |(id, number, status, max_items, known): OpenRunCard| {
        let items = max_items.map(|most| tn!(most, "up to {n} item", "up to {n} items"));
        view! {
            <div class="run-open">
                <p class="run-state">
                    {(status != RunStatus::Paused).then(|| view! { <span class="pulse" aria-hidden="true"></span> })}
                    {run_words(status)}
                </p>
                <p class="muted">{items}</p>
                <p><a href=paths::run(id)>{run_title(number)}</a></p>
                {known.map(|known| view! { <p class="row-trouble">{language::sentence(&known)}</p> })}
                <RunVerbs id status steer />
            </div>
        }
    };
    view! {
        <FormAlert answer=starting fields=&["max_items", "goal"] />
        <FormAlert answer=steering fields=&[] />
        {move || match open.get() {
            Some(run) => open_run(run).into_any(),
            None => view! { <StartForm start starting /> }.into_any(),
        }}
    }
}

fn run_title(number: Option<i64>) -> String {
    t!("Run {number}", number = number.map(|number| number.to_string()).unwrap_or_default())
}

#[component]
fn StartForm(start: ServerAction<StartRun>, starting: FormResponse) -> impl IntoView {
    let has_goal = !starting.typed_or("goal", "").is_empty();
    view! {
        <ActionForm action=start attr:class="run-form" attr:novalidate=true>
            <Field
                answer=starting
                label=t!("How many items")
                name="max_items"
                kind="number"
                bounds=(1, 20)
                value=MAX_ITEMS_DEFAULT.to_string()
            />
            <Submit answer=starting text=t!("Discover & Download Content") busy=t!("Starting…") />
            <details class="fold run-more" open=has_goal>
                <summary>{t!("More")}</summary>
                <Field
                    answer=starting
                    label=t!("What you want this time")
                    name="goal"
                    placeholder=t!("night trains")
                    hint=t!("Items with these words are picked first. Your topics count in every run.")
                />
                <p><a class="link" href=paths::PREFERENCES>{t!("Change your topics")}</a></p>
            </details>
        </ActionForm>
    }
}

/// Actions that the status of a run allows, as small forms.
#[component]
pub fn RunVerbs(id: RunId, status: RunStatus, steer: ServerAction<SteerRun>) -> impl IntoView {
    let button = |verb: RunVerb| {
        let text = match verb {
            RunVerb::Pause => t!("Pause the run"),
            RunVerb::Resume => t!("Resume the run"),
            RunVerb::Cancel => t!("Cancel the run"),
        };
        view! {
            <ActionForm action=steer>
                <input type="hidden" name="run_id" value=id.to_string() />
                <input type="hidden" name="verb" value=verb.as_str() />
                <button type="submit" class="button">{text}</button>
            </ActionForm>
        }
    };
    view! { <div class="run-verbs">{RunVerb::offered(status).iter().copied().map(button).collect_view()}</div> }
}

/// Form that continues an ended run with the same goal, limit and collection.
#[component]
pub fn ContinueRun(run: Run, start: ServerAction<StartRun>) -> impl IntoView {
    view! {
        <ActionForm action=start>
            <input type="hidden" name="continues" value=run.id.to_string() />
            <input type="hidden" name="max_items" value=run.max_items.to_string() />
            <input type="hidden" name="goal" value=run.goal.unwrap_or_default() />
            <input
                type="hidden"
                name="collection_id"
                value=run.collection_id.map(|id| id.to_string()).unwrap_or_default()
            />
            <button type="submit" class="button" disabled=start.pending()>{t!("Continue")}</button>
        </ActionForm>
    }
}

/// Outcome of the latest run, once it is over.
#[component]
pub fn RunSummaryCard() -> impl IntoView {
    let live = use_live();
    let over = Memo::new(move |_| {
        let run = live.conversation.with(|it| it.run.clone());
        run.filter(|run| run.status.is_over()).map(|run| ShownRun { speaking: None, ..run })
    });
    move || over.get().map(|run| view! { <Outcome run /> })
}

#[component]
fn Outcome(run: ShownRun) -> impl IntoView {
    let (status, outcome, summary) = (run.status, run.outcome.as_ref(), run.summary.as_ref());
    let tone = run_outcome::tone(status, outcome, summary);
    let heading = run_outcome::heading(status, outcome, summary).unwrap_or_else(|| run_words(status));
    let actions = run_outcome::next_actions(outcome, summary);
    let held_back = run.outcome.as_ref().and_then(|outcome| outcome.beside(&run.stop_reason));
    let parts = run.summary.map(|summary| view! { <SummaryParts summary /> });
    view! {
        <section class="outcome" data-tone=tone aria-label=t!("Latest run")>
            <h3><a class="link" href=paths::run(run.id)>{run_title(run.number)}</a> ": " {heading}</h3>
            {parts}
            {held_back.map(|why| view! { <p>{language::sentence(&why)}</p> })}
            <NextActions actions />
            {(!run.stop_reason.is_empty()).then(|| view! { <p class="muted">{language::sentence(&run.stop_reason)}</p> })}
        </section>
    }
}

/// Lists "5 queued · 4 ready · 1 failed · 0 skipped · 12.3 MB".
#[component]
pub fn SummaryParts(summary: RunSummary) -> impl IntoView {
    let RunSummary { queued, ready, failed, skipped, bytes } = summary;
    let part = |(number, word): (i64, &'static str)| view! { <li><b>{number.to_string()}</b>" "{word}</li> };
    let parts =
        [(queued, t!("queued")), (ready, t!("ready")), (failed, t!("failed")), (skipped, t!("skipped"))]
            .map(part);
    view! {
        <ul class="outcome-parts" aria-label=t!("Summary of the run")>
            {parts.into_iter().collect_view()}
            <li><b>{size(bytes)}</b></li>
        </ul>
    }
}
