//! The steps of a run, folded: what was found, fetched and summed up, each with the words of its agent.

use domain::download_filter::DownloadTotals;
use domain::run::{Agent, Run, RunSummary};
use domain::run_report::{ItemSummary, RunCandidate, RunSteps};
use leptos::prelude::*;

use super::agent_card::agent_title;
use super::run_card::SummaryParts;
use crate::{language, measure, paths, t, tn};

#[component]
pub fn StepList(
    steps: Memo<RunSteps>,
    totals: Memo<DownloadTotals>,
    run: Memo<Option<Run>>,
) -> impl IntoView {
    let is_over = Memo::new(move |_| run.with(|run| run.as_ref().is_some_and(|run| run.status.is_over())));
    let or_nothing = move |words: Option<String>| {
        words.unwrap_or_else(|| if is_over.get() { t!("nothing") } else { t!("nothing yet") }.to_owned())
    };
    let candidates = Memo::new(move |_| steps.with(|steps| steps.candidates.clone()));
    let summaries = Memo::new(move |_| steps.with(|steps| steps.summaries.clone()));
    let considered = move || steps.with(|steps| steps.considered).map(considered_words);
    let ended = move || run.with(|run| run.as_ref().and_then(|run| run.summary));
    let fetched = move || totals.with(|totals| fetched_words(totals, ended()));
    view! {
        <section class="part" aria-labelledby="steps">
            <h2 id="steps">{t!("How it went")}</h2>
            <div class="run-steps">
                <Step name=t!("1 Found") facts=Signal::derive(move || or_nothing(steps.with(found_words))) agent=Agent::Discovery steps>
                    {move || considered().map(|words| view! { <p>{words}</p> })}
                    <ol class="picks" aria-label=t!("Candidates")>{move || candidates.get().into_iter().map(candidate).collect_view()}</ol>
                </Step>
                <Step name=t!("2 Fetched") facts=Signal::derive(move || or_nothing(fetched())) agent=Agent::Download steps>
                    {move || ended().map(|summary| view! { <p>{t!("At the end of the run:")}</p> <SummaryParts summary /> })}
                </Step>
                <Step name=t!("3 Summed up") facts=Signal::derive(move || or_nothing(steps.with(summed_words))) agent=Agent::Summarizer steps>
                    <ol class="picks" aria-label=t!("Summaries")>{move || summaries.get().into_iter().map(summary).collect_view()}</ol>
                </Step>
            </div>
        </section>
    }
}

#[component]
fn Step(
    name: &'static str,
    facts: Signal<String>,
    agent: Agent,
    steps: Memo<RunSteps>,
    children: Children,
) -> impl IntoView {
    let text = Memo::new(move |_| {
        let said =
            |steps: &RunSteps| steps.texts.iter().find(|said| said.agent == agent).map(|it| it.text.clone());
        steps.with(said)
    });
    view! {
        <details class="run-step">
            <summary><b>{name}</b> " — " <span class="muted">{facts}</span></summary>
            <div class="run-step-body">
                {move || text.get().map(|text| view! {
                    <p class="run-step-text" data-agent=agent.as_str()><b>{agent_title(agent)} ": "</b> {language::sentence(&text)}</p>
                })}
                {children()}
            </div>
        </details>
    }
}

fn candidate(candidate: RunCandidate) -> impl IntoView {
    let queued = candidate.is_queued.then(|| t!(", queued"));
    // An agent gives several reasons in one line.
    let reason =
        candidate.reason.map(|all| all.split("; ").map(language::sentence).collect::<Vec<_>>().join("; "));
    view! {
        <li>
            <a class="link" dir="auto" href=paths::item(candidate.item_id)>{candidate.title}</a>
            <span class="muted">" " {candidate.source_name} {queued}</span>
            {reason.map(|reason| view! { <p>{reason}</p> })}
        </li>
    }
}

fn summary(summary: ItemSummary) -> impl IntoView {
    view! {
        <li>
            <a class="link" dir="auto" href=paths::item(summary.item_id)>{summary.title}</a>
            <p dir="auto">{summary.summary}</p>
        </li>
    }
}

/// "24 candidates from 6 sources"; `None` without any.
fn found_words(steps: &RunSteps) -> Option<String> {
    let candidates = || tn!(steps.candidate_count, "{n} candidate", "{n} candidates");
    let sources = || tn!(steps.source_count, "{n} source", "{n} sources");
    (steps.candidate_count > 0)
        .then(|| t!("{candidates} from {sources}", candidates = candidates(), sources = sources()))
}

fn considered_words(considered: i64) -> String {
    tn!(considered, "{n} new item was ranked.", "{n} new items were ranked.")
}

/// "5 downloads, 3 ready, 120 MB", counted now; `None` without any, unless the run had some at its end.
fn fetched_words(totals: &DownloadTotals, ended: Option<RunSummary>) -> Option<String> {
    let size = (totals.ready_bytes > 0).then(|| ", ".to_owned() + &measure::size(totals.ready_bytes));
    let words = || {
        let ready = measure::number(totals.ready);
        let words =
            tn!(totals.all(), "{n} download, {ready} ready", "{n} downloads, {ready} ready", ready = ready);
        words + &size.unwrap_or_default()
    };
    let gone = || ended.filter(|it| it.queued > 0).map(|_| t!("nothing is kept any more").to_owned());
    if totals.all() > 0 { Some(words()) } else { gone() }
}

/// "5 summaries"; `None` without any.
fn summed_words(steps: &RunSteps) -> Option<String> {
    let number = steps.summaries.len() as i64;
    (number > 0).then(|| tn!(number, "{n} summary", "{n} summaries"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_tells_its_numbers_and_nothing_without_any() {
        let steps = RunSteps { candidate_count: 24, source_count: 6, ..RunSteps::default() };
        assert_eq!(found_words(&steps).as_deref(), Some("24 candidates from 6 sources"));
        assert_eq!(considered_words(1), "1 new item was ranked.");
        let totals =
            DownloadTotals { ready: 3, failed: 2, ready_bytes: 120_000_000, ..DownloadTotals::default() };
        let ended = |queued| Some(RunSummary { queued, ..RunSummary::default() });
        assert_eq!(fetched_words(&totals, ended(5)).as_deref(), Some("5 downloads, 3 ready, 120 MB"));
        assert_eq!(found_words(&RunSteps::default()), None);
        assert_eq!(summed_words(&RunSteps::default()), None);
        let none = DownloadTotals::default();
        assert_eq!([None, ended(0)].map(|it| fetched_words(&none, it)), [None, None]);
        assert_eq!(fetched_words(&none, ended(1)).as_deref(), Some("nothing is kept any more"));
    }
}
