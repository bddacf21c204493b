//! Page of one run: its status, conversation, artifacts and downloads.

use domain::approval::ApprovalStatus;
use domain::artifact::{Artifact, CANDIDATES, is_kept_by_program};
use domain::collection::Collection;
use domain::download::Download;
use domain::run::{Message, Run, RunStatus};
use domain::{MessageId, Page, RunId};
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};

use super::addressed::Addressed;
use crate::api::runs::{StartRun, SteerRun, follow_run, show_run};
use crate::components::Ago;
use crate::components::approval_card::ApprovalCard;
use crate::components::artifact::ArtifactCard;
use crate::components::filter::value;
use crate::components::follow_end::follow_on_page;
use crate::components::form::{FormAlert, FormResponse};
use crate::components::live_query::{Each, LiveQuery, Loaded, live_query};
use crate::components::log::AtWork;
use crate::components::notice::{Badge, Empty};
use crate::components::progress::status_words;
use crate::components::run_card::{ContinueRun, RunVerbs, SummaryParts};
use crate::components::run_outcome::{self, NextActions};
use crate::components::run_row::{DegradedBadge, RunBadge, degraded_words, facts, held_back};
use crate::components::title::PageTitle;
use crate::components::turn::TurnCard;
use crate::live::use_live;
use crate::measure::count;
use crate::paths;

use crate::timeline::turns;

#[component]
pub fn RunPage() -> impl IntoView {
    view! { <Addressed part="id" page=|id: RunId| view! { <Shown id /> }.into_any() /> }
}

#[component]
fn Shown(id: RunId) -> impl IntoView {
    let live = use_live();
    let (news, query) = (live.news_of(id), use_query_map());
    let steer = ServerAction::<SteerRun>::new();
    Effect::new(move |_| {
        if let Some(Ok(run)) = steer.value().get() {
            live.took(&run);
        }
    });
    let start = ServerAction::<StartRun>::new();
    let go = use_navigate();
    Effect::new(move |_| {
        if let Some(Ok(run)) = start.value().get() {
            live.took(&run);
            go(&paths::run(run.id), Default::default());
        }
    });
    let report = live_query(move || (news.get(), steer.version().get()), move |_| show_run(id));
    let talk = follow(id, move || (news.get(), shown(&value(query, "shown"))));
    let run =
        Memo::new(move |_| report.value.with(|report| report.as_ref().map(|report| report.run.clone())));
    let collection = Memo::new(move |_| report.value.with(|report| report.as_ref()?.collection.clone()));
    let approvals = Memo::new(move |_| {
        report.value.with(|report| report.as_ref().map(|report| report.approvals.clone()).unwrap_or_default())
    });
    let pending = move || {
        let all = approvals.get().into_iter();
        all.filter(|approval| approval.status == ApprovalStatus::Pending).collect::<Vec<_>>()
    };
    let artifacts = Signal::derive(move || {
        report.value.with(|report| report.as_ref().map(|report| told(&report.artifacts)).unwrap_or_default())
    });
    let downloads = Signal::derive(move || {
        report.value.with(|report| report.as_ref().map(|report| report.downloads.clone()).unwrap_or_default())
    });
    let turns_told = Signal::derive(move || {
        talk.value.with(|page| {
            page.as_ref().map(|page| approvals.with(|all| turns(&page.data, all))).unwrap_or_default()
        })
    });
    let end = NodeRef::<leptos::html::Div>::new();
    follow_on_page(end, move || {
        turns_told.track();
        live.writing.track();
    });
    let heading = move || {
        let number = run.with(|run| run.as_ref().map(|run| run.number));
        number.map_or_else(|| "Run".to_owned(), |number| "Run ".to_owned() + &number.to_string())
    };
    view! {
        <PageTitle text=heading />
        <h1>{heading}</h1>
        <p class="lead"><a href=paths::RUNS>"All runs"</a></p>
        <FormAlert answer=FormResponse::of(steer) fields=&[] />
        <FormAlert answer=FormResponse::of(start) fields=&[] />
        <Loaded kept=report what="Loading the run">
            {move || collection.get().map(|Collection { id, name, .. }| view! {
                <p>"Part of the collection "<a href=paths::collection(id)>{name}</a></p>
            })}
            {move || run.get().map(|run| view! { <Head run steer start /> })}
            <Each
                list=Signal::derive(pending)
                key=|approval| approval.id
                row=|approval| view! { <ApprovalCard approval=approval.get_untracked() /> }
            />
            <section class="part" aria-labelledby="conversation">
                <h2 id="conversation">"Conversation"</h2>
                <Loaded kept=talk what="Loading the conversation">
                    {move || turns_told.with(Vec::is_empty).then(|| view! {
                        <Empty title="Nothing was said yet"><p>"What the agents say and do appears here."</p></Empty>
                    })}
                    <ol class="turns" aria-label="Turns">
                        <Each list=turns_told key=|turn| turn.number row=|row| view! { <TurnCard row /> } />
                    </ol>
                    {move || more(id, talk, &value(query, "shown"))}
                </Loaded>
                <div node_ref=end>
                    {move || run.get().filter(|run| run.status == RunStatus::Running).map(|_| view! { <AtWork run=id /> })}
                </div>
            </section>
            {move || (!artifacts.with(Vec::is_empty)).then(|| view! {
                <section class="part" aria-labelledby="artifacts">
                    <h2 id="artifacts">"What the agents kept"</h2>
                    <ul class="rows" aria-labelledby="artifacts">
                        <Each list=artifacts key=|row| row.id row=|row| view! { <ArtifactCard row /> } />
                    </ul>
                </section>
            })}
            <section class="part" aria-labelledby="downloads">
                <h2 id="downloads">"Downloads of this run"</h2>
                {move || downloads.with(Vec::is_empty).then(|| view! { <p class="muted">"It has queued nothing."</p> })}
                <ul class="rows" aria-labelledby="downloads">
                    <Each list=downloads key=|row| row.id row=|row| view! { <Brought row /> } />
                </ul>
                <p><a class="link" href=paths::DOWNLOADS>"Your library"</a></p>
            </section>
        </Loaded>
    }
}

