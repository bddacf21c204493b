//! A job with the forms that retry or cancel it, while no worker holds it.

use domain::JobId;
use domain::job::{JobState, ListedJob};
use leptos::prelude::*;

use super::{JobActions, queue_words, state_words};
use crate::api::jobs::{CancelJob, RetryJob};
use crate::components::action_button::ActionButton;
use crate::components::confirm::Confirm;
use crate::components::notice::Badge;
use crate::components::{Ago, When};
use crate::{language, parts, t};

#[component]
pub fn JobRow(row: Signal<ListedJob>, actions: JobActions) -> impl IntoView {
    let (id, kind) = row.with_untracked(|row| (row.id, row.kind.clone()));
    let JobActions { retry, cancel } = actions;
    let state = Memo::new(move |_| row.with(|row| row.state));
    let forms = move || {
        state.get().is_open_to_changes().then(|| {
            view! {
                <Retry id retry />
                {match state.get() {
                    JobState::Failed => view! { <Dismiss id cancel /> }.into_any(),
                    _ => view! { <Cancel id cancel /> }.into_any(),
                }}
            }
        })
    };
    view! {
        <li class="row">
            <div class="row-main">
                <h3 class="row-title">{t!("Job {id}: {kind}", id = id, kind = kind)}</h3>
                {move || view! { <JobFacts job=row.get() /> }}
            </div>
            <div class="row-actions">{forms}</div>
        </li>
    }
}

#[component]
fn JobFacts(job: ListedJob) -> impl IntoView {
    let ListedJob { queue, state, attempts, max_attempts, last_error, is_stopping, .. } = job;
    let (tone, words) = state_words(state);
    let queue = queue_words(&queue).map_or(queue, str::to_owned);
    let due = (state == JobState::Ready).then(|| {
        view! { <span>{parts!("Due {time}", time = view! { <When at=job.run_at /> })}</span> }
    });
    let ended = job.finished_at.map(|at| {
        view! { <span>{parts!("Ended {time}", time = view! { <Ago at /> })}</span> }
    });
    let trouble = last_error.filter(|why| !why.is_empty()).map(|why| {
        view! { <p class="row-trouble">{language::sentence(&why)}</p> }
    });
    view! {
        <p class="row-facts">
            <Badge tone=Signal::stored(tone) text=Signal::stored(words.to_owned()) />
            {is_stopping.then(|| view! { <span>{t!("Asked to stop")}</span> })}
            <span>{queue}</span>
            <span>{t!("{n} of {most} attempts", n = attempts, most = max_attempts)}</span>
            <span>{parts!("Asked for {time}", time = view! { <Ago at=job.created_at /> })}</span>
            {due}
            {ended}
        </p>
        {trouble}
    }
}

#[component]
fn Retry(id: JobId, retry: ServerAction<RetryJob>) -> impl IntoView {
    view! {
        <ActionForm action=retry>
            <input type="hidden" name="job_id" value=id.to_string() />
            <ActionButton text=t!("Retry") label=t!("Retry job {id}", id = id) pending=retry.pending() />
        </ActionForm>
    }
}

#[component]
fn Dismiss(id: JobId, cancel: ServerAction<CancelJob>) -> impl IntoView {
    view! {
        <ActionForm action=cancel>
            <input type="hidden" name="job_id" value=id.to_string() />
            <ActionButton text=t!("Dismiss") label=t!("Dismiss job {id}", id = id) pending=cancel.pending() />
        </ActionForm>
    }
}

/// Asks for confirmation, with JavaScript and without.
#[component]
fn Cancel(id: JobId, cancel: ServerAction<CancelJob>) -> impl IntoView {
    view! {
        <Confirm
            verb=t!("Cancel")
            label=t!("Cancel job {id}", id = id)
            question=t!("Cancel it? What it was for is not done.")
        >
            <ActionForm action=cancel>
                <input type="hidden" name="job_id" value=id.to_string() />
                <ActionButton
                    text=t!("Yes, cancel it")
                    label=t!("Yes, cancel job {id}", id = id)
                    is_bad=true
                    pending=cancel.pending()
                />
            </ActionForm>
        </Confirm>
    }
}
