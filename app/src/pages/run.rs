//! Page of one run: what came of it, what it got and why, its steps, and the conversation in a drawer.

use domain::RunId;
use domain::approval::{Approval, ApprovalStatus};
use domain::collection::Collection;
use domain::download_filter::DownloadTotals;
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};

use super::addressed::Addressed;
use crate::api::runs::{StartRun, SteerRun, show_run};
use crate::components::approval_card::ApprovalCard;
use crate::components::download_actions::Steer;
use crate::components::filter::value;
use crate::components::form::{FormAlert, FormResponse};
use crate::components::live_query::{Each, Loaded, live_query};
use crate::components::run_conversation::{RunConversation, SHOWN, follow, shown};
use crate::components::run_head::RunHead;
use crate::components::run_results::RunResults;
use crate::components::run_steps::StepList;
use crate::components::title::PageTitle;
use crate::components::undo::{DeletedNotice, offer_undo};
use crate::live::use_live;
use crate::{parts, paths, t};

#[component]
pub fn RunPage() -> impl IntoView {
    view! { <Addressed part="id" page=|id: RunId| view! { <Shown id /> }.into_any() /> }
}

#[component]
fn Shown(id: RunId) -> impl IntoView {
    let live = use_live();
    let (news, query) = (live.news_of(id), use_query_map());
    let (steer, start, steer_download) = (acting(), starting(), Steer::new());
    offer_undo(steer_download);
    let done = move || (news.get(), steer.version().get() + steer_download.version().get());
    let report = live_query(done, move |_| show_run(id));
    let talk = follow(id, move || (news.get(), shown(&value(query, SHOWN))));
    let run = report.part(|report| Some(report.run.clone()));
    let collection = report.part(|report| report.collection.clone());
    let approvals = report.part(|report| report.approvals.clone());
    let artifacts = report.part(|report| report.artifacts.clone());
    let downloads = report.part(|report| report.downloads.clone());
    let steps = report.part(|report| report.steps.clone());
    let totals = Memo::new(move |_| {
        downloads.with(|all| DownloadTotals::of(all.iter().map(|picked| &picked.download)))
    });
    let heading = move || {
        let number = run.with(|run| run.as_ref().map(|run| run.number));
        number.map_or_else(|| t!("Run").to_owned(), |number| t!("Run {number}", number = number))
    };
    view! {
        <PageTitle text=heading />
        <h1>{heading}</h1>
        <p class="lead"><a href=paths::RUNS>{t!("All runs")}</a></p>
        <FormAlert answer=FormResponse::of(steer) fields=&[] />
        <FormAlert answer=FormResponse::of(start) fields=&[] />
        <FormAlert answer=FormResponse::of(steer_download) fields=&[] />
        <DeletedNotice steer=steer_download />
        <Loaded kept=report what=t!("Loading the run")>
            {move || collection.get().map(|Collection { id, name, .. }| view! {
                <p>
                    {parts!(
                        "Part of the collection {name}",
                        name = view! { <a href=paths::collection(id) dir="auto">{name}</a> },
                    )}
                </p>
            })}
            {move || run.get().map(|run| view! { <RunHead run totals=totals.get() steer start /> })}
            <Pending approvals />
            <RunResults downloads steer=steer_download />
            <StepList steps totals run />
            <RunConversation id run talk approvals artifacts />
        </Loaded>
    }
}

/// Action that pauses, resumes or cancels a run.
fn acting() -> ServerAction<SteerRun> {
    let (live, steer) = (use_live(), ServerAction::<SteerRun>::new());
    Effect::new(move |_| {
        if let Some(Ok(run)) = steer.value().get() {
            live.took(&run);
        }
    });
    steer
}

/// Action that continues a run, and leads to the page of the new one.
fn starting() -> ServerAction<StartRun> {
    let (live, start, go) = (use_live(), ServerAction::<StartRun>::new(), use_navigate());
    Effect::new(move |_| {
        if let Some(Ok(run)) = start.value().get() {
            live.took(&run);
            go(&paths::run(run.id), Default::default());
        }
    });
    start
}

/// Requests that wait for the user's answer.
#[component]
fn Pending(approvals: Memo<Vec<Approval>>) -> impl IntoView {
    let pending = Memo::new(move |_| {
        approvals.with(|all| {
            let waiting = all.iter().filter(|approval| approval.status == ApprovalStatus::Pending);
            waiting.cloned().collect::<Vec<_>>()
        })
    });
    view! {
        <Each
            list=pending
            key=|approval| approval.id
            row=|approval| view! { <ApprovalCard approval=approval.get_untracked() /> }
        />
    }
}