#[component]
fn Head(run: Run, steer: ServerAction<SteerRun>, start: ServerAction<StartRun>) -> impl IntoView {
    let (facts, held_back) = (facts(&run), held_back(&run));
    let is_empty = run.came_to_nothing();
    let tone = run_outcome::tone(run.status, run.outcome.as_ref(), run.summary.as_ref());
    let actions = run_outcome::next_actions(run.outcome.as_ref(), run.summary.as_ref());
    let actions = if run.status.is_over() { actions } else { Vec::new() };
    let again = run.status.is_over().then(|| view! { <ContinueRun run=run.clone() start /> });
    let began = run.started_at.unwrap_or(run.created_at);
    view! {
        <section class="outcome stack" data-tone=tone aria-label="How it stands">
            {run.continues.zip(run.continues_number).map(|(id, number)| view! {
                <p>"Goes on with "<a href=paths::run(id)>"run " {number.to_string()}</a></p>
            })}
            {run.goal.map(|goal| view! { <p class="approval-question">{goal}</p> })}
            <p class="row-facts">
                <RunBadge status=run.status is_empty />
                {run.degraded.is_some().then(|| view! { <DegradedBadge /> })}
                <span>"Up to " {count(run.max_items, "item", "items")}</span>
                <span>"Started " <Ago at=began /></span>
                {facts.into_iter().map(|fact| view! { <span>{fact}</span> }).collect_view()}
            </p>
            {run.summary.map(|summary| view! { <SummaryParts summary /> })}
            {held_back}
            <NextActions actions />
            {run.stop_reason.map(|why| view! { <p>{why}</p> })}
            {run.error.map(|why| view! { <p class="row-trouble">{why}</p> })}
            {run.degraded.map(|why| view! { <p class="muted">{degraded_words(&why)}</p> })}
            {(!run.status.is_over()).then(|| view! { <RunVerbs id=run.id status=run.status steer /> })}
            {again}
        </section>
    }
}

