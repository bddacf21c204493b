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
use crate::{language, measure, parts, paths, t};

type Cancel = ServerAction<CancelTask>;

#[component]
pub fn Tasks() -> impl IntoView {
    view! {
        <PageTitle text=t!("Tasks") />
        <RequireSignIn>
            <h1>{t!("Tasks")}</h1>
            <p class="lead">{t!("What is being done for you, and what ended within a day.")}</p>
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
        <Loaded kept what=t!("Loading your tasks")>
            <section class="part" aria-labelledby="under-way">
                <h2 id="under-way">{t!("Under way")}</h2>
                {move || open.with(Vec::is_empty).then(|| view! {
                    <Empty title=t!("Nothing is under way")>
                        <p>
                            {parts!(
                                "Start a run at {home}, or get an item under {items}.",
                                home = view! { <a href=paths::DASHBOARD>{t!("Home")}</a> },
                                items = view! { <a href=paths::ITEMS>{t!("Items")}</a> },
                            )}
                        </p>
                    </Empty>
                })}
                <ul class="rows" aria-labelledby="under-way">
                    <Each list=open key=key row=move |row| view! { <TaskRow row cancel /> } />
                </ul>
            </section>
            <section class="part" aria-labelledby="ended">
                <h2 id="ended">{t!("Ended today")}</h2>
                {move || ended.with(Vec::is_empty).then(|| view! {
                    <p class="muted">{t!("Nothing ended in the last 24 hours.")}</p>
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
        let Task { status, error, created_at, ended_at, .. } = row.get();
        let (text, tone) = words(status);
        let (noun, _) = kind_words(kind);
        view! {
            <h3 class="row-title"><a href=link(&row.get_untracked()) dir="auto">{row.with(title)}</a></h3>
            <p class="row-facts">
                <Badge tone=Signal::stored(tone) text=Signal::stored(text.to_owned()) />
                <span>{noun}</span>
                <span>{match ended_at {
                    Some(at) if status.is_over() => parts!("Ended {time}", time = view! { <Ago at /> }),
                    _ => parts!("Since {time}", time = view! { <Ago at=created_at /> }),
                }}</span>
            </p>
            {error.map(|why| view! { <p class="row-trouble">{language::sentence(&why)}</p> })}
        }
    };
    let can_cancel = Memo::new(move |_| row.with(Task::can_cancel));
    let label = move || row.with(|row| t!("Cancel {title}", title = title(row)));
    view! {
        <li class="row row-slim" data-status=move || row.with(|row| row.status.as_str())>
            <span class="notification-icon"><Icon path=kind_words(kind).1 /></span>
            <div class="row-main">{content} <TaskProgress row /></div>
            {move || can_cancel.get().then(|| view! {
                <ActionForm action=cancel>
                    <input type="hidden" name="kind" value=kind.as_str() />
                    <input type="hidden" name="task_id" value=id.to_string() />
                    <button type="submit" class="button button-small" aria-label=label>{t!("Cancel")}</button>
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
        let left = left.map(|seconds| t!("{time} left", time = measure::duration(seconds)));
        percent.into_iter().chain(left).collect::<Vec<_>>().join(" · ")
    };
    let label = move || row.with(|row| t!("Progress of {title}", title = title(row)));
    move || {
        is_known.get().then(|| view! {
            <div class="progress">
                <progress max="1" value=move || known.with(|(part, _)| part.map(|part| part.to_string())) aria-label=label></progress>
                <p class="progress-words">{words}</p>
            </div>
        })
    }
}

/// Title in the page's language: that of a run begins with a word of the server.
fn title(task: &Task) -> String {
    match task.title.strip_prefix("Run ").filter(|_| task.kind == TaskKind::Run) {
        Some(number) => t!("Run {number}", number = number),
        // Instructions of an agent to the next; those of the built-in planner are sentences of the program.
        None if task.kind == TaskKind::Handoff => language::sentence(&task.title),
        None => task.title.clone(),
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
        TaskStatus::Queued => (t!("Queued"), "calm"),
        TaskStatus::Running => (t!("Running"), "busy"),
        TaskStatus::Waiting => (t!("Waiting"), "warn"),
        TaskStatus::Completed => (t!("Completed"), "good"),
        TaskStatus::Failed => (t!("Failed"), "bad"),
        TaskStatus::Cancelled => (t!("Cancelled"), "calm"),
    }
}

/// Noun and icon of a kind.
fn kind_words(kind: TaskKind) -> (&'static str, &'static str) {
    match kind {
        TaskKind::Run => (t!("Run"), icons::SPARK),
        TaskKind::Handoff => (t!("Handoff"), icons::TEAM),
        TaskKind::Download => (t!("Download"), icons::DOWN),
    }
}
