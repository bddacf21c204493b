//! Drawer of a run's page: the conversation with its raw calls, and what the agents kept.

use domain::approval::Approval;
use domain::artifact::{Artifact, CANDIDATES, is_kept_by_program};
use domain::run::{Message, Run, RunStatus};
use domain::{MessageId, Page, RunId};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::artifact::ArtifactCard;
use super::filter::value;
use super::follow_end::follow_on_page;
use super::live_query::{Each, LiveQuery, Loaded, live_query};
use super::log::AtWork;
use super::notice::Empty;
use super::run_row::facts;
use super::turn::TurnCard;
use crate::api::runs::follow_run;
use crate::live::use_live;
use crate::timeline::turns;
use crate::{language, paths, t};

/// Query parameter with the number of messages to show.
pub const SHOWN: &str = "shown";

/// Open at first while the run is under way, or if the address asks for further messages.
#[component]
pub fn RunConversation(
    id: RunId,
    run: Memo<Option<Run>>,
    talk: LiveQuery<Page<Message>>,
    approvals: Memo<Vec<Approval>>,
    artifacts: Memo<Vec<Artifact>>,
) -> impl IntoView {
    let (live, query) = (use_live(), use_query_map());
    let is_under_way = run.with_untracked(|run| run.as_ref().is_some_and(|run| !run.status.is_over()));
    let is_open = is_under_way || query.with_untracked(|query| query.get_str(SHOWN).is_some());
    let said = Signal::derive(move || {
        talk.value.with(|page| {
            page.as_ref().map(|page| approvals.with(|all| turns(&page.data, all))).unwrap_or_default()
        })
    });
    let end = NodeRef::<leptos::html::Div>::new();
    follow_on_page(end, move || {
        said.track();
        live.writing.track();
    });
    let about = move || {
        let run = run.get()?;
        let facts = facts(&run).into_iter().map(|fact| view! { <span>{fact}</span> }).collect_view();
        let reason = run.stop_reason.filter(|_| run.status == RunStatus::Completed);
        Some(
            view! { <p class="row-facts">{facts} {reason.map(|why| view! { <span>{language::sentence(&why)}</span> })}</p> },
        )
    };
    let is_running =
        Memo::new(move |_| run.with(|run| run.as_ref().is_some_and(|run| run.status == RunStatus::Running)));
    view! {
        <details class="run-talk" open=is_open>
            <summary>{t!("Show the conversation")}</summary>
            <section class="part" aria-labelledby="conversation">
                <h2 id="conversation">{t!("Conversation")}</h2>
                {about}
                <Loaded kept=talk what=t!("Loading the conversation")>
                    {move || said.with(Vec::is_empty).then(|| view! {
                        <Empty title=t!("Nothing was said yet")><p>{t!("What the agents say and do appears here.")}</p></Empty>
                    })}
                    <ol class="turns" aria-label=t!("Turns")>
                        <Each list=said key=|turn| turn.number row=|row| view! { <TurnCard row /> } />
                    </ol>
                    {move || more(id, talk, &value(query, SHOWN))}
                </Loaded>
                <div node_ref=end>{move || is_running.get().then(|| view! { <AtWork run=id /> })}</div>
            </section>
            <RunArtifacts artifacts />
        </details>
    }
}

/// Artifacts that the agents left, if there are any.
#[component]
fn RunArtifacts(artifacts: Memo<Vec<Artifact>>) -> impl IntoView {
    let shown = Memo::new(move |_| artifacts.with(|all| of_agents(all)));
    let is_empty = Memo::new(move |_| shown.with(Vec::is_empty));
    move || {
        (!is_empty.get()).then(|| {
            view! {
                <section class="part" aria-labelledby="artifacts">
                    <h2 id="artifacts">{t!("What the agents kept")}</h2>
                    <ul class="rows" aria-labelledby="artifacts">
                        <Each list=shown key=|row| row.id row=|row| view! { <ArtifactCard row /> } />
                    </ul>
                </section>
            }
        })
    }
}

/// Artifacts of the agents, followed by the candidates. Other artifacts of the program are omitted, because
/// approvals and downloads are shown separately.
fn of_agents(all: &[Artifact]) -> Vec<Artifact> {
    let (program, agents): (Vec<_>, Vec<_>) = all.iter().partition(|it| is_kept_by_program(&it.kind));
    let candidates = program.into_iter().filter(|it| it.kind == CANDIDATES);
    agents.into_iter().chain(candidates).cloned().collect()
}

/// Number of messages shown at first, and added at a time.
const STEP: i64 = 100;

/// Number of messages that the URL asks for.
pub fn shown(asked: &str) -> i64 {
    asked.parse().unwrap_or(STEP).clamp(STEP, 1_000)
}

/// The conversation so far. Messages never change, so only new ones are requested.
pub fn follow<Q>(
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
    let href = format!("{}?{SHOWN}={}", paths::run(id), shown(asked) + STEP);
    Some(view! { <p><a class="button button-small" href=href data-noscroll="">{t!("Show more")}</a></p> })
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