/// Artifacts of the agents, followed by the candidates. Other artifacts of the program are omitted, because
/// approvals and downloads are shown separately.
fn told(all: &[Artifact]) -> Vec<Artifact> {
    let (program, agents): (Vec<_>, Vec<_>) = all.iter().partition(|it| is_kept_by_program(&it.kind));
    let candidates = program.into_iter().filter(|it| it.kind == CANDIDATES);
    agents.into_iter().chain(candidates).cloned().collect()
}

/// A download queued by the run, with its current status.
#[component]
fn Brought(row: Signal<Download>) -> impl IntoView {
    let status = Memo::new(move |_| row.with(|row| status_words(row.status)));
    view! {
        <li class="row row-slim">
            <div class="row-main">
                <h3 class="row-title">
                    <a href=move || paths::item(row.with(|row| row.item_id))>{move || row.with(|row| row.title.clone())}</a>
                </h3>
                <p class="row-facts">
                    <Badge
                        tone=Signal::derive(move || status.get().1)
                        text=Signal::derive(move || status.get().0.to_owned())
                    />
                    <span>{move || row.with(|row| row.source_name.clone())}</span>
                    {move || row.with(|row| row.error.clone())}
                </p>
            </div>
        </li>
    }
}

/// Number of messages shown at first, and added at a time.
const STEP: i64 = 100;

/// Number of messages that the URL asks for.
fn shown(asked: &str) -> i64 {
    asked.parse().unwrap_or(STEP).clamp(STEP, 1_000)
}

/// The conversation so far. Messages never change, so only new ones are requested.
fn follow<Q>(
    id: RunId,
    asked: impl Fn() -> (Q, i64) + Copy + Send + Sync + 'static,
) -> LiveQuery<Page<Message>>
where
    Q: PartialEq + Clone + Send + Sync + 'static,
{
    let nothing = || Page { data: Vec::new(), next_cursor: None };
    let known = StoredValue::new(nothing());
    let kept = live_query(asked, move |(_, shown)| async move {
        let mut known: Page<Message> = known.try_get_value().unwrap_or_else(nothing);
        let most = wanted(&known, shown);
        if most > 0 {
            let after = known.data.last().map_or(MessageId(0), |message| message.id);
            let next = follow_run(id, after, most).await?;
            known.data.extend(next.data);
            known.next_cursor = next.next_cursor;
        }
        Ok(known)
    });
    Effect::new(move |_| {
        if let Some(page) = kept.value.get() {
            known.set_value(page);
        }
    });
    kept
}

/// Number of further messages to request. At the end of the conversation, at least one `STEP` for new ones.
fn wanted<T>(known: &Page<T>, shown: i64) -> i64 {
    let missing = shown - known.data.len() as i64;
    if known.next_cursor.is_none() { missing.max(STEP) } else { missing.max(0) }
}

/// Link to further messages.
fn more(id: RunId, talk: LiveQuery<Page<Message>>, asked: &str) -> Option<impl IntoView + use<>> {
    talk.value.with(|page| page.as_ref()?.next_cursor.clone())?;
    let href = format!("{}?shown={}", paths::run(id), shown(asked) + STEP);
    Some(view! { <p><a class="button button-small" href=href data-noscroll="">"Show more"</a></p> })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_at_the_end_follows_on_and_others_get_what_they_asked_for() {
        let page =
            |said: usize, more: bool| Page { data: vec![(); said], next_cursor: more.then(|| "1".into()) };
        assert_eq!(wanted(&page(0, false), 100), 100);
        assert_eq!(wanted(&page(40, false), 100), 100);
        assert_eq!((wanted(&page(100, true), 100), wanted(&page(100, true), 200)), (0, 100));
        assert_eq!((shown(""), shown("300"), shown("-5"), shown("99999")), (100, 300, 100, 1_000));
    }
}
