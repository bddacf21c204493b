//! Tasks page: runs, handoffs and downloads under way, and those that ended within a day.

use domain::DownloadId;
use domain::task::{Task, TaskKind, TaskStatus};
use leptos::prelude::*;

use crate::api::tasks::{CancelTask, list_tasks};
use crate::components::Ago;
use crate::components::auth_guard::RequireSignIn;
use crate::components::form::{FormAlert, FormResponse};
use crate::components::icons::{self, Icon};
use crate::components::live_query::{Each, LiveQuery, Loaded, live_query};
use crate::components::notice::{Badge, Empty};
use crate::components::title::PageTitle;
use crate::live::use_live;
use crate::{measure, paths};

type Cancel = ServerAction<CancelTask>;

#[component]
pub fn Tasks() -> impl IntoView {
    view! {
        <PageTitle text="Tasks" />
        <RequireSignIn>
            <h1>"Tasks"</h1>
            <p class="lead">"What is being done for you, and what ended within a day."</p>
            <Content />
        </RequireSignIn>
    }
}

#[component]
fn Content() -> impl IntoView {
    let cancel = Cancel::new();
    let news = use_live().news;
    let kept = live_query(move || (news.get(), cancel.version().get()), |_| list_tasks());
    let (open, ended) = (part_of(kept, false), part_of(kept, true));
    view! {
        <FormAlert answer=FormResponse::of(cancel) fields=&[] />
        <Loaded kept what="Loading your tasks">
            <section class="part" aria-labelledby="under-way">
                <h2 id="under-way">"Under way"</h2>
                {move || open.with(Vec::is_empty).then(|| view! {
                    <Empty title="Nothing is under way">
                        <p>
                            "Start a run at "<a href=paths::DASHBOARD>"Home"</a>", or get an item under "
                            <a href=paths::ITEMS>"Items"</a>"."
                        </p>
                    </Empty>
                })}
                <ul class="rows" aria-labelledby="under-way">
                    <Each list=open key=key row=move |row| view! { <TaskRow row cancel /> } />
                </ul>
            </section>
            <section class="part" aria-labelledby="ended">
                <h2 id="ended">"Ended today"</h2>
                {move || ended.with(Vec::is_empty).then(|| view! {
                    <p class="muted">"Nothing ended in the last 24 hours."</p>
                })}
                <ul class="rows" aria-labelledby="ended">
                    <Each list=ended key=key row=move |row| view! { <TaskRow row cancel /> } />
                </ul>
            </section>
        </Loaded>
    }
}

fn part_of(kept: LiveQuery<domain::Page<Task>>, is_over: bool) -> Signal<Vec<Task>> {
    Signal::derive(move || {
        let is_in = |task: &&Task| task.status.is_over() == is_over;
        kept.value.with(|page| {
            page.as_ref().map(|page| page.data.iter().filter(is_in).cloned().collect()).unwrap_or_default()
        })
    })
}

fn key(task: &Task) -> (TaskKind, i64) {
    (task.kind, task.id)
}

#[component]
fn TaskRow(row: Signal<Task>, cancel: Cancel) -> impl IntoView {
    let (kind, id) = row.with_untracked(key);
    let content = move || {
        let Task { title, status, error, created_at, ended_at, .. } = row.get();
        let (text, tone) = words(status);
        let (noun, _) = kind_words(kind);
        view! {
            <h3 class="row-title"><a href=link(&row.get_untracked())>{title}</a></h3>
            <p class="row-facts">
                <Badge tone=Signal::stored(tone) text=Signal::stored(text.to_owned()) />
                <span>{noun}</span>
                {match ended_at {
                    Some(at) if status.is_over() => view! { <span>"Ended " <Ago at /></span> },
                    _ => view! { <span>"Since " <Ago at=created_at /></span> },
                }}
            </p>
            {error.map(|why| view! { <p class="row-trouble">{why}</p> })}
        }
    };
    let can_cancel = Memo::new(move |_| row.with(Task::can_cancel));
    let label = move || row.with(|row| format!("Cancel {}", row.title));
    view! {
        <li class="row row-slim" data-status=move || row.with(|row| row.status.as_str())>
            <span class="notification-icon"><Icon path=kind_words(kind).1 /></span>
            <div class="row-main">{content} <TaskProgress row /></div>
            {move || can_cancel.get().then(|| view! {
                <ActionForm action=cancel>
                    <input type="hidden" name="kind" value=kind.as_str() />
                    <input type="hidden" name="task_id" value=id.to_string() />
                    <button type="submit" class="button button-small" aria-label=label>"Cancel"</button>
                </ActionForm>
            })}
        </li>
    }
}

/// Progress of a running task, where it is known; of a download from the live frames.
#[component]
fn TaskProgress(row: Signal<Task>) -> impl IntoView {
    let live = use_live();
    let known = Memo::new(move |_| {
        let Task { id, kind, status, progress, eta_seconds, .. } = row.get();
        let is_moving = !status.is_over() && kind == TaskKind::Download;
        let frame = live.progress_of(DownloadId(id)).filter(|_| is_moving && status == TaskStatus::Running);
        let Some(frame) = frame else { return (progress.filter(|_| is_moving), eta_seconds) };
        let total = frame.bytes_total.filter(|total| *total > 0);
        (total.map(|total| (frame.bytes_done as f64 / total as f64).clamp(0.0, 1.0)), frame.eta_seconds)
    });
    let is_known = Memo::new(move |_| known.with(|(part, _)| part.is_some()));
    let words = move || {
        let (part, left) = known.get();
        let percent = part.map(|part| format!("{:.0} %", (part * 100.0).floor()));
        let left = left.map(|seconds| measure::duration(seconds) + " left");
        percent.into_iter().chain(left).collect::<Vec<_>>().join(" · ")
    };
    let label = move || row.with(|row| format!("Progress of {}", row.title));
    move || {
        is_known.get().then(|| view! {
            <div class="progress">
                <progress max="1" value=move || known.with(|(part, _)| part.map(|part| part.to_string())) aria-label=label></progress>
                <p class="progress-words">{words}</p>
            </div>
        })
    }
}

/// Path of the page that shows the thing.
fn link(task: &Task) -> String {
    match (task.item_id, task.run_id) {
        (Some(item), _) => paths::item(item),
        (None, Some(run)) => paths::run(run),
        (None, None) => paths::TASKS.to_owned(),
    }
}

/// Display text of a status, and the tone of its badge.
fn words(status: TaskStatus) -> (&'static str, &'static str) {
    match status {
        TaskStatus::Queued => ("Queued", "calm"),
        TaskStatus::Running => ("Running", "busy"),
        TaskStatus::Waiting => ("Waiting", "warn"),
        TaskStatus::Completed => ("Completed", "good"),
        TaskStatus::Failed => ("Failed", "bad"),
        TaskStatus::Cancelled => ("Cancelled", "calm"),
    }
}

/// Noun and icon of a kind.
fn kind_words(kind: TaskKind) -> (&'static str, &'static str) {
    match kind {
        TaskKind::Run => ("Run", icons::SPARK),
        TaskKind::Handoff => ("Handoff", icons::TEAM),
        TaskKind::Download => ("Download", icons::DOWN),
    }
}
