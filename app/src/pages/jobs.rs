//! Jobs page of administrators: the queues, and single jobs that wait, run or have failed.

mod row;

use domain::job::JobState;
use domain::system::QueueCount;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use self::row::JobRow;
use crate::api::jobs::{CancelJob, RetryJob, list_jobs};
use crate::components::admin_tabs::AdminTabs;
use crate::components::auth_guard::RequireSignIn;
use crate::components::figures::FiguresTable;
use crate::components::filter::{FilterForm, value};
use crate::components::form::{Choice, FormAlert, FormResponse};
use crate::components::live_query::{Each, Loaded, live_query};
use crate::components::notice::Empty;
use crate::components::pager::Pager;
use crate::components::title::PageTitle;
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::{measure, paths, t};

#[component]
pub fn Jobs() -> impl IntoView {
    view! {
        <PageTitle text=t!("Jobs") />
        <RequireSignIn>
            <h1>{t!("Jobs")}</h1>
            <AdminTabs />
            <p class="lead">
                {t!(
                    "What the server does in the background. A job that fails is tried again by itself, and \
                     given up after some attempts. What it is about is not shown."
                )}
            </p>
            <Content />
        </RequireSignIn>
    }
}

#[derive(Clone, Copy)]
struct JobActions {
    retry: ServerAction<RetryJob>,
    cancel: ServerAction<CancelJob>,
}

/// Says in a toast what was done.
fn toast_results(JobActions { retry, cancel }: JobActions) {
    let live = use_live();
    Effect::new(move |_| {
        if let Some(Ok(())) = retry.value().get() {
            live.toast(Tone::Good, t!("The job is due now."));
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(())) = cancel.value().get() {
            live.toast(Tone::Good, t!("The job is cancelled."));
        }
    });
}

#[component]
fn Content() -> impl IntoView {
    let query = use_query_map();
    let actions = JobActions { retry: ServerAction::new(), cancel: ServerAction::new() };
    let of = move |name: &'static str| value(query, name);
    let asked = move || {
        let done = (actions.retry.version().get(), actions.cancel.version().get());
        ([of("queue"), of("state"), of("cursor")], done)
    };
    let kept = live_query(asked, |([queue, state, cursor], _)| list_jobs(queue, state, cursor));
    let jobs = kept.part(|view| view.jobs.clone());
    let next = kept.part(|view| view.next_cursor.clone());
    let counts = kept.part(|view| view.counts.clone());
    let states = JobState::ALL.iter().map(|state| (state.as_str(), state_words(*state).1)).collect();
    let queues = QUEUES.iter().map(|queue| (*queue, queue_words(queue).unwrap_or(queue))).collect();
    toast_results(actions);
    view! {
        <FormAlert answer=FormResponse::of(actions.retry) fields=&[] />
        <FormAlert answer=FormResponse::of(actions.cancel) fields=&[] />
        <FilterForm path=paths::JOBS button=t!("Show")>
            <Choice
                label=t!("Queue")
                name="queue"
                any=t!("Any queue")
                options=queues
                chosen=Signal::derive(move || of("queue"))
            />
            <Choice
                label=t!("State")
                name="state"
                any=t!("Not over yet, or failed")
                options=states
                chosen=Signal::derive(move || of("state"))
            />
        </FilterForm>
        <Loaded kept what=t!("Loading the jobs")>
            {move || view! {
                <FiguresTable
                    id="queues"
                    caption=t!("Queues")
                    heads=vec![t!("Queue"), t!("State"), t!("Jobs"), t!("Oldest waits")]
                    rows=counts.get().into_iter().map(count_cells).collect()
                />
            }}
            <section class="stack" aria-labelledby="jobs">
                <h2 id="jobs">{t!("Single jobs")}</h2>
                {move || jobs.with(Vec::is_empty).then(|| view! {
                    <Empty title=t!("No such jobs")>
                        <p>{t!("Nothing waits, runs or has failed there. Choose another queue or state.")}</p>
                    </Empty>
                })}
                <ul class="rows" aria-labelledby="jobs">
                    <Each list=jobs key=|row| row.id row=move |row| view! { <JobRow row actions /> } />
                </ul>
                <Pager path=paths::JOBS query next />
            </section>
        </Loaded>
    }
}

const QUEUES: &[&str] = &["runs", "transfers", "feeds", "refresh", "pictures", "channels"];

/// Name of a queue. None for one that only another version has.
fn queue_words(queue: &str) -> Option<&'static str> {
    Some(match queue {
        "runs" => t!("Runs"),
        "transfers" => t!("Downloads"),
        "feeds" => t!("Feeds"),
        "refresh" => t!("Upkeep"),
        "pictures" => t!("Pictures"),
        "channels" => t!("Notifications"),
        _ => return None,
    })
}

/// Tone and name of a state.
fn state_words(state: JobState) -> (&'static str, &'static str) {
    match state {
        JobState::Ready => ("kind", t!("Waits")),
        JobState::Running => ("busy", t!("Running")),
        JobState::Failed => ("bad", t!("Failed")),
        JobState::Done => ("good", t!("Done")),
        JobState::Cancelled => ("warn", t!("Cancelled")),
    }
}

fn count_cells(count: QueueCount) -> Vec<String> {
    let QueueCount { queue, state, jobs, oldest_seconds } = count;
    let oldest = oldest_seconds.map(|seconds| measure::duration(seconds as i64)).unwrap_or_default();
    let state = state.parse().map_or(state, |state: JobState| state_words(state).1.to_owned());
    let queue = queue_words(&queue).map_or(queue, str::to_owned);
    vec![queue, state, measure::number(jobs), oldest]
}
